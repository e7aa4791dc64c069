"""A workflow document's parts as its checks look at them: nothing wrong in it can raise here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.credentials.documents import listing, mapping
from engine.credentials.guard_names import blocks_of

ENDS = ("outcome", "closed")
EVENTS = ("by", "auto", "after")
"""What makes a transition happen: people, a condition, or time."""


class Graph:
    """States, transitions and roles by name, and which ways there are."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.roles = _named(data.get("roles"))
        self.states = _named(data.get("states"))
        self.transitions = _named(data.get("transitions"))
        self.forms = _named(data.get("forms"))
        said = data.get("initial")
        self.initial = said if isinstance(said, str) else ""

    def kind(self, state: str) -> str:
        return str(self.states.get(state, {}).get("kind", ""))

    def role_kinds(self, names: Any) -> set[str]:
        return {str(self.roles.get(name, {}).get("kind", "")) for name in listed(names)}

    def blocks(self, state: str) -> Mapping[str, Mapping[str, Any]]:
        return blocks_of(self.states.get(state, {}))

    def leaving(self, state: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The transitions by which a submission goes from `state` to another one."""
        return [
            (name, one)
            for name, one in self.transitions.items()
            if state in listed(one.get("from")) and set(targets(one)) - {state}
        ]

    def after(self, states: Collection[str]) -> set[str]:
        """The states that can be reached from `states`, themselves included."""
        reached = set(states)
        while True:
            more = {
                target
                for one in self.transitions.values()
                if reached.intersection(listed(one.get("from")))
                for target in targets(one)
            }
            if more <= reached:
                return reached
            reached |= more


def targets(transition: Mapping[str, Any]) -> list[str]:
    """Everywhere a transition may lead, in the document's order."""
    chosen = [mapping(one).get("to") for one in listing(transition.get("choose"))]
    return list(dict.fromkeys(listed([transition.get("to"), *chosen])))


def effects(transition: Mapping[str, Any]) -> Iterator[tuple[int, str, Any]]:
    """The effects of a transition: number, name, arguments."""
    for number, effect in enumerate(listing(transition.get("do"))):
        if isinstance(effect, str):
            yield number, effect, {}
        elif isinstance(effect, Mapping):
            for name, arguments in effect.items():
                yield number, str(name), arguments


def by_itself(transition: Mapping[str, Any]) -> bool:
    """Whether nobody takes it."""
    return "by" not in transition and ("auto" in transition or "after" in transition)


def listed(value: Any) -> list[str]:
    """A name or a list of names, as a list."""
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, str)]


def _named(value: Any) -> dict[str, Mapping[str, Any]]:
    return {str(name): mapping(one) for name, one in mapping(value).items()}
