"""States where everybody can be stuck: every way out is guarded, and no guard need ever hold.

What people can mend (answers, prerequisites, notes, who is there) is taken to be mended. What
they can't is tried out: how often the work came this far, how the scores came out, and what was
recommended, each with a few values. Not promised: that every dead end is found; `accolade
simulate` walks further.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from engine.credentials import rules
from engine.credentials.documents import Document, joined, mapping
from engine.credentials.expressions import Constant, Node, Select, children
from engine.credentials.expressions import Name as Named
from engine.credentials.guard_names import GUARD_NAMES, conditions
from engine.credentials.workflow_graph import ENDS, Graph
from engine.errors import Finding

_MOST = 2000
"""How many cases are tried for one state."""
_SCORES: Mapping[str, Mapping[str, Any]] = {
    "every look-for is Y": {"yes": 4, "no": 0, "all_yes": True, "percent": 100, "mean": 4},
    "a look-for is N": {"yes": 3, "no": 1, "all_yes": False, "percent": 75, "mean": 3, "lowest": 1},
    "every look-for is N": {"yes": 0, "no": 4, "all_yes": False, "percent": 0, "mean": 1},
}
_TRIED = frozenset(("scores", "reviews", "submission"))


def faults(document: Document, graph: Graph) -> Iterator[Finding]:
    for state in graph.states:
        ways = [one for _, one in graph.leaving(state)]
        if graph.kind(state) in ENDS or not ways:
            continue
        guarded = [list(_guards(one)) for one in ways]
        if all(guarded) and (why := _stuck(graph, state, guarded)):
            yield document.finding(
                joined("/states", state),
                "stuck",
                f"From {state!r} there is no way on when {why}.",
                "Add a way without a condition, for staff perhaps, or one that lapses: `after`.",
                key=True,
                severity="warning",
            )


def _guards(transition: Mapping[str, Any]) -> Iterator[rules.Expression]:
    """The conditions that must hold before it can be taken; time passes by itself."""
    for way, source in conditions(transition):
        if way[0] != "choose" and isinstance(source, str):
            try:
                expression = rules.compile(source, GUARD_NAMES)
            except rules.BadRule:
                continue  # it is reported as it is
            if rules.free_names(expression.tree) <= _TRIED:
                yield expression


def _stuck(graph: Graph, state: str, guarded: list[list[rules.Expression]]) -> str:
    """The first case, in words, in which no way is open; empty when there is none."""
    expressions = [one for guards in guarded for one in guards]
    counted = sorted({path for one in expressions for path in _paths(one.tree)})
    numbers = {value for one in expressions for value in _numbers(one.tree)}
    tried = sorted({0, 1, *(n + d for n in numbers for d in (-1, 0, 1) if 0 <= n + d <= 50)})
    words = [
        word for block in graph.blocks(state).values() for word in mapping(block.get("recommend"))
    ]
    names = set().union(*(rules.free_names(one.tree) for one in expressions))
    scores = _SCORES if "scores" in names and graph.blocks(state) else {"": {}}
    said = [*words] if "reviews" in names and words else [""]
    cases = product(product(tried, repeat=len(counted)), scores.items(), said)
    for values, (how, score), word in islice(cases, _MOST):
        facts = {
            "submission": _submission(dict(zip(counted, values, strict=True))),
            "scores": _scored(score) if graph.blocks(state) else {},
            "reviews": _reviewed(graph, state, words, word),
        }
        if not any(all(_may_hold(one, facts) for one in guards) for guards in guarded):
            counts = [
                f"{'.'.join(path)} is {int(value)}"
                for path, value in zip(counted, values, strict=True)
            ]
            said_so = [f"{word!r} is recommended"] if word else []
            return " and ".join([*counts, *([how] if how else []), *said_so]) or "they do not hold"
    return ""


def _may_hold(expression: rules.Expression, facts: Mapping[str, Any]) -> bool:
    try:
        return expression.holds(facts) is not False
    except rules.BadRule:
        return True  # nothing certain is known


def _submission(counts: Mapping[tuple[str, ...], float]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for (_, *way, last), value in counts.items():
        at = facts
        for token in way:
            at = at.setdefault(token, {})
        at[last] = value
    return facts


def _scored(score: Mapping[str, Any]) -> dict[str, Any]:
    done = {"total": 4, "decided": 4, "undecided": 0, "no_without_notes": 0, "not_applicable": 0}
    return {**done, "all_decided": True, **score}


def _reviewed(graph: Graph, state: str, words: list[str], said: str) -> dict[str, Any]:
    blocks = graph.blocks(state)
    wanted = {
        name: count if isinstance(count := block.get("count", 1), int) else 1
        for name, block in blocks.items()
    }

    def counts(required: int) -> dict[str, Any]:
        return {
            "required": required,
            "assigned": required,
            "open": 0,
            "closed": required,
            "missing": 0,
        }

    required = sum(wanted.values())
    recommend = {word: required if word == said else 0 for word in words}
    each = {name: counts(count) for name, count in wanted.items()}
    return {**counts(required), "recommend": recommend, "blocks": each} if blocks else {}


def _paths(node: Node) -> Iterator[tuple[str, ...]]:
    """The counts of the submission that an expression looks at, `submission.attempts` say; those
    that change as time passes are left out."""
    path = _path(node)
    if path and path[0] == "submission":
        if len(path) > 1 and path[1] in ("attempts", "round", "visits", "fired"):
            yield path
        return
    for part in children(node):
        yield from _paths(part)


def _path(node: Node) -> tuple[str, ...]:
    match node:
        case Named(name=name):
            return (name,)
        case Select(of=of, field=field):
            before = _path(of)
            return (*before, field) if before else ()
    return ()


def _numbers(node: Node) -> Iterator[float]:
    match node:
        case Constant(value=float() | int() as value) if not isinstance(value, bool):
            yield value
    for part in children(node):
        yield from _numbers(part)
