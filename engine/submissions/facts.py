"""What guards and conditions of a workflow may look at, and whether they hold.

Each fact is worked out when an expression first names it, and once: most guards ask for one. The
shapes that documents are checked against are `GUARD_NAMES` of `workflow_faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials import rules
from engine.credentials.expressions import Name, Node, Select, children
from engine.credentials.flows import merged
from engine.credentials.workflow import Guard, Transition, Workflow
from engine.credentials.workflow_faults import GUARD_NAMES
from engine.errors import Refusal
from engine.forms import answers as forms_answers
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Review
from engine.submissions import comments, consents, drafting, history, scoring, standing, statements


@dataclass(frozen=True)
class Assumptions:
    """What a rehearsal pretends: facts laid over the true ones, and verdicts on whole rules."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    verdict: Callable[[str], bool | None] = lambda _rule: None
    """Of a rule; None: it is worked out."""


_assumed: ContextVar[Assumptions | None] = ContextVar("assumed", default=None)


@contextmanager
def assuming(assumptions: Assumptions) -> Iterator[None]:
    """Within, conditions are told what is assumed. For `rehearsing` and `simulating` alone."""
    token = _assumed.set(assumptions)
    try:
        yield
    finally:
        _assumed.reset(token)


class Facts(Mapping[str, Any]):
    """The values of the names that an expression may use, for one actor at one moment."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        subject: SubmissionSubject,
        at: datetime,
        step: Mapping[str, Any] | None = None,
    ) -> None:
        self._known: dict[str, Any] = {}
        self._looks_back = False
        self._session, self._actor, self._subject, self._at = session, actor, subject, at
        self._ways: dict[str, Callable[[], Any]] = {
            "prerequisites": self._prerequisites,
            "answers": lambda: {"problems": len(standing.overview(session, subject, at).problems)},
            "form": self._form,
            "scores": lambda: scoring.scores_facts(session, subject),
            "reviews": lambda: scoring.reviews_facts(session, subject),
            "notes": lambda: comments.facts(session, subject),
            "submission": self._submission,
            "candidate": self._candidate,
            "actor": self._doer,
            "step": lambda: dict(step or {}),
            "today": lambda: at.date().isoformat(),
        }

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            value = self._ways[name]()
            if (assumed := _assumed.get()) is not None and name in assumed.facts:
                said = assumed.facts[name]
                both = isinstance(value, Mapping) and isinstance(said, Mapping)
                value = merged(value, said) if both else said
            self._known[name] = value
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ways)

    def __len__(self) -> int:
        return len(self._ways)

    def look_back(self) -> None:
        """The next expression asks for the submission's history."""
        if not self._looks_back:
            self._looks_back = True
            self._known.pop("submission", None)

    def unconsented(self, transition: Transition) -> Refusal | None:
        """Why a transition waits for other people's consents or words; a rehearsal asks nobody."""
        if _assumed.get() is not None:
            return None
        asked = (self._session, self._subject, transition, self._at)
        return consents.refusal(*asked) or statements.refusal(*asked)

    def _prerequisites(self) -> dict[str, Any]:
        stands = standing.prerequisites_of(self._session, self._subject, self._at)
        titles = self._subject.edition.titles
        return {
            "met": stands.met,
            "missing": [titles.get(one, one) for one in stands.missing],
            "held": len(stands.held),
            "needed": stands.needed,
        }

    def _form(self) -> dict[str, Any]:
        draft = drafting.draft_of(self._session, self._subject.submission.id)
        said = forms_answers.prune(form_set_of(self._subject.edition), draft)
        return {form: said.get(form, {}) for form in self._subject.edition.credential.forms}

    def _submission(self) -> dict[str, Any]:
        row = self._subject.submission
        return {
            "state": row.state,
            "round": row.round,
            "attempts": row.round,
            "revision": row.revision,
            "days_here": (self._at - row.state_since).days,
            "overdue": row.due_at is not None and row.due_at < self._at,
            **(self._history() if self._looks_back else {}),
        }

    def _history(self) -> dict[str, Any]:
        """How often it came to each state, and took each transition."""
        subject = self._subject
        visits = dict.fromkeys(subject.workflow.states, 0)
        fired = dict.fromkeys(subject.workflow.transitions, 0)
        for event in history.events(self._session, subject.submission.id, "opened", "advanced"):
            came_to = event.facts.get("to", event.facts.get("state"))
            if came_to in visits and event.facts.get("from") != came_to:
                visits[came_to] += 1
            if event.facts.get("transition") in fired:
                fired[event.facts["transition"]] += 1
        return {"visits": visits, "fired": fired}

    def _candidate(self) -> dict[str, Any]:
        row = self._subject.submission
        others = drafting.under_way(self._session, row.candidate_id, row.credential_id)
        return {"others_under_way": sum(other.id != row.id for other in others)}

    def _doer(self) -> dict[str, Any]:
        actor, subject, session = self._actor, self._subject, self._session
        reviewed = select(Review.id).where(
            Review.submission_id == subject.submission.id, Review.reviewer_id == actor.id
        )
        return {
            "roles": sorted(actor.roles),
            "groups": sorted(actor.groups),
            "reviewed": session.scalar(reviewed.limit(1)) is not None,
            "decided": actor.id in history.deciders(session, subject.submission.id),
        }


def decides(workflow: Workflow, source: str, target: str) -> bool:
    """Whether going from one state to the other is a decision: it leaves a state where one is
    due, and not merely for another reviewer; one that is not announced yet is one as well."""
    before, after = workflow.states[source], workflow.states[target]
    if before.kind != "decide":
        return False
    return after.kind not in ("decide", "review") or (before.announced and not after.announced)


def holds(rule: str, facts: Facts) -> bool:
    """Whether an expression holds; one that names a missing answer does not.

    Raises `rules.BadRule`, in words for staff, for one that cannot be worked out.
    """
    assumed = _assumed.get()
    if assumed is not None and (verdict := assumed.verdict(rule)) is not None:
        return verdict
    if _looks_back(rule):
        facts.look_back()
    return bool(compiled(rule).holds(facts))


def guarded(transition: Transition, facts: Facts) -> Refusal | None:
    """The first guard of a transition that does not hold, or the consents that it waits for."""
    for guard in transition.guards:
        try:
            held = holds(guard.rule, facts)
        except rules.BadRule as bad:
            return broken(guard.reason, bad)
        if not held:
            return Refusal(guard.reason, guard.remedy, "guard", _details(guard, facts))
    return facts.unconsented(transition)


def broken(reason: str, fault: rules.BadRule) -> Refusal:
    """What a person is told when a document's rule cannot be worked out."""
    return Refusal(reason, _("Please tell program staff: %(fault)s", fault=fault), "guard-broken")


@lru_cache(maxsize=4096)
def compiled(rule: str) -> rules.Expression:
    """A guard's expression, compiled once."""
    return rules.compile(rule, GUARD_NAMES)


@lru_cache(maxsize=4096)
def _looks_back(rule: str) -> bool:
    """Whether a rule asks for the submission's history, which costs a look at its events."""

    def within(node: Node) -> bool:
        if isinstance(node, Select) and node.of == Name("submission"):
            return node.field in ("visits", "fired")
        return any(map(within, children(node)))

    return within(compiled(rule).tree)


def _details(guard: Guard, facts: Facts) -> tuple[str, ...]:
    if "prerequisites" in rules.free_names(compiled(guard.rule).tree):
        return tuple(facts["prerequisites"]["missing"])
    return ()
