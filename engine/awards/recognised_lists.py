"""Lists of who holds what: read from CSV, rehearsed row by row, and recorded as shown.

The rehearsal writes nothing and says of each row what would happen. Recording rehearses again in
its own transaction: only when every row still comes to the same is anything written, so what was
shown is what happens. A list that comes a second time finds everything held.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import issuing, recognised
from engine.errors import Conflict
from engine.forms.compiling import Compiler
from engine.forms.groups import Group
from engine.forms.nodes import Leaf, Place
from engine.forms.resolving import Merged
from engine.forms.spreadsheet import BadSheet, read, text_of
from engine.languages import LANGUAGES, N_, _, speaking
from engine.people import Actor, normal_email
from engine.permissions import require
from engine.phrases import listed
from engine.records.tables import Account, Evidence, Recognition

MOST = 500
"""Rows in one list: they are recorded in one transaction, which everybody else waits for."""
LONGEST_SOURCE = 500
Outcome = Literal["record", "held", "twice", "wrong"]


class Line(NamedTuple):
    """One row, and what comes of it."""

    number: int
    """Its place below the headings, from 1."""
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


def rehearse(session: Session, data: bytes, source: str, at: datetime) -> Rehearsal:
    """What would come of the list in `data`, a CSV file; `source` stands for rows without one.

    Raises `BadSheet` for a file without rows that can be read, with too many, or without a column
    that is needed. Five queries, however long the list.
    """
    sheet = read(text_of(data), _columns(), _in_every_language())
    if len(sheet.rows) > MOST:
        raise BadSheet(
            _(
                "There are %(count)s rows in this; up to %(most)s can be recorded at once. Divide"
                " the list, and record one part after the other.",
                count=f"{len(sheet.rows):,}",
                most=f"{MOST:,}",
            )
        )
    given = {name for row in sheet.rows for name in row}
    missing = [
        _(title) for name, title in _TITLES.items() if name not in given and name != "source"
    ]
    if missing:
        raise BadSheet(
            _(
                "There is no column called %(columns)s in this list. Name the columns in the first"
                " row: %(wanted)s.",
                columns=listed([f"“{one}”" for one in missing]),
                wanted=", ".join(_(title) for title in _TITLES.values()),
            )
        )
    rows = [{name: row.get(name, "").strip() for name in _TITLES} for row in sheet.rows]
    known = _Known(session, rows, at)
    seen: dict[tuple[str, str], int] = {}
    lines = []
    for number, row in enumerate(rows, 1):
        lines.append(_line(number, {**row, "source": row["source"] or source}, known, seen, at))
    return Rehearsal(tuple(lines), sheet.left_out)


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
    rehearsal = rehearse(session, data, source, at)
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


_TITLES: Mapping[str, str] = {
    "email": N_("E-mail address"),
    "credential": N_("Credential"),
    "earned_on": N_("Earned on"),
    "source": N_("Source"),
}
"""The columns, by the names that they may also have."""


def headings() -> list[str]:
    """The columns' titles, in their order."""
    return [_(title) for title in _TITLES.values()]


def _in_every_language() -> dict[str, list[str]]:
    """The columns' titles: a list stays the same when whoever brought it switches the language."""
    found: dict[str, list[str]] = {name: [] for name in _TITLES}
    for language in LANGUAGES:
        with speaking(language):
            for name, title in _TITLES.items():
                found[name].append(_(title))
    return found


def _columns() -> Sequence[Leaf]:
    schema = {
        "type": "object",
        "properties": {
            name: {
                "type": "string",
                "title": _(title),
                **({"format": "date"} if name == "earned_on" else {}),
            }
            for name, title in _TITLES.items()
        },
    }
    root = Compiler(schema, {}).built(
        Merged(schema), Place(key="list", required=True, optional=False, unfolded=True)
    )
    assert isinstance(root, Group)
    return [part for part in root.parts if isinstance(part, Leaf)]


class _Known:
    """Who and what there is, read once for a whole list."""

    def __init__(self, session: Session, rows: Iterable[Mapping[str, str]], at: datetime) -> None:
        self.titles = recognised.titles(session)
        self.by_word = {
            **{title.casefold(): id for id, title in self.titles.items()},
            **{id.casefold(): id for id in self.titles},
        }
        emails = sorted({normal_email(row["email"]) for row in rows} - {""})
        accounts = session.execute(
            select(Account.id, Account.email, Account.name).where(Account.email.in_(emails))
        ).all()
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
        words.append(_("There is no e-mail address in this row."))
    elif not account_id:
        words.append(_("Nobody has an account with this address. Add the person first."))
    credential_id = known.by_word.get(row["credential"].casefold(), "")
    if not credential_id:
        words.append(_unknown(row["credential"], known.titles))
    words += _about_day(row["earned_on"], at.date())
    if not row["source"]:
        words.append(_("Say who awarded it, or how you know."))
    elif len(row["source"]) > LONGEST_SOURCE:
        words.append(_("Keep the source within 500 characters."))
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


def _about_day(said: str, today: date) -> list[str]:
    try:
        earned = date.fromisoformat(said)
    except ValueError:
        return [_("This is no date. Write it like 2026-03-12.")]
    return [_("This day is still to come.")] if earned > today else []
