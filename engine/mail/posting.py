"""Letters leave the house: to the mail server, or into a folder of `.eml` files.

A letter that was composed is a row with the status `waiting`. A job sends it at once; where that
fails, a chore of every worker tries again, for days, and sends what waited in the order in which
it was written, so that nobody reads of a decision before they read that their work arrived.
Delivery is at least once: the Message-ID follows from the row, so that a letter sent twice shows
as one.
"""

from __future__ import annotations

import logging
import os
import smtplib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from engine.mail import muting
from engine.mail.composing import one_line
from engine.people import normal_email
from engine.records import jobs
from engine.records.tables import Letter, new_id
from engine.settings import Settings

JOB: Final = "send-letter"
EVERY: Final = 15.0
"""Seconds between looks at what could not be sent."""
AT_ONCE: Final = 200
"""Letters that one look sends at most, so that a worker's other duties get their turn."""
_PATIENCE = 20.0
"""Seconds that a mail server may be silent."""
_CLAIM = timedelta(minutes=5)
"""For so long a letter is left to whoever tries to send it."""
_FRESH = timedelta(minutes=1)
"""A letter that is younger is its job's to send."""
AGAIN: Final = timedelta(minutes=1)
"""Until a mail server that was away is asked again."""
LATER: Final = timedelta(minutes=15)
"""Until a letter that the mail server put off is offered again."""
GIVE_UP_AFTER: Final = timedelta(days=5)
"""What could not be sent for so long is not sent any more (RFC 5321 §4.5.4.1)."""

_log = logging.getLogger("accolade.mail")


class _Away(OSError):
    """The mail server can't be spoken with at all; nothing is wrong with the letter."""


