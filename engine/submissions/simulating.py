"""Every way through a workflow, walked with people made up for it: who could do what, and where.

Conditions are taken to hold, one way after the other, so that what is found wrong is wrong
whatever the answers and the scores: a state that nothing leads out of, a step that nobody can
take, a state that is never reached. Each way is walked anew from the first state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.credentials.credential import Edition
from engine.credentials.flows import Person
from engine.credentials.workflow import Transition, Workflow
from engine.errors import AccoladeError
from engine.forms.dialects import Modern
from engine.forms.drafts import Draft
from engine.forms.samples import Sampler
from engine.records.jobs import JobContext
from engine.submissions import progress, steps
from engine.submissions.facts import Assumptions, assuming
from engine.submissions.rehearsing import Rehearsal, rehearsal, retire

ENDS = ("outcome", "closed")
LONGEST = 200
"""States that are looked at; a workflow has far fewer."""
TRIES = 200
"""Answers that are tried in a transition's own form."""


class Step(NamedTuple):
    """One transition on a way, and where it is to lead."""

    transition: str
    target: str


class Could(NamedTuple):
    """What somebody could do in a state, and on which conditions."""

    who: str
    role: str
    transition: str
    label: str
    targets: tuple[str, ...]
    conditions: tuple[str, ...]
    """The reasons that are given while they are not met."""


class Stop(NamedTuple):
    """A state, as it was reached."""

    state: str
    label: str
    kind: str
    way: tuple[Step, ...]
    people: tuple[Could, ...]
    by_itself: tuple[str, ...]
    """What happens without anybody, in words of the document: `wither after P30D`."""
    blocked: tuple[tuple[str, str], ...]
    """Transitions that nobody of the cast can take though the conditions hold, and why."""

    @property
    def is_dead_end(self) -> bool:
        return self.kind not in ENDS and not self.people and not self.by_itself


class Walk(NamedTuple):
    """All that was found."""

    stops: tuple[Stop, ...]
    unreached: tuple[str, ...]

    @property
    def dead_ends(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if stop.is_dead_end)


def cast_of(workflow: Workflow) -> list[Person]:
    """One person for each role, and as many reviewers as any state wants, and one more."""
    wanted = [
        (block.by, block.count)
        for one in workflow.states.values()
        for block in one.reviews.values()
    ]
    people = []
    for name, role in workflow.roles.items():
        most = max((count for by, count in wanted if by == name), default=0)
        number = most + 1 if role.kind == "reviewer" else 1
        people += [
            Person(f"{name}{count + 1}" if number > 1 else name, (name,)) for count in range(number)
        ]
    return people


def walk(context: JobContext, edition: Edition) -> Walk:
    """Walk every way, the shortest first; each state is described as it is first reached."""
    workflow = edition.workflow
    assert workflow is not None
    found: dict[str, Stop] = {}
    waiting: deque[tuple[Step, ...]] = deque([()])
    expected = {workflow.initial}
    while waiting and len(found) < LONGEST:
        way = waiting.popleft()
        played = rehearsal(context, edition, cast_of(workflow))
        try:
            for step in way:
                _go(played, workflow.transitions[step.transition], step.target)
            stop = _looked_at(played, way)
            if stop.state in found:
                continue
            found[stop.state] = stop
            for transition in workflow.leaving(stop.state):
                for target in transition.targets:
                    if target not in expected and not _is_blocked(stop, transition):
                        expected.add(target)
                        waiting.append((*way, Step(transition.name, target)))
        finally:
            retire(context, played.cast)
    unreached = tuple(name for name in workflow.states if name not in found)
    return Walk(tuple(found.values()), unreached)


def _is_blocked(stop: Stop, transition: Transition) -> bool:
    return any(name == transition.name for name, _ in stop.blocked)


