"""Ways of a workflow that lead nowhere, never end, or can't be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.documents import Document, joined, listing
from engine.credentials.workflow_graph import ENDS, EVENTS, Graph, effects, listed, targets
from engine.errors import Finding


def faults(document: Document, graph: Graph) -> Iterator[Finding]:
    for name, one in graph.transitions.items():
        yield from _one_of(document, name, one, EVENTS)
        yield from _one_of(document, name, one, ("to", "choose"))
        yield from _choose(document, name, one)
        yield from _exits(document, graph, name, one)
    yield from _ends(document, graph)
    yield from _automatic(document, graph)


def _one_of(
    document: Document, name: str, one: Mapping[str, Any], keys: tuple[str, ...]
) -> Iterator[Finding]:
    there = [key for key in keys if key in one]
    if len(there) != 1:
        choice = f"{', '.join(keys[:-1])} and {keys[-1]}"
        said = f"here are {' and '.join(there)}." if there else "here is none."
        message = f"A transition has exactly one of {choice}; {said}"
        yield document.finding(joined("/transitions", name), "not-one-of", message, key=True)


def _choose(document: Document, name: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    chosen = [item for item in listing(one.get("choose")) if isinstance(item, Mapping)]
    here = joined("/transitions", name, "choose")
    for number, item in enumerate(chosen):
        last = number == len(chosen) - 1
        if last and "when" in item:
            message = "When no condition holds, this leads nowhere."
            hint = "Let the last one have no `when`, as the last resort."
            yield document.finding(joined(here, number), "no-last-resort", message, hint)
        elif not last and "when" not in item:
            message = "This always holds, so what follows is never chosen."
            yield document.finding(
                joined(here, number), "early-last-resort", message, "Add `when`, or put it last."
            )


def _ends(document: Document, graph: Graph) -> Iterator[Finding]:
    ends = {name for name in graph.states if graph.kind(name) in ENDS}
    if graph.states and not ends:
        message = "No state is an outcome or closed, so nothing here ever ends."
        yield document.finding("/states", "no-end", message, key=True)
    reached = graph.after([graph.initial]) if graph.initial in graph.states else None
    for name in graph.states:
        place = joined("/states", name)
        if reached is not None and name not in reached:
            message = f"No way leads to the state {name!r}."
            yield document.finding(place, "unreachable", message, key=True)
        if ends and name not in ends and not ends & graph.after([name]):
            message = f"From the state {name!r} no outcome or closed state can be reached."
            yield document.finding(place, "no-way-out", message, key=True)
    if graph.initial in graph.states and graph.kind(graph.initial) != "open":
        message = "Submissions begin in a state where the candidate cannot edit anything."
        yield document.finding("/initial", "not-open", message, severity="warning")


def _exits(
    document: Document, graph: Graph, name: str, one: Mapping[str, Any]
) -> Iterator[Finding]:
    """Ways out of an end. An appeal and a new round are what an owner may want there."""
    kinds = graph.role_kinds(one.get("by"))
    leads = {graph.kind(state) for state in targets(one)}
    renews = any(effect == "renew" for _, effect, _ in effects(one))
    appeals = kinds == {"owner"} and (renews or leads <= {"review", "decide"})
    leaves = [
        state
        for state in listed(one.get("from"))
        if (graph.kind(state) == "outcome" and not appeals)
        or (graph.kind(state) == "closed" and "reviewer" in kinds)
    ]
    if leaves and kinds - {"staff"}:
        yield document.finding(
            joined("/transitions", name, "from"),
            "exit-from-end",
            f"{leaves[0]!r} is an end, but others than staff may leave it.",
            "Let staff do it, or give the state another kind.",
            severity="warning",
        )


def _automatic(document: Document, graph: Graph) -> Iterator[Finding]:
    """What happens by itself: one thing at a time, and it comes to rest."""
    first: dict[tuple[str, ...], str] = {}
    said: set[str] = set()
    for name, one in graph.transitions.items():
        for state in listed(one.get("from")):
            kind: tuple[str, ...] = ("auto",) if "auto" in one else ()
            if isinstance(one.get("after"), str):
                kind = (one["after"], str(one.get("since", "state")))
            other = first.setdefault((state, *kind), name) if kind else name
            if other != name and name not in said:
                said.add(name)
                what = "as soon as something holds" if kind == ("auto",) else "after the same time"
                message = f"From {state!r} {other!r} happens by itself {what}, and so does this."
                hint = "Make one of them, with `choose`."
                place = joined("/transitions", name)
                yield document.finding(place, "two-automatic", message, hint, key=True)
    for keys, code in ((("auto",), "automatic-loop"), (("auto", "after"), "endless-loop")):
        ways = {
            name: one
            for name, one in graph.transitions.items()
            if "by" not in one and any(key in one for key in keys)
        }
        for name in _loops(ways):
            if code == "endless-loop" and "after" not in ways[name]:
                continue
            message = "What happens by itself after this leads back here, again and again."
            yield document.finding(
                joined("/transitions", name),
                code,
                message,
                "Let somebody take one of these transitions.",
                key=True,
                severity="error" if code == "automatic-loop" else "warning",
            )


def _loops(ways: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The transitions from whose targets these ways lead back to where they began."""
    for name, one in ways.items():
        reached, todo = set(targets(one)), targets(one)
        while todo:
            state = todo.pop()
            for other in ways.values():
                if state in listed(other.get("from")):
                    todo += [target for target in targets(other) if target not in reached]
                    reached.update(targets(other))
        if reached.intersection(listed(one.get("from"))):
            yield name
