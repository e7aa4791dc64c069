"""What came back from a reviewer: every note with the way to its field, and how far they are
answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy.orm import Session

from engine.forms import display
from engine.forms.pointers import tokens
from engine.forms.schema import FormSet, form_set_of
from engine.permissions import SubmissionSubject
from engine.submissions.comments import CommentShown
from engine.submissions.standing import Overview
from engine.web import notes, tasks


class NoteToAnswer(NamedTuple):
    """A note, what it is on in words, and where that is."""

    note: CommentShown
    label: str
    url: str


class Returned(NamedTuple):
    """Every note that the candidate reads now."""

    notes: Sequence[NoteToAnswer]
    answered: int
    """How many are answered, or settled by a reviewer."""

    @property
    def total(self) -> int:
        return len(self.notes)

    @property
    def answerable(self) -> bool:
        """Whether they can be answered now."""
        return any(one.note.answerable for one in self.notes)


def returned(session: Session, subject: SubmissionSubject, overview: Overview) -> Returned:
    """The notes on a submission as its candidate reads them; none while there are none."""
    shown = notes.to_answer(session, subject)
    if not shown:
        return Returned((), 0)
    form_set = form_set_of(subject.edition)
    forms = display.read_only(form_set, overview.draft.answers, overview.draft)
    labels = display.labels(forms)
    found = [
        NoteToAnswer(note, _label(subject, labels, note), _url(subject, form_set, note))
        for note in shown
    ]
    return Returned(found, sum(note.answered for note in shown))


def _label(subject: SubmissionSubject, labels: Mapping[str, str], note: CommentShown) -> str:
    if note.pointer in labels:
        return labels[note.pointer]
    form_id = next(iter(tokens(note.pointer)), "")
    known = form_id in subject.edition.credential.forms
    return tasks.form_title(subject, form_id) if known else ""


def _url(subject: SubmissionSubject, form_set: FormSet, note: CommentShown) -> str:
    for page in form_set.pages:
        if page.covers(note.pointer):
            return f"{tasks.page_url(subject, page)}#{quote(note.pointer, safe='/')}"
    return ""
