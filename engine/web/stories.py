"""The audit trail of a submission, told in words to the people concerned.

Events of kinds that are not named here are left out: the trail knows more than a page should tell,
a reviewer's notes on an open review for instance.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Event


class Chapter(NamedTuple):
    """One thing that happened: when, the sentence, and the words that came with it."""

    at: datetime
    sentence: str
    words: str
    tone: str


def of_submission(
    subject: SubmissionSubject, events: Iterable[Event], reader: Actor
) -> list[Chapter]:
    """What happened, the latest first, as `reader` may put it: their own acts are "you"."""
    told = [_told(subject, event, reader) for event in events]
    return [chapter for chapter in reversed(told) if chapter is not None]


def _told(subject: SubmissionSubject, event: Event, reader: Actor) -> Chapter | None:
    who = "You" if event.actor_id == reader.id else event.actor_name
    if event.kind == "opened":
        return Chapter(event.at, f"{who} began.", "", "neutral")
    if event.kind != "advanced":
        return None
    facts = event.facts
    transition = subject.workflow.transitions.get(str(facts.get("transition")))
    state = subject.workflow.states.get(str(facts.get("to")))
    if transition is None or state is None:
        return None
    return Chapter(
        event.at,
        f"{who}: {transition.label}. Since then: {state.public_label}.",
        str(facts.get("comment", "")),
        state.tone,
    )
