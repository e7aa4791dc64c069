"""A note that was written on a row follows it: in the draft, and in later rounds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.forms import answers as forms_answers
from engine.forms.schema import form_set_of
from engine.records.tables import Submission
from engine.submissions import comments, drafting, noting, snapshots

from .conftest import NOON, Garden

BASIL, MINT = ("basil-01", "Basil"), ("mint-001", "Mint")


def test_a_note_stands_where_its_row_stands_now(garden: Garden, session: Session) -> None:
    submission = noted_and_returned(garden, session)
    plant(garden, session, submission, [MINT, BASIL])
    assert notes(garden, session, submission) == [("/plan/beds/0/herb", False)]


def test_a_note_on_a_removed_row_is_shown_at_its_group(garden: Garden, session: Session) -> None:
    submission = noted_and_returned(garden, session)
    plant(garden, session, submission, [BASIL])
    assert notes(garden, session, submission) == [("/plan/beds", True)]


def test_a_reviewer_finds_the_note_on_its_row_in_the_next_round(
    garden: Garden, session: Session
) -> None:
    submission = noted_and_returned(garden, session)
    plant(garden, session, submission, [MINT, BASIL])
    submission = garden.advance(session, garden.grower, submission, "enter")
    subject = garden.subject(session, submission)
    handed_in = snapshots.lately(session, subject)[submission.round]
    assert handed_in.rows == {"/plan/beds": [MINT[0], BASIL[0]]}
    (note,) = comments.for_reviewers(session, subject, handed_in)
    assert (note.pointer, note.row_gone) == ("/plan/beds/0/herb", False)


def noted_and_returned(garden: Garden, session: Session) -> Submission:
    """Two beds; the note is on the second one."""
    submission = garden.opened(session)
    garden.hold_prerequisites(session)
    garden.save(session, submission, "plan", goal="Basil all year", plants=4)
    plant(garden, session, submission, [BASIL, MINT])
    submission = garden.advance(session, garden.grower, submission, "enter")
    submission = garden.advance(session, garden.judge, submission, "take")
    subject = garden.subject(session, submission)
    noting.add(session, garden.judge, subject, "/plan/beds/1/herb", "Which mint?", NOON)
    garden.score(session, submission, "N", "Brown at the edges")
    return garden.advance(session, garden.judge, submission, "send_back")


def plant(
    garden: Garden, session: Session, submission: Submission, beds: Sequence[tuple[str, str]]
) -> None:
    """Post the page with these beds, in this order, as (id, herb)."""
    subject = garden.subject(session, submission)
    page = form_set_of(garden.edition).page("plan", form_set_of(garden.edition).pages[0].id)
    posted = MultiDict({"/plan/beds": ""})
    for number, (id, herb) in enumerate(beds):
        posted[f"/plan/beds/{number}"] = id
        posted[f"/plan/beds/{number}/herb"] = herb
    seen = forms_answers.page_seen(page, drafting.draft_of(session, submission.id))
    drafting.save_page(session, subject, page, posted, seen, garden.grower, NOON)


def notes(garden: Garden, session: Session, submission: Submission) -> list[tuple[str, bool]]:
    subject = garden.subject(session, submission)
    return [(one.pointer, one.row_gone) for one in comments.for_candidate(session, subject)]
