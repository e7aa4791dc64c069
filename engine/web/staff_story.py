"""What happened, in words for program staff: the whole trail, where `stories` tells a candidate
only what concerns them. An event of a kind that is unknown here is told by its kind's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from engine.credentials.workflow import Workflow
from engine.records.tables import Event

DEEDS: Mapping[str, str] = {
    "submission opened": "began",
    "submission noted": "wrote a note on an answer",
    "submission note-removed": "took a note back",
    "award awarded": "awarded it",
    "award revoked": "revoked it",
    "account added": "added the account",
    "account opened": "opened the account again",
    "account closed": "closed the account",
    "account password-changed": "set a new password",
    "account recognised": "recorded a recognised credential",
    "account recognition revoked": "revoked a recognised credential",
    "credential published": "published it",
}
"""What was done, by what it was done to and the event's kind."""


class Telling(NamedTuple):
    """One event: who did what, and the words that came with it."""

    at: datetime
    who: str
    did: str
    words: str


def told(events: Iterable[Event], workflow: Workflow | None = None) -> list[Telling]:
    """The events, the latest first; `workflow` gives a submission's steps their labels."""
    found = [
        Telling(event.at, event.actor_name, _did(event, workflow), _words(event))
        for event in events
    ]
    return found[::-1]


def _did(event: Event, workflow: Workflow | None) -> str:
    facts = event.facts
    if event.kind == "advanced" and workflow is not None:
        name, target = str(facts.get("transition")), str(facts.get("to"))
        transition, state = workflow.transitions.get(name), workflow.states.get(target)
        step = f"chose “{transition.label if transition else name}”"
        round = f", round {facts['round']}" if facts.get("round") else ""
        return f"{step}: now “{state.label if state else target}”{round}"
    if event.kind == "roles":
        return f"changed the roles to {', '.join(facts.get('to', ()))}"
    subject = event.chain.partition(":")[0]
    return DEEDS.get(f"{subject} {event.kind}", event.kind.replace("-", " ").replace("_", " "))


def _words(event: Event) -> str:
    name = {
        "advanced": "comment",
        "noted": "body",
        "revoked": "reason",
        "recognition revoked": "reason",
        "recognised": "source",
    }.get(event.kind, "")
    return str(event.facts.get(name, ""))
