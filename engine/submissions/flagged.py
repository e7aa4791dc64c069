"""What a candidate may still change where a state says `edits: flagged`: what the notes are about.

Open are the fields, rows and groups with a shared note of the last closed review; questions that
were not asked when the work was handed in; whatever is a problem now, since nobody should be told
to mend what is closed; and what has been changed since then, so that it can be changed again. The
permission function asks `Openings`; every way of writing answers goes through `kept`.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import display
from engine.forms.answers import prune, validate
from engine.forms.display import ShownForm
from engine.forms.drafts import MARKS, Draft
from engine.forms.openings import Openings, left_out, merged
from engine.forms.pointers import escape, index, within
from engine.forms.schema import Page, form_set_of
from engine.permissions import SubmissionSubject
from engine.records.tables import Snapshot
from engine.submissions import comments, reused, stored

_ROUNDS = 4
"""A changed answer may bring up a question, and that another; what goes deeper opens at the next
save."""


def with_openings(session: Session, subject: SubmissionSubject) -> SubmissionSubject:
    """The submission with what its owner may change in it, where the state closes most of it."""
    if not subject.state.flagged:
        return subject
    draft = stored.draft_of(session, subject.submission.id)
    return subject._replace(openings=_openings(session, subject, draft))


def kept(session: Session, subject: SubmissionSubject, before: Draft, after: Draft) -> Draft:
    """`after`, as far as the state lets the candidate change `before` into it. Both are whole
    drafts: what is open may depend on another form."""
    if not subject.state.flagged:
        return after
    found = _openings(session, subject, before)
    result = merged(before, after, found)
    for _ in range(_ROUNDS):
        # An answer that is open may have brought up the next question in the same post.
        wider = found.with_also(_openings(session, subject, result).pointers)
        if wider == found:
            break
        found, result = wider, merged(before, after, wider)
    return result


def kept_form(session: Session, subject: SubmissionSubject, form_id: str, after: Draft) -> Draft:
    """One form of a draft, as far as the state lets the candidate change the stored one into it."""
    if not subject.state.flagged:
        return after
    before = stored.draft_of(session, subject.submission.id)
    others = {
        name: {at: one for at, one in said.items() if not within(at, f"/{escape(form_id)}")}
        for name, said in before.marks.items()
    }
    marks = {name: {**others[name], **after.marks[name]} for name in MARKS}
    whole = Draft.of({**before.answers, form_id: after.answers[form_id]}, marks)
    result = kept(session, subject, before, whole)
    own = {
        name: {at: one for at, one in said.items() if within(at, f"/{escape(form_id)}")}
        for name, said in result.marks.items()
    }
    return Draft.of({form_id: result.answers.get(form_id, {})}, own)


def lets(subject: SubmissionSubject, button: str, pointer: str) -> bool:
    """Whether a button of a page (`rows.BUTTONS`, its value) may do what it does: rows come, go
    and move only where the whole group is open."""
    if not subject.state.flagged:
        return True
    parent, _, last = pointer.rpartition("/")
    of_row = button in ("_up", "_down", "_copy", "_remove") and index(last) is not None
    return subject.openings is not None and subject.openings.holds(parent if of_row else pointer)


def closed_answers(
    subject: SubmissionSubject, page: Page, posted: Draft, stored_now: Draft
) -> frozenset[str]:
    """The questions of a page whose posted answers were not taken, since they are closed."""
    if not subject.state.flagged:
        return frozenset()
    asked = frozenset(
        one.pointer
        for entry in display.page_entries(page, posted)
        for one in entry.all()
        if not one.is_group
    )
    return left_out(posted, stored_now, asked)


def _openings(session: Session, subject: SubmissionSubject, draft: Draft) -> Openings:
    noted = {note.pointer for note in comments.for_candidate(session, subject) if not note.row_gone}
    form_set = form_set_of(subject.edition)
    taken = session.execute(
        select(Snapshot.answers, Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round == subject.submission.round,
        )
    ).first()
    before = Draft.of(taken.answers, taken.marks) if taken else Draft()
    said = prune(form_set, draft)
    was = display.read_only(form_set, before.answers, before)
    now = display.read_only(form_set, said, draft)
    fields = _fields(now)
    changed = {
        one.pointer
        for one in display.differences(form_set, before.answers, said, before, draft)
        if not one.moved and one.pointer in fields
    }
    evidence = stored.evidence_of(session, subject.submission.id)
    offers = reused.offers_for(session, subject)
    wrong = {one.pointer for one in validate(form_set, draft, evidence, offers=offers)}
    return Openings(frozenset(noted | changed | wrong | (fields - _fields(was))))


def _fields(forms: Iterable[ShownForm]) -> set[str]:
    """The pointers of every question that is asked; of no group, row or table."""
    return {
        one.pointer
        for form in forms
        for entry in form.entries
        for one in entry.all()
        if not one.is_group
    }
