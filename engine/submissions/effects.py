"""What a transition does besides changing the state: the effects that documents name.

An effect may set columns of the submission in the same UPDATE as the state (`COLUMNS`), and may
write what follows from it (`FOLLOWS`). Everything happens in the caller's transaction; what talks
to the world outside is queued there and runs after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from engine import notices
from engine.awards import issuing
from engine.credentials.workflow import Transition
from engine.forms import answers as forms_answers
from engine.forms.schema import form_set_of
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Snapshot
from engine.settings import Settings
from engine.submissions import drafting, reviewing


@dataclass(frozen=True)
class Context:
    """One advance, as its effects see it: before the UPDATE in `columns`, after it in `follow`."""

    session: Session
    settings: Settings
    actor: Actor
    subject: SubmissionSubject
    transition: Transition
    at: datetime
    comment: str


Arguments = Mapping[str, Any]


def columns(context: Context) -> dict[str, object]:
    """The submission's columns that this transition's effects set along with the state."""
    changed: dict[str, object] = {}
    for effect in context.transition.do:
        if (way := COLUMNS.get(effect.name)) is not None:
            changed.update(way(context))
    return changed


def follow(context: Context) -> None:
    """Write what the transition's effects leave behind, in the document's order."""
    for effect in context.transition.do:
        if (way := FOLLOWS.get(effect.name)) is not None:
            way(context, effect.arguments)


def _take_snapshot(context: Context, _: Arguments) -> None:
    subject, session = context.subject, context.session
    draft = drafting.draft_of(session, subject.submission.id)
    session.execute(
        insert(Snapshot).values(
            submission_id=subject.submission.id,
            round=subject.submission.round,
            answers=forms_answers.prune(form_set_of(subject.edition), draft),
            taken_at=context.at,
        )
    )


def _begin_review(context: Context, _: Arguments) -> None:
    reviewing.begin(context.session, context.subject, context.actor, context.at)


def _close_review(context: Context, _: Arguments) -> None:
    reviewing.close(context.session, context.subject, context.actor, context.at)


def _issue(context: Context, _: Arguments) -> None:
    subject = context.subject
    recipient = context.session.get_one(Account, subject.submission.candidate_id)
    issuing.issue(
        context.session,
        subject.submission,
        subject.edition,
        recipient,
        context.settings.site_name,
        context.actor,
        context.at,
    )


class _Unmet(Sequence[Mapping[str, str]]):
    """The unmet look-fors, read when a letter lists them; most letters do not."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _found(self) -> list[dict[str, str]]:
        return reviewing.unmet(self._context.session, self._context.subject)

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: Any) -> Any:
        return self._found[index]


def _notify(context: Context, arguments: Arguments) -> None:
    subject, session = context.subject, context.session
    owner = subject.workflow.roles[arguments["to"]].kind == "owner"
    whom = subject.submission.candidate_id if owner else subject.submission.reviewer_id
    if whom is None:
        return
    values = {
        "credential": subject.edition.credential.title,
        "path": f"/submissions/{subject.submission.id}",
        "comment": context.comment,
        "notes": _Unmet(context),
    }
    person = session.scalars(_PERSON, {"id": whom}).one()
    notices.write(session, context.settings, arguments["letter"], person, values, context.at)


_PERSON = select(Account).where(Account.id == bindparam("id"))

COLUMNS: dict[str, Callable[[Context], dict[str, object]]] = {
    "snapshot": lambda context: {
        "round": context.subject.submission.round + 1,
        "submitted_at": context.at,
    },
    "assign": lambda context: {"reviewer_id": context.actor.id},
    "unassign": lambda context: {"reviewer_id": None},
}

FOLLOWS: dict[str, Callable[[Context, Arguments], None]] = {
    "snapshot": _take_snapshot,
    "assign": _begin_review,
    "close_review": _close_review,
    "issue": _issue,
    "notify": _notify,
}
