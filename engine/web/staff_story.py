"""What happened, in words for program staff: the whole trail, where `stories` tells a candidate
only what concerns them. The phrases are in `deeds`; an event of a kind that is unknown there is
told by its kind's name. What changed from what, and where it came from, is folded beneath.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from engine.credentials.workflow import Workflow
from engine.languages import N_, _
from engine.people import ENGINE
from engine.phrases import listed
from engine.records.tables import Event
from engine.web import deeds
from engine.web.staff_roles import role_words

LONGEST_VALUE = 400
"""Characters of a value before or after a change."""

LABELS: Mapping[str, str] = {
    "roles": N_("Roles"),
    "renamed": N_("Name"),
    "groups": N_("Groups"),
    "school": N_("School"),
    "zone": N_("Time zone"),
    "from": N_("From"),
    "until": N_("Until"),
    "delegate": N_("Stands in"),
    "rhythm": N_("Letters come"),
    "muted": N_("Letters not wanted"),
    "body": N_("Note"),
    "stage": N_("Stage"),
    "version": N_("Version"),
    "email": N_("E-mail"),
    "due": N_("Due"),
    "words": N_("Words"),
    "answers": N_("Answers"),
    "moved": N_("Moved"),
    "left": N_("Left behind"),
    "on_page": N_("On their page"),
    "names_holder": N_("Named when checked"),
    "evidence": N_("Evidence shown"),
    "handle": N_("Address of the page"),
    "did": N_("DID"),
}
"""What kept facts are called; others by their own names."""

_BY_LINK = frozenset({"person-gave", "person-refused", "person-withdrew"})
"""What is done by people whom only the candidate's answers name."""


class Change(NamedTuple):
    """One thing that is otherwise now. `before` is None where there was nothing to compare."""

    label: str
    before: str | None
    after: str


class Telling(NamedTuple):
    """One event: who did what, and the words that came with it."""

    at: datetime
    who: str
    did: str
    words: str
    changes: tuple[Change, ...] = ()
    source: str = ""
    """From where, in words; empty where that was not kept."""


def told(
    events: Iterable[Event], workflow: Workflow | None = None, in_confidence: bool = False
) -> list[Telling]:
    """The events, the latest first; `workflow` gives a submission's steps their labels. Of what is
    kept `in_confidence` there are the steps, and nothing that anybody wrote or was called."""
    found = [
        Telling(
            event.at,
            _("somebody") if in_confidence and event.kind in _BY_LINK else event.actor_name,
            _did(event, workflow, in_confidence),
            "" if in_confidence else _words(event),
            tuple(_steps(event, workflow) if in_confidence else _changes(event, workflow)),
            source_words(event.source),
        )
        for event in events
    ]
    return found[::-1]


def source_words(source: str | None) -> str:
    """Where an event came from, such as `web 192.0.2.0/24`, in words."""
    place, _space, network = (source or "").partition(" ")
    if place == "web":
        return _("on the web, from %(network)s", network=network) if network else _("on the web")
    if source == "command line":
        return _("on the command line")
    return _("in the background, by a worker") if source == "worker" else source or ""


def _did(event: Event, workflow: Workflow | None, in_confidence: bool = False) -> str:
    facts, subject = event.facts, deeds.subject_of(event.chain)
    if subject == "submission":
        if event.kind in ("advanced", "taken-back") and workflow is not None:
            return _moved(event, workflow)
        if event.kind == "migrated" and facts.get("versions"):
            return _("moved it to version %(version)s", version=facts["versions"][-1])
        if event.kind == "reminded" and event.actor_id == ENGINE.id and facts.get("name"):
            return _("reminded %(name)s", name=facts["name"])
        if event.kind == "reminded" and facts.get("to") == "candidate":
            return _("reminded the candidate")
        if event.kind == "reminded" and facts.get("to") == "reviewers":
            return _("reminded whoever reviews it")
        if event.kind == "escalated" and workflow is not None:
            role = workflow.roles.get(str(facts.get("to")))
            return _("told the %(role)s that it is overdue", role=role.label if role else "")
        if event.kind == "noted" and facts.get("visibility") == "staff":
            return _("wrote a note on an answer, not for the candidate")
        if event.kind == "assigned" and facts.get("reviewer") == event.actor_id:
            return _("took it up for review")
        if event.kind == "conflict-declared" and facts.get("reviewer") == event.actor_id:
            return _("declared a conflict of interest")
    if event.kind == "roles":
        return _("changed the roles to %(roles)s", roles=listed(role_words(facts.get("to", ()))))
    phrase = deeds.phrase(subject, event.kind, str(facts.get("how", "")))
    if "%(name)s" not in phrase:
        return _(phrase)
    return _(phrase, name=_("somebody") if in_confidence else str(facts.get("name", "")))


