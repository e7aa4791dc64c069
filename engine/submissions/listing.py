"""Lists of submissions: the reviewers' queue and staff's list, narrowed, sorted, a page at a time.

What they are narrowed to is in `narrowing`, how the database finds it in `list_statements`, what
each filter asks in `list_conditions`. Here are the rows as their reader may know them. They are
tuples of the columns that lists show, since pages of fifty are opened all day long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import catalogue
from engine.records.tables import Submission
from engine.submissions import blinding, list_statements
from engine.submissions.narrowing import Asked, ListName

COUNTED = 100
"""How far the rows of a saved view are counted; beyond that it says "more"."""


class Row(NamedTuple):
    """A submission in a list, with the names that stand beside it: `list_statements.LISTED`."""

    id: str
    edition_digest: str
    credential_id: str
    candidate_id: str
    state: str
    state_since: datetime
    revision: int
    round: int
    reviewer_id: str | None
    reviewer_ids: list[str]
    places_free: int
    due_at: datetime | None
    candidate_name: str
    candidate_school: str
    reviewer_name: str

    @property
    def submission(self) -> Submission:
        """The submission as far as a list knows it, to ask who may do what: of no session."""
        named = zip(list_statements.LISTED, self, strict=False)
        return Submission(**dict(named))

    def subject(self, edition: Edition) -> SubmissionSubject:
        """The same with its edition."""
        return SubmissionSubject(self.submission, edition)


class Found(NamedTuple):
    """A page of a list."""

    rows: tuple[Row, ...]
    following: str
    """The cursor of what comes after; empty when there is nothing."""
    to_look_further: bool
    """There may be more though the page is not full: it looked at as many rows as it may."""


def page(
    session: Session,
    actor: Actor,
    name: ListName,
    asked: Asked,
    at: datetime,
    *,
    after: str = "",
    limit: int = 50,
) -> Found:
    """One page, in a query or two. A cursor that makes no sense begins anew."""
    require(actor, "staff.see" if name == "staff" else "queue.see")
    beyond = list_statements.read_cursor(after)
    ask = list_statements.for_page(session, actor, name, asked, beyond is not None, limit + 1)
    values = list_statements.values(actor, asked, at, beyond)
    place = next(iter(ask.end(session, values)), None) if ask.end is not None else None
    if place is None or ask.rows_until is None:
        found = ask.rows(session, values)
    else:
        found = ask.rows_until(session, {**values, "until": place[0], "until_id": place[1]})
    rows = _rows(session, actor, found[:limit])
    if len(found) > limit:
        last = rows[-1]
        return Found(rows, list_statements.cursor(getattr(last, ask.by), last.id), False)
    if place is not None:
        # The page is not full: it came to the end of how far one page looks.
        return Found(rows, list_statements.cursor(*place), True)
    return Found(rows, "", False)


def everything(
    session: Session,
    actor: Actor,
    name: ListName,
    asked: Asked,
    at: datetime,
    most: int,
    chunk: int = 500,
) -> Iterator[Row]:
    """Every row that matches, in order, up to `most`: page after page, so that memory holds one."""
    after, given = "", 0
    while given < most:
        found = page(session, actor, name, asked, at, after=after, limit=min(chunk, most - given))
        yield from found.rows
        given += len(found.rows)
        after = found.following
        if not after:
            return


def counted(
    session: Session,
    actor: Actor,
    name: ListName,
    several: Sequence[Asked],
    at: datetime,
    most: int = COUNTED,
) -> list[int]:
    """How many rows each of these would show, in one query; at most `most` each."""
    if not several:
        return []
    require(actor, "staff.see" if name == "staff" else "queue.see")
    ask = list_statements.for_counts(session, actor, name, several, most)
    values: dict[str, Any] = {}
    for number, asked in enumerate(several):
        values |= list_statements.values(actor, asked, at, None, str(number))
    return list(ask(session, values)[0])


def some(session: Session, actor: Actor, name: ListName, ids: Sequence[str]) -> list[Row]:
    """These submissions, as far as the list would show them, in no order."""
    require(actor, "staff.see" if name == "staff" else "queue.see")
    found: list[Row] = []
    for start in range(0, len(ids), 500):
        ask = list_statements.for_some(name, ids[start : start + 500])
        found += _rows(session, actor, ask(session, {"me": actor.id}))
    return found


def _rows(session: Session, actor: Actor, found: Sequence[Any]) -> tuple[Row, ...]:
    """Rows with the people in them named as the reader may know them."""
    blind: dict[str, Edition | None] = {}
    rows = []
    for row in map(Row._make, found):
        if row.edition_digest not in blind:
            edition = catalogue.edition(session, row.edition_digest)
            hides = edition.workflow is not None and blinding.is_blind(edition.workflow)
            blind[row.edition_digest] = edition if hides else None
        hiding = blind[row.edition_digest]
        rows.append(row if hiding is None else _blinded(actor, row, row.subject(hiding)))
    return tuple(rows)


def _blinded(actor: Actor, row: Row, subject: SubmissionSubject) -> Row:
    return row._replace(
        candidate_name=blinding.candidate_in_list(actor, subject, row.candidate_name),
        candidate_school=("" if blinding.hides_candidate(actor, subject) else row.candidate_school),
        reviewer_name=blinding.reviewer_in_list(actor, subject, row.reviewer_name),
    )
