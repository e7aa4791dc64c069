"""The typed model of a workflow document: states, transitions, roles and effects.

Only `kind` means anything to the engine; names and labels belong to the document. What is here
has passed the meta-schema and `lint`, so reading it raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cached_property, lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.credentials.spans import Calendar, Span, calendar_of, span_of
from engine.languages import _

StateKind = Literal["open", "review", "decide", "outcome", "closed"]
"""`open`: the candidate edits. `review`: reviewers look. `decide`: a decision is due.
`outcome`: something was granted or denied. `closed`: it ended without one."""

RoleKind = Literal["owner", "reviewer", "staff"]
"""`owner` is the person whose submission it is; `reviewer` and `staff` hold that account role."""

Pick = Literal["claim", "manual", "round_robin", "least_loaded"]
Blind = Literal["none", "single", "double"]
"""`single`: the candidate does not learn who reviews. `double`: nor does the reviewer whose work
it is."""
Peers = Literal["hidden", "after", "shown"]
"""Whether a reviewer sees what the others said: never, after finishing their own, or always."""
Combine = Literal["all", "any", "majority", "mean", "lowest", "highest"]
"""How the reviewers' decisions on one look-for become one."""
Exclusion = Literal["same_school", "earlier_reviewer", "earlier_decider"]
"""Who may not review, besides the candidate and whoever declared a conflict of interest."""


@dataclass(frozen=True)
class Role:
    name: str
    kind: RoleKind
    label: str
    group: str = ""
    """Only people in this group (`accounts.groups`) play it; empty: everybody of the kind."""


@dataclass(frozen=True)
class Guard:
    """A CEL condition on a transition, with the words shown when it refuses."""

    rule: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class Reminders:
    """Letters before and after something is due, at most so many in all."""

    letter: str
    before: tuple[Span, ...] = ()
    after: tuple[Span, ...] = ()
    every: Span | None = None
    """After the last of `after`, again and again."""
    at_most: int = 5


@dataclass(frozen=True)
class Escalation:
    """Somebody else is told when something is overdue by so much."""

    after: Span
    to: str
    letter: str


@dataclass(frozen=True)
class ReviewBlock:
    """Who scores in a state, with which guides. Scoring is open to those who are assigned."""

    by: str
    guides: tuple[str, ...]
    name: str = ""
    """Empty where a state has only one block."""
    label: str = ""
    count: int = 1
    """How many reviewers are wanted."""
    pick: Pick = "claim"
    exclude: frozenset[Exclusion] = frozenset()
    blind: Blind = "none"
    peers: Peers = "after"
    combine: Combine = "all"
    recommend: Mapping[str, str] = field(default_factory=dict)
    """What a reviewer may recommend, by name, with its words; empty: nothing is asked."""
    calibrated: float = 0.0
    """The least agreement (0 to 1) in calibration before somebody is given one of these."""
    lock: Span | None = None
    """A claim on which nothing was saved for so long lapses."""
    due: Span | None = None
    """Counted from the assignment."""
    remind: Reminders | None = None
    escalate: Escalation | None = None
    reassign: Span | None = None
    """Overdue by so much, it is given to somebody else."""


@dataclass(frozen=True)
class State:
    name: str
    kind: StateKind
    label: str
    public_label: str
    description: str
    edits: tuple[str, ...] | None
    """Form ids that the owner may edit here; None means every form."""
    reviews: Mapping[str, ReviewBlock]
    """By name; the only one of a state is called the empty name."""
    tone: Literal["neutral", "waiting", "attention", "good", "bad"]
    flagged: bool = False
    """Of those forms, the owner may edit only what a shared note of the last review is about."""
    announced: bool = True
    """False: the candidate does not learn yet what was decided, nor reads notes and scores."""
    due: Span | None = None
    """Counted from when it came to this state."""
    remind: Reminders | None = None
    escalate: Escalation | None = None

    @property
    def public_kind(self) -> StateKind:
        """What kind of state the candidate takes it for: a decision that is not announced has not
        been taken."""
        return self.kind if self.announced else "decide"

    @property
    def public_tone(self) -> str:
        """The tone of the label that the candidate reads."""
        return self.tone if self.announced else "waiting"

    @property
    def review(self) -> ReviewBlock | None:
        """The state's first review block; most have one or none."""
        return next(iter(self.reviews.values()), None)


