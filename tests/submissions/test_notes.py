"""Notes on answers: whom they are for, when they are read, and what becomes of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.records import audit
from engine.records.tables import Comment
from engine.submissions import comments, drafting, noting, replies

from .spiral import Spiral, spiral

__all__ = ["spiral"]


def bodies(found: list[comments.CommentShown]) -> list[str]:
    return [one.body for one in found]


def to_candidate(spiral: Spiral, session: Session, submission: object) -> list[str]:
    return bodies(comments.for_candidate(session, spiral.subject(session, submission)))  # type: ignore[arg-type]


def test_a_note_is_shared_unless_somebody_says_otherwise(spiral: Spiral, session: Session) -> None:
    submission = spiral.judged(session)
    assert spiral.note(session, submission, "/plan/why").visibility == "shared"


def test_the_candidate_reads_shared_notes_once_it_is_sent_back(
    spiral: Spiral, session: Session
) -> None:
    submission = spiral.judged(session)
    spiral.note(session, submission, "/plan/why", "Say more.")
    spiral.note(session, submission, "/plan/goal", "A cousin of mine.", visibility="staff")
    assert to_candidate(spiral, session, submission) == []
    spiral.go(session, spiral.garden.judge, submission, "ask_for_changes")
    assert to_candidate(spiral, session, submission) == ["Say more."]


def test_reviewers_read_every_note_of_every_round(spiral: Spiral, session: Session) -> None:
    submission = spiral.judged(session)
    spiral.note(session, submission, "/plan/goal", "A cousin of mine.", visibility="staff")
    spiral.sent_back(session, submission)
    spiral.back_again(session, submission, spiral.garden.second_judge)
    subject = spiral.subject(session, submission)
    draft = drafting.draft_of(session, submission.id)
    found = comments.for_reviewers(session, subject, draft, spiral.garden.second_judge)
    assert [(one.body, one.staff_only, one.round) for one in found] == [
        ("A cousin of mine.", True, 1),
        ("More of this.", False, 1),
    ]


def test_what_is_noted_on_appeal_waits_for_its_outcome(spiral: Spiral, session: Session) -> None:
    submission = spiral.denied(session)
    spiral.go(session, spiral.garden.grower, submission, "appeal", "It is a spiral.")
    spiral.go(session, spiral.garden.second_judge, submission, "hear")
    spiral.note(session, submission, "/plan/goal", "Indeed.", spiral.garden.second_judge)
    assert to_candidate(spiral, session, submission) == ["A shared word of the judge."]
    spiral.go(session, spiral.garden.second_judge, submission, "uphold", "It is a heap.")
    assert to_candidate(spiral, session, submission) == ["A shared word of the judge.", "Indeed."]


def test_nothing_is_read_of_a_decision_that_is_not_announced(
    spiral: Spiral, session: Session
) -> None:
    submission = spiral.failed(session)
    assert to_candidate(spiral, session, submission) == []
    spiral.go(session, spiral.garden.office, submission, "announce_denial")
    assert to_candidate(spiral, session, submission) == ["A shared word of the judge."]


def test_control_characters_are_left_out_of_a_note(spiral: Spiral, session: Session) -> None:
    submission = spiral.judged(session)
    note = spiral.note(session, submission, "/plan/why", "Say\x00 mo\x1bre.\r\nPlease.")
    session.expire(note)
    assert note.body == "Say more.\nPlease."


def test_a_note_of_control_characters_alone_is_empty(spiral: Spiral, session: Session) -> None:
    submission = spiral.judged(session)
    with pytest.raises(Refused) as refused:
        spiral.note(session, submission, "/plan/why", "\x00\x07")
    assert refused.value.refusal.code == "empty"


@pytest.mark.parametrize("id", ["\x00", "no such note", "a" * 5000, "'; DROP TABLE comments"])
def test_an_id_that_is_none_is_not_found(spiral: Spiral, session: Session, id: str) -> None:
    subject = spiral.subject(session, spiral.judged(session))
    judge, at = spiral.garden.judge, spiral.now
    with pytest.raises(NotFound):
        noting.remove(session, judge, subject, id, at)
    with pytest.raises(NotFound):
        noting.resolve(session, judge, subject, id, True, at)


class TestChangingOnesOwn:
    def test_a_note_can_be_changed_while_nobody_has_seen_it(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.judged(session)
        note = spiral.note(session, submission, "/plan/why", "Hm.")
        subject = spiral.subject(session, submission)
        noting.edit(
            session, spiral.garden.judge, subject, note.id, "Say more.", spiral.tick(), "staff"
        )
        assert (note.body, note.visibility) == ("Say more.", "staff")
        last = audit.story(session, f"submission:{submission.id}")[-1]
        assert (last.kind, last.facts["before"], last.facts["body"]) == (
            "note-changed",
            "Hm.",
            "Say more.",
        )

    def test_a_note_that_the_candidate_has_read_stays_as_it_is(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.denied(session)
        note = session.scalars(select(Comment)).one()
        spiral.go(session, spiral.garden.grower, submission, "appeal", "It is a spiral.")
        spiral.go(session, spiral.garden.second_judge, submission, "hear")
        note.author_id = spiral.garden.second_judge.id  # as though they had written it before
        session.flush()
        subject = spiral.subject(session, submission)
        second, at = spiral.garden.second_judge, spiral.now
        with pytest.raises(NotFound):
            noting.remove(session, second, subject, note.id, at)
        with pytest.raises(NotFound):
            noting.edit(session, second, subject, note.id, "Other.", at)

    def test_nobody_changes_somebody_elses(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.judged(session)
        note = spiral.note(session, submission, "/plan/why")
        note.author_id = spiral.garden.second_judge.id
        session.flush()
        subject = spiral.subject(session, submission)
        with pytest.raises(NotFound):
            noting.edit(session, spiral.garden.judge, subject, note.id, "Mine.", spiral.now)


class TestMoments:
    def test_a_note_on_a_moment_of_a_film(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.judged(session)
        film = spiral.film(session, submission)
        spiral.note(session, submission, "/proof/film", "Here.", moment=83.0, evidence_id=film)
        spiral.go(session, spiral.garden.judge, submission, "ask_for_changes")
        (seen,) = comments.for_candidate(session, spiral.subject(session, submission))
        assert (seen.moment, seen.evidence_id) == (83.0, film)

    @pytest.mark.parametrize("moment", [-1.0, float("nan"), float("inf"), 1e9])
    def test_a_moment_that_no_film_has_is_refused(
        self, spiral: Spiral, session: Session, moment: float
    ) -> None:
        submission = spiral.judged(session)
        film = spiral.film(session, submission)
        with pytest.raises(Refused):
            spiral.note(session, submission, "/proof/film", moment=moment, evidence_id=film)

    @pytest.mark.parametrize("film", [None, "nothing", "\x00"])
    def test_a_film_that_is_not_there_is_not_found(
        self, spiral: Spiral, session: Session, film: str | None
    ) -> None:
        submission = spiral.judged(session)
        with pytest.raises(NotFound):
            spiral.note(session, submission, "/proof/film", moment=1.0, evidence_id=film)

    def test_a_text_file_has_no_moments(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.judged(session)
        file = spiral.film(session, submission, "text/plain")
        with pytest.raises(NotFound):
            spiral.note(session, submission, "/proof/film", moment=1.0, evidence_id=file)


class TestAnswers:
    def test_the_reviewer_reads_what_the_candidate_answered(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session)
        subject = spiral.subject(session, submission)
        (note,) = comments.for_candidate(session, subject)
        replies.answer(session, spiral.garden.grower, subject, note.id, "Two more.", spiral.tick())
        spiral.go(session, spiral.garden.grower, submission, "hand_in")
        spiral.go(session, spiral.garden.judge, submission, "take")
        draft = drafting.draft_of(session, submission.id)
        (seen,) = comments.for_reviewers(session, subject, draft, spiral.garden.judge)
        assert [(one.body, one.author_label) for one in seen.replies] == [("Two more.", "Grower")]

    def test_an_answer_is_written_anew_and_not_twice(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session)
        subject = spiral.subject(session, submission)
        (note,) = comments.for_candidate(session, subject)
        for words in ("One more.", "Two more."):
            replies.answer(session, spiral.garden.grower, subject, note.id, words, spiral.tick())
        (seen,) = comments.for_candidate(session, subject)
        assert [one.body for one in seen.replies] == ["Two more."]

    def test_a_blank_answer_takes_the_one_before_back(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session)
        spiral.answer_all(session, submission)
        subject = spiral.subject(session, submission)
        (note,) = comments.for_candidate(session, subject)
        replies.answer(session, spiral.garden.grower, subject, note.id, " \x00", spiral.tick())
        assert comments.facts(session, subject)["unanswered"] == 1

    def test_nobody_else_answers(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session)
        subject = spiral.subject(session, submission)
        (note,) = comments.for_candidate(session, subject)
        for other in (spiral.garden.judge, spiral.garden.office):
            with pytest.raises(Refused):
                replies.answer(session, other, subject, note.id, "Fine.", spiral.now)
        with pytest.raises(NotFound):
            replies.answer(session, spiral.garden.stranger, subject, note.id, "Fine.", spiral.now)

    def test_nothing_is_answered_while_it_is_with_the_reviewers(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session)
        (note,) = comments.for_candidate(session, spiral.subject(session, submission))
        spiral.answer_all(session, submission)
        spiral.go(session, spiral.garden.grower, submission, "hand_in")
        subject = spiral.subject(session, submission)
        with pytest.raises(Refused):
            replies.answer(session, spiral.garden.grower, subject, note.id, "No.", spiral.now)

    def test_a_staff_note_can_be_answered_as_little_as_one_that_does_not_exist(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.judged(session)
        secret = spiral.note(session, submission, "/plan/goal", "A cousin.", visibility="staff")
        spiral.sent_back(session, submission)
        subject = spiral.subject(session, submission)
        said = []
        for id in (secret.id, "0" * 32):
            with pytest.raises(NotFound) as refused:
                replies.answer(session, spiral.garden.grower, subject, id, "So?", spiral.now)
            said.append(str(refused.value))
        assert said[0] == said[1]

    def test_a_reviewer_settles_a_note_of_an_earlier_round(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session)
        spiral.back_again(session, submission, spiral.garden.second_judge)
        note = session.scalars(select(Comment).where(Comment.reply_to.is_(None))).one()
        subject = spiral.subject(session, submission)
        for settled in (True, False):
            noting.resolve(
                session, spiral.garden.second_judge, subject, note.id, settled, spiral.tick()
            )
            assert (note.resolved_at is not None) == settled


class TestFacts:
    def test_guards_know_how_many_there_are_and_how_many_are_unanswered(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.judged(session)
        spiral.note(session, submission, "/plan/goal", "A cousin.", visibility="staff")
        spiral.sent_back(session, submission, "/plan/why", "/plan/goal")
        subject = spiral.subject(session, submission)
        assert comments.facts(session, subject) == {"shared": 2, "staff": 1, "unanswered": 2}
        first = comments.for_candidate(session, subject)[0]
        replies.answer(session, spiral.garden.grower, subject, first.id, "Done.", spiral.tick())
        assert comments.facts(session, subject) == {"shared": 2, "staff": 1, "unanswered": 1}

    def test_work_with_an_unanswered_note_is_not_handed_in_where_a_guard_says_so(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.returned(session)
        with pytest.raises(Refused) as refused:
            spiral.go(session, spiral.garden.grower, submission, "hand_in")
        assert refused.value.refusal.reason == "A note has no answer yet."
        spiral.answer_all(session, submission)
        spiral.go(session, spiral.garden.grower, submission, "hand_in")
        assert submission.state == "handed_in"

    def test_a_new_round_begins_without_notes(self, spiral: Spiral, session: Session) -> None:
        submission = spiral.returned(session)
        spiral.back_again(session, submission)
        subject = spiral.subject(session, submission)
        assert comments.facts(session, subject) == {"shared": 0, "staff": 0, "unanswered": 0}
