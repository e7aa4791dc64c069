"""Calibration: prepared by staff, practiced by reviewers, asked for before real work is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock
from engine.errors import Conflict, NotFound, Refused
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import audit, catalogue
from engine.records.tables import Calibration, DraftRow, Practice
from engine.submissions import calibrating, calibrations, drafting, progress
from engine.submissions.scores import Key, Score
from tests.conftest import TERM, School
from tests.web.conftest import GARDEN
from tests.web.garden_house import words

AGREED: Mapping[Key, Score] = {
    ("playing", "complete"): Score("Y", "The piece is named."),
    ("playing", "touch"): Score("R", "Light, as Bach asks.", 3),
    ("playing", "tempo"): Score("R", "It holds but once.", 7.5),
    ("playing", "encore"): Score("NA", "There was none."),
}
BLOCK = ReviewBlock("juror", ("all",), calibrated=0.8)


def prepared(school: School, session: Session) -> Calibration:
    found = finished_work(school, session, "Two inventions by Bach")
    sam = school.cast["sam"]
    return calibrations.prepare_from_submission(session, sam, found, "Two inventions", [], TERM)


def opened(school: School, session: Session) -> Calibration:
    found, sam = prepared(school, session), school.cast["sam"]
    calibrations.agree(session, sam, found, AGREED, TERM)
    calibrations.open_to_reviewers(session, sam, found, TERM)
    return found


def practiced(school: School, session: Session, **changed: Score) -> Practice:
    rosa, found = school.cast["rosa"], opened(school, session)
    said = {key: Score(one.decision, "", one.value) for key, one in AGREED.items()}
    said |= {("playing", id): score for id, score in changed.items()}
    calibrating.save_practice(session, rosa, found, said, 0, TERM)
    return calibrating.finish_practice(session, rosa, found, TERM)


def finished_work(school: School, session: Session, piece: str) -> SubmissionSubject:
    """A submission of Ana's that has come to its end."""
    edition = catalogue.current(session, "piano-recital")
    assert edition is not None
    ana = school.cast["ana"]
    submission = drafting.open_submission(session, edition, ana, TERM)
    session.add(
        DraftRow(
            submission_id=submission.id,
            form_id="recital",
            answers={"piece": piece},
            marks={},
            saved_at=TERM,
        )
    )
    session.flush()
    progress.advance(session, school.settings, ana, submission.id, "hand_in", 0, TERM)
    submission.state, submission.state_kind = "awarded", "outcome"
    session.flush()
    return drafting.subject_of(session, submission.id)


def test_nothing_is_open_to_reviewers_before_every_score_has_its_reason(school: School) -> None:
    sam = school.cast["sam"]
    with school.database.transaction() as session:
        found = prepared(school, session)
        silent = {**AGREED, ("playing", "tempo"): Score("R", "", 7.5)}
        for scores in ({}, silent):
            calibrations.agree(session, sam, found, scores, TERM)
            with pytest.raises(Refused) as refused:
                calibrations.open_to_reviewers(session, sam, found, TERM)
            assert refused.value.refusal.code == "unagreed"
        with pytest.raises(NotFound):
            calibrating.found(session, school.cast["rosa"], found.id)


def test_what_reviewers_practice_on_stays_as_it_is(school: School) -> None:
    sam = school.cast["sam"]
    with school.database.transaction() as session:
        found = opened(school, session)
        with pytest.raises(Refused):
            calibrations.agree(session, sam, found, {}, TERM)
        with pytest.raises(Refused):
            calibrations.rewrite(session, sam, found, "Other", {}, TERM)


def test_names_are_taken_out_of_finished_work(school: School) -> None:
    ana, sam = school.cast["ana"], school.cast["sam"]
    first = ana.name.split()[0]
    with school.database.transaction() as session:
        said = f"{ana.name} ({ana.email}): {first.upper()}'s waltz, by Anatol"
        subject = finished_work(school, session, said)
        found = calibrations.prepare_from_submission(session, sam, subject, "", [], TERM)
        assert found.answers["recital"]["piece"] == "[name] ([name]): [name]'s waltz, by Anatol"


def test_staff_put_the_rest_otherwise(school: School) -> None:
    sam = school.cast["sam"]
    with school.database.transaction() as session:
        found = prepared(school, session)
        others = {"/recital/piece": "Something by Bach", "/recital": "no", "/nowhere": "no"}
        calibrations.rewrite(session, sam, found, "A title", others, TERM)
        assert found.answers == {"recital": {"piece": "Something by Bach"}}
        assert found.title == "A title"


def test_example_answers_can_be_practiced_on_and_files_of_theirs_are_none(school: School) -> None:
    sam = school.browser("sam")
    made = sam.post("/staff/calibration", {"credential": GARDEN, "title": ""})
    assert made.status_code == 303
    assert "School Garden Steward" in words(sam.get(made.location))


def test_only_work_on_which_somebody_decided_is_practiced_on(school: School) -> None:
    sam = school.cast["sam"]
    with school.database.transaction() as session:
        subject = finished_work(school, session, "Waltz")
        subject.submission.state = "listening"
        with pytest.raises(Refused):
            calibrations.prepare_from_submission(session, sam, subject, "", [], TERM)


def test_agreement_is_the_share_of_look_fors_that_are_the_same(school: School) -> None:
    with school.database.transaction() as session:
        practice = practiced(school, session, tempo=Score("R", "", 5))
        assert practice.agreement == 0.75
        rosa = school.cast["rosa"]
        calibration = session.get_one(Calibration, practice.calibration_id)
        rows = calibrating.compared(session, calibration, practice)
        assert [(one.look_for.id, one.same, one.apart) for _guide, one in rows] == [
            ("complete", True, None),
            ("touch", True, 0),
            ("tempo", False, -2.5),
            ("encore", True, None),
        ]
        assert calibrating.standing(session, rosa, "piano-recital") == (0.75, 1, 0)