def _verdicts(workflow: Workflow, transition: Transition | None, target: str) -> Assumptions:
    """Guards hold; of the choices, the one that leads to `target`; nothing else by itself."""
    autos = {one.auto for one in workflow.transitions.values() if one.auto}
    said: dict[str, bool] = {}
    if transition is not None:
        said |= {one.rule: one.target == target for one in transition.choices if one.rule}
        if transition.auto:
            said[transition.auto] = True

    def verdict(rule: str) -> bool:
        return said.get(rule, rule not in autos)

    return Assumptions({}, verdict)


def _go(played: Rehearsal, transition: Transition, target: str) -> None:
    """Take one step, by whoever can. Raises the last refusal when nobody can."""
    with assuming(_verdicts(played.workflow, transition, target)):
        if transition.after is not None:
            due = played.workflow.states[played.state()].due
            if transition.since == "due" and due is not None:
                played.passes(due.text)
            played.passes(transition.after.text)
            return
        if transition.auto:
            with played.context.database.transaction() as session:
                progress.settle(session, played.context.settings, played.id, played.at)
            return
        refusal = _take(played, transition)
        if refusal is not None:
            raise refusal


def _take(played: Rehearsal, transition: Transition) -> AccoladeError | None:
    refusal: AccoladeError | None = None
    for who in _able(played, transition):
        try:
            _take_up(played, who)
            words = "Because." if transition.require else ""
            played.does(who, transition.name, words, _filled(played, transition))
        except AccoladeError as error:
            refusal = error
        else:
            return None
    return refusal


def _filled(played: Rehearsal, transition: Transition) -> Any:
    """Answers to a transition's own form that have no problems, if they are found by trying."""
    form = steps.form_of(played.edition, transition)
    if form is None:
        return None
    schema = played.workflow.forms[transition.form]
    tried = Sampler(Modern.of(schema)).samples(schema, TRIES)
    fits = (one for one in tried if not steps.problems(form, Draft({steps.STEP: one})))
    return next(fits, {})


def _take_up(played: Rehearsal, who: str) -> None:
    """Take a place as reviewer, where there is one for this person."""
    for name, block in played.workflow.states[played.state()].reviews.items():
        if block.by in _roles(played)[who] and who not in played.reviewers():
            try:
                played.claims(who, name)
            except AccoladeError:
                continue


def _roles(played: Rehearsal) -> Mapping[str, tuple[str, ...]]:
    return {one.name: one.plays for one in cast_of(played.workflow)}


def _able(played: Rehearsal, transition: Transition) -> list[str]:
    """Everybody who plays one of the transition's roles, those who review first."""
    asked = played.reviewers()
    able = [who for who, roles in _roles(played).items() if set(roles) & set(transition.by)]
    return sorted(able, key=lambda who: who not in asked)


def _looked_at(played: Rehearsal, way: tuple[Step, ...]) -> Stop:
    workflow, state = played.workflow, played.workflow.states[played.state()]
    could, blocked, by_itself = [], [], []
    offered = {}
    with assuming(_verdicts(workflow, None, "")):
        for who in {one for t in workflow.leaving(state.name) for one in _able(played, t)}:
            _take_up(played, who)
        for who in played.cast:
            offered[who] = played.offered(who)
    for transition in workflow.leaving(state.name):
        if transition.after is not None:
            by_itself.append(f"{transition.name} after {transition.after.text}")
            continue
        if transition.auto:
            by_itself.append(f"{transition.name} when {transition.auto}")
            continue
        able = [who for who in _able(played, transition) if not offered[who].get(transition.name)]
        if not able:
            reasons = [offered[who].get(transition.name, "") for who in offered]
            blocked.append(
                (transition.name, next((one for one in reasons if one), "nobody is there"))
            )
        could += [
            Could(
                who,
                next(role for role in _roles(played)[who] if role in transition.by),
                transition.name,
                transition.label,
                transition.targets,
                tuple(guard.reason for guard in transition.guards),
            )
            for who in able[:1]
        ]
    return Stop(
        state.name, state.label, state.kind, way, tuple(could), tuple(by_itself), tuple(blocked)
    )
