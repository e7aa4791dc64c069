"""The reviewer's desk where several score: ratings, NA, finishing, peers, a chair, bad input."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine import people
from engine.records.tables import Account, Review, Score, Submission
from engine.submissions import claiming, drafting
from tests.conftest import PASSWORD, TERM, Browser, School
from tests.web.garden_house import words
from tests.web.test_practice import finished_work

GOOD = {"complete": "Y", "touch": "4", "tempo": "8", "encore": "NA"}
WEAK = {"complete": "Y", "touch": "2", "tempo": "5", "encore": "N"}
WORDS = {"touch": "Heavy", "encore": "Not prepared"}


@pytest.fixture
def recital(school: School) -> str:
    """The id of a submission that waits for two jurors; Otto and Clara are there too."""
    with school.database.transaction() as session:
        found = finished_work(school, session, "Two inventions").submission
        found.state, found.state_kind = "listening", "review"
        for name in ("otto", "clara"):
            people.add(session, f"{name}@example.org", name.title(), PASSWORD, ["reviewer"], TERM)
        clara = session.scalars(select(Account).where(Account.name == "Clara")).one()
        clara.groups = ["chairs"]
        accounts = session.scalars(select(Account).where(Account.name.in_(("Otto", "Clara"))))
        cast: dict[str, Any] = dict(school.cast)
        for one in accounts:
            cast[one.name.lower()] = people.actor(session, one.id, 0)
        object.__setattr__(school, "cast", cast)
        return found.id


def claim(school: School, name: str, id: str) -> Browser:
    """`name` takes a place, and comes back with a browser."""
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, id)
        claiming.claim(session, school.settings, school.cast[name], subject, "", TERM)
    return school.browser(name)


def posted(
    said: Mapping[str, str], notes: Mapping[str, str] = WORDS, recommend: str = "pass"
) -> dict[str, str]:
    return {
        **{f"score/playing/{id}": value for id, value in said.items()},
        **{f"notes/playing/{id}": value for id, value in notes.items()},
        "_recommends": "1",
        "recommend": recommend,
    }


def post(browser: Browser, id: str, go: str, said: Mapping[str, str], **more: Any) -> TestResponse:
    """Post the sheet as the page that is open now would."""
    data = {**posted(said), "_seen": browser.seen(f"/review/{id}"), "_go": go, **more}
    return browser.post(f"/review/{id}", data)


def kept(school: School, name: str) -> dict[str, str | float | None]:
    with school.database.read() as session:
        rows = session.scalars(
            select(Score).join(Review).where(Review.reviewer_id == school.cast[name].id)
        )
        return {one.look_for_id: one.value if one.decision == "R" else one.decision for one in rows}


def state(school: School, id: str) -> str:
    with school.database.read() as session:
        return session.get_one(Submission, id).state


def test_ratings_and_not_applicable_are_kept(school: School, recital: str) -> None:
    rosa = claim(school, "rosa", recital)
    assert post(rosa, recital, "save", GOOD).status_code == 303
    assert kept(school, "rosa") == {"complete": "Y", "touch": 4, "tempo": 8, "encore": "NA"}
    page = rosa.get(f"/review/{recital}").text
    assert 'value="4" checked' in page
    assert '<option value="8" selected>' in page
    assert 'value="NA" checked' in page
    assert 'value="pass" checked' in page


@pytest.mark.parametrize(
    "value", ["5", "0", "2.5", "nan", "inf", "1e999", "-3", "NA", "Y", "9" * 5000, "three", "4 "]
)
def test_a_rating_that_the_scale_does_not_have_is_not_decided(
    school: School, recital: str, value: str
) -> None:
    rosa = claim(school, "rosa", recital)
    answer = post(rosa, recital, "save", {**GOOD, "touch": value})
    assert answer.status_code == 303
    assert kept(school, "rosa")["touch"] == (4 if value.strip() == "4" else None)


def test_not_applicable_is_kept_only_where_it_is_allowed(school: School, recital: str) -> None:
    rosa = claim(school, "rosa", recital)
    post(rosa, recital, "save", {**GOOD, "complete": "NA", "tempo": "NA"})
    assert kept(school, "rosa") == {"complete": None, "touch": 4, "tempo": None, "encore": "NA"}


def test_scores_of_another_guide_change_nothing(school: School, recital: str) -> None:
    rosa = claim(school, "rosa", recital)
    forged = {"score/ground/alive": "Y", "score/playing/forged": "4", "score/playing": "Y"}
    assert post(rosa, recital, "save", GOOD, **forged).status_code == 303
    assert set(kept(school, "rosa")) == set(GOOD)


def test_the_page_says_what_was_checked_for_the_reviewer_and_what_they_overruled(
    school: School, recital: str
) -> None:
    rosa = claim(school, "rosa", recital)
    assert "Checked for you" in words(rosa.get(f"/review/{recital}"))
    post(rosa, recital, "save", {**GOOD, "complete": "N"})
    page = words(rosa.get(f"/review/{recital}"))
    assert "Checked for you" not in page
    assert "You overruled what was filled in for you." in page


def test_the_rest_is_marked_yes_and_taken_back_without_scripts(
    school: School, recital: str
) -> None:
    rosa = claim(school, "rosa", recital)
    post(rosa, recital, "-rest:playing", {})
    assert kept(school, "rosa") == {"complete": "Y", "touch": None, "tempo": None, "encore": "Y"}
    assert "Take back" in words(rosa.get(f"/review/{recital}"))
    post(rosa, recital, "-unrest:playing", {"complete": "Y", "encore": "Y"})
    assert kept(school, "rosa")["encore"] is None
    assert kept(school, "rosa")["complete"] == "Y"


def test_taking_the_rest_back_leaves_what_was_decided_since(school: School, recital: str) -> None:
    rosa = claim(school, "rosa", recital)
    post(rosa, recital, "-rest:playing", {})
    post(rosa, recital, "save", {"complete": "Y", "encore": "N"})
    post(rosa, recital, "-unrest:playing", {"complete": "Y", "encore": "N"})
    assert kept(school, "rosa")["encore"] == "N"


def test_finishing_says_what_is_missing_and_keeps_what_was_typed(
    school: School, recital: str
) -> None:
    rosa = claim(school, "rosa", recital)
    early = post(rosa, recital, "-finish", {"complete": "Y"})
    assert early.status_code == 409
    assert "3 look-fors are not decided yet." in words(early)
    assert "Heavy" in words(early)


def test_a_finished_review_is_read_only_until_it_is_opened_again(
    school: School, recital: str
) -> None:
    rosa = claim(school, "rosa", recital)
    seen = rosa.seen(f"/review/{recital}")
    assert post(rosa, recital, "-finish", GOOD).status_code == 303
    page = rosa.get(f"/review/{recital}")
    assert "You have finished this review" in words(page)
    assert 'name="score/playing/touch"' not in page.text
    late = rosa.post(f"/review/{recital}", {**posted(WEAK), "_seen": seen, "_go": "save"})
    assert late.status_code == 409
    assert "Heavy" in words(late)
    assert kept(school, "rosa")["touch"] == 4
    assert rosa.post(f"/review/{recital}", {"_go": "-reopen"}).status_code == 303
    assert 'name="score/playing/touch"' in rosa.get(f"/review/{recital}").text


def test_a_juror_sees_nothing_of_the_other_before_both_have_finished(
    school: School, recital: str
) -> None:
    rosa, otto = claim(school, "rosa", recital), claim(school, "otto", recital)
    post(otto, recital, "save", WEAK)
    assert "Heavy" not in words(rosa.get(f"/review/{recital}"))
    post(otto, recital, "-finish", WEAK)
    assert "Heavy" not in words(rosa.get(f"/review/{recital}"))


def test_a_chair_sees_both_sheets_side_by_side_and_gives_the_final_scores(
    school: School, recital: str
) -> None:
    rosa, otto = claim(school, "rosa", recital), claim(school, "otto", recital)
    post(rosa, recital, "-finish", GOOD)
    assert state(school, recital) == "listening"
    post(otto, recital, "-finish", WEAK)
    assert state(school, recital) == "judging"
    clara = claim(school, "clara", recital)
    page = words(clara.get(f"/review/{recital}"))
    assert "What 2 reviewers said" in page
    assert "They differ" in page
    assert "4: Distinguished" in page
    assert "2: Developing" in page
    answer = post(
        clara, recital, "judge", {**GOOD, "tempo": "6.5"}, revision=_revision(school, recital)
    )
    assert answer.status_code == 303, words(answer)
    assert state(school, recital) == "passed"


def _revision(school: School, id: str) -> int:
    with school.database.read() as session:
        return session.get_one(Submission, id).revision


def test_two_versions_of_a_sheet_are_shown_with_ratings_and_recommendation(
    school: School, recital: str
) -> None:
    rosa = claim(school, "rosa", recital)
    seen = rosa.seen(f"/review/{recital}")
    post(rosa, recital, "save", GOOD)
    stale = {**posted(WEAK, recommend="again"), "_seen": seen, "_go": "save"}
    answer = rosa.post(f"/review/{recital}", stale)
    assert answer.status_code == 409
    page = words(answer)
    for said in ("2: Developing", "4: Distinguished", "8 of 10", "Not applicable", "Play again"):
        assert said in page
    assert kept(school, "rosa")["touch"] == 4
    hidden = unescape(answer.text)
    assert 'name="score/playing/touch" value="2"' in hidden
    assert 'name="recommend" value="again"' in hidden


def test_whoever_is_no_reviewer_any_more_scores_nothing(school: School, recital: str) -> None:
    rosa = claim(school, "rosa", recital)
    seen = rosa.seen(f"/review/{recital}")
    with school.database.transaction() as session:
        account = session.get_one(Account, school.cast["rosa"].id)
        account.roles = ["candidate"]
    for go in ("save", "-finish", "-rest:playing", "-reopen"):
        answer = rosa.post(f"/review/{recital}", {**posted(GOOD), "_seen": seen, "_go": go})
        assert answer.status_code in (403, 404, 409)
    assert kept(school, "rosa") == {"complete": "Y"}


def test_a_draft_sheet_says_what_each_decision_still_waits_for(
    school: School, recital: str
) -> None:
    rosa = claim(school, "rosa", recital)
    data = {**posted(GOOD, recommend=""), "_seen": rosa.seen(f"/review/{recital}"), "_go": "save"}
    answer = rosa.post(f"/review/{recital}?format=json", data)
    assert answer.json["finish"].startswith("Your recommendation is missing.")
    assert (answer.json["decided"], answer.json["points"]) == (4, "17 of 19 points (89.5 %).")


def test_staff_read_how_well_reviewers_agree(school: School, recital: str) -> None:
    sam = school.browser("sam")
    empty = words(sam.get("/staff/agreement?credential=piano-recital"))
    assert "Nothing to compare yet" in empty
    for name, said in (("rosa", GOOD), ("otto", WEAK)):
        post(claim(school, name, recital), recital, "-finish", said)
    page = words(sam.get("/staff/agreement?credential=piano-recital"))
    assert "In 25 % of 4 pairs of scores two reviewers said the same." in page
    assert "These are few" in page
    rows = sam.get("/staff/agreement/figures.csv?credential=piano-recital").text.splitlines()
    assert rows[1].split(",")[:6] == ["", "", "", "4", "4", "25"]
    assert rows[4].startswith("playing,touch,The touch fits the piece.,1,1,0,")
    assert sam.get("/staff/agreement?credential=no-such").status_code == 404
    assert school.browser("ana").get("/staff/agreement").status_code == 403
