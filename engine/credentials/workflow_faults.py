"""What is wrong in a workflow: names, ways that lead nowhere, guards, effects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.credentials.documents import Document, joined, listing, mapping
from engine.credentials.field_paths import Shape
from engine.credentials.form_faults import rule_faults
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding

_NUMBER = {"type": "integer"}
_YES_NO = {"type": "boolean"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
GUARD_NAMES: Mapping[str, Mapping[str, Any]] = {
    "prerequisites": {
        "properties": {"met": _YES_NO, "missing": _TEXTS, "held": _NUMBER, "needed": _NUMBER}
    },
    "answers": {"properties": {"problems": _NUMBER}},
    "form": {},
    "scores": {
        "properties": {
            "total": _NUMBER,
            "decided": _NUMBER,
            "undecided": _NUMBER,
            "yes": _NUMBER,
            "no": _NUMBER,
            "no_without_notes": _NUMBER,
            "all_yes": _YES_NO,
            "all_decided": _YES_NO,
        }
    },
    "submission": {"properties": {"state": _TEXT, "round": _NUMBER, "revision": _NUMBER}},
    "candidate": {"properties": {"others_under_way": _NUMBER}},
    "actor": {"properties": {"roles": _TEXTS}},
}
"""What a guard may look at; `form` is the answers by form, which differ by credential."""
ENDS = ("outcome", "closed")


def faults(document: Document) -> Iterator[Finding]:
    """Everything that is wrong in a workflow beyond what its meta-schema finds."""
    graph = _Graph(document.data)
    yield from _unknown_names(document, graph)
    yield from _guards(document, graph)
    yield from _ways(document, graph)
    yield from _powers(document, graph)


def guard_sources(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The guards of a workflow, each with its transition's name."""
    for name, one in _named(data.get("transitions")).items():
        for guard in listing(one.get("when")):
            if isinstance(guard, Mapping) and isinstance(guard.get("rule"), str):
                yield name, guard["rule"]


