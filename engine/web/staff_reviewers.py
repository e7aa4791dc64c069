"""Staff's page of who reviews a submission: places, due times, loads, conflicts of interest.

They name reviewers, give a place to somebody else, take one away, and record or withdraw a
conflict of interest. Whether that is possible is `submissions.assigning`'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock, Transition
from engine.errors import Problem, Refused
from engine.languages import _
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Account
from engine.submissions import assigning, claiming, declarations, places, pools
from engine.submissions.places import Assignment
from engine.submissions.pools import Member
from engine.web.asking import house, me, now, read_session, subject_of, transaction

blueprint = Blueprint("reviewers", __name__, url_prefix="/submissions")

SHOWN = 50
"""People of a pool that are shown; a search finds the others."""


class Panel(NamedTuple):
    """One review block, of this state or of the one that follows: who has a place, who could."""

    block: ReviewBlock
    role: str
    places: Sequence[Assignment]
    free: int
    pool: Sequence[Member]
    """Those who can be asked first, then those who can't, each by name."""
    more: int
    """How many more there are than are shown."""
    size: int
    waits: Transition | None = None
    """The step by which somebody takes it up, where nobody is asked for a review yet."""

    @property
    def key(self) -> str:
        """Tells the panels of a page apart."""
        return f"{self.waits.name}-{self.block.name}" if self.waits else self.block.name


@blueprint.get("/<submission_id>/reviewers")
def page(submission_id: str) -> ResponseReturnValue:
    """Who has it, who could, and why not."""
    return _page(submission_id)


@blueprint.post("/<submission_id>/reviewers")
def change(submission_id: str) -> ResponseReturnValue:
    """`_do` says what: `assign`, `hand-to`, `take-away`, `declare` or `withdraw`."""
    said = request.form
    what, _colon, about = said.get("_do", "").partition(":")
    settings, person = house().settings, me()
    done = ""
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            require(person, "submission.assign", subject)
            if what == "assign":
                review = assigning.assign(
                    session,
                    settings,
                    person,
                    subject,
                    about,
                    said.get("block", ""),
                    now(),
                    instead_of=said.get("instead_of", ""),
                    reason=said.get("reason", ""),
                )
                name = session.get_one(Account, review.reviewer_id).name
                done = _("%(name)s is asked to review it, and gets a message.", name=name)
            elif what == "hand-to":
                step, seen = said.get("step", ""), said.get("revision", -1, int)
                assigning.hand_to(session, settings, person, subject, about, step, seen, now())
                name = session.get_one(Account, about).name
                done = _("%(name)s is asked to review it, and gets a message.", name=name)
            elif what == "take-away":
                reason = said.get("reason", "")
                assigning.take_away(session, settings, person, subject, about, reason, now())
                done = _("The place is free again, and the reviewer gets a message.")
            elif what == "declare":
                who, reason = said.get("reviewer", ""), said.get("reason", "")
                claiming.step_aside(session, settings, person, subject, who, reason, now())
                done = _("The conflict of interest is on record.")
            elif what == "withdraw":
                declarations.withdraw(session, person, subject, about, now())
                done = _("The conflict of interest is withdrawn.")
    except Refused as refused:
        problem = Problem("reason" if refused.refusal.code == "reason" else "", "", str(refused))
        return _page(submission_id, problem, said)
    if done:
        flash(done, "good")
    return redirect(url_for("staff.reviewers.page", submission_id=submission_id), 303)


def _page(
    submission_id: str, problem: Problem | None = None, said: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    asked = request.args.get("q", "").strip()[:100]
    with read_session() as session:
        subject = subject_of(session, submission_id)
        require(me(), "submission.assign", subject)
        candidate = session.get_one(Account, subject.submission.candidate_id)
        found = panels(session, subject, asked)
        rendered = render_template(
            "web/staff/reviewers.html",
            subject=subject,
            candidate=candidate,
            panels=found,
            reviewers=sorted(
                {one.id: one.name for panel in found for one in panel.pool}.items(),
                key=lambda one: one[1].casefold(),
            ),
            declared=declarations.about(session, subject),
            asked=asked,
            problem=problem,
            said=said or {},
        )
    return rendered, 422 if problem else 200


def panels(session: Session, subject: SubmissionSubject, asked: str = "") -> list[Panel]:
    """The review blocks of the present state or, where work waits to be taken up, those that this
    leads to; `asked` is a part of a name, address or school."""
    held = places.assignments(session, subject, now())
    free = places.places_free(session, subject)
    asking = [
        *(
            (block, [one for one in held if one.block == name], free[name], None)
            for name, block in subject.state.reviews.items()
        ),
        *((wait.block, [], 1, wait.transition) for wait in assigning.waits(subject)),
    ]
    taken = {one.reviewer_id for one in held}
    wanted = asked.casefold()
    found = []
    for block, own, number, waits in asking:
        pool = pools.members(session, subject, block)
        fit = [
            one
            for one in pool
            if one.id not in taken
            and any(wanted in text.casefold() for text in (one.name, one.email, one.school))
        ]
        fit.sort(key=lambda one: (bool(one.conflict), one.away(now()), one.name.casefold()))
        found.append(
            Panel(
                block,
                subject.workflow.roles[block.by].label,
                own,
                number,
                fit[:SHOWN],
                max(0, len(fit) - SHOWN),
                len(pool),
                waits,
            )
        )
    return found
