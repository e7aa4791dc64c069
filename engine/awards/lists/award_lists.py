"""Lists of people who are awarded one credential: read from CSV, and rehearsed row by row.

The rehearsal writes nothing and says of each row what would happen. Having it begin rehearses once
more in its own transaction, so that what was shown is what happens; from then on the list is rows
in the database that `award_list_job` works through. What stands behind these awards is no
submission but the source that staff name; it is kept with every one of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.awards import status
from engine.awards.badges import issuer
from engine.awards.expiry import expiry
from engine.awards.lists import award_list_job, columns
from engine.awards.lists.award_list_rows import as_of
from engine.credentials.credential import Edition
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import N_, _
from engine.people import Actor, normal_email, shown_name
from engine.permissions import require
from engine.phrases import record_day
from engine.records import audit, catalogue
from engine.records.tables import Account, Award, AwardList, AwardListRow, new_id
from engine.settings import Settings

MOST = 5_000
"""Rows in one list."""
EARLIEST = date(1950, 1, 1)
COLUMNS: columns.Columns = {
    "email": columns.EMAIL,
    "name": columns.Column(N_("Name"), needed=False, also=("Full name", "Nombre completo")),
    "awarded_on": columns.Column(N_("Awarded on"), needed=False, is_day=True),
}
Outcome = Literal["award", "held", "twice", "unknown", "wrong"]


class Asked(NamedTuple):
    """What staff ask of a list, beside its rows."""

    credential_id: str
    source: str
    adds_people: bool
    tells_people: bool


class Line(NamedTuple):
    """One row, and what comes of it."""

    number: int
    """Which row of the spreadsheet it is, headings and blank rows counted."""
    email: str
    name: str
    """As their certificate will have it: the account's, or else the row's."""
    awarded_on: str
    """ISO 8601 date, empty for today, or the text that is no date."""
    outcome: Outcome
    words: tuple[str, ...] = ()
    """What is wrong with it, or what else to know, each in a sentence."""
    account_id: str = ""
    """Empty for somebody who has no account yet."""


@dataclass(frozen=True)
class Rehearsal:
    """What would come of a list."""

    edition: Edition
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]
    """Headings of the file that mean nothing here."""
    before: tuple[AwardList, ...]
    """When the same file was awarded as the same credential already, the latest first."""
    read_as: tuple[str, str] | None = None
    """As `Sheet.read_as`."""

    def of(self, *outcomes: Outcome) -> list[Line]:
        """The rows with one of these outcomes."""
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def digest(self) -> str:
        """The same for the same rows with the same outcomes, in whatever language."""
        rows = [[*line[:5], line.account_id] for line in self.lines]
        return hashlib.sha256(json.dumps([self.edition.digest, rows]).encode()).hexdigest()


def awardable(session: Session) -> dict[str, str]:
    """The titles of what a list can award, by id: every current credential that is earned here.

    What is earned elsewhere is recorded instead, and what is kept in confidence is its owner's.
    """
    return {
        one.credential.id: one.credential.title
        for one in catalogue.current_all(session)
        if _may_be_listed(one)
    }


def rehearse(session: Session, data: bytes, asked: Asked, at: datetime) -> Rehearsal:
    """What would come of the list in `data`, a CSV file.

    Raises `BadSheet` for a file without rows that can be read, with too many, or without a column
    that is needed, and `NotFound` for a credential that no list awards. A few queries, however
    long the list.
    """
    edition = catalogue.current(session, asked.credential_id)
    if edition is None or not _may_be_listed(edition):
        raise NotFound(_("Choose the credential that the list awards."))
    needed = {**COLUMNS, "name": COLUMNS["name"]._replace(needed=asked.adds_people)}
    sheet = columns.rows_of(data, needed, MOST)
    # Whoever does not see here that somebody else is awarding the same file can't keep it either;
    # and whoever does sees the other's rows below.
    before = _before(session, data, asked)
    known = _Known(session, asked, sheet.rows, at)
    valid_for = edition.credential.certificate.valid_for
    seen: dict[str, tuple[int, str]] = {}
    lines = [
        _line(number, row, known, seen, valid_for, asked.adds_people, at)
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
    ]
    return Rehearsal(edition, tuple(lines), sheet.left_out, before, sheet.read_as)


def begin(
    session: Session,
    settings: Settings,
    data: bytes,
    name: str,
    asked: Asked,
    digest: str,
    actor: Actor,
    at: datetime,
) -> str:
    """Keep the list as it was shown with this `digest`, and have it awarded; returns its id.

    `name` is the file's. Raises `Conflict` when a row would come to something else now, or when
    somebody else was faster with the same file, and `Refused` when nobody is left to award it to,
    or (`issuer-key`) when there is no key to sign the awards with.
    """
    require(actor, "award.list")
    rehearsal = rehearse(session, data, asked, at)
    if rehearsal.digest != digest:
        raise _changed()
    if not rehearsal.of("award"):
        raise Refused(Refusal(_("There is nobody to award it to."), code="list"))
    issuer.must_be_able_to_sign(session, settings)
    id = new_id()
    listed = AwardList(
        id=id,
        name=name[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        time=len(rehearsal.before),
        credential_id=asked.credential_id,
        edition_digest=rehearsal.edition.digest,
        source=asked.source,
        adds_people=asked.adds_people,
        tells_people=asked.tells_people,
        begun_by=actor.id,
        begun_at=at,
    )
    try:
        with session.begin_nested():
            session.add(listed)
    except IntegrityError as error:
        raise _changed() from error
    session.execute(insert(AwardListRow), [_kept(id, line) for line in rehearsal.lines])
    facts = {
        "credential": asked.credential_id,
        "edition": rehearsal.edition.digest,
        "source": asked.source,
        "file": listed.sha256,
        "rows": len(rehearsal.lines),
        "awards": len(rehearsal.of("award")),
    }
    audit.record(session, f"award-list:{id}", "begun", facts, actor, at)
    award_list_job.queue(session, id, at)
    return id


def _kept(id: str, line: Line) -> Mapping[str, object]:
    outcome = {"award": "", "held": "held", "twice": "held"}.get(line.outcome, "left")
    return {
        "list_id": id,
        "number": line.number,
        "email": line.email[:320],
        "name": line.name[:200],
        "awarded_on": date.fromisoformat(line.awarded_on)
        if line.awarded_on and outcome == ""
        else None,
        "outcome": outcome,
        "words": " ".join(line.words) if outcome else "",
    }


def _changed() -> Conflict:
    return Conflict(N_("Something changed since you looked at the list."))


def _may_be_listed(edition: Edition) -> bool:
    credential, workflow = edition.credential, edition.workflow
    if credential.kind in ("recognised", "goal") or credential.confidential:
        return False
    # A log that ends without an award is no credential to hold.
    return workflow is None or any(
        effect.name == "issue" for one in workflow.transitions.values() for effect in one.do
    )


def _before(session: Session, data: bytes, asked: Asked) -> tuple[AwardList, ...]:
    query = select(AwardList).where(
        AwardList.sha256 == hashlib.sha256(data).hexdigest(),
        AwardList.credential_id == asked.credential_id,
    )
    return tuple(session.scalars(query.order_by(AwardList.time.desc())))


class _Known:
    """Who there is and who holds it, read once for a whole list."""

    def __init__(
        self, session: Session, asked: Asked, rows: Iterable[Mapping[str, str]], at: datetime
    ) -> None:
        emails = sorted({normal_email(row["email"]) for row in rows} - {""})
        found = select(Account.email, Account.id, Account.name, Account.active)
        self.people = {
            email: (id, name, active)
            for part in _parts(emails)
            for email, id, name, active in session.execute(found.where(Account.email.in_(part)))
        }
        ids = [id for id, _name, _active in self.people.values()]
        of_it = Award.credential_id == asked.credential_id
        held = select(Award.recipient_id, Award.issued_at).where(of_it, *status.counting(at))
        resting = select(Award.recipient_id).where(of_it, *status.resting())
        revoked = (
            select(Award.recipient_id, func.max(Award.revoked_at))
            .where(of_it, Award.revoked_at.is_not(None))
            .group_by(Award.recipient_id)
        )
        under_way = (
            select(AwardListRow.email, AwardList.name)
            .join(AwardList, AwardList.id == AwardListRow.list_id)
            .where(
                AwardList.credential_id == asked.credential_id,
                AwardList.ended_at.is_(None),
                # What was stopped may never go on; when it does, it finds who holds it by then.
                AwardList.stopped_at.is_(None),
                AwardListRow.outcome == "",
            )
        )
        self.held: dict[str, datetime] = {}
        self.resting: set[str] = set()
        self.revoked: dict[str, datetime] = {}
        for part in _parts(ids):
            mine = Award.recipient_id.in_(part)
            self.held |= dict(session.execute(held.where(mine)).all())
            self.resting |= set(session.scalars(resting.where(mine)))
            ended = session.execute(revoked.where(mine))
            self.revoked |= {id: day for id, day in ended if day is not None}
        self.under_way = dict(session.execute(under_way).all())


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), 1_000):
        yield values[start : start + 1_000]


def _line(
    number: int,
    row: Mapping[str, str],
    known: _Known,
    seen: dict[str, tuple[int, str]],
    valid_for: str,
    adds: bool,
    at: datetime,
) -> Line:
    email, day = normal_email(row["email"]), row["awarded_on"]
    account_id, name, active = known.people.get(email, ("", "", True))
    said = shown_name(row["name"])
    outcome, words = _about(email, account_id, active, row, known, adds)
    wrong = _about_day(day, valid_for, at)
    if wrong and outcome not in ("held",):
        outcome, words = "wrong", [*(words if outcome == "wrong" else []), *wrong]
    if outcome == "award":
        if email in seen:
            outcome, words = _again(said, *seen[email])
        else:
            seen[email] = number, said
            if name and said and said != name:
                words.append(_("Your list says “%(name)s”. The name here is used.", name=said))
    return Line(
        number,
        email or row["email"],
        name or said,
        day,
        outcome,
        tuple(words),
        account_id,
    )


def _about(
    email: str,
    account_id: str,
    active: bool,
    row: Mapping[str, str],
    known: _Known,
    adds: bool,
) -> tuple[Outcome, list[str]]:
    """What comes of a row, its day aside."""
    if not email:
        return "wrong", [columns.about_email(row["email"])]
    if email in known.under_way:
        words = _("Being awarded already, from the list “%(name)s”.", name=known.under_way[email])
        return "held", [words]
    if not account_id:
        if not adds:
            return "unknown", [_("Nobody has an account with this address.")]
        if wrong := columns.about_name(row["name"]):
            return "wrong", wrong
        return "award", [_("An account is made for this person.")]
    if not active:
        return "wrong", [_("This person’s account is closed.")]
    if (since := known.held.get(account_id)) is not None:
        return "held", [_("Holds it already, since %(day)s.", day=record_day(since))]
    if account_id in known.resting:
        words = _("Their award is suspended. Lift that instead, or revoke it first.")
        return "wrong", [words]
    if (ended := known.revoked.get(account_id)) is not None:
        return "award", [_("An earlier one was revoked on %(day)s.", day=record_day(ended))]
    return "award", []


def _again(said: str, number: int, before: str) -> tuple[Outcome, list[str]]:
    """What comes of a row whose address stands in an earlier one, with the name `before`."""
    if said and before and said.casefold() != before.casefold():
        words = _(
            "Row %(number)s has the same address with another name, “%(name)s”. If they are two"
            " people, each needs an address of their own.",
            number=number,
            name=before,
        )
        return "wrong", [words]
    return "twice", [_("The same person as in row %(number)s.", number=number)]


def _about_day(said: str, valid_for: str, at: datetime) -> list[str]:
    if not said:
        return []
    if words := columns.about_day(said, at.date()):
        return words
    day = date.fromisoformat(said)
    if day < EARLIEST:
        return [_("This day is too long ago.")]
    ends = expiry(as_of(day, at), valid_for)
    if ends is not None and ends < at:
        return [_("It would have ended on %(day)s already.", day=record_day(ends))]
    return []
