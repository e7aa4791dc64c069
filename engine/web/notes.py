"""Notes on answers, as they are posted: the reviewer's from the desk, the candidate's replies.

A note comes as the fields `note/FORM/FIELD` (its text), `for/…` (whom it is for), `moment/…` and
`film/…` (where in a film), beside the scoring sheet, so that neither is lost by keeping the other.
What has been written already comes back as `edit/ID` when it is changed. Replies are `reply/ID`,
among the fields of the form page or by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.forms import display
from engine.forms.answers import Draft
from engine.forms.pointers import escape
from engine.forms.schema import Page, form_set_of
from engine.languages import _
from engine.permissions import SubmissionSubject, may
from engine.submissions import comments, noting, replies, snapshots
from engine.submissions.comments import CommentShown
from engine.submissions.noting import Visibility
from engine.web.asking import local_path, me, now, subject_of, transaction

notes = Blueprint("notes", __name__)

_CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)|(\d{1,6}))(?:[.,](\d{1,3}))?")
_FIELDS = ("note/", "for/", "moment/", "film/", "edit/")


class PostedNote(NamedTuple):
    """One note as it was typed."""

    pointer: str
    body: str
    visibility: Visibility
    moment: str
    """As typed: `1:23`, or empty."""
    evidence_id: str


def posted(form: Mapping[str, str]) -> list[PostedNote]:
    """The new notes in a post, blank ones left out; one may also come as `body` with `pointer`."""
    names = [name.removeprefix("note") for name in form if name.startswith("note/")]
    found = [_one(form, pointer, form[f"note{pointer}"]) for pointer in names]
    if "body" in form:
        found.append(_one(form, form.get("pointer", ""), form["body"]))
    return [note for note in found if note.body]


def edited(form: Mapping[str, str]) -> dict[str, str]:
    """The texts of notes that were there already, by their ids, as they are now."""
    return {
        name.removeprefix("edit/"): _tidy(form[name]) for name in form if name.startswith("edit/")
    }


def carried(form: Mapping[str, str]) -> dict[str, str]:
    """Every field of a post that belongs to a note, to be posted once more by another page."""
    said = {name: form[name] for name in form if name.startswith(_FIELDS) and form[name].strip()}
    if form.get("body", "").strip():
        said[f"note{form.get('pointer', '')}"] = form["body"]
    return said


def words(form: Mapping[str, str]) -> list[str]:
    """What was written in notes, to hand it back where it can't be kept."""
    return [note.body for note in posted(form)] + [one for one in edited(form).values() if one]


def unfit(form: Mapping[str, str]) -> Refusal | None:
    """Why the notes of a post can't be kept; asked before anything of the post is."""
    if any(len(body) > noting.LONGEST for body in words(form)):
        return noting.too_long()
    for note in posted(form):
        try:
            moment_of(note.moment)
        except Refused as refused:
            return refused.refusal
    return None


def keep(session: Session, subject: SubmissionSubject, form: Mapping[str, str]) -> bool:
    """Write the notes of a post, and change those that were changed; returns whether any was new.

    Raises `Refused`, and `NotFound` for a place that was not submitted, or a film that is not
    there.
    """
    written = posted(form)
    shown = _places(session, subject) if written else frozenset()
    for note in written:
        if note.pointer not in shown:
            raise NotFound(_("There is no such answer in what was submitted."))
        moment = moment_of(note.moment)
        noting.add(
            session,
            me(),
            subject,
            note.pointer,
            note.body,
            now(),
            note.visibility,
            moment,
            note.evidence_id if moment is not None else None,
        )
    for id, body in edited(form).items():
        if body:  # who wants it gone takes it back
            noting.edit(session, me(), subject, id, body, now(), _visibility(form, f"/{id}"))
    return bool(written)


def press(session: Session, subject: SubmissionSubject, form: Mapping[str, str]) -> str:
    """Do what a note's own button says; returns words for the person, empty where none was
    pressed. Raises `Refused` and `NotFound`."""
    if id := form.get("_remove", ""):
        noting.remove(session, me(), subject, id, now())
        return _("The note is gone.")
    if id := form.get("_resolve", ""):
        noting.resolve(session, me(), subject, id, True, now())
        return _("The note is settled.")
    if id := form.get("_unresolve", ""):
        noting.resolve(session, me(), subject, id, False, now())
        return _("The note is open again.")
    if "_edit" in form:
        return _("Your note is changed.")
    return ""


