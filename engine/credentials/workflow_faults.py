"""What is wrong in a workflow beyond its meta-schema: names that nothing has, and conditions.

Ways that lead nowhere are in `way_faults`, states where everybody can be stuck in `stuck_faults`,
times in `time_faults`, who may do what in `power_faults`. Parameters are filled in before (see
`lint`), so nothing here knows them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from engine.credentials import (
    announced_faults,
    power_faults,
    rules,
    stuck_faults,
    time_faults,
    way_faults,
)
from engine.credentials.documents import Document, joined, mapping
from engine.credentials.form_faults import rule_faults
from engine.credentials.guard_names import GUARD_NAMES as GUARD_NAMES
from engine.credentials.guard_names import conditions, shapes_of
from engine.credentials.guard_names import guard_sources as guard_sources
from engine.credentials.meta import form_faults
from engine.credentials.suggestions import did_you_mean
from engine.credentials.workflow_graph import Graph, by_itself, effects
from engine.credentials.workflow_graph import listed as listed
from engine.errors import Finding


def faults(document: Document) -> Iterator[Finding]:
    """Everything that is wrong in a workflow beyond what its meta-schema finds."""
    graph = Graph(document.data)
    yield from _unknown_names(document, graph)
    yield from _conditions(document, graph)
    yield from _forms(document, graph)
    yield from way_faults.faults(document, graph)
    yield from stuck_faults.faults(document, graph)
    yield from time_faults.faults(document, graph)
    yield from power_faults.faults(document, graph)
    yield from announced_faults.faults(document, graph)


def _unknown_names(document: Document, graph: Graph) -> Iterator[Finding]:
    def check(pointer: str, value: Any, known: Collection[str], what: str) -> Iterator[Finding]:
        many = isinstance(value, list)
        for number, name in enumerate(value if many else [value]):
            if isinstance(name, str) and name not in known:
                place = joined(pointer, number) if many else pointer
                message = f"There is no {what} {name!r} in this workflow."
                hint = did_you_mean(name, known)
                yield document.finding(place, f"unknown-{what}", message, hint)

    yield from check("/initial", document.data.get("initial"), graph.states, "state")
    for name, state in graph.states.items():
        here = joined("/states", name)
        told = mapping(state.get("escalate")).get("to")
        yield from check(joined(here, "escalate", "to"), told, graph.roles, "role")
        for block, said in graph.blocks(name).items():
            place = joined(here, "reviews", block) if block else joined(here, "review")
            yield from check(joined(place, "by"), said.get("by"), graph.roles, "role")
            told = mapping(said.get("escalate")).get("to")
            yield from check(joined(place, "escalate", "to"), told, graph.roles, "role")
    for name, one in graph.transitions.items():
        here = joined("/transitions", name)
        yield from check(joined(here, "from"), one.get("from"), graph.states, "state")
        yield from check(joined(here, "to"), one.get("to"), graph.states, "state")
        yield from check(joined(here, "by"), one.get("by"), graph.roles, "role")
        yield from check(joined(here, "form"), one.get("form"), graph.forms, "form")
        chosen = one.get("choose")
        for number, choice in enumerate(chosen if isinstance(chosen, list) else ()):
            place = joined(here, "choose", number, "to")
            yield from check(place, mapping(choice).get("to"), graph.states, "state")
        for number, effect, arguments in effects(one):
            if effect == "notify":
                place = joined(here, "do", number, "notify", "to")
                yield from check(place, mapping(arguments).get("to"), graph.roles, "role")
    for old, new in mapping(mapping(document.data.get("migrate")).get("states")).items():
        yield from check(joined("/migrate/states", old), new, graph.states, "state")


def _conditions(document: Document, graph: Graph) -> Iterator[Finding]:
    for name, one in graph.transitions.items():
        shapes = shapes_of(document.data, one)
        for way, source in conditions(one):
            place = joined("/transitions", name, *way)
            for fault in rule_faults(source, shapes, place):
                yield document.finding(fault.pointer, fault.code, fault.message, fault.suggestion)
            names = _names_in(source)
            if "actor" in names and by_itself(one):
                message = "This happens by itself, so nobody is there for `actor` to be."
                yield document.finding(place, "no-actor", message, severity="warning")
            if "step" in names and "form" not in one:
                message = "`step` is what the transition's form was filled with; here is none."
                yield document.finding(place, "no-form", message, "Add `form`.")


def _names_in(source: Any) -> frozenset[str]:
    try:
        return rules.free_names(rules.compile(str(source), GUARD_NAMES).tree)
    except rules.BadRule:
        return frozenset()  # it is reported as it is


def _forms(document: Document, graph: Graph) -> Iterator[Finding]:
    asked = {str(one.get("form")) for one in graph.transitions.values()}
    for name, form in graph.forms.items():
        here = joined("/forms", name)
        for fault in form_faults(form):
            place = here + fault.pointer
            yield document.finding(
                place, fault.code, fault.message, fault.suggestion, key=fault.key
            )
        if name not in asked:
            message = f"No transition asks for the form {name!r}."
            yield document.finding(here, "unused-form", message, key=True, severity="warning")
