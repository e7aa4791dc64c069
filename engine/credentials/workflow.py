"""The typed model of a workflow document: states, transitions, roles and effects.

Only `kind` means anything to the engine; names and labels belong to the document. What is here
has passed the meta-schema and `lint`, so reading it raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

StateKind = Literal["open", "review", "decide", "outcome", "closed"]
"""`open`: the candidate edits. `review`: reviewers look. `decide`: a decision is due.
`outcome`: something was granted or denied. `closed`: it ended without one."""

RoleKind = Literal["owner", "reviewer", "staff"]
"""`owner` is the person whose submission it is; `reviewer` and `staff` hold that account role."""


@dataclass(frozen=True)
class Role:
    name: str
    kind: RoleKind
    label: str


@dataclass(frozen=True)
class Guard:
    """A CEL condition on a transition, with the words shown when it refuses."""

    rule: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class ReviewBlock:
    """Who scores in a state, with which guides. Scoring is open to the one who is assigned."""

    by: str
    guides: tuple[str, ...]


@dataclass(frozen=True)
class State:
    name: str
    kind: StateKind
    label: str
    public_label: str
    description: str
    edits: tuple[str, ...] | None
    """Form ids that the owner may edit here; None means every form."""
    review: ReviewBlock | None
    tone: Literal["neutral", "waiting", "attention", "good", "bad"]


@dataclass(frozen=True)
class Effect:
    """A named effect with its arguments: `snapshot`, `assign`, `unassign`, `close_review`,
    `issue`, `notify`."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Transition:
    name: str
    label: str
    description: str
    sources: tuple[str, ...]
    target: str
    by: tuple[str, ...]
    guards: tuple[Guard, ...]
    require: tuple[str, ...]
    """What must come with it: `comment`."""
    confirm: str
    """A question to ask first, or empty."""
    tone: Literal["primary", "secondary", "danger"]
    do: tuple[Effect, ...]


@dataclass(frozen=True)
class Workflow:
    name: str
    version: int
    title: str
    roles: Mapping[str, Role]
    initial: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """The transitions that leave `state`, in the document's order."""
        return tuple(one for one in self.transitions.values() if state in one.sources)


def workflow_from(data: Mapping[str, Any]) -> Workflow:
    """The model of a checked workflow document (`schemas/meta/workflow.json`)."""
    return Workflow(
        name=data["workflow"],
        version=data["version"],
        title=data["title"],
        roles={name: _role(name, role) for name, role in data["roles"].items()},
        initial=data["initial"],
        states={name: _state(name, state) for name, state in data["states"].items()},
        transitions={name: _transition(name, one) for name, one in data["transitions"].items()},
    )


def _role(name: str, data: Mapping[str, Any]) -> Role:
    return Role(name, data["kind"], data.get("label", name.capitalize()))


def _state(name: str, data: Mapping[str, Any]) -> State:
    label = data.get("label", name.replace("_", " ").capitalize())
    edits = data.get("edits", "all" if data["kind"] == "open" else "none")
    review = data.get("review")
    return State(
        name=name,
        kind=data["kind"],
        label=label,
        public_label=data.get("public_label", label),
        description=data.get("description", ""),
        edits=None if edits == "all" else () if edits == "none" else tuple(edits),
        review=ReviewBlock(review["by"], tuple(review["guides"])) if review else None,
        tone=data.get("tone", "neutral"),
    )


def _transition(name: str, data: Mapping[str, Any]) -> Transition:
    return Transition(
        name=name,
        label=data.get("label", name.replace("_", " ").capitalize()),
        description=data.get("description", ""),
        sources=_listed(data["from"]),
        target=data["to"],
        by=_listed(data["by"]),
        guards=tuple(
            Guard(one["rule"], one["reason"], one.get("remedy", "")) for one in data.get("when", ())
        ),
        require=_listed(data.get("require", ())),
        confirm=data.get("confirm", ""),
        tone=data.get("tone", "secondary"),
        do=tuple(_effect(one) for one in data.get("do", ())),
    )


def _effect(data: str | Mapping[str, Any]) -> Effect:
    if isinstance(data, str):
        return Effect(data, {})
    ((name, arguments),) = data.items()
    return Effect(name, arguments if isinstance(arguments, Mapping) else {"to": arguments})


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
