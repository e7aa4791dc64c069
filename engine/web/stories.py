"""The audit trail of a submission, told in words to the people concerned.

Events of kinds that are not named here are left out: the trail knows more than a page should tell,
a reviewer's notes on an open review for instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Event
from engine.submissions.blinding import Eyes


class Chapter(NamedTuple):
    """One thing that happened: what it became, by whom, and the words that came with it."""

    at: datetime
    what: str
    who: str
    """`you`, or a name."""
    words: str


def of_submission(
    subject: SubmissionSubject, events: Iterable[Event], reader: Actor, seen: Eyes
) -> list[Chapter]:
    """What happened, the latest first, in the words of the states as the public knows them.
    `seen` says whose names the reader may learn.

    A step that changes nothing to be seen from outside, such as a reviewer taking the work over,
    is left out unless the reader did it or somebody explained it.
    """
    told: list[Chapter] = []
    for event in _announced(subject, events, reader):
        chapter = _told(subject, event, reader, seen)
        if chapter is None:
            continue
        same = bool(told) and told[-1].what == chapter.what
        if not same or chapter.words or event.actor_id == reader.id:
            told.append(chapter)
    return told[::-1]


def _announced(
    subject: SubmissionSubject, events: Iterable[Event], reader: Actor
) -> Sequence[Event]:
    """The events without those at the end that the candidate is not to know of yet."""
    kept = list(events)
    if reader.id != subject.submission.candidate_id or subject.state.announced:
        return kept
    while kept and not _is_news(subject, kept[-1]):
        kept.pop()
    return kept


def _is_news(subject: SubmissionSubject, event: Event) -> bool:
    state = subject.workflow.states.get(str(event.facts.get("to")))
    return event.kind == "opened" or (
        event.kind == "advanced" and state is not None and state.announced
    )


def _told(subject: SubmissionSubject, event: Event, reader: Actor, seen: Eyes) -> Chapter | None:
    named = seen.name_of(event.actor_id, event.actor_name)
    who = _("you") if event.actor_id == reader.id else named
    if event.kind == "opened":
        return Chapter(event.at, _("Begun"), who, "")
    state = subject.workflow.states.get(str(event.facts.get("to")))
    if event.kind != "advanced" or state is None:
        return None
    return Chapter(event.at, state.public_label, who, str(event.facts.get("comment", "")))