def _moved(event: Event, workflow: Workflow) -> str:
    """A step, or that it was taken back."""
    facts = event.facts
    name, target = str(facts.get("transition")), str(facts.get("to"))
    transition, state = workflow.transitions.get(name), workflow.states.get(target)
    said = {
        "step": transition.label if transition else name,
        "state": state.label if state else target,
    }
    if event.kind == "taken-back":
        return _("took “%(step)s” back: now “%(state)s” again", **said)
    if event.actor_id == ENGINE.id:
        return _("took the step “%(step)s” by itself: now “%(state)s”", **said)
    if round := facts.get("round"):
        return _("chose “%(step)s”: now “%(state)s”, round %(round)s", round=round, **said)
    return _("chose “%(step)s”: now “%(state)s”", **said)


def _words(event: Event) -> str:
    name = {
        "advanced": "comment",
        "noted": "body",
        "note-answered": "body",
        "reminded": "words",
        "awarded": "source",
        "revoked": "reason",
        "suspended": "reason",
        "corrected": "reason",
        "name-asked": "wanted",
        "name-refused": "reason",
        "recognition revoked": "reason",
        "recognised": "source",
        "calibration-prepared": "title",
        **dict.fromkeys(deeds.TO_SOMEBODY, "reason"),
    }.get(event.kind, "")
    return str(event.facts.get(name, ""))


# What changed from what.


def _changes(event: Event, workflow: Workflow | None) -> Iterator[Change]:
    """Before and after, as far as the event keeps them."""
    facts = event.facts
    if event.kind in ("advanced", "taken-back", "migrated"):
        yield from _steps(event, workflow)
    elif event.kind in ("roles", "zone", "renamed"):
        yield _change(event.kind, facts.get("from"), facts.get("to"))
    elif event.kind == "placed":
        for name in ("groups", "school"):
            said = facts.get(name, {})
            if said.get("from") != said.get("to"):
                yield _change(name, said.get("from"), said.get("to"))
    elif event.kind == "note-changed":
        yield _change("body", facts.get("before"), facts.get("body"))
    elif event.kind == "calibration-agreed":
        yield from _scores_between(facts.get("before", {}), facts.get("after", {}))
    elif isinstance(before := facts.get("before"), Mapping):
        for name in before:
            if before[name] != facts.get(name):
                yield _change(name, before[name], facts.get(name))
    elif event.kind == "away":
        for name in ("from", "until", "delegate"):
            if facts.get(name):
                yield Change(_label(name), None, _plain(facts[name]))
    for key, score in facts.get("scores", {}).items():
        yield Change(key, _plain(score["was"]) if "was" in score else None, _plain(score["is"]))
    if recommendation := facts.get("recommendation"):
        yield Change(_("Recommends"), None, _plain(recommendation))
    for name, value in facts.get("step", {}).items():
        yield Change(_label(name), None, _plain(value))


def _steps(event: Event, workflow: Workflow | None) -> Iterator[Change]:
    """Where a submission was before, and where after."""
    if event.kind not in ("advanced", "taken-back", "migrated"):
        return
    facts = event.facts
    states = workflow.states if workflow else {}
    labels = [
        states[name].label if name in states else name
        for name in (str(facts.get("from", "")), str(facts.get("to", "")))
    ]
    if labels[0] != labels[1]:
        yield Change(_("Stage"), labels[0], labels[1])
    if len(versions := facts.get("versions", ())) == 2:
        yield Change(_("Version"), str(versions[0]), str(versions[1]))


def _scores_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for guide in {**before, **after}:
        was, now = before.get(guide, {}), after.get(guide, {})
        for look_for in {**was, **now}:
            if was.get(look_for) != now.get(look_for):
                yield Change(
                    f"{guide}/{look_for}",
                    _plain(was.get(look_for)),
                    _plain(now.get(look_for)),
                )


def _change(name: str, before: Any, after: Any) -> Change:
    return Change(_label(name), _plain(before), _plain(after))


def _label(name: str) -> str:
    known = LABELS.get(name)
    return _(known) if known else name.replace("_", " ").capitalize()


def _plain(value: Any) -> str:
    """A kept value on one line; `—` for nothing."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, list):
        said = ", ".join(_plain(one) for one in value)
    elif isinstance(value, Mapping):
        said = json.dumps(value, ensure_ascii=False)
    else:
        said = str(value)
    return said if len(said) <= LONGEST_VALUE else f"{said[:LONGEST_VALUE]}…"
