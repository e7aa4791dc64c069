"""What happened, in words for program staff: the whole trail, where `stories` tells a candidate
only what concerns them. An event of a kind that is unknown here is told by its kind's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from engine.credentials.workflow import Workflow
from engine.languages import N_, _
from engine.phrases import listed
from engine.records.tables import Event
from engine.web.staff_roles import role_words

DEEDS: Mapping[str, str] = {
    "submission opened": N_("began"),
    "submission noted": N_("wrote a note on an answer"),
    "submission note-removed": N_("took a note back"),
    "award awarded": N_("awarded it"),
    "award revoked": N_("revoked it"),
    "account added": N_("added the account"),
    "account opened": N_("opened the account again"),
    "account closed": N_("closed the account"),
    "account password-changed": N_("set a new password"),
    "account placed": N_("changed the school and the groups"),
    "account away": N_("noted an absence"),
    "account back": N_("ended the absence"),
    "account recognised": N_("recorded a recognised credential"),
    "account recognition revoked": N_("revoked a recognised credential"),
    "credential published": N_("published it"),
}
"""What was done, by what it was done to and the event's kind."""

TO_SOMEBODY: Mapping[str, str] = {
    "assigned": N_("asked %(name)s to review it"),
    "handed-back": N_("handed it back"),
    "taken-away": N_("took it from %(name)s"),
    "reassigned": N_("took it from %(name)s to give it to somebody else"),
    "claim-lapsed": N_("freed the place of %(name)s, who had not worked on it"),
    "overdue": N_("took it from %(name)s: the review was overdue"),
    "away": N_("took it from %(name)s, who is away"),
    "left": N_("took it from %(name)s, who does not review any more"),
    "stepped-aside": N_("freed the place of %(name)s"),
    "conflict-declared": N_("recorded a conflict of interest of %(name)s"),
    "conflict-withdrawn": N_("withdrew the conflict of interest of %(name)s"),
}
"""What was done about who reviews a submission, by the event's kind."""



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
        step = transition.label if transition else name
        now = state.label if state else target
        if round := facts.get("round"):
            return _(
                "chose “%(step)s”: now “%(state)s”, round %(round)s",
                step=step,
                state=now,
                round=round,
            )
        return _("chose “%(step)s”: now “%(state)s”", step=step, state=now)
    if event.kind == "migrated" and facts.get("versions"):
        return _("moved it to version %(version)s", version=facts["versions"][-1])
    if event.kind == "roles":
        return _("changed the roles to %(roles)s", roles=listed(role_words(facts.get("to", ()))))
    subject = event.chain.partition(":")[0]
    if subject == "submission" and event.kind in TO_SOMEBODY:
        if event.kind == "assigned" and facts.get("reviewer") == event.actor_id:
            return _("took it up for review")
        return _(TO_SOMEBODY[event.kind], name=str(facts.get("name", "")))
    deed = DEEDS.get(f"{subject} {event.kind}", event.kind.replace("-", " ").replace("_", " "))
    return _(deed)


def _words(event: Event) -> str:
    name = {
        "advanced": "comment",
        "noted": "body",
        "revoked": "reason",
        "recognition revoked": "reason",
        "recognised": "source",
        **dict.fromkeys(TO_SOMEBODY, "reason"),
    }.get(event.kind, "")
    return str(event.facts.get(name, ""))
