"""The only code that changes a submission's state.

`advance` asks in this order: may this person do it, is it the revision they saw, does the
document's guard agree. Only then does the machine fire, and the new state, its audit event and
the work that follows are written in the caller's one transaction. What happens by itself comes
through the same door: automatic transitions (`settle`), lapses, and `take_back`. The facts that
guards look at are in `facts`, what begins with a state in `entering`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from transitions import Machine

from engine.credentials import rules
from engine.credentials.credential import Edition
from engine.credentials.workflow import Transition, Workflow
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.forms.drafts import Draft
from engine.forms.schema import FormSet
from engine.languages import _
from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject, may_fire, plays, require
from engine.records.prepared import Prepared
from engine.records.tables import Submission
from engine.settings import Settings
from engine.submissions import (
    arriving,
    conflicts_of_interest,
    consents,
    drafting,
    effects,
    entering,
    history,
    steps,
    timers,
    undoing,
    vacancies,
)
from engine.submissions.drafting import subject_of
from engine.submissions.facts import Facts, broken, decides, guarded, holds
from engine.submissions.timers import Ringing

LONGEST_COMMENT = 5_000
"""Characters of the words that go with a step: they stand in the trail and in a letter."""

_log = logging.getLogger("accolade.workflow")
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


def offers(session: Session, actor: Actor, subject: SubmissionSubject, at: datetime) -> list[Offer]:
    """What this person could do from this state, in the document's order, refusals included.

    Transitions of roles that the person does not play are left out.
    """
    facts = Facts(session, actor, subject, at)
    offered = []
    for transition in subject.workflow.leaving(subject.submission.state):
        roles = [subject.workflow.roles[name] for name in transition.by]
        if any(plays(actor, role, subject.submission) for role in roles):
            refusal = (
                may_fire(actor, transition, subject)
                or conflicts_of_interest.on_firing(session, actor, subject, transition)
                or guarded(transition, facts)
            )
            offered.append(Offer(transition, refusal))
    return offered


def begin(
    session: Session, settings: Settings, edition: Edition, actor: Actor, at: datetime
) -> Submission:
    """A new submission in the workflow's first state, with its timers, or the one that is under
    way. Raises what `drafting.open_submission` raises."""
    if begun := drafting.under_way(session, actor.id, edition.credential.id):
        return begun[0]
    submission = drafting.open_submission(session, edition, actor, at)
    subject = SubmissionSubject(submission, edition)
    if entering.has_timers(subject.workflow, subject.state):
        submission.due_at = entering.due_at(subject.workflow, subject.state, at, settings)
        session.flush()
        entering.wind(session, settings, subject, at)
    return submission


def advance(
    session: Session,
    settings: Settings,
    actor: Actor,
    submission_id: str,
    transition_name: str,
    revision: int,
    at: datetime,
    comment: str = "",
    step: Draft | None = None,
    reviewer: Actor | None = None,
) -> Submission:
    """Move a submission along one transition of its workflow, or refuse and change nothing.

    `revision` is the one the person saw; another one means somebody was faster. `step` answers the
    transition's own form, if it has one (`steps`). Program staff may take it for a `reviewer`, who
    is then asked for instead of them, and is who takes it up. Writes the state, the audit event and
    the effects' rows and jobs in `session`, then whatever follows by itself; the caller commits.

    Raises `NotFound` (no such submission or transition, or none this person may see), `Refused`
    (role, state or guard, with the reason) and `Conflict` (a stale revision).
    """
    subject = subject_of(session, submission_id)
    submission = subject.submission
    transition = subject.workflow.transitions.get(transition_name)
    if transition is None or transition.by_itself:
        # Asked first, so that a stranger's guess at a name tells nothing.
        may_fire(actor, next(iter(subject.workflow.transitions.values())), subject)
        raise NotFound(
            _("Nothing called “%(name)s” can be done with this submission.", name=transition_name)
        )
    if reviewer is not None:
        require(actor, "submission.assign", subject)
    taker = reviewer or actor
    if refusal := may_fire(taker, transition, subject):
        raise Refused(refusal)
    if submission.revision != revision:
        raise Conflict(
            _(
                "This has moved on since you opened the page: %(state)s.",
                state=subject.state.public_label,
            )
        )
    asked = steps.form_of(subject.edition, transition)
    said = steps.said(asked, step or Draft()) if asked else {}
    facts = Facts(session, taker, subject, at, said)
    refusal = (
        _wrong_state(transition, subject)
        or conflicts_of_interest.on_firing(session, taker, subject, transition)
        or _unfit_comment(transition, comment)
        or (_unfit_step(asked, step or Draft()) if asked else None)
        or guarded(transition, facts)
    )
    if refusal:
        raise Refused(refusal)
    _move(session, settings, subject, transition, facts, actor, at, comment, said, reviewer)
    _settle(session, settings, subject, at)
    return submission


def settle(session: Session, settings: Settings, submission_id: str, at: datetime) -> Submission:
    """Fire the automatic transitions whose conditions hold now, one after the other.

    Call it in the transaction of anything that a condition may look at. A workflow that goes in
    circles is stopped after as many steps as it has states.
    """
    subject = subject_of(session, submission_id)
    _settle(session, settings, subject, at)
    return subject.submission


def take_back(
    session: Session, settings: Settings, actor: Actor, submission_id: str, at: datetime
) -> Submission:
    """Undo the last transition while its window is open. Raises `Refused` and `NotFound`."""
    subject = subject_of(session, submission_id)
    require(actor, "submission.see", subject)
    submission = subject.submission
    if refusal := undoing.refusal(actor, submission, at):
        raise Refused(refusal)
    facts = undoing.facts(submission)
    columns = undoing.restored(session, submission)
    _update(session, submission, columns)
    facts = {**facts, "to": columns["state"], "round": columns["round"]}
    history.record(session, submission.id, "taken-back", facts, actor, at)
    entering.wind(session, settings, subject, at)
    arriving.rewind(session, settings, subject, at)
    return submission


def _move(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    transition: Transition,
    facts: Facts,
    actor: Actor,
    at: datetime,
    comment: str = "",
    said: Mapping[str, Any] | None = None,
    reviewer: Actor | None = None,
) -> None:
    """Change the state and write everything that goes with it. All questions have been asked."""
    submission, workflow = subject.submission, subject.workflow
    source = subject.state
    target = workflow.states[fired(subject, transition, _chosen(transition, facts))]
    context = effects.Context(session, settings, actor, subject, transition, at, comment, reviewer)
    if submission.undo is not None:
        undoing.close(session, settings, subject, at)
    columns: dict[str, Any] = {
        "state": target.name,
        "state_kind": target.kind,
        "state_since": at,
        **({"undo": None} if submission.undo is not None else {}),
        **effects.columns(context),
    }
    until = None
    if transition.undo is not None:
        until = transition.undo.after(at, workflow.calendar(settings.time_zone))
        columns["undo"] = undoing.opened(context, until)
    if target.name == source.name:
        del columns["state_since"]
    elif target.due or submission.due_at:
        columns["due_at"] = entering.due_at(workflow, target, at, settings)
    _update(session, submission, columns)
    recorded = {
        "transition": transition.name,
        "from": source.name,
        "to": target.name,
        "round": columns.get("round", submission.round),
        **({"comment": comment} if comment else {}),
        **({"step": dict(said)} if said else {}),
        **({"decides": True} if decides(workflow, source.name, target.name) else {}),
        **effects.told(context),
    }
    history.record(session, submission.id, "advanced", recorded, actor, at)
    # From here on nobody else can add to the trail, and so nobody withdraws a consent: who did it
    # since the guards looked is seen now.
    if consents.hang_on(subject, transition) and (late := facts.unconsented(transition)):
        if actor is ENGINE:
            raise Conflict(late.reason)
        raise Refused(late)
    effects.follow(context, effects.INWARD)
    if target.name != source.name:
        if entering.has_timers(workflow, source):
            timers.stop(session, submission.id)
        if entering.has_timers(workflow, target):
            entering.wind(session, settings, subject, at)
    if (source.reviews or target.reviews) and (
        target.name != source.name or effects.moves_people(transition)
    ):
        arriving.on_entry(session, settings, subject, at, context.taker)
    if until is None:
        effects.follow(context, effects.OUTWARD)
    if until is not None and undoing.outward(transition):
        timers.wind(session, submission.id, "undo", transition.name, until)


def _update(session: Session, submission: Submission, columns: Mapping[str, Any]) -> None:
    """Write the columns and the next revision, unless somebody else was faster."""
    seen = {"of": submission.id, "before": submission.state, "seen": submission.revision}
    written = {**columns, "revision": submission.revision + 1}
    if _MOVE.run(session, {**written, **seen}).rowcount == 0:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))
    for name, value in written.items():
        # What was just written is known: no need to read it again.
        set_committed_value(submission, name, value)


def _settle(session: Session, settings: Settings, subject: SubmissionSubject, at: datetime) -> None:
    for _step in subject.workflow.states:
        waiting = [one for one in subject.workflow.leaving(subject.submission.state) if one.auto]
        if not waiting:
            return
        facts = Facts(session, ENGINE, subject, at)
        for transition in waiting:
            if _due_by_itself(transition, facts):
                _move(session, settings, subject, transition, facts, ENGINE, at)
                break
        else:
            return


def _due_by_itself(transition: Transition, facts: Facts) -> bool:
    """Whether an automatic transition's condition and guards hold; a broken one does not."""
    try:
        return holds(transition.auto, facts) and guarded(transition, facts) is None
    except rules.BadRule:
        _log.warning("the condition of %s cannot be worked out", transition.name, exc_info=True)
        return False


