"""An award with a name put right: a new one takes the place of the old.

What was handed out is never changed: the paper, the file and the badge of the old award say what
they said, so the old one is marked as replaced and leads on to the new. The new one has its own
serial, certificate and badge, and everything else of the old: the day, the end, the work behind
it, what its holder shows. It does not name the old one to strangers, and nothing public of the old
one says its name, since a former name is nobody else's business; why it was corrected is for staff
and in the audit trail only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from engine.awards import places, reasons, telling
from engine.awards.badges import issuer
from engine.awards.certificates import printing
from engine.awards.serial import new_serial
from engine.awards.suspending import require_in_force
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor, shown_name
from engine.records import audit, jobs
from engine.records.tables import Account, Award
from engine.settings import Settings


def correct(
    session: Session,
    settings: Settings,
    award: Award,
    name: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Award:
    """Issue `award` anew with `name` on it, and queue its certificate. Returns the new award.

    An award that is suspended is so under its new serial too. Raises `Refused` without a name or a
    reason, for a name that it has already (code `same-name`), for an award that was revoked or
    corrected, perhaps a moment ago (`revoked`, `replaced`), and while no badge of it could be
    signed (`issuer-key`).
    """
    issuer.must_be_able_to_sign(session, settings)
    called, said = shown_name(name), reasons.said(reason)
    if not called:
        raise Refused(
            Refusal(_("No name was given."), _("Enter the name to print."), "name-required")
        )
    session.refresh(award, with_for_update=True)
    require_in_force(award)
    if called == award.recipient_name:
        raise Refused(
            Refusal(
                _("The certificate has this name already."),
                _("Change the name, or leave the award as it is."),
                "same-name",
            )
        )
    new = _anew(session, award, called)
    # The submission has one award that stands, and the old one names the new: so first the new one
    # without the work behind it, then the old one out of the way, then the work.
    session.add(new)
    session.flush()
    award.replaced_by, award.replaced_at = new.serial, at
    _close(award)
    session.flush()
    new.submission_id = award.submission_id
    session.execute(update(Award).where(Award.renews == award.serial).values(renews=new.serial))
    session.flush()
    facts = {"replaced_by": new.serial, "reason": said}
    audit.record(session, f"award:{award.serial}", "corrected", facts, actor, at)
    facts = {"replaces": award.serial, "credential": award.credential_id, "reason": said}
    audit.record(session, f"award:{new.serial}", "reissued", facts, actor, at)
    jobs.enqueue(session, printing.JOB, {"serial": new.serial}, key=new.serial)
    telling.tell(session, new, "award-corrected", "")
    return new


def correct_all(
    session: Session,
    settings: Settings,
    account: Account,
    reason: str,
    actor: Actor,
    at: datetime,
) -> list[Award]:
    """Every award of a person's that stands with another name, issued anew in the present one.
    Returns the new awards. Raises `Refused`."""
    return [
        correct(session, settings, award, account.name, reason, actor, at)
        for award in correctable(session, account.id)
        if award.recipient_name != account.name
    ]


def correctable(session: Session, account_id: str) -> Sequence[Award]:
    """A person's awards that could be issued anew, the oldest first."""
    standing = (
        select(Award)
        .where(
            Award.recipient_id == account_id,
            Award.revoked_at.is_(None),
            Award.replaced_by.is_(None),
        )
        .order_by(Award.issued_at, Award.serial)
    )
    return session.scalars(standing).all()


def corrected_from(session: Session, serial: str) -> Award | None:
    """The award that the one of this serial replaces: for staff and its holder only."""
    return session.scalars(select(Award).where(Award.replaced_by == serial)).first()


def _close(award: Award) -> None:
    """Take out of a replaced award what anybody would be told of it. Its holder can't any more, and
    nobody would lift its suspension: both are decided at the new one. The trail has it all."""
    award.on_page, award.names_holder, award.shown_evidence = False, False, []
    award.suspended_at, award.suspended_reason = None, ""


def _anew(session: Session, award: Award, name: str) -> Award:
    """Everything of the award but what is its own, its work, and what replaces it."""
    kept = {one.key: getattr(award, one.key) for one in inspect(Award).column_attrs}
    place = places.free(session)
    own = {
        "serial": new_serial(),
        "status_list": place.list,
        "status_index": place.entry,
        "recipient_name": name,
        "submission_id": None,
        "replaced_by": None,
        "replaced_at": None,
    }
    return Award(**(kept | own))