class _Graph:
    """A workflow's parts, read so that nothing wrong in the document can raise."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.roles = _named(data.get("roles"))
        self.states = _named(data.get("states"))
        self.transitions = _named(data.get("transitions"))
        self.initial = data.get("initial")

    def kind(self, state: str) -> str:
        return str(self.states.get(state, {}).get("kind", ""))

    def role_kinds(self, names: Any) -> set[str]:
        return {str(self.roles.get(name, {}).get("kind", "")) for name in listed(names)}

    def after(self, states: Collection[str]) -> set[str]:
        """The states that can be reached from `states`, themselves included."""
        reached = set(states)
        while True:
            more = {
                str(one.get("to"))
                for one in self.transitions.values()
                if reached.intersection(listed(one.get("from")))
            }
            if more <= reached:
                return reached
            reached |= more


def _unknown_names(document: Document, graph: _Graph) -> Iterator[Finding]:
    def check(pointer: str, value: Any, known: Collection[str], what: str) -> Iterator[Finding]:
        many = isinstance(value, list)
        for number, name in enumerate(value if many else [value]):
            if isinstance(name, str) and name not in known:
                place = joined(pointer, number) if many else pointer
                message = f"There is no {what} {name!r} in this workflow."
                hint = did_you_mean(name, known)
                yield document.finding(place, f"unknown-{what}", message, hint)

    yield from check("/initial", graph.initial, graph.states, "state")
    for name, state in graph.states.items():
        review = state.get("review")
        if isinstance(review, Mapping):
            place = joined("/states", name, "review", "by")
            yield from check(place, review.get("by"), graph.roles, "role")
    for name, one in graph.transitions.items():
        here = joined("/transitions", name)
        yield from check(joined(here, "from"), one.get("from"), graph.states, "state")
        yield from check(joined(here, "to"), one.get("to"), graph.states, "state")
        yield from check(joined(here, "by"), one.get("by"), graph.roles, "role")
        for number, effect in enumerate(listing(one.get("do"))):
            notify = effect.get("notify") if isinstance(effect, Mapping) else None
            if isinstance(notify, Mapping):
                place = joined(here, "do", number, "notify", "to")
                yield from check(place, notify.get("to"), graph.roles, "role")


def _guards(document: Document, graph: _Graph) -> Iterator[Finding]:
    shapes = {name: Shape.of(schema, schema) for name, schema in GUARD_NAMES.items()}
    for name, one in graph.transitions.items():
        for number, guard in enumerate(listing(one.get("when"))):
            if isinstance(guard, Mapping):
                place = joined("/transitions", name, "when", number, "rule")
                for fault in rule_faults(guard.get("rule"), shapes, place):
                    yield document.finding(
                        fault.pointer, fault.code, fault.message, fault.suggestion
                    )


def _ways(document: Document, graph: _Graph) -> Iterator[Finding]:
    ends = {name for name in graph.states if graph.kind(name) in ENDS}
    if graph.states and not ends:
        message = "No state is an outcome or closed, so nothing here ever ends."
        yield document.finding("/states", "no-end", message, key=True)
    reached = graph.after([str(graph.initial)]) if graph.initial in graph.states else None
    for name in graph.states:
        place = joined("/states", name)
        if reached is not None and name not in reached:
            message = f"No way leads to the state {name!r}."
            yield document.finding(place, "unreachable", message, key=True)
        if ends and name not in ends and not ends & graph.after([name]):
            message = f"From the state {name!r} no outcome or closed state can be reached."
            yield document.finding(place, "no-way-out", message, key=True)
    for name, one in graph.transitions.items():
        leaves = [state for state in listed(one.get("from")) if graph.kind(state) == "outcome"]
        leaves += [
            state
            for state in listed(one.get("from"))
            if graph.kind(state) == "closed" and "reviewer" in graph.role_kinds(one.get("by"))
        ]
        kinds = graph.role_kinds(one.get("by"))
        if leaves and kinds - {"staff"}:
            yield document.finding(
                joined("/transitions", name, "from"),
                "exit-from-end",
                f"{leaves[0]!r} is an end, but others than staff may leave it.",
                "Let staff do it, or give the state another kind.",
                severity="warning",
            )
    if graph.initial in graph.states and graph.kind(str(graph.initial)) != "open":
        message = "Submissions begin in a state where the candidate cannot edit anything."
        yield document.finding("/initial", "not-open", message, severity="warning")


def _powers(document: Document, graph: _Graph) -> Iterator[Finding]:
    """Who may do what: an owner is needed, and should not decide on their own work."""
    kinds = [str(role.get("kind")) for role in graph.roles.values()]
    if graph.roles and "owner" not in kinds:
        message = "No role is the owner, so nobody could fill anything in."
        yield document.finding("/roles", "no-owner", message, key=True)
    assigns = False
    for name, one in graph.transitions.items():
        here = joined("/transitions", name)
        effects = listing(one.get("do"))
        assigns = assigns or "assign" in effects
        target = graph.kind(str(one.get("to")))
        if target == "outcome" and "owner" in graph.role_kinds(one.get("by")):
            message = "The owner may decide on their own submission here."
            yield document.finding(joined(here, "by"), "own-decision", message, severity="warning")
        if "issue" in effects and target != "outcome":
            place = joined(here, "do", effects.index("issue"))
            message = "The credential is awarded here, but the state that follows is no outcome."
            yield document.finding(place, "issue-elsewhere", message, severity="warning")
    for name, state in graph.states.items():
        review = state.get("review")
        if not isinstance(review, Mapping):
            continue
        place = joined("/states", name, "review")
        if "owner" in graph.role_kinds(review.get("by")):
            message = "The owner would score their own work."
            yield document.finding(joined(place, "by"), "own-decision", message, severity="warning")
        if not assigns:
            message = "Only an assigned reviewer scores, but no transition assigns one."
            hint = "Add `assign` to the `do` of the transition by which a reviewer takes it up."
            yield document.finding(place, "nobody-assigned", message, hint, key=True)


def listed(value: Any) -> list[str]:
    """A name or a list of names, as a list."""
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, str)]


def _named(value: Any) -> dict[str, Mapping[str, Any]]:
    return {name: mapping(one) for name, one in mapping(value).items()}
