"""What a transition does besides changing the state: the effects that documents name.

An effect may set columns of the submission in the same UPDATE as the state (`COLUMNS`), and may
write what follows from it (`FOLLOWS`). Everything happens in the caller's transaction; what talks
to the world outside is queued there and runs after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.credentials.workflow import Transition
from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.tables import Account
from engine.settings import Settings
from engine.submissions import (
    arriving,
    checklists,
    concluding,
    gallery_publishing,
    hooks,
    letters,
    renewing,
    scoring,
    snapshots,
)


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
    reviewer: Actor | None = None
    """Whom program staff name: who takes it up in their stead, and reviews."""

    @property
    def taker(self) -> Actor:
        """Who becomes a reviewer by this."""
        return self.reviewer or self.actor

    @cached_property
    def handed_in(self) -> snapshots.Taken:
        """What a snapshot keeps. Read once, for the trail and for the row."""
        return snapshots.taken(self.session, self.subject)


Arguments = Mapping[str, Any]


def columns(context: Context) -> dict[str, object]:
    """The submission's columns that this transition's effects set along with the state."""
    changed: dict[str, object] = {}
    for effect in context.transition.do:
        if (way := COLUMNS.get(effect.name)) is not None:
            changed.update(way(context))
    return changed


def told(context: Context) -> dict[str, object]:
    """What the trail keeps of this transition's effects beside the change itself."""
    found: dict[str, object] = {}
    for effect in context.transition.do:
        if effect.name == "close_review":
            found.update(concluding.told(context.session, context.subject, context.actor))
        elif effect.name == "snapshot":
            round = context.subject.submission.round
            found.update(snapshots.told({round: context.handed_in}))
            found.update(checklists.told(context.subject, context.handed_in.answers))
    return found


def moves_people(transition: Transition) -> bool:
    """Whether a transition changes who reviews."""
    return any(effect.name in ("assign", "unassign") for effect in transition.do)


def follow(context: Context, names: Collection[str]) -> None:
    """Write what those of the transition's effects leave behind that are called any of `names`,
    in the document's order."""
    for effect in context.transition.do:
        if effect.name in names and (way := FOLLOWS.get(effect.name)) is not None:
            way(context, effect.arguments)
    if "issue" in names:  # with what somebody outside notices: work becomes public likewise
        gallery_publishing.settle(context.session, context.subject, context.at)


def _take_snapshot(context: Context, _: Arguments) -> None:
    snapshots.keep(context.session, context.subject, context.handed_in, context.at)


def _begin_review(context: Context, _: Arguments) -> None:
    if context.actor is ENGINE:
        return
    arriving.take_up(
        context.session,
        context.settings,
        context.subject,
        context.taker,
        context.transition.by,
        context.at,
        named_by=context.actor if context.reviewer else None,
    )


def _let_go(context: Context, _: Arguments) -> None:
    arriving.let_go(context.session, context.subject)


def _close_review(context: Context, _: Arguments) -> None:
    arriving.decided(context.session, context.subject, context.actor, context.at)


def _issue(context: Context, _: Arguments) -> None:
    subject = context.subject
    recipient = context.session.get_one(Account, subject.submission.candidate_id)
    issuing.issue(
        context.session,
        subject.submission,
        # An award keeps the document's own words, whoever decides and in whichever language.
        catalogue.as_written(context.session, subject.submission.edition_digest),
        recipient,
        context.settings,
        context.actor,
        context.at,
        {
            guide: {"percent": said.percent}
            for guide, said in scoring.combination(context.session, subject).by_guide.items()
            if said.all_decided
        },
    )


def _notify(context: Context, arguments: Arguments) -> None:
    letters.queue(
        context.session, context.subject, arguments["to"], arguments["letter"], context.comment
    )


def _hook(context: Context, arguments: Arguments) -> None:
    hooks.queue(context.session, context.subject, arguments["to"], context.at)


COLUMNS: dict[str, Callable[[Context], dict[str, object]]] = {
    "snapshot": lambda context: {
        "round": context.subject.submission.round + 1,
        "submitted_at": context.at,
    },
    # What happens by itself is nobody's to review: a reviewer is picked, or takes it up.
    "assign": lambda context: {} if context.actor is ENGINE else arriving.assigned(context.taker),
    "unassign": lambda context: arriving.unassigned(),
}

INWARD = frozenset({"snapshot", "assign", "unassign", "close_review"})
"""Effects that can be taken back."""
OUTWARD = frozenset({"issue", "notify", "renew", "hook"})
"""Effects that somebody outside notices; they wait while a transition can be taken back."""
ALL = INWARD | OUTWARD


def _renew(context: Context, _: Arguments) -> None:
    renewing.renew(context.session, context.settings, context.subject, context.actor, context.at)


FOLLOWS: dict[str, Callable[[Context, Arguments], None]] = {
    "snapshot": _take_snapshot,
    "assign": _begin_review,
    "unassign": _let_go,
    "close_review": _close_review,
    "issue": _issue,
    "notify": _notify,
    "hook": _hook,
    "renew": _renew,
}