def message(settings: Settings, letter: Letter) -> EmailMessage:
    """The letter as it goes over the wire (RFC 5322): text, and HTML beside it.

    Nothing in it can add a header: subject and addresses are single lines, and the policy refuses
    whatever is not. One that may be stopped says how (RFC 8058).
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = one_line(settings.mail_from)
    mail["To"] = one_line(letter.to_address)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = letter.written_at.astimezone(UTC)
    domain = urlsplit(settings.base_url).hostname or "localhost"
    mail["Message-ID"] = f"<{letter.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
    if letter.optional and letter.account_id is not None:
        stop = muting.link(settings, letter.account_id, letter.name)
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    return mail


def send(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    """Send one letter, unless that was done, and before it whatever the same person waits for.

    Raises `GiveUp` when it can never be sent, and `OSError` when it could not be sent now; either
    way the letter's row says so too.
    """
    id = str(payload["letter"])
    at = datetime.now(UTC)
    with context.database.read() as session:
        letter = session.get(Letter, id)
    while letter is not None and letter.status == "waiting":
        with context.database.read() as session:
            older = _oldest(session, letter.to_address)
        if older is None or older == id:
            try:
                _send_one(context, id, at, mine=True)
            except _Away as away:
                raise away.__cause__ or away from None
            return
        try:
            if not _send_one(context, older, at):
                return  # somebody else is at it, and goes on with this one
        except jobs.GiveUp:
            continue  # that one is over; this one may be fine


def post(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    """The job: send one letter now. What can't be sent now is the chore's from here on."""
    try:
        send(context, payload)
    except OSError:
        _log.info("letter %s could not be sent; it is tried again", payload["letter"])


def post_waiting(context: jobs.JobContext, at: datetime) -> int:
    """The chore: send what could not be sent before, the oldest first; returns how many went.

    A mail server that is away is left alone for a minute. Of each person's letters only the oldest
    is tried, so that none overtakes another.
    """
    sent = 0
    for _turn in range(AT_ONCE):
        with context.database.read() as session:
            if _is_away(session, at) or (id := _next(session, at)) is None:
                break
        try:
            sent += _send_one(context, id, at)
        except jobs.GiveUp:
            continue
        except _Away:
            break
        except OSError:
            continue  # the mail server put this one off; others may go
    return sent


def _next(session: Session, at: datetime) -> str | None:
    """The oldest letter whose turn it is."""
    other = aliased(Letter)
    before = (
        select(other.id)
        .where(
            other.status == "waiting",
            other.to_address == Letter.to_address,
            (other.written_at < Letter.written_at)
            | ((other.written_at == Letter.written_at) & (other.id < Letter.id)),
        )
        .exists()
    )
    free = or_(Letter.claimed_until.is_(None), Letter.claimed_until <= at)
    ripe = or_(Letter.claimed_until.is_not(None), Letter.written_at <= at - _FRESH)
    return session.scalar(
        select(Letter.id)
        .where(Letter.status == "waiting", free, ripe, ~before)
        .order_by(Letter.written_at, Letter.id)
        .limit(1)
    )


AWAY: Final = "The mail server does not answer"
"""How the error of a letter begins that waits for the mail server as a whole."""


def _is_away(session: Session, at: datetime) -> bool:
    """Whether the mail server was found away a moment ago."""
    return (
        session.scalar(
            select(Letter.id)
            .where(
                Letter.status == "waiting",
                Letter.claimed_until > at,
                Letter.error.startswith(AWAY),
            )
            .limit(1)
        )
        is not None
    )


def _oldest(session: Session, address: str) -> str | None:
    return session.scalar(
        select(Letter.id)
        .where(Letter.status == "waiting", Letter.to_address == address)
        .order_by(Letter.written_at, Letter.id)
        .limit(1)
    )


def _send_one(context: jobs.JobContext, id: str, at: datetime, mine: bool = False) -> bool:
    """Send a letter that nobody else is sending; False when somebody is."""
    claim = (
        update(Letter)
        .where(
            Letter.id == id,
            Letter.status == "waiting",
            or_(
                Letter.claimed_until.is_(None),
                Letter.claimed_until <= at,
                # Put off, not being sent: its own job may ask again before its time.
                (Letter.error != "") if mine else (Letter.claimed_until <= at),
            ),
        )
        .values(claimed_until=at + _CLAIM, error="")
        .returning(Letter.id)
    )
    with context.database.transaction() as session:
        if session.scalar(claim) is None:
            return False
        letter = session.get_one(Letter, id, populate_existing=True)
    try:
        _hand_over(context.settings, letter)
    except jobs.GiveUp as over:
        _settle(context, id, status="failed", error=str(over))
        raise
    except OSError as error:
        away = isinstance(error, _Away)
        words = f"{AWAY}: {error}" if away else f"The mail server put it off: {error}"
        since = letter.failing_since or at
        if at - since >= GIVE_UP_AFTER:
            ended = f"{words} It was tried for {GIVE_UP_AFTER.days} days."
            _settle(context, id, status="failed", error=ended)
            raise jobs.GiveUp(ended) from error
        pause = AGAIN if away else LATER
        _settle(context, id, error=words, claimed_until=at + pause, failing_since=since)
        raise
    _settle(context, id, status="sent", sent_at=datetime.now(UTC), error="")
    return True


def _settle(context: jobs.JobContext, id: str, **values: Any) -> None:
    with context.database.transaction() as session:
        values.setdefault("claimed_until", None)
        session.execute(
            update(Letter).where(Letter.id == id, Letter.status == "waiting").values(**values)
        )


def _hand_over(settings: Settings, letter: Letter) -> None:
    if not normal_email(letter.to_address):
        raise jobs.GiveUp(f"{letter.to_address!r} is not an e-mail address.")
    mail = message(settings, letter)
    if settings.mail_url:
        _post(settings.mail_url, mail)
    else:
        _put_in_folder(settings.mail, letter, mail)


def _post(mail_url: str, mail: EmailMessage) -> None:
    """Hand the letter to the mail server: `smtp://` with STARTTLS when offered, or `smtps://`."""
    try:
        server = _connected(mail_url)
    except OSError as error:
        raise _Away(str(error)) from error
    with server:
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            answers = [
                f"{code} {said.decode('utf-8', 'replace')}"
                for code, said in error.recipients.values()
            ]
            if all(answer >= "5" for answer in answers):
                said = "; ".join(answers)[:300]
                raise jobs.GiveUp(f"The mail server knows no such address: {said}") from error
            raise
        except smtplib.SMTPServerDisconnected as error:
            raise _Away(str(error)) from error
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500:
                said = str(error)[:300]
                words = f"The mail server refused the letter: {said}"
                raise jobs.GiveUp(words) from error
            if error.smtp_code == 421:  # RFC 5321 §3.8: it is about to close
                raise _Away(str(error)) from error
            raise


def _connected(mail_url: str) -> smtplib.SMTP:
    url = urlsplit(mail_url)
    host = url.hostname or "localhost"
    secure = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=_PATIENCE, context=secure
        )
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=_PATIENCE)
    try:
        server.ehlo_or_helo_if_needed()
        if url.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=secure)
            server.ehlo()
        elif url.scheme != "smtps" and url.password and host not in ("localhost", "127.0.0.1"):
            raise smtplib.SMTPException(f"{host} offers no TLS; the password was not sent")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _put_in_folder(folder: Path, letter: Letter, mail: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{letter.written_at:%Y%m%dT%H%M%S}-{letter.id}.eml"
    # A name of its own: the same letter may be on its way twice.
    arriving = place.with_suffix(f".{new_id()}.arriving")
    arriving.write_bytes(mail.as_bytes())
    os.replace(arriving, place)


jobs.register(JOB, post)
jobs.periodically("letters", EVERY, post_waiting)