def test_real_work_waits_for_enough_agreement(school: School) -> None:
    rosa = school.cast["rosa"]

    def refusal(session: Session, block: ReviewBlock = BLOCK) -> str:
        found = calibrating.refusal(session, rosa, "piano-recital", block)
        return found.remedy if found else ""

    with school.database.transaction() as session:
        assert refusal(session, replace(BLOCK, calibrated=0.0)) == ""
        assert "Ask program staff" in refusal(session)
        opened(school, session)
        assert refusal(session) == "Score a practice submission, then come back."
    with school.database.transaction() as session:
        practiced(school, session, tempo=Score("R", "", 5))
        assert refusal(session) == "Read the reasons, then practice on another one."
        assert refusal(session, replace(BLOCK, calibrated=0.75)) == ""
        assert calibrating.calibrated(session, "piano-recital", 0.8) == set()
        assert calibrating.calibrated(session, "piano-recital", 0.75) == {rosa.id}


def test_the_last_practice_counts(school: School) -> None:
    with school.database.transaction() as session:
        practiced(school, session, tempo=Score("R", "", 5)).agreement = 0.1
        later = practiced(school, session)
        assert later.done_at is not None
        later.done_at = later.done_at.replace(year=2030)
        session.flush()
        found = calibrating.refusal(session, school.cast["rosa"], "piano-recital", BLOCK)
        assert found is None


def test_a_practice_is_done_once(school: School) -> None:
    with school.database.transaction() as session:
        practice = practiced(school, session)
        calibration = session.get_one(Calibration, practice.calibration_id)
        with pytest.raises(Refused):
            calibrating.save_practice(session, school.cast["rosa"], calibration, {}, 1, TERM)


def test_a_practice_in_two_windows_conflicts(school: School) -> None:
    rosa = school.cast["rosa"]
    with school.database.transaction() as session:
        found = opened(school, session)
        calibrating.save_practice(session, rosa, found, AGREED, 0, TERM)
        with pytest.raises(Conflict):
            calibrating.save_practice(session, rosa, found, {}, 0, TERM)


def test_the_trail_tells_of_preparing_and_practicing(school: School) -> None:
    with school.database.transaction() as session:
        practiced(school, session)
        staffs = [one.kind for one in audit.story(session, "credential:piano-recital")]
        assert staffs[-3:] == [
            "calibration-prepared",
            "calibration-agreed",
            "calibration-opened",
        ]
        own = audit.story(session, f"account:{school.cast['rosa'].id}")
        assert own[-1].kind == "calibrated"


def sheet(**changed: str) -> dict[str, str]:
    said = {"complete": "Y", "touch": "3", "tempo": "7.5", "encore": "NA", **changed}
    return {f"score/playing/{id}": value for id, value in said.items()}


def test_staff_prepare_and_a_reviewer_practices_through_the_pages(school: School) -> None:
    sam, rosa = school.browser("sam"), school.browser("rosa")
    with school.database.transaction() as session:
        work = finished_work(school, session, "Two inventions by Bach").submission.id
    made = sam.post("/staff/calibration", {"submission": work, "title": "For you"})
    assert made.status_code == 303, made.text
    id = made.location.rsplit("/", 1)[1]
    reasons = {f"notes/playing/{one}": "So it is." for one in ("complete", "touch", "tempo")}
    early = sam.post(made.location, {**sheet(), **reasons, "_go": "open"})
    assert early.status_code == 403
    assert "the reason for it" in words(early)
    reasons["notes/playing/encore"] = "There was none."
    assert sam.post(made.location, {**sheet(), **reasons, "_go": "open"}).status_code == 303
    assert "For you" in words(rosa.get("/practice"))
    desk = rosa.get(f"/practice/{id}")
    assert "Two inventions by Bach" in words(desk)
    assert "So it is." not in words(desk)
    unfinished = rosa.post(f"/practice/{id}", {**sheet(tempo=""), "_seen": "0", "_go": "done"})
    assert unfinished.status_code == 403
    assert rosa.post(f"/practice/{id}", {**sheet(tempo="5"), "_seen": "1", "_go": "done"}).location
    done = words(rosa.get(f"/practice/{id}"))
    assert "You agreed on 75 % of the look-fors" in done
    assert "2.5 points apart" in done
    assert "So it is." in done
    assert sam.post(f"/staff/calibration/{id}", {"_go": "retire"}).status_code == 303
    with school.database.read() as session:
        assert session.scalars(select(Calibration.retired_at)).one() is not None


@pytest.mark.parametrize("path", ["/staff/calibration", "/practice"])
def test_practice_is_not_for_candidates(school: School, path: str) -> None:
    assert school.browser("ana").get(path).status_code == 403


def test_a_forged_submission_is_not_prepared(school: School) -> None:
    answer = school.browser("sam").post("/staff/calibration", {"submission": "no-such"})
    assert answer.status_code == 404


def test_a_practice_saves_itself(school: School) -> None:
    rosa: Actor = school.cast["rosa"]
    with school.database.transaction() as session:
        id = opened(school, session).id
    answer = school.browser("rosa").post(
        f"/practice/{id}?format=json", {**sheet(tempo="99"), "_seen": "0"}
    )
    assert answer.json["seen"] == "1"
    with school.database.read() as session:
        found = session.get_one(Practice, (id, rosa.id)).scores["playing"]
    assert found["touch"] == {"decision": "R", "value": 3.0, "notes": ""}
    assert "tempo" not in found
