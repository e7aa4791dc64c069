"""May this person do this now? One function answers, with a reason when the answer is no.

Pages, the command line and jobs all ask here. Hidden things raise `NotFound` rather than a
refusal, so that nobody learns that a submission exists which they may not see.

What may be asked, by purpose:

- `submission.see`, that it exists and where it stands: the owner, staff, and reviewers once it was
  submitted. `submission.read`, its answers and files: the owner, staff, and the assigned reviewer.
- `submission.edit`: the owner, where the state allows it. `submission.score` and
  `submission.comment`: the assigned reviewer, where the state asks for scores.
- `draft.see`: the owner alone; an unfinished draft is nobody else's business.
- `queue.see`: reviewers and staff.
- `staff.see`, `people.manage`, `recognition.record`, `award.revoke`, `catalogue.publish`: staff.
  Only an admin may give or take the roles of staff and admin (`people.manage-staff`).
- `award.see`: the holder and staff; everybody else has the verification page.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from engine.credentials.credential import Edition
from engine.credentials.workflow import Role, State, Transition, Workflow
from engine.errors import NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.records.tables import Award, Submission

Action = Literal[
    "submission.see",
    "submission.read",
    "draft.see",
    "submission.edit",
    "submission.score",
    "submission.comment",
    "queue.see",
    "staff.see",
    "people.manage",
    "people.manage-staff",
    "recognition.record",
    "award.revoke",
    "award.see",
    "catalogue.publish",
]


class SubmissionSubject(NamedTuple):
    """A submission with the edition it was started with."""

    submission: Submission
    edition: Edition

    @property
    def workflow(self) -> Workflow:
        workflow = self.edition.workflow
        assert workflow is not None, "only credentials with a workflow have submissions"
        return workflow

    @property
    def state(self) -> State:
        return self.workflow.states[self.submission.state]


Subject = SubmissionSubject | Award | None

_STAFF_ROLES = frozenset({"staff", "admin"})


def may(actor: Actor, action: Action, subject: Subject = None, form: str = "") -> Refusal | None:
    """None when `actor` may do `action` to `subject` now, otherwise why not.

    `form` narrows `submission.edit` to one form. Raises `NotFound` when the actor may not even
    know of the subject.
    """
    if not actor.id:
        if subject is not None:
            raise NotFound(
                _("There is nothing here that you may see. If it is yours, sign in first.")
            )
        return Refusal(_("You are not signed in."), _("Sign in and try again."), "sign-in")
    if isinstance(subject, SubmissionSubject):
        return _may_with_submission(actor, action, subject, form)
    if isinstance(subject, Award) and action == "award.see":
        if actor.id == subject.recipient_id or actor.roles & _STAFF_ROLES:
            return None
        raise NotFound(_("There is no such award among yours."))
    if action == "queue.see":
        return _needs(actor, _STAFF_ROLES | {"reviewer"}, _("This page is for reviewers."))
    if action == "people.manage-staff":
        return _needs(actor, frozenset({"admin"}), _("This page is for administrators."))
    return _needs(actor, _STAFF_ROLES, _("This page is for program staff."))


def require(actor: Actor, action: Action, subject: Subject = None, form: str = "") -> None:
    """Raises `Refused` unless `may` allows it."""
    if refusal := may(actor, action, subject, form):
        raise Refused(refusal)


def may_fire(actor: Actor, transition: Transition, subject: SubmissionSubject) -> Refusal | None:
    """None when `actor` holds one of the transition's roles here and now, otherwise why not.

    In a state with a review block, the reviewers' transitions belong to the assigned reviewer.
    """
    require(actor, "submission.see", subject)
    refusal: Refusal | None = None
    for name in transition.by:
        refusal = _in_role(actor, subject.workflow.roles[name], subject)
        if refusal is None:
            return None
    return refusal or Refusal(_("Nobody may do this."))


def plays(actor: Actor, role: Role, submission: Submission) -> bool:
    """Whether `actor` holds the workflow's role for this submission, assignment aside."""
    if role.kind == "owner":
        return actor.id == submission.candidate_id
    if role.group and role.group not in actor.groups:
        return False
    if role.kind == "reviewer":
        return "reviewer" in actor.roles and actor.id != submission.candidate_id
    return bool(actor.roles & _STAFF_ROLES)


def _in_role(actor: Actor, role: Role, subject: SubmissionSubject) -> Refusal | None:
    submission, review = subject.submission, subject.state.review
    if not plays(actor, role, submission):
        if role.kind == "reviewer" and actor.id == submission.candidate_id:
            return Refusal(
                _("This is your own work."),
                _("Somebody else decides on it."),
                "conflict-of-interest",
            )
        return Refusal(_("This is for the %(role)s to do.", role=role.label), code="role")
    if role.kind == "reviewer" and review is not None and submission.reviewer_id != actor.id:
        return Refusal(_("Another reviewer has this submission."), code="not-assigned")
    return None


def _may_with_submission(
    actor: Actor, action: Action, subject: SubmissionSubject, form: str
) -> Refusal | None:
    submission, state = subject.submission, subject.state
    owner = actor.id == submission.candidate_id
    staff = bool(actor.roles & _STAFF_ROLES)
    reviewer = "reviewer" in actor.roles and submission.round > 0
    if not (owner or staff or reviewer) or (action == "draft.see" and not owner):
        raise NotFound(_("There is no such submission among those you may see."))
    if action in ("submission.see", "draft.see"):
        return None
    if action == "submission.read":
        if owner or staff or submission.reviewer_id == actor.id:
            return None
        return Refusal(
            _("The answers are for whoever reviews them."),
            _("Claim it from the queue first."),
            "not-assigned",
        )
    if action == "submission.edit":
        return _may_edit(owner, state, form)
    if action in ("submission.score", "submission.comment"):
        if state.review is None:
            return Refusal(
                _("This submission is not being reviewed now."),
                _("Claim it from the queue first.") if state.kind == "review" else "",
                "not-in-review",
            )
        return _in_role(actor, subject.workflow.roles[state.review.by], subject)
    return _needs(actor, _STAFF_ROLES, _("This page is for program staff."))


def _may_edit(owner: bool, state: State, form: str) -> Refusal | None:
    if not owner:
        return Refusal(_("Only the person whose work this is may change it."), code="role")
    if state.edits is None or (form in state.edits if form else state.edits):
        return None
    return Refusal(
        _("Your answers can't be changed now: %(state)s.", state=state.public_label),
        _("They stay here for you to read."),
        "state",
    )


def _needs(actor: Actor, roles: frozenset[str], reason: str) -> Refusal | None:
    if actor.roles & roles:
        return None
    return Refusal(reason, _("Ask them if you need something from it."), "role")
