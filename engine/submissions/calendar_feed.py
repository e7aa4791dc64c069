"""A person's due dates as a calendar that their own program subscribes to (iCalendar, RFC 5545).

The address has a secret in it and needs no session; whoever has it can read the feed and do
nothing else. It holds what is still to be done, with a link to it. Whose work it is is said only
where the reviewer may know; scores, notes and answers never are.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import phrases
from engine.errors import NotFound
from engine.languages import _, speaking
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import audit, catalogue
from engine.records.tables import Account, Review, Submission
from engine.settings import Settings
from engine.submissions import blinding

MOST: Final = 500
"""Events in one feed, those that are due first."""
LENGTH: Final = timedelta(minutes=30)
"""How long an event is shown; it ends when it is due."""
AHEAD: Final = "P1D"
"""How long before it the calendar reminds."""
REFRESH: Final = "PT1H"
"""How often a calendar should ask again."""
_OCTETS = 75


@dataclass(frozen=True)
class Due:
    """Something that a person should have done by a time."""

    uid: str
    """The same for ever, without the host."""
    at: datetime
    changed_at: datetime
    sequence: int
    summary: str
    description: str
    path: str


def make_key(session: Session, person: Actor, at: datetime) -> str:
    """Give somebody a calendar, or a new address for it: the one before stops working."""
    account = session.get_one(Account, person.id)
    renewed = bool(account.calendar_key)
    account.calendar_key = secrets.token_urlsafe(32)
    what = "calendar-renewed" if renewed else "calendar-made"
    audit.record(session, f"account:{account.id}", what, {}, person, at)
    return account.calendar_key


def stop(session: Session, person: Actor, at: datetime) -> None:
    """End somebody's calendar. Done twice, nothing more happens."""
    account = session.get_one(Account, person.id)
    if account.calendar_key:
        account.calendar_key = ""
        audit.record(session, f"account:{account.id}", "calendar-stopped", {}, person, at)


def owner(session: Session, account_id: str, key: str) -> Account:
    """Whose calendar an address is. Raises `NotFound` when it is nobody's, or not any more."""
    account = session.get(Account, account_id)
    kept = account.calendar_key if account is not None and account.active else ""
    if account is None or not kept or not hmac.compare_digest(kept.encode(), key.encode()):
        raise NotFound(_("There is no calendar at this address. It may have been renewed."))
    return account


def feed(session: Session, settings: Settings, account: Account) -> bytes:
    """The calendar, in the person's language. The same bytes as long as nothing has changed."""
    with (
        speaking(account.language or settings.language),
        phrases.in_zone(account.zone, settings.zone),
    ):
        everything = [*_reviews(session, account), *_own(session, account)]
        soonest = sorted(everything, key=lambda one: (one.at, one.uid))[:MOST]
        return _written(settings, soonest)


def tag(content: bytes) -> str:
    """What tells one version of a feed from another (RFC 9110 §8.8.3)."""
    return hashlib.sha256(content).hexdigest()[:32]


def _reviews(session: Session, account: Account) -> Iterator[Due]:
    rows = session.execute(
        select(Review, Submission, Account.name)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Account, Account.id == Submission.candidate_id)
        .where(
            Review.reviewer_id == account.id,
            Review.status == "open",
            Review.due_at.is_not(None),
        )
        .order_by(Review.due_at)
        .limit(MOST)
    )
    viewer = Actor(account.id, account.name, account.email, frozenset(account.roles))
    for review, submission, candidate in rows:
        subject = SubmissionSubject(
            submission, catalogue.edition(session, submission.edition_digest)
        )
        title = subject.edition.credential.title
        assert review.due_at is not None
        name = blinding.candidate_in_list(viewer, subject, candidate)
        yield Due(
            uid=f"review-{review.id}",
            at=review.due_at,
            changed_at=review.started_at,
            sequence=0,
            summary=_("Review due: %(credential)s, %(name)s", credential=title, name=name),
            description=_("Please finish by %(due)s.", due=phrases.moment(review.due_at)),
            path=f"/review/{submission.id}",
        )


def _own(session: Session, account: Account) -> Iterator[Due]:
    rows = session.scalars(
        select(Submission)
        .where(
            Submission.candidate_id == account.id,
            Submission.state_kind == "open",
            Submission.due_at.is_not(None),
        )
        .order_by(Submission.due_at)
        .limit(MOST)
    )
    for submission in rows:
        edition = catalogue.edition(session, submission.edition_digest)
        assert submission.due_at is not None
        yield Due(
            uid=f"submission-{submission.id}",
            at=submission.due_at,
            changed_at=submission.state_since,
            sequence=submission.revision,
            summary=_("Due: %(credential)s", credential=edition.credential.title),
            description=_("Please finish by %(due)s.", due=phrases.moment(submission.due_at)),
            path=f"/submissions/{submission.id}",
        )


def _written(settings: Settings, everything: list[Due]) -> bytes:
    host = urlsplit(settings.base_url).hostname or "localhost"
    name = _text(_("%(site)s: due dates", site=settings.site_name))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Accolade//Due dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{name}",  # RFC 7986; the next one is what programs understood before it
        f"X-WR-CALNAME:{name}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    for one in everything:
        address = f"{settings.base_url}{one.path}"
        # What was last changed, not when it was asked for: the bytes stay the same.
        changed = _utc(one.changed_at)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.uid}@{host}",
            f"DTSTAMP:{changed}",
            f"LAST-MODIFIED:{changed}",
            f"SEQUENCE:{one.sequence}",
            f"DTSTART:{_utc(one.at - LENGTH)}",
            f"DTEND:{_utc(one.at)}",
            f"SUMMARY:{_text(one.summary)}",
            f"DESCRIPTION:{_text(one.description)}\\n{_text(address)}",
            f"URL:{address}",
            "TRANSP:TRANSPARENT",
            "CLASS:PRIVATE",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(one.summary)}",
            f"TRIGGER:-{AHEAD}",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """A text value (RFC 5545 §3.3.11): what people wrote can't begin a line of its own."""
    plain = "".join(char for char in words if char == "\n" or char.isprintable())
    for char in "\\;,":
        plain = plain.replace(char, f"\\{char}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A content line of at most 75 octets, and what is over on lines that begin with a space
    (RFC 5545 §3.1); no character is cut in two."""
    found, now = b"", b""
    for char in line:
        encoded = char.encode()
        if len(now) + len(encoded) > _OCTETS:
            found, now = found + now + b"\r\n", b" "
        now += encoded
    return found + now + b"\r\n"