@dataclass(frozen=True)
class Effect:
    """A named effect with its arguments: `snapshot`, `assign`, `unassign`, `close_review`,
    `issue`, `notify`, `renew`, `hook`."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """One of several targets; the last one of a transition has no rule."""

    rule: str
    target: str


@dataclass(frozen=True)
class Transition:
    name: str
    label: str
    description: str
    sources: tuple[str, ...]
    by: tuple[str, ...]
    """The roles that may take it; none when it happens by itself."""
    guards: tuple[Guard, ...]
    require: tuple[str, ...]
    """What must come with it: `comment`."""
    confirm: str
    """A question to ask first, or empty."""
    tone: Literal["primary", "secondary", "danger"]
    do: tuple[Effect, ...]
    choices: tuple[Choice, ...]
    """Where it leads; at least one."""
    auto: str = ""
    """A CEL condition: it happens by itself as soon as this holds."""
    after: Span | None = None
    """It happens by itself so long after the submission came to the state (`since`)."""
    since: Literal["state", "due"] = "state"
    form: str = ""
    """A form of the workflow that is filled when it is taken."""
    undo: Span | None = None
    """Whoever took it may take it back for so long."""

    @property
    def target(self) -> str:
        """Where it leads unless a rule says otherwise."""
        return self.choices[-1].target

    @property
    def targets(self) -> tuple[str, ...]:
        """Everywhere it may lead."""
        return tuple(dict.fromkeys(one.target for one in self.choices))

    @property
    def by_itself(self) -> bool:
        return bool(self.auto) or self.after is not None


@dataclass(frozen=True)
class Migration:
    """How submissions of earlier versions come over: see `submissions.migrating`."""

    states: Mapping[str, str]


@dataclass(frozen=True)
class Workflow:
    name: str
    version: int
    title: str
    roles: Mapping[str, Role]
    initial: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """JSON Schemas of the forms that transitions ask for."""
    weekend: tuple[str, ...] | None = None
    holidays: tuple[str, ...] = ()
    zone: str = ""
    migrate: Migration = field(default_factory=lambda: Migration({}))

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """The transitions that leave `state`, in the document's order."""
        return self._leaving.get(state, ())

    @cached_property
    def _leaving(self) -> Mapping[str, tuple[Transition, ...]]:
        """By state: every advance asks a few times, and there may be many transitions."""
        every = self.transitions.values()
        sources = {state for one in every for state in one.sources}
        return {state: tuple(one for one in every if state in one.sources) for state in sources}

    def calendar(self, zone: tzinfo = UTC) -> Calendar:
        """The calendar that spans are counted by; `zone` is the installation's."""
        return _calendar(self.weekend, self.holidays, ZoneInfo(self.zone) if self.zone else zone)


@lru_cache(maxsize=64)
def _calendar(weekend: tuple[str, ...] | None, holidays: tuple[str, ...], zone: tzinfo) -> Calendar:
    return calendar_of(weekend, holidays, zone)


def workflow_from(data: Mapping[str, Any]) -> Workflow:
    """The model of a checked workflow document (`schemas/meta/workflow.json`)."""
    calendar = data.get("calendar", {})
    return Workflow(
        name=data["workflow"],
        version=data["version"],
        title=data["title"],
        roles={name: _role(name, role) for name, role in data["roles"].items()},
        initial=data["initial"],
        states={name: _state(name, state) for name, state in data["states"].items()},
        transitions={name: _transition(name, one) for name, one in data["transitions"].items()},
        forms=data.get("forms", {}),
        weekend=tuple(calendar["weekend"]) if "weekend" in calendar else None,
        holidays=tuple(calendar.get("holidays", ())),
        zone=calendar.get("zone", ""),
        migrate=Migration(data.get("migrate", {}).get("states", {})),
    )


