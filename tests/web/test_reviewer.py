"""The queue and the workspace, as a reviewer and as everybody else meets them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from engine.credentials.library import Library
from engine.people import SYSTEM
from engine.records import catalogue
from engine.records.tables import Comment, DraftRow, Review, Score, Snapshot, Submission
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, hidden, house, words

__all__ = ["garden", "house"]

BOTH_YES = {"score/growth/basic": "Y", "score/growth/green": "Y"}


def post(browser: FlaskClient, house: GardenHouse, id: str, go: str, **sheet: Any) -> TestResponse:
    """Post the scoring sheet as the page that is open now would."""
    page = browser.get(f"/review/{id}")
    seen = hidden(page, "_seen") if b'name="_seen"' in page.data else "0"
    data = {"revision": str(house.find(id).revision), "_seen": seen, "_go": go, **sheet}
    return browser.post(f"/review/{id}", data=data)


def scores(house: GardenHouse) -> dict[str, tuple[str | None, str]]:
    with house.garden.database.read() as session:
        return {
            one.look_for_id: (one.decision, one.notes) for one in session.scalars(select(Score))
        }


def test_the_queue_shows_what_waits_and_lets_a_reviewer_claim_it(house: GardenHouse) -> None:
    id = house.entered()
    page = house.browser("judge").get("/queue")
    assert page.status_code == 200
    assert "Grower" in words(page)
    assert "Window Garden" in words(page)
    assert 'name="_go" value="take"' in page.text
    assert f'action="/review/{id}"' in page.text


def test_the_queue_is_for_reviewers(house: GardenHouse) -> None:
    house.entered()
    refused = house.browser("grower").get("/queue")
    assert refused.status_code == 403
    assert "This page is for reviewers." in words(refused)
    assert "Window Garden" not in words(refused)


def test_the_queue_asks_a_stranger_to_sign_in(house: GardenHouse) -> None:
    answer = house.browser().get("/queue")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/queue")


def test_filters_narrow_the_queue(house: GardenHouse) -> None:
    house.taken()
    judge, second = house.browser("judge"), house.browser("second_judge")
    assert "Window Garden" in words(judge.get("/queue?whose=mine"))
    assert "Nothing matches these words" in words(second.get("/queue?whose=mine"))
    assert "Nothing matches these words" in words(second.get("/queue?state=on_show"))
    assert "Nothing matches these words" in words(second.get("/queue?state=no-such-state"))


@pytest.mark.parametrize("path", ["/queue", "/queue?whose=free", "/queue?state=on_show"])
def test_the_queue_costs_the_same_for_few_and_for_many(house: GardenHouse, path: str) -> None:
    judge = house.browser("judge")
    house.crowd(3)
    judge.get(path)
    with house.counted() as few:
        judge.get(path)
    house.crowd(297)
    with house.counted() as many:
        page = judge.get(path)
    assert page.text.count('name="_go" value="take"') == 50
    assert len(few) == len(many)
    assert len(many) <= 5


def test_pages_of_the_queue_show_every_row_once(house: GardenHouse) -> None:
    house.crowd(120)
    judge, path, seen = house.browser("judge"), "/queue", []
    while path:
        page = judge.get(path).text
        rows = page.split('<th scope="row">')[1:]
        seen += [row.split('">')[1].split("<")[0] for row in rows]
        _, _, after = page.rpartition('" rel="next"')
        path = (
            page.split('" rel="next"')[0].rpartition('href="')[2].replace("&amp;", "&")
            if after != page
            else ""
        )
    assert seen == [f"Grower {number:03}" for number in range(120)]


def test_claiming_opens_the_workspace_with_the_answers(house: GardenHouse) -> None:
    id, judge = house.entered(), house.browser("judge")
    answer = judge.post(f"/review/{id}", data={"revision": "1", "_go": "take"})
    assert (answer.status_code, answer.location) == (303, f"/review/{id}")
    page = words(judge.get(f"/review/{id}"))
    assert "Basil all year" in page
    assert "It is green." in page
    assert "Filled in for you: everything required is answered. You may overrule it." in page


def test_the_second_of_two_who_claim_is_told_who_has_it(house: GardenHouse) -> None:
    id = house.entered()
    first, second = house.browser("judge"), house.browser("second_judge")
    assert first.post(f"/review/{id}", data={"revision": "1", "_go": "take"}).status_code == 303
    late = second.post(f"/review/{id}", data={"revision": "1", "_go": "take"})
    assert late.status_code == 409
    assert "Another reviewer has this submission." in words(late)
    assert "Judge has it" in words(late)
    assert house.find(id).reviewer_id == "judge"


def test_a_stale_claim_changes_nothing(house: GardenHouse) -> None:
    id = house.entered()
    late = house.browser("judge").post(f"/review/{id}", data={"revision": "0", "_go": "take"})
    assert late.status_code == 409
    assert house.find(id).state == "on_show"


@pytest.mark.parametrize("claimed", [False, True])
def test_answers_stay_closed_to_a_reviewer_who_does_not_hold_them(
    house: GardenHouse, claimed: bool
) -> None:
    id = house.taken() if claimed else house.entered()
    page = house.browser("second_judge").get(f"/review/{id}")
    assert page.status_code == 200
    assert "Basil all year" not in page.text
    assert ("Judge has this submission now" in words(page)) == claimed


def test_a_draft_does_not_exist_for_reviewers(house: GardenHouse) -> None:
    with house.garden.database.transaction() as session:
        id = house.garden.opened(session).id
    assert house.browser("judge").get(f"/review/{id}").status_code == 404
    assert house.browser("stranger").get(f"/review/{house.entered()}").status_code == 404
    assert house.browser("judge").get("/review/no-such-id").status_code == 404


def test_the_owner_does_not_review_their_own_work(house: GardenHouse) -> None:
    id = house.taken()
    page = house.browser("grower").get(f"/review/{id}")
    assert "Scoring" not in page.text
    posted = house.browser("grower").post(
        f"/review/{id}", data={"revision": "2", "_go": "give_ribbon", **BOTH_YES}
    )
    assert posted.status_code in (403, 409)
    assert house.find(id).state == "judging"


def test_reviewers_read_the_snapshot_and_not_the_draft_behind_it(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    post(
        judge,
        house,
        id,
        "send_back",
        **{**BOTH_YES, "score/growth/green": "N", "notes/growth/green": "Brown."},
    )
    with house.garden.database.transaction() as session:
        session.execute(update(DraftRow).values(answers={"goal": "A secret plan"}))
    page = judge.get(f"/review/{id}")
    assert "Basil all year" in words(page)
    assert "A secret plan" not in page.text


def test_scores_are_kept_as_a_draft(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    answer = post(
        judge, house, id, "save", **{"score/growth/green": "N", "notes/growth/green": "Why?"}
    )
    assert (answer.status_code, answer.location) == (303, f"/review/{id}")
    assert scores(house) == {"basic": (None, ""), "green": ("N", "Why?")}
    page = judge.get(f"/review/{id}")
    assert "Why?" in page.text
    assert house.find(id).state == "judging"


def test_scores_save_themselves(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    data = {"_seen": "0", "revision": "2", "score/growth/green": "Y", "score/growth/basic": "Y"}
    answer = judge.post(f"/review/{id}", data=data, headers={"Accept": "application/json"})
    said = answer.get_json()
    assert answer.status_code == 200
    assert (said["revision"], said["seen"], said["decided"], said["total"]) == (1, "1", 2, 2)
    assert said["offers"]["give_ribbon"] == ""
    stale = judge.post(
        f"/review/{id}",
        data={**data, "notes/growth/green": "Other"},
        headers={"Accept": "application/json"},
    )
    assert (stale.status_code, stale.mimetype) == (409, "application/problem+json")
    assert scores(house)["green"] == ("Y", "")


def test_two_windows_of_one_sheet_show_both_versions(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    post(judge, house, id, "save", **{"score/growth/green": "Y", "notes/growth/green": "From here"})
    mine = {"score/growth/green": "N", "notes/growth/green": "From there", "_seen": "0"}
    answer = judge.post(f"/review/{id}", data={**mine, "revision": "2", "_go": "save"})
    assert answer.status_code == 409
    assert "From here" in words(answer)
    assert "From there" in words(answer)
    kept = {**mine, "_seen": hidden(answer, "_seen")}
    assert judge.post(f"/review/{id}", data={**kept, "_go": "save"}).status_code == 303
    assert scores(house)["green"] == ("N", "From there")


def test_notes_of_somebody_who_lost_the_submission_are_handed_back(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    post(judge, house, id, "put_back")
    late = judge.post(
        f"/review/{id}", data={"_seen": "0", "notes/growth/green": "My long thoughts"}
    )
    assert late.status_code == 409
    assert "My long thoughts" in words(late)


def test_an_award_needs_every_look_for(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    refused = post(judge, house, id, "give_ribbon", **{"score/growth/basic": "Y"})
    assert refused.status_code == 403
    assert "Not every look-for is Y." in words(refused)
    assert scores(house)["basic"] == ("Y", "")
    assert house.find(id).state == "judging"
    assert post(judge, house, id, "give_ribbon", **BOTH_YES).status_code == 303
    assert house.find(id).state == "ribbon"


def test_returning_needs_notes(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    sheet = {**BOTH_YES, "score/growth/green": "N"}
    refused = post(judge, house, id, "send_back", **sheet)
    assert refused.status_code == 403
    assert "Say why." in words(refused)
    done = post(judge, house, id, "send_back", **sheet, **{"notes/growth/green": "It is brown."})
    assert (done.status_code, done.location) == (303, "/queue")
    assert house.find(id).state == "replanting"


def test_earlier_scores_stay_in_sight(house: GardenHouse) -> None:
    id, judge, garden = house.taken(), house.browser("judge"), house.garden
    sheet = {**BOTH_YES, "score/growth/green": "N", "notes/growth/green": "It is brown."}
    post(judge, house, id, "send_back", **sheet)
    with garden.database.transaction() as session:
        submission = garden.subject(session, house.find(id)).submission
        garden.save(session, submission, "plan", goal="Basil and mint", plants=4)
        garden.advance(session, garden.grower, submission, "enter")
    second = house.browser("second_judge")
    second.post(f"/review/{id}", data={"revision": str(house.find(id).revision), "_go": "take"})
    page = words(second.get(f"/review/{id}"))
    assert "Round 1, Judge: Not yet It is brown." in page
    assert "1 answer changed since round 1" in page
    assert "Basil and mint" in page


def test_a_submission_that_was_handed_back_is_scored_by_the_next_reviewer(
    house: GardenHouse,
) -> None:
    id = house.taken()
    post(house.browser("judge"), house, id, "put_back", **{"score/growth/green": "Y"})
    second = house.browser("second_judge")
    second.post(f"/review/{id}", data={"revision": str(house.find(id).revision), "_go": "take"})
    assert post(second, house, id, "give_ribbon", **BOTH_YES).status_code == 303
    assert house.find(id).state == "ribbon"


def test_forged_look_fors_are_ignored(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    forged = {
        "score/growth/invented": "Y",
        "score/other/green": "Y",
        "score/growth/green": "X",
        "score/": "Y",
    }
    assert post(judge, house, id, "save", **forged).status_code == 303
    assert scores(house) == {"basic": (None, ""), "green": (None, "")}


def test_a_forged_decision_is_not_found_and_the_scores_stay(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    assert post(judge, house, id, "crown", **BOTH_YES).status_code == 404
    assert scores(house)["green"] == ("Y", "")
    assert post(judge, house, id, "dig_up").status_code in (403, 404)
    assert house.find(id).state == "judging"


def test_a_note_stands_beside_its_answer_and_can_be_taken_back(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    written = judge.post(
        f"/review/{id}/comments", data={"pointer": "/plan/goal", "body": "Which basil?"}
    )
    assert (written.status_code, written.location) == (303, f"/review/{id}#/plan/goal")
    assert "Which basil?" in words(judge.get(f"/review/{id}"))
    with house.garden.database.read() as session:
        note = session.scalars(select(Comment)).one()
    judge.post(f"/review/{id}/comments", data={"_remove": note.id})
    assert "Which basil?" not in judge.get(f"/review/{id}").text


def test_keeping_a_note_keeps_the_scores_and_the_other_notes_too(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    data = {"_seen": "0", "_note": "/plan/goal", "note/plan/goal": "Why?", "note/plan/plants": "4?"}
    judge.post(f"/review/{id}/comments", data={**data, **BOTH_YES})
    assert scores(house)["green"] == ("Y", "")
    with house.garden.database.read() as session:
        kept = session.execute(select(Comment.pointer, Comment.body)).all()
    assert sorted(map(tuple, kept)) == [("/plan/goal", "Why?"), ("/plan/plants", "4?")]


def test_a_page_that_saves_itself_keeps_no_note_that_is_still_being_written(
    house: GardenHouse,
) -> None:
    id, judge = house.taken(), house.browser("judge")
    data = {"_seen": "0", "note/plan/goal": "Wh", "score/growth/green": "Y"}
    judge.post(f"/review/{id}", data=data, headers={"Accept": "application/json"})
    with house.garden.database.read() as session:
        assert session.scalars(select(Comment)).all() == []


def test_notes_on_answers_that_do_not_exist_are_refused(house: GardenHouse) -> None:
    id, judge = house.taken(), house.browser("judge")
    forged = judge.post(f"/review/{id}/comments", data={"pointer": "/plan/x", "body": "?"})
    assert forged.status_code == 404
    other = house.browser("second_judge").post(
        f"/review/{id}/comments", data={"pointer": "/plan/goal", "body": "Mine too"}
    )
    assert other.status_code == 409
    assert "Mine too" in words(other)
    with house.garden.database.read() as session:
        assert session.scalars(select(Comment)).all() == []


def test_nothing_that_people_type_becomes_markup(house: GardenHouse) -> None:
    house.rename("grower", "<script>alert(1)</script>")
    id, judge = house.taken(), house.browser("judge")
    evil = '"><img src=x onerror=alert(2)>'
    post(judge, house, id, "save", **{"notes/growth/green": evil})
    judge.post(f"/review/{id}/comments", data={"pointer": "/plan/goal", "body": evil})
    for path in ("/queue", f"/review/{id}"):
        page = judge.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("missing", range(7))
def test_the_coach_credential_needs_all_seven_look_fors(house: GardenHouse, missing: int) -> None:
    garden, judge = house.garden, house.browser("judge")
    with garden.database.transaction() as session:
        library = Library(garden.settings.documents, garden.settings.workflows)
        row = catalogue.publish(session, library, "instructional-coach", SYSTEM, NOON)
        edition = catalogue.edition(session, row.digest)
        assert edition.workflow is not None
        state = next(one for one in edition.workflow.states.values() if one.review)
        facts = {"id": "s1", "edition_digest": row.digest, "credential_id": row.credential_id}
        session.add(
            Submission(
                **facts,
                candidate_id="grower",
                state=state.name,
                state_kind=state.kind,
                state_since=NOON,
                revision=2,
                round=1,
                reviewer_id="judge",
                reviewer_ids=["judge"],
                opened_at=NOON,
                submitted_at=NOON,
            )
        )
        session.flush()
        session.add_all(
            [
                Snapshot(submission_id="s1", round=1, answers=edition.examples, taken_at=NOON),
                Review(id="r1", submission_id="s1", round=1, reviewer_id="judge", started_at=NOON),
            ]
        )
        keys = [
            f"score/{guide.id}/{row.id}"
            for guide in edition.credential.scoring_guides.values()
            for row in guide.look_fors
        ]
    assert len(keys) == 7
    assert all(f'name="{key}"' in judge.get("/review/s1").text for key in keys)
    six = {key: "N" if number == missing else "Y" for number, key in enumerate(keys)}
    refused = post(judge, house, "s1", "award", **six)
    assert refused.status_code == 403
    assert "The credential is awarded when every look-for is demonstrated." in words(refused)
    asked = post(judge, house, "s1", "award", **dict.fromkeys(keys, "Y"))
    assert (asked.status_code, asked.location) == (303, "/submissions/s1/advance/award")


def test_staff_read_a_review_without_changing_it(house: GardenHouse) -> None:
    id = house.taken()
    office = house.browser("office")
    page = office.get(f"/review/{id}")
    assert "Basil all year" in words(page)
    assert 'name="score/growth/green"' not in page.text
    assert office.post(f"/review/{id}", data={"_go": "save", **BOTH_YES}).status_code in (403, 409)
    assert scores(house) == {"basic": ("Y", "")}