def changeable(
    session: Session, subject: SubmissionSubject, shown: Iterable[CommentShown]
) -> Collection[str]:
    """The ids of the reader's own notes that the candidate has not seen, and may still change."""
    if may(me(), "submission.comment", subject) is not None:
        return frozenset()
    until = comments.released(session, subject)
    return {
        one.id
        for one in shown
        if one.author_id == me().id
        and one.round == subject.submission.round
        and (until is None or one.written_at > until)
    }


def moment_of(text: str) -> float | None:
    """`1:23` as seconds; None for nothing. Raises `Refused`.

    >>> moment_of("1:23"), moment_of("1:02:03"), moment_of("83"), moment_of(" ")
    (83.0, 3723.0, 83.0, None)
    """
    if not text.strip():
        return None
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise Refused(
            Refusal(
                _("“%(text)s” is no moment of a film.", text=text.strip()[:40]),
                _("Write minutes and seconds, such as 1:23."),
                "moment",
            )
        )
    hours, minutes, seconds, alone, parts = found.groups()
    whole = int(alone) if alone else int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + float(f"0.{parts or 0}")


def posted_replies(form: Mapping[str, str]) -> dict[str, str]:
    """The candidate's answers in a post, by the note's id."""
    return {
        name.removeprefix("reply/"): _tidy(form[name]) for name in form if name.startswith("reply/")
    }


def keep_replies(session: Session, subject: SubmissionSubject, form: Mapping[str, str]) -> None:
    """Keep the answers that came with a form page. Those to notes that are not there any more are
    left out: the page they came with is saved all the same. Raises `Refused` (too long)."""
    said = posted_replies(form)
    if not said or not replies.may_answer(me(), subject):
        return
    known = {note.id for note in comments.for_candidate(session, subject)}
    replies.answer_all(
        session, me(), subject, {id: one for id, one in said.items() if id in known}, now()
    )


def to_answer(session: Session, subject: SubmissionSubject) -> list[CommentShown]:
    """The notes that the candidate reads, each saying whether it can be answered now."""
    answerable = replies.may_answer(me(), subject)
    return [
        note._replace(answerable=answerable) for note in comments.for_candidate(session, subject)
    ]


def concerning(shown: Iterable[CommentShown], page: Page) -> list[CommentShown]:
    """The notes on what a page asks, and those on its whole form."""
    whole = f"/{escape(page.form_id)}"
    return [note for note in shown if page.covers(note.pointer) or note.pointer == whole]


@notes.post("/submissions/<submission_id>/notes")
def reply(submission_id: str) -> ResponseReturnValue:
    """Keep the candidate's answers to notes that were written outside of a form page."""
    with transaction() as session:
        subject = subject_of(session, submission_id, "submission.reply")
        changed = replies.answer_all(session, me(), subject, posted_replies(request.form), now())
    flash(_("Your answer is kept.") if changed else _("Nothing was changed."), "good")
    back = local_path(request.form.get("back", ""), f"/submissions/{submission_id}")
    return redirect(f"{back}#note-{request.form.get('_reply', '')[:40]}", 303)


def _one(form: Mapping[str, str], pointer: str, body: str) -> PostedNote:
    return PostedNote(
        pointer,
        _tidy(body),
        _visibility(form, pointer) or "shared",
        form.get(f"moment{pointer}", ""),
        form.get(f"film{pointer}", ""),
    )


def _visibility(form: Mapping[str, str], at: str) -> Visibility | None:
    said = form.get(f"for{at}")
    return "staff" if said == "staff" else "shared" if said == "shared" else None


def _tidy(body: str) -> str:
    # The page counts a line end as one character; browsers post it as two.
    return body.replace("\r\n", "\n").strip()


def _places(session: Session, subject: SubmissionSubject) -> Collection[str]:
    """Everything of this round that a note can be on: answers, rows, groups, and whole forms."""
    form_set = form_set_of(subject.edition)
    said = snapshots.lately(session, subject).get(subject.submission.round, Draft())
    shown = display.pointers(display.read_only(form_set, said.answers, said))
    return shown | {form.pointer for form in form_set.forms.values()}