def _role(name: str, data: Mapping[str, Any]) -> Role:
    return Role(name, data["kind"], data.get("label", name.capitalize()), data.get("group", ""))


def _state(name: str, data: Mapping[str, Any]) -> State:
    label = data.get("label", name.replace("_", " ").capitalize())
    edits = data.get("edits", "all" if data["kind"] == "open" else "none")
    announced = data.get("announced", True)
    # A label that is for staff may say what was decided.
    public_label = data.get("public_label", label if announced else _("Being decided"))
    blocks = data.get("reviews") or ({"": data["review"]} if "review" in data else {})
    return State(
        name=name,
        kind=data["kind"],
        label=label,
        public_label=public_label,
        description=data.get("description", ""),
        edits=None if edits in ("all", "flagged") else () if edits == "none" else tuple(edits),
        reviews={of: _block(of, block) for of, block in blocks.items()},
        tone=data.get("tone", "neutral"),
        flagged=edits == "flagged",
        announced=announced,
        due=_span(data.get("due")),
        remind=_reminders(data.get("remind")),
        escalate=_escalation(data.get("escalate")),
    )


def _block(name: str, data: Mapping[str, Any]) -> ReviewBlock:
    return ReviewBlock(
        by=data["by"],
        guides=_listed(data["guides"]),
        name=name,
        label=data.get("label", name.replace("_", " ").capitalize()),
        count=data.get("count", 1),
        pick=data.get("pick", "claim"),
        exclude=frozenset(data.get("exclude", ())),
        blind=data.get("blind", "none"),
        peers=data.get("peers", "after"),
        combine=data.get("combine", "all"),
        recommend=data.get("recommend", {}),
        calibrated=data.get("calibrated", 0) / 100,
        lock=_span(data.get("lock")),
        due=_span(data.get("due")),
        remind=_reminders(data.get("remind")),
        escalate=_escalation(data.get("escalate")),
        reassign=_span(data.get("reassign")),
    )


def _transition(name: str, data: Mapping[str, Any]) -> Transition:
    chosen = data.get("choose", ())
    return Transition(
        name=name,
        label=data.get("label", name.replace("_", " ").capitalize()),
        description=data.get("description", ""),
        sources=_listed(data["from"]),
        by=_listed(data.get("by", ())),
        guards=tuple(
            Guard(one["rule"], one["reason"], one.get("remedy", "")) for one in data.get("when", ())
        ),
        require=_listed(data.get("require", ())),
        confirm=data.get("confirm", ""),
        tone=data.get("tone", "secondary"),
        do=tuple(_effect(one) for one in data.get("do", ())),
        choices=tuple(Choice(one.get("when", ""), one["to"]) for one in chosen)
        or (Choice("", data["to"]),),
        auto=data.get("auto", ""),
        after=_span(data.get("after")),
        since=data.get("since", "state"),
        form=data.get("form", ""),
        undo=_span(data.get("undo")),
    )


def _effect(data: str | Mapping[str, Any]) -> Effect:
    if isinstance(data, str):
        return Effect(data, {})
    ((name, arguments),) = data.items()
    return Effect(name, arguments if isinstance(arguments, Mapping) else {"to": arguments})


def _span(text: str | None) -> Span | None:
    return span_of(text) if text else None


def _reminders(data: Mapping[str, Any] | None) -> Reminders | None:
    if data is None:
        return None
    return Reminders(
        data["letter"],
        tuple(span_of(one) for one in _listed(data.get("before", ()))),
        tuple(span_of(one) for one in _listed(data.get("after", ()))),
        _span(data.get("every")),
        data.get("at_most", 5),
    )


def _escalation(data: Mapping[str, Any] | None) -> Escalation | None:
    return Escalation(span_of(data["after"]), data["to"], data["letter"]) if data else None


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
