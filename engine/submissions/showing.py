"""What a person shows of an award of theirs: on their page, under their name, with which evidence.

Whoever checks the serial or has the badge is told whose it is, as the certificate tells them,
until the holder says otherwise; page and evidence are private until they choose. A change is in the
award's trail, and the badge is signed anew where it says something else than before. When somebody
takes a consent back, what shows them is taken out in the same transaction. Of what a document keeps
in confidence no evidence is ever shown, and it is on nobody's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.awards.badges import awarded
from engine.errors import NotFound, Refusal, Refused
from engine.languages import _
from engine.people import ENGINE, Actor
from engine.records import audit, catalogue
from engine.records.tables import Award, AwardCredential
from engine.settings import Settings
from engine.submissions import consents, shown_evidence


@dataclass(frozen=True)
class Shown:
    """What is shown of one award."""

    on_page: bool = False
    names_holder: bool = True
    evidence: tuple[str, ...] = ()
    """Ids."""

    @property
    def facts(self) -> Mapping[str, Any]:
        return {
            "on_page": self.on_page,
            "names_holder": self.names_holder,
            "evidence": list(self.evidence),
        }


def own(session: Session, serial: str, actor: Actor) -> Award:
    """An award of the actor's own, whoever else they are. Raises `NotFound`."""
    award = session.get(Award, serial)
    if award is None or not actor.id or award.recipient_id != actor.id:
        raise NotFound(_("There is no such award among yours."))
    return award


def own_awards(session: Session, actor: Actor) -> list[Award]:
    """Everything that the actor was awarded, the latest first; without those that a corrected one
    has taken the place of."""
    return list(
        session.scalars(
            select(Award)
            .where(Award.recipient_id == actor.id, Award.replaced_by.is_(None))
            .order_by(Award.issued_at.desc(), Award.serial)
        )
    )


def in_confidence(session: Session, award: Award) -> bool:
    """Whether its document keeps it from everybody but its holder."""
    return catalogue.edition(session, award.edition_digest).credential.confidential


def of(award: Award) -> Shown:
    """What is shown of it now."""
    return Shown(award.on_page, award.names_holder, tuple(award.shown_evidence))


def change(
    session: Session,
    serial: str,
    on_page: bool,
    names_holder: bool,
    evidence: Sequence[str],
    actor: Actor,
    settings: Settings,
    at: datetime,
) -> Award:
    """Show this much of an award of one's own from now on.

    Evidence that may not be shown is left out. Raises `NotFound` for somebody else's award, and
    `Refused` for one that is kept in confidence or that has been replaced.
    """
    award = own(session, serial, actor)
    session.refresh(award, with_for_update=True)
    if award.replaced_by is not None:
        raise Refused(
            Refusal(
                _("A corrected certificate has taken the place of this one."),
                _("Choose there what is shown."),
                "replaced",
            )
        )
    if in_confidence(session, award):
        raise Refused(
            Refusal(
                _("This award is kept in confidence, so nothing of it is shown to others."),
                _("Your own copy of the certificate is yours to hand to whomever you choose."),
                "in-confidence",
            )
        )
    may = [one.evidence.id for one in shown_evidence.choices(session, award) if not one.closed]
    chosen = tuple(id for id in may if id in evidence)[: shown_evidence.MOST]
    _put(session, award, Shown(on_page, names_holder, chosen), actor, settings, at)
    return award


def _put(
    session: Session, award: Award, wanted: Shown, actor: Actor, settings: Settings, at: datetime
) -> None:
    before = of(award)
    if wanted == before:
        return
    award.on_page, award.names_holder = wanted.on_page, wanted.names_holder
    award.shown_evidence = list(wanted.evidence)
    session.flush()
    facts = {**wanted.facts, "before": before.facts}
    audit.record(session, f"award:{award.serial}", "shown", facts, actor, at)
    if wanted.evidence != before.evidence or wanted.names_holder != before.names_holder:
        _signed_anew(session, award, settings, at)


def _signed_anew(session: Session, award: Award, settings: Settings, at: datetime) -> None:
    """The badge says it from now on. Where the issuer's key can't be read, the one that was signed
    is kept no longer: what somebody wants hidden does not wait for a key."""
    try:
        with session.begin_nested():
            awarded.renew(session, award, settings, at)
    except Refused:
        session.execute(delete(AwardCredential).where(AwardCredential.serial == award.serial))


def _on_withdrawal(session: Session, settings: Settings, submission_id: str, at: datetime) -> None:
    """Somebody took their consent back: what shows them is shown no more from this moment."""
    for award in session.scalars(select(Award).where(Award.submission_id == submission_id)):
        if award.shown_evidence:
            still = tuple(one.id for one in shown_evidence.shown(session, award))
            wanted = Shown(award.on_page, award.names_holder, still)
            _put(session, award, wanted, ENGINE, settings, at)


consents.on_withdrawal(_on_withdrawal)
