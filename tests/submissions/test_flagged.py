"""Where a state says `edits: flagged`, only what a note is about can be changed, by any way in."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.errors import Refused
from engine.forms.drafts import Draft
from engine.permissions import may
from engine.records.tables import Submission
from engine.submissions import captions, copies, drafting, links, replies, uploading

from .spiral import PLAN, Spiral, spiral

__all__ = ["spiral"]

EVERYTHING = {
    "/plan/goal": "Something else",
    "/plan/why": "Because.",
    "/plan/watered": "true",
    "/plan/how": "By hand",
    "/plan/beds": "",
    "/plan/beds/0/herb": "Nettles",
    "/plan/beds/0/size": "9",
    "/plan/beds/1/herb": "Thistles",
    "/plan/beds/1/size": "9",
}


def refusal(spiral: Spiral, session: Session, submission: Submission, *where: str) -> str:
    subject = spiral.subject(session, submission)
    found = may(spiral.garden.grower, "submission.edit", subject, *where)
    return found.code if found else ""


def test_only_the_noted_answer_is_open(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan/why")
    assert refusal(spiral, session, submission, "plan", "/plan/why") == ""
    assert refusal(spiral, session, submission, "plan") == ""
    assert refusal(spiral, session, submission) == ""
    for closed in ("/plan/goal", "/plan/beds", "/plan/beds/0/herb", "/plan"):
        assert refusal(spiral, session, submission, "plan", closed) == "closed-answer"
    assert refusal(spiral, session, submission, "proof") == "closed-answer"


def test_a_post_changes_what_is_open_and_nothing_else(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan/why")
    saved = spiral.save(session, submission, "plan", EVERYTHING)
    assert spiral.said(session, submission) == {**PLAN, "why": "Because."}
    assert "/plan/goal" in saved.closed
    assert "/plan/why" not in saved.closed


def test_a_note_on_a_row_opens_that_row_wherever_it_stands(
    spiral: Spiral, session: Session
) -> None:
    submission = spiral.returned(session, "/plan/beds/1")
    spiral.save(session, submission, "plan", EVERYTHING)
    assert spiral.said(session, submission)["beds"] == [
        {"herb": "Basil", "size": 3},
        {"herb": "Thistles", "size": 9},
    ]


def test_a_note_on_one_field_of_a_row_opens_that_field(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan/beds/0/size")
    spiral.save(session, submission, "plan", EVERYTHING)
    assert spiral.said(session, submission)["beds"][0] == {"herb": "Basil", "size": 9}


@pytest.mark.parametrize(
    "action",
    [
        ("_add", "/plan/beds"),
        ("_remove", "/plan/beds/0"),
        ("_up", "/plan/beds/1"),
        ("_down", "/plan/beds/0"),
        ("_copy", "/plan/beds/1"),
        ("_undo", "/plan/beds"),
    ],
)
def test_no_row_comes_goes_or_moves_in_a_closed_group(
    spiral: Spiral, session: Session, action: tuple[str, str]
) -> None:
    from werkzeug.datastructures import MultiDict

    from engine.forms import answers as forms_answers
    from engine.forms.schema import form_set_of

    submission = spiral.returned(session, "/plan/beds/1")
    page = next(one for one in form_set_of(spiral.edition).pages if one.form_id == "plan")
    seen = forms_answers.page_seen(page, drafting.draft_of(session, submission.id))
    drafting.save_page(
        session,
        spiral.subject(session, submission),
        page,
        MultiDict({"/plan/beds": "", **{f"/plan/beds/{one}": "" for one in (0, 1)}}),
        seen,
        spiral.garden.grower,
        spiral.tick(),
        action,
    )
    assert spiral.said(session, submission)["beds"] == PLAN["beds"]


def test_a_note_on_the_group_opens_all_of_it(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan/beds")
    posted = {"/plan/beds": "", "/plan/beds/0/herb": "Sage"}
    spiral.save(session, submission, "plan", posted)
    assert [one["herb"] for one in spiral.said(session, submission)["beds"]] == ["Sage"]


def test_a_note_on_the_form_opens_the_form(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan")
    spiral.save(session, submission, "plan", {"/plan/goal": "Something else"})
    assert spiral.said(session, submission)["goal"] == "Something else"
    assert refusal(spiral, session, submission, "proof") == "closed-answer"


def test_a_staff_note_opens_nothing(spiral: Spiral, session: Session) -> None:
    submission = spiral.judged(session)
    spiral.note(session, submission, "/plan/goal", "A cousin.", visibility="staff")
    spiral.sent_back(session, submission, "/plan/why")
    assert refusal(spiral, session, submission, "plan", "/plan/goal") == "closed-answer"


class TestWhatAnOpenAnswerBringsUp:
    def test_a_question_that_it_brings_up_is_open(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session, "/plan/watered")
        spiral.save(session, submission, "plan", {"/plan/watered": "true"})
        assert refusal(spiral, session, submission, "plan", "/plan/how") == ""
        spiral.save(session, submission, "plan", {"/plan/how": "By a pip"})
        spiral.save(session, submission, "plan", {"/plan/how": "By a pipe"})
        assert spiral.said(session, submission)["how"] == "By a pipe"

    def test_it_may_be_answered_in_the_same_post(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session, "/plan/watered")
        spiral.save(session, submission, "plan", EVERYTHING)
        assert spiral.said(session, submission) == {**PLAN, "watered": True, "how": "By hand"}

    def test_it_can_be_handed_in_again(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session, "/plan/watered")
        spiral.save(session, submission, "plan", {"/plan/watered": "true", "/plan/how": "By hand"})
        spiral.answer_all(session, submission)
        spiral.go(session, spiral.garden.grower, submission, "hand_in")
        assert submission.round == 2


class TestOtherWaysIn:
    def test_an_import_changes_only_what_is_open(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session, "/plan/why")
        spiral.put(
            session, submission, "plan", {**PLAN, "why": "Because.", "goal": "Other", "x": 1}
        )
        assert spiral.said(session, submission) == {**PLAN, "why": "Because."}

    def test_a_whole_form_that_is_closed_is_refused(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session, "/plan/why")
        with pytest.raises(Refused):
            spiral.put(session, submission, "proof", {"words": "Other"})

    def test_a_copy_from_a_file_changes_only_what_is_open(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session, "/plan/why")
        subject = spiral.subject(session, submission)
        draft = drafting.draft_of(session, submission.id)
        other = Draft.of(
            {"plan": {**PLAN, "why": "Because.", "goal": "Other"}, "proof": {"words": "Other"}},
            {"typed": {"/plan/goal": "no goal"}, "rows": {"/plan/beds": ["aaaaaaaa", "bbbbbbbb"]}},
        )
        copy = copies.Copy(other, ())
        seen = copies.seen_of(draft)
        copies.replace(session, subject, copy, seen, spiral.garden.grower, spiral.tick())
        after = drafting.draft_of(session, submission.id)
        assert after.answers["plan"] == {**PLAN, "why": "Because."}
        assert after.answers["proof"] == {"words": "It grows."}
        assert after.marks["typed"] == draft.marks["typed"]
        copies.put_back(session, subject, spiral.garden.grower, spiral.tick())
        assert spiral.said(session, submission) == PLAN

    @pytest.mark.parametrize("way", ["file", "tus", "link"])
    def test_no_file_comes_to_a_closed_answer(
        self, spiral: Spiral, session: Session, way: str
    ) -> None:
        submission = spiral.returned(session, "/plan/why")
        subject, grower = spiral.subject(session, submission), spiral.garden.grower
        limits = uploading.Limits.of(spiral.garden.settings)
        ways: dict[str, Any] = {
            "file": lambda: drafting.keep_file(
                spiral.garden.store, subject, "/proof/film", io.BytesIO(b"x"), "a.mp4", 9, grower
            ),
            "tus": lambda: uploading.begin(
                session,
                spiral.garden.store,
                subject,
                "/proof/film",
                "a.mp4",
                9,
                limits,
                grower,
                spiral.now,
            ),
            "link": lambda: links.add(
                session, subject, "/proof/film", "https://example.org", "", grower, spiral.now
            ),
        }
        with pytest.raises(Refused) as refused:
            ways[way]()
        assert refused.value.refusal.code == "closed-answer"

    def test_a_film_of_a_closed_answer_gets_no_other_captions(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.opened(session)
        film = spiral.film(session, submission)
        spiral.put(session, submission, "proof", {"film": film})
        spiral.go(session, spiral.garden.grower, submission, "hand_in")
        spiral.go(session, spiral.garden.judge, submission, "take")
        spiral.sent_back(session, submission, "/plan/why")
        subject = spiral.subject(session, submission)
        words = captions.keep(
            spiral.garden.store,
            subject,
            io.BytesIO(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"),
            "a.vtt",
            spiral.garden.grower,
        )
        with pytest.raises(Refused):
            captions.attach(session, subject, film, words, spiral.garden.grower, spiral.now)

    def test_nobody_else_gets_in(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session, "/plan/why")
        subject = spiral.subject(session, submission)
        for other in (spiral.garden.judge, spiral.garden.office):
            found = may(other, "submission.edit", subject, "plan", "/plan/why")
            assert found is not None
            assert found.code == "role"


def test_without_its_openings_a_submission_is_closed(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan/why")
    subject = spiral.subject(session, submission)._replace(openings=None)
    assert may(spiral.garden.grower, "submission.edit", subject, "plan", "/plan/why") is not None


def test_notes_can_be_answered_whatever_is_open(spiral: Spiral, session: Session) -> None:
    submission = spiral.returned(session, "/plan/why")
    assert replies.may_answer(spiral.garden.grower, spiral.subject(session, submission))


def test_other_states_close_nothing(spiral: Spiral, session: Session) -> None:
    submission = spiral.opened(session)
    assert spiral.subject(session, submission).openings is None
    assert refusal(spiral, session, submission, "plan", "/plan/goal") == ""