def _lapse(ringing: Ringing) -> None:
    """A transition's time has come: it happens by itself, unless a guard is in its way.

    Then it is tried again a day later, for as long as the submission stays where it is.
    """
    session = ringing.session
    subject = subject_of(session, ringing.submission_id)
    transition = subject.workflow.transitions.get(ringing.name)
    if transition is None or subject.submission.state not in transition.sources:
        return
    facts = Facts(session, ENGINE, subject, ringing.at)
    if guarded(transition, facts) is None:
        _move(session, ringing.settings, subject, transition, facts, ENGINE, ringing.at)
        _settle(session, ringing.settings, subject, ringing.at)
    else:
        later = ringing.at + timedelta(days=1)
        timers.wind(session, ringing.submission_id, "lapse", ringing.name, later)


timers.register("lapse", _lapse)
vacancies.settle_with(settle)


class _Position:
    """The machine's model: a state and nothing else, so that firing writes no row."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _chosen(transition: Transition, facts: Facts) -> str:
    """Where a transition leads: the first target whose rule holds; the last has none.

    Raises `Refused` when a rule cannot be worked out: to guess would be to decide.
    """
    for choice in transition.choices:
        try:
            if not choice.rule or holds(choice.rule, facts):
                return choice.target
        except rules.BadRule as bad:
            words = _("It can't be worked out where this leads.")
            raise Refused(broken(words, bad)) from bad
    return transition.target


def fired(subject: SubmissionSubject, transition: Transition, target: str) -> str:
    """The state to which the machine goes. It writes nothing; everything was asked before."""
    position = _Position(subject.submission.state)
    machine = machine_of(subject.edition.digest, subject.workflow)
    machine.events[_event(transition, target)].trigger(position)
    return position.state


def _event(transition: Transition, target: str) -> str:
    """The name of the machine's event; a transition that chooses has one for each target."""
    return f"{transition.name} to {target}" if len(transition.targets) > 1 else transition.name


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
            for target in one.targets:
                machine.add_transition(_event(one, target), list(one.sources), target)
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


def _unfit_step(form: FormSet, step: Draft) -> Refusal | None:
    found = steps.problems(form, step)
    if not found:
        return None
    words = tuple(problem.message for problem in found)
    return Refusal(_("Some answers are missing or need another look."), code="step", details=words)
