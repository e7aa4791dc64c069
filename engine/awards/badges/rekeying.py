"""Another key for the badges: because it is time, because the old one is lost, or because somebody
stole it. Whoever runs the installation does this, by `accolade key`.

A key that was rotated out or lost stays in the list, so everything that it signed stays good. One
that was stolen is marked in the list, so nothing that it signed counts any more, whoever signed it;
what we signed with it is signed anew by a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.badges import awarded, issuer
from engine.errors import NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.records import audit, jobs, signing
from engine.records.tables import Award, AwardCredential
from engine.settings import Settings

JOB: Final = "sign-anew"
CHAIN: Final = "issuer:keys"
_AT_ONCE: Final = 50
"""Badges in one transaction: a second, about."""


def rotate(session: Session, settings: Settings, actor: Actor, at: datetime) -> str:
    """Sign with a new key from now on; gives its Multikey. Raises `Refused` (`issuer-key`)
    while the old one can't be read or is not there: then it is lost, and `replace_lost` is what
    to do."""
    issuer.must_be_able_to_sign(session, settings)
    old = issuer.of(settings).signer.key_id
    signing.rotate(settings.keys, at, "issuer")
    return _noted(session, settings, "key-rotated", {"before": old}, actor, at)


def replace_lost(session: Session, settings: Settings, actor: Actor, at: datetime) -> str:
    """Sign with a new key, since the old one can't be read any more; gives its Multikey.

    Every key that signed a badge is put back into the list where it is missing from it: a public
    key stands in each badge. Raises `Refused` while nothing is lost.
    """
    ours = issuer.of(settings)
    if _answers(lambda: ours.signer) and not _missing(session, ours):
        raise Refused(
            Refusal(
                _("The key that signs badges is where it should be, so nothing was changed."),
                _("For a new key, rotate it. If somebody may have a copy, declare it stolen."),
                "not-lost",
            )
        )
    _put_aside_broken_list(ours, at)
    for key_id in _missing(session, ours):
        signing.enlist(settings.keys, issuer.id_of(key_id), at, "issuer")
    known = [one.key_id for one in ours.known_keys]
    signing.replace(settings.keys, at, "issuer")
    return _noted(session, settings, "key-lost", {"before": known[-1:]}, actor, at)


def declare_stolen(
    session: Session, settings: Settings, key_id: str, actor: Actor, at: datetime
) -> str:
    """Nothing that this key signed counts any more, and what we signed with it is signed anew;
    gives the Multikey that signs now. Raises `NotFound` for a key that never signed here."""
    ours = issuer.of(settings)
    if all(one.key_id != key_id for one in ours.known_keys):
        raise NotFound(_("No key of this name ever signed badges here."))
    signs = ours.known_keys[-1].key_id == key_id
    signing.declare_stolen(settings.keys, issuer.id_of(key_id), at, "issuer")
    if signs:
        signing.replace(settings.keys, at, "issuer")
    jobs.enqueue(session, JOB, {"key_id": key_id}, key=f"{key_id}.{at:%Y%m%d%H%M%S}")
    return _noted(session, settings, "key-stolen", {"stolen": key_id}, actor, at)


def _noted(
    session: Session,
    settings: Settings,
    kind: str,
    facts: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> str:
    now = issuer.of(settings).signer.key_id
    audit.record(session, CHAIN, kind, {**facts, "now": now}, actor, at)
    return now


def _missing(session: Session, ours: issuer.Issuer) -> list[str]:
    """Keys that signed badges which are kept, and that are not in the list."""
    known = set()
    if _answers(lambda: ours.known_keys):
        known = {one.key_id for one in ours.known_keys}
    signed = session.scalars(select(AwardCredential.key_id).group_by(AwardCredential.key_id))
    return sorted(set(signed) - known)


def _put_aside_broken_list(ours: issuer.Issuer, at: datetime) -> None:
    if not _answers(lambda: ours.known_keys):
        broken = ours.folder / "issuer.pub"
        broken.rename(broken.with_name(f"issuer.pub.broken-{at:%Y%m%d%H%M%S}"))


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Refused:
        return False
    return True


def _sign_anew(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    """Some at a time, so that nobody waits. Who asks for one meanwhile has it signed at once."""
    query = (
        select(Award)
        .join(AwardCredential, AwardCredential.serial == Award.serial)
        .where(AwardCredential.key_id == payload["key_id"])
        .order_by(Award.serial)
        .limit(_AT_ONCE)
    )
    while True:
        with context.database.transaction() as session:
            found = session.scalars(query).all()
            for award in found:
                awarded.renew(session, award, context.settings, datetime.now(UTC))
        if not found:
            return


jobs.register(JOB, _sign_anew)
