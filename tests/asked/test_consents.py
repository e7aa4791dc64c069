"""What a submission may not do without other people's consent, and what a withdrawal takes away."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.records import catalogue
from engine.records.tables import Asking, Award
from engine.settings import Settings
from engine.submissions import checklists, consents, drafting
from tests.asked.conftest import START, Kitchen
from tests.conftest import School

GIVEN = 'Given</span> <span class="muted">15 January 2030</span>'


def states(kitchen: Kitchen) -> list[tuple[str, str, str]]:
    with kitchen.school.database.read() as session:
        found = consents.standing(session, kitchen.subject(session), kitchen.now)
        return [(one.consent.id, one.name, one.state) for one in found]


def test_work_is_not_submitted_before_the_consent_is_given(kitchen: Kitchen) -> None:
    page = kitchen.submits()
    assert page.status_code == 422
    assert "The consent of 1 person is missing." in page.text
    assert "Bo Finch: Being filmed. Not asked yet." in page.text
    asking = kitchen.asks()
    page = kitchen.submits()
    assert "Bo Finch: Being filmed. Asked on 15 January 2030, no answer yet." in page.text
    kitchen.answers(asking)
    assert kitchen.submits().status_code == 303


def test_work_is_not_submitted_against_somebodys_no(kitchen: Kitchen) -> None:
    kitchen.answers(kitchen.asks(), "refused")
    page = kitchen.submits()
    assert page.status_code == 422
    assert "Bo Finch does not want this: Being filmed." in page.text
    kitchen.says(cook="Cy Marsh")
    kitchen.answers(kitchen.asks("Cy Marsh", "cy@example.org"))
    assert kitchen.submits().status_code == 303


def test_a_name_is_the_same_however_it_is_spelled(kitchen: Kitchen) -> None:
    kitchen.answers(kitchen.asks())
    kitchen.says(cook=" bó  FINCH ")
    assert states(kitchen) == [("filmed", "bó FINCH", "given")]


def test_consent_on_paper_does_where_the_document_takes_it(kitchen: Kitchen) -> None:
    kitchen.says(shows_helpers=True, helpers=[{"name": "Di"}, {"name": "Eli"}])
    paper = kitchen.file("/talk/helpers/0/paper", "form.txt")
    kitchen.says(helpers=[{"name": "Di", "paper": paper}, {"name": "Eli"}])
    assert states(kitchen)[1:] == [("helping", "Di", "attested"), ("helping", "Eli", "unasked")]


def test_no_outweighs_paper(kitchen: Kitchen) -> None:
    kitchen.says(shows_helpers=True, helpers=[{"name": "Di"}])
    kitchen.answers(kitchen.asks("Di", "di@example.org", "helping"), "refused")
    paper = kitchen.file("/talk/helpers/0/paper", "form.txt")
    kitchen.says(helpers=[{"name": "Di", "paper": paper}])
    assert states(kitchen)[1] == ("helping", "Di", "refused")


@pytest.mark.parametrize(("shown", "lacks"), [(True, ["Bo Finch", "Di"]), (False, ["Bo Finch"])])
def test_consent_is_needed_when_the_document_says_so(
    kitchen: Kitchen, shown: bool, lacks: list[str]
) -> None:
    kitchen.says(shows_helpers=shown, helpers=[{"name": "Di"}], taster="Fay")
    with kitchen.school.database.read() as session:
        found = consents.lacking(session, kitchen.subject(session), kitchen.now)
    assert [one.name for one in found] == lacks


def test_consent_to_other_words_does_not_count(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.answers(asking)
    with kitchen.school.database.transaction() as session:
        another = catalogue.current(session, "listening-circle")
        assert another is not None
        then = update(Asking).where(Asking.id == asking)
        session.execute(then.values(edition_digest=another.digest, wording_digest="0" * 64))
    assert states(kitchen) == [("filmed", "Bo Finch", "reworded")]
    page = kitchen.school.browser("ana").get(kitchen.path()).text
    assert "Given to an earlier wording" in page
    kitchen.later(days=1)
    assert kitchen.school.browser("ana").post(kitchen.path(asking, "remind")).status_code == 303
    kitchen.answers(asking)
    assert states(kitchen) == [("filmed", "Bo Finch", "given")]


def test_yes_to_words_that_have_changed_meanwhile_is_asked_again(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    answer = kitchen.answers(asking, wording="0" * 64)
    assert answer.status_code == 409
    assert "The wording has changed since you opened this page." in answer.text
    assert kitchen.row().state == "asked"


def test_yes_in_spanish_counts_in_english(kitchen: Kitchen) -> None:
    said = {"concern": "filmed", "name": "Bo Finch", "email": "bo@example.org", "language": "es"}
    kitchen.school.browser("ana").post(kitchen.path("ask"), said)
    kitchen.answers(kitchen.row().id)
    assert "charla en mi cocina" in kitchen.row().wording
    assert states(kitchen) == [("filmed", "Bo Finch", "given")]


def test_withdrawal_ends_showing_the_film_at_once(kitchen: Kitchen) -> None:
    asking = kitchen.in_review()
    address = f"/evidence/{kitchen.film()}"
    rosa = kitchen.school.browser("rosa")
    assert rosa.get(address).status_code == 200

    assert kitchen.answers(asking, "withdrawn").status_code == 303

    closed = rosa.get(address)
    assert closed.status_code == 403
    assert "This file is not shown any more." in closed.text
    assert kitchen.school.browser("ana").get(address).status_code == 200
    assert kitchen.school.browser("sam").get(address).status_code == 200
    assert kitchen.school.browser("ben").get(address).status_code == 404


def test_reviewer_who_has_the_page_open_learns_of_it_with_the_next_act(kitchen: Kitchen) -> None:
    asking = kitchen.in_review()
    review = f"/review/{kitchen.submission}"
    rosa = kitchen.school.browser("rosa")
    assert "film.txt" in rosa.get(review).text
    kitchen.answers(asking, "withdrawn")
    page = rosa.get(review).text
    assert "Bo Finch: Being filmed. Withdrawn on 15 January 2030." in page
    assert "film.txt" not in page
    assert "film.txt" not in rosa.get(f"/submissions/{kitchen.submission}/print").text
    kitchen.scores()
    refused = kitchen.fires("rosa", "award")
    assert refused.status_code == 422
    assert "A consent that this needs is missing or was withdrawn." in refused.text
    kitchen.scores("N")
    assert kitchen.fires("rosa", "return").status_code == 303


def test_what_was_awarded_stays_awarded_and_staff_are_told(kitchen: Kitchen) -> None:
    asking = kitchen.in_review()
    kitchen.scores()
    assert kitchen.fires("rosa", "award").status_code == 303
    kitchen.answers(asking, "withdrawn")
    with kitchen.school.database.read() as session:
        award = session.scalars(select(Award)).one()
        assert (award.submission_id, award.revoked_at) == (kitchen.submission, None)
    told = [one for one in kitchen.letters() if one.name == "consent-withdrawn-staff"]
    assert {one.to_address for one in told} == {"sam@example.org", "ada@example.org"}
    assert "the award stands" in told[0].text


def test_candidate_is_told_of_every_answer(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    for said in ("refused", "given", "withdrawn"):
        kitchen.answers(asking, said)
    mine = [one for one in kitchen.letters() if one.to_address == "ana@example.org"]
    assert sorted(one.name for one in mine) == [
        "consent-given",
        "consent-refused",
        "consent-withdrawn",
    ]
    story = kitchen.school.browser("ana").get(f"/submissions/{kitchen.submission}/story").text
    assert "<strong>Took their yes back</strong>, by Bo Finch" in story


def test_withdrawal_and_award_at_the_same_moment_never_pass_each_other(kitchen: Kitchen) -> None:
    """Either the award came first, and stands, or the withdrawal did, and it is refused."""
    asking = kitchen.in_review()
    revision = kitchen.revision()
    rosa, bo = kitchen.school.browser("rosa"), kitchen.school.browser()
    kitchen.scores()
    both = threading.Barrier(2)
    answers: dict[str, Any] = {}

    def act(name: str, browser: Any, path: str, said: dict[str, Any]) -> None:
        token = browser.token()
        both.wait()
        answers[name] = browser.client.post(path, data={"csrf_token": token, **said})

    award = f"/submissions/{kitchen.submission}/advance/award"
    threads = [
        threading.Thread(target=act, args=("award", rosa, award, {"revision": revision})),
        threading.Thread(
            target=act, args=("withdraw", bo, kitchen.link(asking), {"say": "withdrawn"})
        ),
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers["withdraw"].status_code == 303
    order = [one.kind for one in kitchen.events()]
    awarded = [
        place
        for place, one in enumerate(kitchen.events())
        if one.facts.get("transition") == "award"
    ]
    assert all(place < order.index("person-withdrew") for place in awarded)


def test_publication_stands_while_nobody_objects(kitchen: Kitchen) -> None:
    kitchen.says(taster="Fay")

    def stands() -> bool:
        with kitchen.school.database.read() as session:
            return consents.publication_stands(session, kitchen.submission)

    assert stands()
    asking = kitchen.asks("Fay", "fay@example.org", "quoted")
    kitchen.answers(asking)
    assert stands()
    kitchen.answers(asking, "withdrawn")
    assert not stands()


def test_what_is_public_hears_of_a_withdrawal_in_the_same_transaction(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str]] = []

    def hook(session: Session, settings: Settings, submission_id: str, at: datetime) -> None:
        row = session.get_one(Asking, asking)
        heard.append((submission_id, row.state))

    monkeypatch.setattr(consents, "_hooks", [hook])
    asking = kitchen.asks()
    kitchen.answers(asking)
    assert heard == []
    kitchen.answers(asking, "withdrawn")
    assert heard == [(kitchen.submission, "withdrawn")]


def test_page_lists_who_was_asked_and_how_it_stands(kitchen: Kitchen) -> None:
    kitchen.says(shows_helpers=True, helpers=[{"name": "Di", "email": "di@example.org"}])
    kitchen.answers(kitchen.asks())
    page = kitchen.school.browser("ana").get(kitchen.path()).text
    assert GIVEN in page
    assert 'value="di@example.org"' in page  # as the answers have it, ready to be asked
    tasks = kitchen.school.browser("ana").get(f"/submissions/{kitchen.submission}").text
    assert "1 of 2 given" in tasks


def test_reviewer_sees_how_it_stands_and_no_address(kitchen: Kitchen) -> None:
    kitchen.in_review()
    page = kitchen.school.browser("rosa").get(kitchen.path())
    assert page.status_code == 200
    assert GIVEN in page.text
    assert "bo@example.org" not in page.text
    assert "Ask for consent" not in page.text
    assert kitchen.school.browser("ben").get(kitchen.path()).status_code == 404


def test_ticked_points_stand_beside_the_button_and_are_kept_word_for_word(
    school: School,
) -> None:
    submission = school.open("ana", "focusing-on-student-learning")
    browser = school.browser("ana")
    page = browser.get(f"/submissions/{submission}/check").text
    assert "You have ticked none yet." in page
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, submission)
        said = {form: dict(one) for form, one in subject.edition.examples.items()}
        drafting.fill(session, subject, said, school.cast["ana"], START)
        facts = checklists.told(subject, said)
    (points,) = facts["ticked"].values()
    assert points[0].startswith("There is no student’s name in my answers or files.")
    page = browser.get(f"/submissions/{submission}/check").text
    assert "Look once more before you submit. You have ticked:" in page
    assert page.count(points[0]) >= 2  # among the answers, and once more beside the button


def test_history_tells_people_from_the_candidate(kitchen: Kitchen) -> None:
    kitchen.asks()
    page = kitchen.school.browser("ana").get(f"/submissions/{kitchen.submission}/story").text
    assert "<strong>Asked</strong>, by you" in page
    assert "Bo Finch: Being filmed" in page


def test_what_is_needed_for_is_asked_before_an_award_too(kitchen: Kitchen) -> None:
    """A reviewer cannot award what nobody consents to any more, however it is scored."""
    asking = kitchen.in_review()
    kitchen.scores()
    kitchen.answers(asking, "withdrawn")
    assert kitchen.fires("rosa", "award").status_code == 422
    kitchen.answers(asking)
    assert kitchen.fires("rosa", "award").status_code == 303
