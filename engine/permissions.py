"""May this person do this now? One function answers, with a reason when the answer is no.

Pages, the command line and jobs all ask here. Hidden things raise `NotFound` rather than a
refusal, so that nobody learns that a submission exists which they may not see.

What may be asked, by purpose:

- `submission.see`, that it exists and where it stands: the owner, staff, and reviewers once it was
  submitted. `submission.read`, its answers and files: the owner, staff, the assigned reviewers,
  and reviewers who decide without reviewing, such as an editor. What a document keeps in
  confidence, its owner alone; reviewers don't even see that it exists.
- `submission.edit`: the owner, where the state allows it; of a form, or of the answer at a pointer.
  `submission.reply`, to a reviewer's note: the owner, while the work is with them.
- `submission.score` and `submission.comment`: the assigned reviewers, where the state asks for
  scores. `submission.assign`, who they are: staff. Conflicts of interest are the business of
  `submissions.conflicts_of_interest`, which can look at more than one row.
- `draft.see`: the owner alone; an unfinished draft is nobody else's business.
- `queue.see`: reviewers and staff.
- `staff.see`, `people.manage`, `recognition.record`, `award.revoke`, `award.suspend` (and lifting
  that), `award.correct` (issuing awards anew in another name), `award.list` (awarding a list of
  people, and taking out many certificates at once), `catalogue.publish`: staff.
  `recognition.present`, a badge for an account: whoever it is, for themselves; staff for anybody.
  Only an admin may give or take the roles of staff and admin (`people.manage-staff`).
- `award.see`: the holder and staff; everybody else has the verification page.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy.orm import object_session

from engine.credentials.credential import Edition
from engine.credentials.workflow import Role, State, Transition, Workflow
from engine.errors import NotFound, Refusal, Refused
from engine.forms.openings import Openings
from engine.forms.pointers import escape
from engine.languages import _
from engine.people import Actor
from engine.records.tables import Account, Award, Submission

Action = Literal[
    "submission.see",
    "submission.read",
    "draft.see",
    "submission.edit",
    "submission.score",
    "submission.comment",
    "submission.reply",
    "submission.assign",
    "queue.see",
    "staff.see",
    "people.manage",
    "people.manage-staff",
    "recognition.record",
    "recognition.present",
    "award.revoke",
    "award.suspend",
    "award.correct",
    "award.see",
    "award.list",
    "catalogue.publish",
]


class SubmissionSubject(NamedTuple):
    """A submission with the edition it was started with."""

    submission: Submission
    edition: Edition
    openings: Openings | None = None
    """What the owner may change where the state closes most of it (`State.flagged`)."""

    @property
    def workflow(self) -> Workflow:
        workflow = self.edition.workflow
        assert workflow is not None, "only credentials with a workflow have submissions"
        return workflow

    @property
    def state(self) -> State:
        return self.workflow.states[self.submission.state]


Subject = SubmissionSubject | Award | Account | None

_STAFF_ROLES = frozenset({"staff", "admin"})


def may(
    actor: Actor, action: Action, subject: Subject = None, form: str = "", pointer: str = ""
) -> Refusal | None:
    """None when `actor` may do `action` to `subject` now, otherwise why not.

    `form` narrows `submission.edit` to one form, `pointer` to one answer or group in it. Raises
    `NotFound` when the actor may not even know of the subject.
    """
    if not actor.id:
        if subject is not None:
            raise NotFound(
                _("There is nothing here that you may see. If it is yours, sign in first.")
            )
        return Refusal(_("You are not signed in."), _("Sign in and try again."), "sign-in")
    if isinstance(subject, SubmissionSubject):
        return _may_with_submission(actor, action, subject, form, pointer)
    if isinstance(subject, Award) and action == "award.see":
        if actor.id == subject.recipient_id or actor.roles & _STAFF_ROLES:
            return None
        raise NotFound(_("There is no such award among yours."))
    if isinstance(subject, Account) and action == "recognition.present":
        if actor.id == subject.id:
            return None
        return _needs(actor, _STAFF_ROLES, _("A badge of somebody else’s is theirs to show."))
    if action == "queue.see":
        return _needs(actor, _STAFF_ROLES | {"reviewer"}, _("This page is for reviewers."))
    if action == "people.manage-staff":
        return _needs(actor, frozenset({"admin"}), _("This page is for administrators."))
    return _needs(actor, _STAFF_ROLES, _("This page is for program staff."))


def require(
    actor: Actor, action: Action, subject: Subject = None, form: str = "", pointer: str = ""
) -> None:
    """Raises `Refused` unless `may` allows it."""
    if refusal := may(actor, action, subject, form, pointer):
        raise Refused(refusal)


def may_fire(actor: Actor, transition: Transition, subject: SubmissionSubject) -> Refusal | None:
    """None when `actor` holds one of the transition's roles here and now, otherwise why not.

    In a state with review blocks, the transitions of those who review belong to the assigned
    ones; a reviewer's role that no block names, such as an editor's, is everybody's who plays it.
    """
    require(actor, "submission.see", subject)
    refusals = [_in_role(actor, subject.workflow.roles[name], subject) for name in transition.by]
    found = [one for one in refusals if one is not None]
    if len(found) < len(refusals):
        return None
    # What is in the way of somebody who has the role tells more than that others have one.
    nearest = sorted(found, key=lambda one: one.code == "role")
    return nearest[0] if nearest else Refusal(_("Nobody may do this."))


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
    submission = subject.submission
    if not plays(actor, role, submission):
        if role.kind == "reviewer" and actor.id == submission.candidate_id:
            return Refusal(
                _("This is your own work."),
                _("Somebody else decides on it."),
                "conflict-of-interest",
            )
        return Refusal(_("This is for the %(role)s to do.", role=role.label), code="role")
    if _reviews(role, subject.state) and actor.id not in submission.reviewer_ids:
        if submission.places_free:
            return Refusal(
                _("You have not taken up this submission."),
                _("Take a place first, then go on."),
                "not-assigned",
            )
        return Refusal(_("Another reviewer has this submission."), code="not-assigned")
    return None


def _reviews(role: Role, state: State) -> bool:
    """Whether a role is one of those that review in a state."""
    return any(block.by == role.name for block in state.reviews.values())


def decides_without_reviewing(actor: Actor, subject: SubmissionSubject) -> bool:
    """Whether somebody plays a reviewer's role that decides here and that no block names: an
    editor. Taking a submission up is no decision: whoever may do that reads it afterwards."""
    state, workflow = subject.state, subject.workflow
    if not state.reviews and state.kind != "decide":
        return False
    return any(
        role.kind == "reviewer"
        and not _reviews(role, state)
        and plays(actor, role, subject.submission)
        for one in workflow.leaving(state.name)
        if not any(effect.name == "assign" for effect in one.do)
        for role in (workflow.roles[name] for name in one.by)
    )


def _may_with_submission(
    actor: Actor, action: Action, subject: SubmissionSubject, form: str, pointer: str
) -> Refusal | None:
    submission, state = subject.submission, subject.state
    owner = actor.id == submission.candidate_id
    staff = bool(actor.roles & _STAFF_ROLES)
    confidential = subject.edition.credential.confidential
    reviewer = "reviewer" in actor.roles and submission.round > 0 and not confidential
    if not (owner or staff or reviewer) or (action == "draft.see" and not owner):
        raise NotFound(_("There is no such submission among those you may see."))
    if action in ("submission.see", "draft.see"):
        return None
    if action == "submission.read":
        if confidential:
            return None if owner else in_confidence(submission)
        if owner or staff or actor.id in submission.reviewer_ids:
            return None
        if decides_without_reviewing(actor, subject):
            return None
        return Refusal(
            _("The answers are for whoever reviews them."),
            _("Claim it from the queue first."),
            "not-assigned",
        )
    if action == "submission.edit":
        return _may_edit(owner, subject, form, pointer)
    if action == "submission.reply":
        return _may_reply(owner, state)
    if action in ("submission.score", "submission.comment"):
        if state.review is None:
            return Refusal(
                _("This submission is not being reviewed now."),
                _("Claim it from the queue first.") if state.kind == "review" else "",
                "not-in-review",
            )
        roles = [subject.workflow.roles[block.by] for block in state.reviews.values()]
        refusals = [_in_role(actor, role, subject) for role in roles]
        return None if None in refusals else refusals[0]
    return _needs(actor, _STAFF_ROLES, _("This page is for program staff."))


def in_confidence(submission: Submission) -> Refusal:
    """Why nobody but its owner reads a submission whose document is `confidential`."""
    session = object_session(submission)
    account = session.get(Account, submission.candidate_id) if session is not None else None
    return Refusal(
        _("This is kept in confidence. Only %(name)s reads it.", name=account.name)
        if account is not None
        else _("This is kept in confidence. Only the person whose work it is reads it."),
        _("If you need to know something from it, ask them."),
        "in-confidence",
    )


def _may_edit(owner: bool, subject: SubmissionSubject, form: str, pointer: str) -> Refusal | None:
    state = subject.state
    if not owner:
        return Refusal(_("Only the person whose work this is may change it."), code="role")
    if state.edits is not None and not (form in state.edits if form else state.edits):
        return Refusal(
            _("Your answers can't be changed now: %(state)s.", state=state.public_label),
            _("They stay here for you to read."),
            "state",
        )
    if state.flagged and not _is_open(subject.openings or Openings(frozenset()), form, pointer):
        return closed_now()
    return None


def closed_now() -> Refusal:
    """Why an answer can't be changed that no note is about, where a state says so."""
    return Refusal(
        _("Only what your reviewer’s notes are about can be changed now."),
        _("Everything else stays as you handed it in."),
        "closed-answer",
    )


def _is_open(openings: Openings, form: str, pointer: str) -> bool:
    if pointer:
        return openings.holds(pointer)
    return openings.touches(f"/{escape(form)}") if form else bool(openings.pointers)


def _may_reply(owner: bool, state: State) -> Refusal | None:
    if not owner:
        return Refusal(_("Only the person whose work this is answers its notes."), code="role")
    if state.kind == "open":
        return None
    return Refusal(
        _("The notes can't be answered now: %(state)s.", state=state.public_label),
        _("What was said stays here for you to read."),
        "state",
    )


def _needs(actor: Actor, roles: frozenset[str], reason: str) -> Refusal | None:
    if actor.roles & roles:
        return None
    return Refusal(reason, _("Ask them if you need something from it."), "role")
