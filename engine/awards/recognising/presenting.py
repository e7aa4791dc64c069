"""Showing a badge: whose it is, what it counts as, and the record that comes of it.

`badges` has checked that the issuer said so. Whether it is this person's, whether that issuer is
known here, and what it counts as is decided here, by what the credentials' documents accept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import phrases
from engine.awards import issuing
from engine.awards.badges.badge import Badge, refused
from engine.awards.recognising import recognised
from engine.awards.recognising.recognised import Accepting
from engine.credentials.credential import AcceptedBadge
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records.tables import Account, BadgeCheck, Evidence, Recognition

MOST: Final = 20
"""Badges that one person may show in an hour, whosever they are: each asks other sites, and keeps a
part of this one busy for seconds."""
_HOUR: Final = timedelta(hours=1)


class Counted(NamedTuple):
    """What a badge counts as."""

    credential_id: str
    title: str
    source: str
    """The issuer's name, for the record."""


def may_show(session: Session, actor: Actor, at: datetime) -> None:
    """Count one more badge that `actor` shows; before anything of it is looked at.

    Raises `Refused` (`throttled`) when it is too many.
    """
    # One after the other, so that twenty are twenty however many come at once.
    alone(session, actor.id)
    session.execute(delete(BadgeCheck).where(BadgeCheck.checked_at <= at - _HOUR))
    own = select(func.count()).where(BadgeCheck.account_id == actor.id)
    if (session.scalar(own.select_from(BadgeCheck)) or 0) >= MOST:
        raise refused(
            "throttled",
            _("You have shown many badges in the last hour, so this one was not checked yet."),
            _("Nothing is lost. Please take a break and show it again in an hour."),
        )
    session.add(BadgeCheck(account_id=actor.id, checked_at=at))


def issuers(session: Session) -> frozenset[str]:
    """The ids of those whose badges count as something here."""
    return frozenset(said.issuer for one in recognised.accepting(session) for said in one.badges)


def judge(
    session: Session, badge: Badge, account: Account, at: datetime, wanted: str = ""
) -> Counted:
    """What `badge` counts as for `account`; with `wanted`, as that credential and no other.

    Raises `Refused`: `no-recipient` and `not-yours`, `unknown-issuer`, `other-achievement`,
    `ended-here` when staff ended the record of this very badge, and `held`.
    """
    counted = counts_as(session, badge, account, wanted)
    if counted.credential_id in issuing.held(session, account.id, at):
        raise refused(
            "held",
            _(
                "%(name)s holds %(credential)s already.",
                name=account.name,
                credential=counted.title,
            ),
            _("There is nothing more to do."),
        )
    return counted


def counts_as(session: Session, badge: Badge, account: Account, wanted: str = "") -> Counted:
    """The same, whether or not `account` holds that already. Raises as `judge`, but for `held`."""
    _theirs(badge, account)
    counted = _accepted(badge, recognised.accepting(session), wanted)
    _ended(session, badge, account)
    return counted


def record(
    session: Session,
    badge: Badge,
    account: Account,
    proof: Evidence,
    actor: Actor,
    at: datetime,
    wanted: str = "",
) -> tuple[Recognition, Counted]:
    """Record what `badge` counts as, with `proof`, the file as it was shown. Raises as `judge`.

    Of the same badge shown twice at once, one is recorded.
    """
    require(actor, "recognition.present", account)
    alone(session, account.id)  # whoever waited for that holds it already
    counted = judge(session, badge, account, at, wanted)
    session.add(proof)
    session.flush()
    made = issuing.recognise(
        session,
        account,
        counted.credential_id,
        badge.awarded_at.date(),
        counted.source,
        proof.id,
        actor,
        at,
        badge.expires_at,
        {
            "id": badge.id,
            "version": badge.version,
            "issuer": badge.issuer,
            "achievement": badge.achievement,
        },
    )
    return made, counted


def alone(session: Session, account_id: str) -> None:
    """Whoever shows a badge for the same account at the same moment waits here for the other."""
    held = select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
    session.execute(held)


def _theirs(badge: Badge, account: Account) -> None:
    if not badge.recipients:
        raise refused(
            "no-recipient",
            _("This badge does not say by an e-mail address whose it is."),
            _("Send it to program staff, who can look at it and record it by hand."),
        )
    if not any(one.names(account.email) for one in badge.recipients):
        raise refused(
            "not-yours",
            _(
                "This badge was issued to another e-mail address than %(email)s.",
                email=account.email,
            ),
            _(
                "If it is yours under another address, send it to program staff: they can look at"
                " it and record it by hand."
            ),
        )


def _accepted(badge: Badge, known: list[Accepting], wanted: str) -> Counted:
    issuers = [(one, said) for one in known for said in one.badges if said.issuer == badge.issuer]
    found = [
        (one, said)
        for one, said in issuers
        if badge.achievement and said.achievement == badge.achievement
    ]
    for one, said in found:
        if not wanted or one.credential_id == wanted:
            return Counted(one.credential_id, one.title, _source(badge, said))
    title = badge.achievement_name[:200]
    if found:
        raise refused(
            "other-achievement",
            _(
                "This badge counts as %(credential)s, not as this one.",
                credential=found[0][0].title,
            ),
            _("Open the page of %(credential)s and show it there.", credential=found[0][0].title),
        )
    if issuers:
        raise refused(
            "other-achievement",
            _(
                "The badge is good, but “%(title)s” does not count as a credential here.",
                title=title,
            ),
            _("If you think it should, send it to program staff."),
        )
    name = badge.issuer_name[:200] or badge.issuer[:200]
    raise refused(
        "unknown-issuer",
        _("The badge is good, but its issuer is not known here: %(name)s.", name=name),
        _(
            "So it does not count by itself. Send it to program staff: they can look at it and"
            " record it by hand."
        ),
    )


def _source(badge: Badge, said: AcceptedBadge) -> str:
    return (said.name or badge.issuer_name or badge.issuer)[:500]


def _ended(session: Session, badge: Badge, account: Account) -> None:
    """Whoever was told that a record is ended can't make it anew with the same badge."""
    query = (
        select(Recognition)
        .where(
            Recognition.account_id == account.id,
            Recognition.badge_id == badge.id,
            Recognition.revoked_at.is_not(None),
        )
        .order_by(Recognition.revoked_at.desc())
    )
    ended = session.scalars(query).first()
    if ended is not None:
        raise refused(
            "ended-here",
            _(
                "Program staff ended the record of this badge on %(day)s: “%(reason)s”",
                day=phrases.day(ended.revoked_at),
                reason=ended.revoked_reason[:300],
            ),
            _("Write to them if you think that this has changed."),
        )
