"""The outbox: every letter that was composed, and sending one again.

Sending again is decided so: a letter that never left goes out itself, as the row that it is; of
one that was sent a copy is made, a row of its own, so that the trail of the first stays true. The
copy's id is chosen when the page is shown, so that a button pressed twice makes one copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.languages import N_, _
from engine.mail.posting import AWAY, JOB
from engine.people import Actor, normal_email
from engine.records import audit, jobs
from engine.records.tables import Account, Letter, new_id

STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "waiting": (N_("Waiting"), "waiting"),
    "held": (N_("For a digest"), "waiting"),
    "sent": (N_("Sent"), "good"),
    "failed": (N_("Not sent"), "bad"),
    "digested": (N_("In a digest"), "good"),
    "muted": (N_("Not wanted"), "neutral"),
}
"""What a letter's status is called, and its tone."""
_COPY = re.compile(r"[0-9a-f]{32}")


class Wanted(NamedTuple):
    """Which letters a list shows; what is empty narrows nothing."""

    status: str = ""
    address: str = ""
    name: str = ""


class Standing(NamedTuple):
    """How the outbox stands, for the head of its page."""

    waiting: int
    failed: int
    away: str
    """What the mail server said last, when it does not answer; empty when it does."""
    away_since: datetime | None


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What of `wanted` a query asks for."""
    found: list[ColumnElement[bool]] = []
    if wanted.status in STATUSES:
        found.append(Letter.status == wanted.status)
    if wanted.address:
        found.append(Letter.to_address == wanted.address)
    if wanted.name:
        found.append(Letter.name == wanted.name)
    return found


def standing(session: Session) -> Standing:
    """How many wait, how many could not be sent, and whether the mail server answers."""
    rows = session.execute(
        select(Letter.status, func.count())
        .where(Letter.status.in_(("waiting", "failed")))
        .group_by(Letter.status)
    )
    counted = {row.status: row[1] for row in rows}
    away = session.execute(
        select(Letter.error, Letter.failing_since)
        .where(Letter.status == "waiting", Letter.error.startswith(AWAY))
        .order_by(Letter.failing_since)
        .limit(1)
    ).first()
    return Standing(
        counted.get("waiting", 0),
        counted.get("failed", 0),
        away.error if away else "",
        away.failing_since if away else None,
    )


def chain(letter: Letter) -> str:
    """Where the trail keeps what staff did with a letter."""
    return f"letter:{letter.id}"


def send_again(session: Session, id: str, copy: str, by: Actor, at: datetime) -> str:
    """Send a letter once more; returns the id of the letter that goes out.

    `copy` is the id that a copy gets, 32 hexadecimal digits. A letter that waits already is left
    to wait. Raises `NotFound`, and `Refused` where it is part of a digest or the address is none.
    """
    letter = session.get(Letter, id, with_for_update=True)
    if letter is None:
        raise NotFound(_("There is no such letter."))
    if letter.status == "digested":
        raise Refused(
            Refusal(
                _("This letter went out together with others."),
                _("Send the letter again that it went out in."),
                "digested",
            )
        )
    address = _address(session, letter)
    if letter.status == "sent":
        return _copy(session, letter, copy, address, by, at)
    if letter.status == "waiting":
        return letter.id
    again = (
        update(Letter)
        .where(Letter.id == id, Letter.status == letter.status)
        .values(
            status="waiting",
            error="",
            claimed_until=None,
            failing_since=None,
            to_address=address,
            digest_id=None,
        )
    )
    facts = {"status": letter.status, "error": letter.error, "to": address}
    session.execute(again)
    audit.record(session, chain(letter), "sent-again", facts, by, at)
    # A key of its own: the job of the first time may be there still.
    jobs.enqueue(session, JOB, {"letter": id}, key=f"{id}.{new_id()}")
    return id


def _copy(
    session: Session, letter: Letter, copy: str, address: str, by: Actor, at: datetime
) -> str:
    if not _COPY.fullmatch(copy):
        raise NotFound(_("There is no such letter."))
    if session.get(Letter, copy) is not None:
        return copy  # the button was pressed twice
    kept = ("subject", "text", "html", "name", "account_id", "submission_id", "path", "optional")
    row = {name: getattr(letter, name) for name in kept}
    session.execute(
        insert(Letter).values(id=copy, to_address=address, written_at=at, status="waiting", **row)
    )
    facts = {"status": "sent", "copy": copy, "to": address}
    audit.record(session, chain(letter), "sent-again", facts, by, at)
    jobs.enqueue(session, JOB, {"letter": copy}, key=copy)
    return copy


def _address(session: Session, letter: Letter) -> str:
    """Where the person reads mail now: a wrong address may be why it did not arrive."""
    account = session.get(Account, letter.account_id) if letter.account_id else None
    address = normal_email(account.email if account is not None else letter.to_address)
    if not address:
        raise Refused(
            Refusal(
                _("%(address)s is not an e-mail address.", address=letter.to_address),
                code="address",
            )
        )
    return address
