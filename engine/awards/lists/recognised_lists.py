"""Lists of who holds what: read from CSV, rehearsed row by row, and recorded as shown.

The rehearsal writes nothing and says of each row what would happen. Recording rehearses again in
its own transaction: only when every row still comes to the same is anything written, so what was
shown is what happens. A list that comes a second time finds everything held.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.lists import columns
from engine.awards.recognising import recognised
from engine.errors import Conflict
from engine.languages import N_, _
from engine.people import Actor, normal_email
from engine.permissions import require
from engine.records.tables import Account, Evidence, Recognition

MOST = 500
"""Rows in one list: they are recorded in one transaction, which everybody else waits for."""
Outcome = Literal["record", "held", "twice", "wrong"]


class Line(NamedTuple):
    """One row, and what comes of it."""

    number: int
    """Which row of the spreadsheet it is, headings and blank rows counted."""
    email: str
    name: str
    """The person's, or empty where nobody has that address."""
    credential: str
    """The title of what it names, or the text that is none."""
    earned_on: str
    """ISO 8601 date, or the text that is none."""
    source: str
    outcome: Outcome
    words: tuple[str, ...] = ()
    """What is wrong with it, each in a sentence."""
    account_id: str = ""
    credential_id: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """What would come of a list."""

    lines: tuple[Line, ...]
    left_out: tuple[str, ...]
    """Headings of the file that mean nothing here."""
    read_as: tuple[str, str] | None = None
    """As `Sheet.read_as`."""

    def of(self, outcome: Outcome) -> list[Line]:
        """The rows with this outcome."""
        return [line for line in self.lines if line.outcome == outcome]

    @property
    def digest(self) -> str:
        """The same for the same rows with the same outcomes, in whatever language."""
        said = [
            [*line[:3], line.earned_on, line.source, line.outcome, *line[8:]] for line in self.lines
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def rehearse(
    session: Session, data: bytes, source: str, at: datetime, alone: bool = False
) -> Rehearsal:
    """What would come of the list in `data`, a CSV file; `source` stands for rows without one.

    `alone`: nobody else records a list for the same people until this transaction ends. Raises
    `BadSheet` for a file without rows that can be read, with too many, or without a column that is
    needed. Five queries, however long the list.
    """
    sheet = columns.rows_of(data, COLUMNS, MOST)
    known = _Known(session, sheet.rows, at, alone)
    seen: dict[tuple[str, str], int] = {}
    lines = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        lines.append(_line(number, {**row, "source": row["source"] or source}, known, seen, at))
    return Rehearsal(tuple(lines), sheet.left_out, sheet.read_as)


def record(
    session: Session,
    data: bytes,
    source: str,
    digest: str,
    proof: Evidence,
    actor: Actor,
    at: datetime,
) -> int:
    """Record every row that can be, as it was shown with this `digest`; `proof` is the file itself.

    Returns how many were recorded. Raises `Conflict` when a row would come to something else now.
    """
    require(actor, "recognition.record")
    rehearsal = rehearse(session, data, source, at, alone=True)
    if rehearsal.digest != digest:
        raise Conflict(N_("Something changed since you looked at the list."))
    todo = rehearsal.of("record")
    if not todo:
        return 0
    session.add(proof)
    session.flush()
    wanted = select(Account).where(Account.id.in_({line.account_id for line in todo}))
    people = {account.id: account for account in session.scalars(wanted)}
    for line in todo:
        issuing.recognise(
            session,
            people[line.account_id],
            line.credential_id,
            date.fromisoformat(line.earned_on),
            line.source,
            proof.id,
            actor,
            at,
        )
    return len(todo)


COLUMNS: columns.Columns = {
    "email": columns.EMAIL,
    "credential": columns.Column(N_("Credential")),
    "earned_on": columns.Column(N_("Earned on"), is_day=True),
    "source": columns.Column(N_("Source"), needed=False),
}


class _Known:
    """Who and what there is, read once for a whole list."""

    def __init__(
        self, session: Session, rows: Iterable[Mapping[str, str]], at: datetime, alone: bool
    ) -> None:
        self.titles = recognised.titles(session)
        self.by_word = {
            **{title.casefold(): id for id, title in self.titles.items()},
            **{id.casefold(): id for id in self.titles},
        }
        emails = sorted({normal_email(row["email"]) for row in rows} - {""})
        asked = select(Account.id, Account.email, Account.name).where(Account.email.in_(emails))
        # In one order for all, or two lists would wait for each other.
        held = asked.order_by(Account.id).with_for_update(key_share=True)
        accounts = session.execute(held if alone else asked).all()
        self.people = {email: (id, name) for id, email, name in accounts}
        query = select(Recognition.account_id, Recognition.credential_id).where(
            Recognition.account_id.in_([id for id, _email, _name in accounts]),
            *issuing.counting(at),
        )
        self.held: Collection[tuple[str, str]] = {(id, held) for id, held in session.execute(query)}


def _line(
    number: int,
    row: Mapping[str, str],
    known: _Known,
    seen: dict[tuple[str, str], int],
    at: datetime,
) -> Line:
    words = []
    email = normal_email(row["email"])
    account_id, name = known.people.get(email, ("", ""))
    if not email:
        words.append(columns.about_email(row["email"]))
    elif not account_id:
        words.append(_("Nobody has an account with this address. Add the person first."))
    credential_id = known.by_word.get(row["credential"].casefold(), "")
    if not credential_id:
        words.append(_unknown(row["credential"], known.titles))
    words += columns.about_day(row["earned_on"], at.date())
    words += columns.about_source(row["source"])
    outcome: Outcome = "wrong"
    if not words:
        pair = (account_id, credential_id)
        if pair in known.held:
            outcome, words = "held", [_("Already recorded, so nothing happens.")]
        elif pair in seen:
            outcome = "twice"
            words = [_("The same as row %(number)s: recorded once.", number=seen[pair])]
        else:
            outcome = "record"
            seen[pair] = number
    return Line(
        number,
        email or row["email"],
        name,
        known.titles.get(credential_id, row["credential"]),
        row["earned_on"],
        row["source"],
        outcome,
        tuple(words),
        account_id,
        credential_id,
    )


def _unknown(said: str, titles: Mapping[str, str]) -> str:
    if not said:
        return _("There is no credential in this row.")
    near = {title.casefold(): title for title in titles.values()}
    near |= {id.casefold(): title for id, title in titles.items()}
    close = difflib.get_close_matches(said.casefold()[:200], near, n=1)
    if close:
        return _("No credential is called that. Did you mean “%(title)s”?", title=near[close[0]])
    return _("No credential that is earned elsewhere is called that.")
