"""The only code that changes a submission's state.

`advance` asks in this order: may this person do it, is it the revision they saw, does the
document's guard agree. Only then does the machine fire, and the new state, its audit event and
the work that follows are written in the caller's one transaction. The guards' facts are worked
out only when a guard names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from transitions import Machine

from engine.awards import issuing
from engine.credentials import pathways, rules
from engine.credentials.pathways import Standing
from engine.credentials.workflow import Guard, Transition, Workflow
from engine.credentials.workflow_faults import GUARD_NAMES
from engine.errors import Conflict, NotFound, Problem, Refusal, Refused
from engine.forms import answers as forms_answers
from engine.forms.answers import Draft, Progress
from engine.forms.schema import Page, form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, may_fire, plays
from engine.records import audit
from engine.records.prepared import Prepared
from engine.records.tables import Submission
from engine.settings import Settings
from engine.submissions import comments, drafting, effects, reused, reviewing
from engine.submissions.drafting import subject_of

LONGEST_COMMENT = 5_000
"""Characters of the words that go with a step: they stand in the trail and in a letter."""

_ROWS = Submission.__table__
_MOVE = Prepared(
    update(_ROWS).where(  # type: ignore[arg-type]
        _ROWS.c.id == bindparam("of"),
        _ROWS.c.state == bindparam("before"),
        _ROWS.c.revision == bindparam("seen"),
    )
)


class Offer(NamedTuple):
    """A transition that this person's role has here, and why not now when it is refused."""

    transition: Transition
    refusal: Refusal | None


class PageStanding(NamedTuple):
    """Where one page of the forms stands; `notes` counts the reviewer's notes on it."""

    page: Page
    progress: Progress
    notes: int


class Overview(NamedTuple):
    """Everything a task list says of a submission."""

    pages: list[PageStanding]
    problems: list[Problem]
    draft: Draft

    @property
    def complete(self) -> bool:
        return not self.problems


def overview(session: Session, subject: SubmissionSubject) -> Overview:
    """The draft, its problems and how far each page has come."""
    form_set = form_set_of(subject.edition)
    draft = drafting.draft_of(session, subject.submission.id)
    problems = forms_answers.validate(
        form_set,
        draft,
        drafting.evidence_of(session, subject.submission.id),
        offers=reused.offers_for(session, subject),
    )
    noted = [note.pointer for note in comments.for_candidate(session, subject)]
    pages = [
        PageStanding(
            page,
            forms_answers.page_progress(page, draft, problems),
            sum(1 for pointer in noted if page.covers(pointer)),
        )
        for page in form_set.pages
    ]
    return Overview(pages, problems, draft)


def prerequisites_of(session: Session, subject: SubmissionSubject, at: datetime) -> Standing:
    """Which prerequisites the candidate holds at `at`."""
    held = issuing.held(session, subject.submission.candidate_id, at)
    return pathways.standing(subject.edition.credential.prerequisites, held)


def offers(session: Session, actor: Actor, subject: SubmissionSubject, at: datetime) -> list[Offer]:
    """What this person could do from this state, in the document's order, refusals included.

    Transitions of roles that the person does not play are left out.
    """
    facts = _Facts(session, actor, subject, at)
    offered = []
    for transition in subject.workflow.leaving(subject.submission.state):
        roles = [subject.workflow.roles[name] for name in transition.by]
        if any(plays(actor, role, subject.submission) for role in roles):
            refusal = may_fire(actor, transition, subject) or _guarded(transition, facts)
            offered.append(Offer(transition, refusal))
    return offered


def advance(
    session: Session,
    settings: Settings,
    actor: Actor,
    submission_id: str,
    transition_name: str,
    revision: int,
    at: datetime,
    comment: str = "",
) -> Submission:
    """Move a submission along one transition of its workflow, or refuse and change nothing.

    `revision` is the one the person saw; another one means somebody was faster. Writes the state,
    the audit event and the effects' rows and jobs in `session`; the caller commits.

    Raises `NotFound` (no such submission or transition, or none this person may see), `Refused`
    (role, state or guard, with the reason) and `Conflict` (a stale revision).
    """
    subject = subject_of(session, submission_id)
    submission = subject.submission
    transition = subject.workflow.transitions.get(transition_name)
    if transition is None:
        # Asked first, so that a stranger's guess at a name tells nothing.
        may_fire(actor, next(iter(subject.workflow.transitions.values())), subject)
        raise NotFound(
            _("Nothing called “%(name)s” can be done with this submission.", name=transition_name)
        )
    if refusal := may_fire(actor, transition, subject):
        raise Refused(refusal)
    if submission.revision != revision:
        raise Conflict(
            _(
                "This has moved on since you opened the page: %(state)s.",
                state=subject.state.public_label,
            )
        )
    refusal = (
        _wrong_state(transition, subject)
        or _unfit_comment(transition, comment)
        or _guarded(transition, _Facts(session, actor, subject, at))
    )
    if refusal:
        raise Refused(refusal)

    target = subject.workflow.states[_fire(subject, transition)]
    before = submission.state
    context = effects.Context(session, settings, actor, subject, transition, at, comment)
    columns = {
        "state": target.name,
        "state_kind": target.kind,
        "state_since": at,
        "revision": revision + 1,
        **effects.columns(context),
    }
    seen = {"of": submission.id, "before": before, "seen": revision}
    if _MOVE.run(session, {**columns, **seen}).rowcount == 0:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))
    for name, value in columns.items():
        # What was just written is known: no need to read it again.
        set_committed_value(submission, name, value)
    facts = {
        "transition": transition.name,
        "from": before,
        "to": target.name,
        "round": columns.get("round", submission.round),
        **({"comment": comment} if comment else {}),
    }
    audit.record(session, f"submission:{submission.id}", "advanced", facts, actor, at)
    effects.follow(context)
    return submission


