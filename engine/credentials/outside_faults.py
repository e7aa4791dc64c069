"""What is wrong in a workflow that only its surroundings can tell: too few people to review,
letters that nobody has written, and states of the version before without a place in this one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.credentials.documents import Document, joined, listing, mapping
from engine.credentials.suggestions import did_you_mean
from engine.credentials.workflow_graph import ENDS, Graph, effects
from engine.errors import Finding

_MORE_NEEDED = ("earlier_reviewer", "earlier_decider")


def pool_faults(document: Document, sizes: Mapping[str, int]) -> Iterator[Finding]:
    """Reviews that want more people than there are. `sizes`: how many people play each role, by
    its name (`people.pool_sizes`); a role that is not there is not judged."""
    graph = Graph(document.data)
    for state in graph.states:
        for block, said in graph.blocks(state).items():
            role, count = str(said.get("by")), said.get("count", 1)
            if role not in sizes or not isinstance(count, int):
                continue
            stays_out = set(_MORE_NEEDED).intersection(map(str, listing(said.get("exclude"))))
            needed = count + bool(stays_out)
            if sizes[role] >= needed:
                continue
            here = joined("/states", state)
            place = joined(here, "reviews", block) if block else joined(here, "review")
            why = ", and whoever had to do with it before stays out" if stays_out else ""
            message = (
                f"{count} of the role {role!r} are wanted here{why}, but only "
                f"{sizes[role]} can play it."
            )
            hint = "Give more people that role or group, or lower `count`."
            yield document.finding(
                joined(place, "count" if "count" in said else "by"),
                "pool-too-small",
                message,
                hint,
                severity="warning",
            )


def letter_faults(document: Document, known: Collection[str]) -> Iterator[Finding]:
    """Letters that a workflow sends and that are not among the `known` templates."""
    graph = Graph(document.data)
    named: list[tuple[str, Any]] = []
    for name, state in graph.states.items():
        here = joined("/states", name)
        owners = [(here, state)]
        for block, said in graph.blocks(name).items():
            place = joined(here, "reviews", block) if block else joined(here, "review")
            owners.append((place, said))
        for place, owner in owners:
            for key in ("remind", "escalate"):
                named.append((joined(place, key, "letter"), mapping(owner.get(key)).get("letter")))
    for name, one in graph.transitions.items():
        for number, effect, arguments in effects(one):
            if effect == "notify":
                place = joined("/transitions", name, "do", number, "notify", "letter")
                named.append((place, mapping(arguments).get("letter")))
    for place, letter in named:
        if isinstance(letter, str) and letter not in known:
            message = f"There is no letter {letter!r} in templates/mail."
            hint = did_you_mean(letter, known)
            yield document.finding(place, "unknown-letter", message, hint, severity="warning")


def dropped_states(document: Document, before: Mapping[str, Any]) -> Iterator[Finding]:
    """States of the version `before` (a workflow's data) where work can be under way, and which
    this version neither has nor maps."""
    graph, old = Graph(document.data), Graph(before)
    mapped = mapping(mapping(document.data.get("migrate")).get("states"))
    for state in old.states:
        if old.kind(state) in ENDS or state in graph.states or state in mapped:
            continue
        yield document.finding(
            "/migrate" if "migrate" in document.data else "/states",
            "dropped-state",
            f"The published version has a state {state!r}, and this one does not.",
            f"Say where work that stands there goes: migrate: {{states: {{{state}: …}}}}.",
            key=True,
        )