class _Position:
    """The machine's model: a state and nothing else, so that firing writes no row."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _fire(subject: SubmissionSubject, transition: Transition) -> str:
    position = _Position(subject.submission.state)
    machine_of(subject.edition.digest, subject.workflow).events[transition.name].trigger(position)
    return position.state


_machines: dict[str, Machine] = {}


def machine_of(digest: str, workflow: Workflow) -> Machine:
    """The workflow's state machine, compiled once per edition. It holds no model, and no
    string of the document becomes a condition or a callback."""
    if (machine := _machines.get(digest)) is None:
        machine = Machine(
            model=None,
            states=list(workflow.states),
            initial=workflow.initial,
            auto_transitions=False,
        )
        for one in workflow.transitions.values():
            machine.add_transition(one.name, list(one.sources), one.target)
        _machines[digest] = machine
    return machine


def _wrong_state(transition: Transition, subject: SubmissionSubject) -> Refusal | None:
    if subject.submission.state in transition.sources:
        return None
    return Refusal(
        _(
            "“%(label)s” is not possible now: %(state)s.",
            label=transition.label,
            state=subject.state.public_label,
        ),
        code="state",
    )


def _unfit_comment(transition: Transition, comment: str) -> Refusal | None:
    if len(comment) > LONGEST_COMMENT:
        return Refusal(
            _("This has room for %(count)s characters.", count=f"{LONGEST_COMMENT:,}"),
            _("You wrote %(count)s. Shorten it and try again.", count=f"{len(comment):,}"),
            "comment",
        )
    if "comment" not in transition.require or comment.strip():
        return None
    return Refusal(
        _("This needs a few words of explanation."), _("Write them and try again."), "comment"
    )


class _Facts(Mapping[str, Any]):
    """What guards may name, each worked out when it is first asked for."""

    def __init__(
        self, session: Session, actor: Actor, subject: SubmissionSubject, at: datetime
    ) -> None:
        self._known: dict[str, Any] = {}
        self._session, self._actor, self._subject, self._at = session, actor, subject, at
        self._ways: dict[str, Callable[[], Any]] = {
            "prerequisites": self._prerequisites,
            "answers": lambda: {"problems": len(overview(session, subject).problems)},
            "form": self._form,
            "scores": lambda: reviewing.tally(session, subject)._asdict(),
            "submission": self._submission,
            "candidate": self._candidate,
            "actor": lambda: {"roles": sorted(actor.roles)},
        }

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._ways[name]()
        return self._known[name]

    def __iter__(self) -> Any:
        return iter(self._ways)

    def __len__(self) -> int:
        return len(self._ways)

    def _prerequisites(self) -> dict[str, Any]:
        standing = prerequisites_of(self._session, self._subject, self._at)
        titles = self._subject.edition.titles
        return {
            "met": standing.met,
            "missing": [titles.get(one, one) for one in standing.missing],
            "held": len(standing.held),
            "needed": standing.needed,
        }

    def _form(self) -> dict[str, Any]:
        draft = drafting.draft_of(self._session, self._subject.submission.id)
        said = forms_answers.prune(form_set_of(self._subject.edition), draft)
        return {form: said.get(form, {}) for form in self._subject.edition.credential.forms}

    def _submission(self) -> dict[str, Any]:
        row = self._subject.submission
        return {"state": row.state, "round": row.round, "revision": row.revision}

    def _candidate(self) -> dict[str, Any]:
        row = self._subject.submission
        others = drafting.under_way(self._session, row.candidate_id, row.credential_id)
        return {"others_under_way": sum(other.id != row.id for other in others)}


def _guarded(transition: Transition, facts: _Facts) -> Refusal | None:
    """The first guard that does not hold. One that names a missing answer does not hold."""
    for guard in transition.guards:
        expression = compiled(guard.rule)
        try:
            held = expression.holds(facts)
        except rules.BadRule as bad:
            return Refusal(
                guard.reason, _("Please tell program staff: %(fault)s", fault=bad), "guard-broken"
            )
        if not held:
            return Refusal(guard.reason, guard.remedy, "guard", _details(guard, facts))
    return None


@lru_cache(maxsize=4096)
def compiled(rule: str) -> rules.Expression:
    """A guard's expression, compiled once."""
    return rules.compile(rule, GUARD_NAMES)


def _details(guard: Guard, facts: _Facts) -> tuple[str, ...]:
    if "prerequisites" in rules.free_names(compiled(guard.rule).tree):
        return tuple(facts["prerequisites"]["missing"])
    return ()
