"""Lists of submissions: the reviewers' queue and staff's list, narrowed, sorted, a page at a time.

A page costs the same at a thousand submissions and at a million. Each order and each main filter
has an index of its own that is walked by keyset (`tables._walk`); filters that name people or
words find a bounded number of submissions first; and where several rare filters meet, at most
`WALK` rows are looked at before a page ends, with a cursor to look further from. Who may see what
is asked here too: reviewers see what waits, but neither their own work nor what they have a
conflict of interest with, and find by words only what they may read.

To put a statement together takes longer than to run it: there is one for each set of filters, kept,
and what the filters say are its parameters. Only what somebody typed makes a statement of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from engine.credentials.credential import Edition
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import catalogue
from engine.records.tables import Account, AnswerText, Review, Submission
from engine.submissions import blinding, conflicts_of_interest, searching

ListName = Literal["queue", "staff"]

WALK = 1_000
"""Rows of an index that one page looks at where filters have no index together."""
FETCHED = 5_000
"""Submissions of the people or words that were looked for, at most."""
SOON = timedelta(days=3)
COUNTED = 100
"""How far the rows of a saved view are counted; beyond that it says "more"."""
ROUNDS = ("1", "2", "3", "4", "5")

_NOTHING = select(Submission).where(literal(value=False))
_CANDIDATE, _REVIEWER = aliased(Account), aliased(Account)
_NAMES = (_CANDIDATE.name, _CANDIDATE.school, _REVIEWER.name)
Entity = type[Submission]
Condition = Callable[[Entity], ColumnElement[bool]]


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed to and how it is sorted, as it stands in an address."""

    credential: str = ""
    state: str = ""
    whose: str = ""
    """`mine`, `free`, or empty for everybody's."""
    due: str = ""
    """`overdue`, `soon` (within three days), or empty."""
    round: str = ""
    longer: str = ""
    """Waiting for longer than so many days."""
    name: str = ""
    """Beginnings of the candidate's names or e-mail address."""
    school: str = ""
    """The beginning of the candidate's school."""
    reviewer: str = ""
    """Beginnings of the reviewer's names."""
    words: str = ""
    """Words in the answers that were handed in."""
    sort: str = ""
    """`waiting`, `due` or `newest`; empty for the list's own order."""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Asked:
        """As the arguments of an address say it; what makes no sense counts as not said."""
        found = {field.name: said.get(field.name, "").strip()[:200] for field in fields(cls)}
        known = {
            "whose": ("mine", "free"),
            "due": ("overdue", "soon"),
            "round": ROUNDS,
            "sort": ("waiting", "due", "newest"),
        }
        for name, values in known.items():
            if found[name] not in values:
                found[name] = ""
        if not (found["longer"].isdecimal() and 0 < int(found["longer"]) < 10_000):
            found["longer"] = ""
        return cls(**found)

    @property
    def arguments(self) -> dict[str, str]:
        """What is said, by name; empty for the whole list."""
        return {
            field.name: value for field in fields(self) if (value := str(getattr(self, field.name)))
        }

    @property
    def typed(self) -> bool:
        """Whether anything was typed that words or people are looked for by."""
        return bool(self.words or self.name or self.school or self.reviewer)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.arguments.keys() - {"sort"})

    def but(self, **other: str) -> Asked:
        """The same with something else in it."""
        return replace(self, **other)


class Row(NamedTuple):
    """A submission in a list, with the names that stand beside it."""

    submission: Submission
    candidate_name: str
    candidate_school: str
    reviewer_name: str


class Found(NamedTuple):
    """A page of a list."""

    rows: tuple[Row, ...]
    following: str
    """The cursor of what comes after; empty when there is nothing."""
    to_look_further: bool
    """There may be more though the page is not full: it looked at as many rows as it may."""


class _Plan(NamedTuple):
    """How the database gets at the rows."""

    first: Select[Any] | None
    """Finds a bounded number of submissions by what is known of them, if anything is."""
    driving: tuple[Condition, ...]
    """Conditions that an index answers together with the order."""
    rest: tuple[Condition, ...]
    """Conditions that are asked of each row."""
    always: tuple[Condition, ...]
    """Conditions of the same kind that leave out so few rows that nobody would notice."""
    by: Literal["due_at", "state_since"]
    """The column of the order."""
    descending: bool


class _Searched(NamedTuple):
    """What somebody typed, as conditions."""

    found: tuple[ColumnElement[bool], ...] = ()
    """Each finds few submissions."""
    others: tuple[Condition, ...] = ()
    only_mine: bool = False
    """It is looked for in the work alone that is with the reader."""
    nothing: bool = False
    """Nothing can be found by it."""


class _Statements(NamedTuple):
    """What one page asks, its values left open."""

    plan: _Plan
    rows: Select[Any]
    end: Select[Any] | None
    """The row at which the page stops looking, where it does not look to the end of the list."""


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
    """One page, in one query. A cursor that makes no sense begins anew."""
    require(actor, "staff.see" if name == "staff" else "queue.see")
    beyond = _read_cursor(after)
    if asked.typed:
        searched = _searched(session, actor, asked)
        ask = _statements(name, asked, searched, beyond is not None, limit + 1)
    else:
        ask = _kept_statements(name, _shape(asked), beyond is not None, limit + 1)
    values = _values(actor, asked, at, beyond)
    found = session.execute(ask.rows, values).all()
    blind: dict[str, Edition | None] = {}
    rows = tuple(_row(session, actor, one, blind) for one in found[:limit])
    if len(found) > limit:
        return Found(rows, _cursor(rows[-1].submission, ask.plan), False)
    if ask.end is not None:
        # The page is not full: it came to the end of the list, or of how far one page looks.
        end = session.execute(ask.end, values).scalars().first()
        if end is not None:
            return Found(rows, _cursor(end, ask.plan), True)
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
        session.expunge_all()
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
    if any(asked.typed for asked in several):
        searched = [_searched(session, actor, asked) for asked in several]
        query = _counting(name, several, searched, most)
    else:
        query = _kept_counting(name, tuple(map(_shape, several)), most)
    values: dict[str, Any] = {}
    for number, asked in enumerate(several):
        values |= _values(actor, asked, at, None, str(number))
    return list(session.execute(query, values).one())


def some(session: Session, actor: Actor, name: ListName, ids: Sequence[str]) -> list[Row]:
    """These submissions, as far as the list would show them, in no order."""
    require(actor, "staff.see" if name == "staff" else "queue.see")
    conditions = [one(Submission) for one in (*_scope(name), *_hidden(name))]
    found: list[Row] = []
    blind: dict[str, Edition | None] = {}
    for start in range(0, len(ids), 500):
        these = Submission.id.in_(ids[start : start + 500])
        query = _named(select(Submission).where(these, *conditions), Submission)
        rows = session.execute(query, {"me": actor.id})
        found += [_row(session, actor, one, blind) for one in rows]
    return found


def _row(
    session: Session, actor: Actor, found: Sequence[Any], blind: dict[str, Edition | None]
) -> Row:
    """A row with the people in it named as the reader may know them; `blind` keeps which editions
    hide anybody from anybody."""
    submission, candidate, school, reviewer = found
    digest = submission.edition_digest
    if digest not in blind:
        edition = catalogue.edition(session, digest)
        hides = edition.workflow is not None and blinding.is_blind(edition.workflow)
        blind[digest] = edition if hides else None
    if (hiding := blind[digest]) is None:
        return Row(submission, candidate, school, reviewer or "")
    subject = SubmissionSubject(submission, hiding)
    return Row(
        submission,
        blinding.candidate_in_list(actor, subject, candidate),
        "" if blinding.hides_candidate(actor, subject) else school,
        blinding.reviewer_in_list(actor, subject, reviewer or ""),
    )


# Statements and their values.


def _shape(asked: Asked) -> Asked:
    """The same for everything that one statement answers: values that are parameters are alike."""
    return Asked(
        credential=asked.credential and "*",
        state=asked.state and "*",
        whose=asked.whose,
        due=asked.due,
        round=asked.round and "*",
        longer=asked.longer and "*",
        sort=asked.sort,
    )


def _values(
    actor: Actor, asked: Asked, at: datetime, beyond: tuple[datetime, str] | None, mark: str = ""
) -> dict[str, Any]:
    """The parameters; `mark` tells those of one list from another's in the same statement."""
    values: dict[str, Any] = {
        "credential": asked.credential,
        "state": asked.state,
        "until": at + SOON if asked.due == "soon" else at,
        "from": at,
        "before": at - timedelta(days=int(asked.longer or 0)),
        "round": int(asked.round or 0),
    }
    if beyond is not None:
        values["beyond"], values["beyond_id"] = beyond
    return {"me": actor.id, **{f"{name}{mark}": value for name, value in values.items()}}


def _statements(
    name: ListName, asked: Asked, searched: _Searched, goes_on: bool, limit: int
) -> _Statements:
    plan = _plan(name, asked, searched)
    query, of = _matched(plan, goes_on, limit)
    looks_on = plan.first is None and plan.rest
    end = _walk(plan, goes_on, 1, WALK - 1) if looks_on else None
    return _Statements(plan, _named(query, of), end)


@lru_cache(maxsize=512)
def _kept_statements(name: ListName, shape: Asked, goes_on: bool, limit: int) -> _Statements:
    return _statements(name, shape, _Searched(), goes_on, limit)


def _counting(
    name: ListName, several: Sequence[Asked], searched: Sequence[_Searched], most: int
) -> Select[Any]:
    numbers = []
    for number, (asked, by) in enumerate(zip(several, searched, strict=True)):
        query, of = _matched(_plan(name, asked, by, str(number)), False, most)
        rows = query.with_only_columns(of.id, maintain_column_froms=True)
        numbers.append(select(func.count()).select_from(rows.subquery()).scalar_subquery())
    return select(*numbers)


@lru_cache(maxsize=512)
def _kept_counting(name: ListName, shapes: tuple[Asked, ...], most: int) -> Select[Any]:
    return _counting(name, shapes, [_Searched()] * len(shapes), most)


def _plan(name: ListName, asked: Asked, searched: _Searched, mark: str = "") -> _Plan:
    """How to get at what is asked for; of most filters only that they are there counts here."""
    by_due = bool(asked.due) or asked.sort == "due"
    newest = asked.sort == "newest" or (name == "staff" and not asked.sort)
    driving = [*_scope(name), *_equal(asked, mark)]
    rest: list[Condition] = []
    if asked.whose == "free":
        # An index over what is free, which all waits, knows nothing of when it is due.
        (rest if by_due else driving).extend([_waits, _is_free])
    if by_due:
        driving.append(lambda of: of.due_at.is_not(None))
        if asked.due:
            driving.append(lambda of: of.due_at < bindparam(f"until{mark}"))
        if asked.due == "soon":
            driving.append(lambda of: of.due_at >= bindparam(f"from{mark}"))
    if asked.longer:
        where = rest if by_due else driving
        where.append(lambda of: of.state_since < bindparam(f"before{mark}"))
    if asked.round:
        alone = not (by_due or asked.credential or asked.state or asked.whose == "free")
        (driving if alone else rest).append(lambda of: of.round == bindparam(f"round{mark}"))
    always = _hidden(name)
    if by_due and name == "queue" and asked.state:
        # The index over due times of one state need not know that it waits: all of it does.
        driving.remove(_waits)
        always = (*always, _waits)
    first, others = _first(asked, searched)
    return _Plan(
        first,
        tuple(driving),
        (*rest, *others),
        always,
        "due_at" if by_due else "state_since",
        newest and not by_due,
    )


def _scope(name: ListName) -> tuple[Condition, ...]:
    return (_waits,) if name == "queue" else ()


def _equal(asked: Asked, mark: str) -> list[Condition]:
    found: list[Condition] = []
    if asked.credential:
        found.append(lambda of: of.credential_id == bindparam(f"credential{mark}"))
    if asked.state:
        found.append(lambda of: of.state == bindparam(f"state{mark}"))
    return found


def _waits(of: Entity) -> ColumnElement[bool]:
    # Word for word as `tables.WAITING` says it, or SQLite would not use the index.
    return of.state_kind.in_([literal_column("'review'"), literal_column("'decide'")])


def _is_free(of: Entity) -> ColumnElement[bool]:
    return or_(of.reviewer_id.is_(None), of.places_free > literal_column("0"))


def _me() -> BindParameter[str]:
    return bindparam("me", type_=Account.id.type)


def _hidden(name: ListName) -> tuple[Condition, ...]:
    """What a reviewer never sees in the queue: their own work, and conflicts of interest."""
    if name == "staff":
        return ()
    return (
        lambda of: of.candidate_id != _me(),
        lambda of: of.candidate_id.not_in(conflicts_of_interest.hidden_from(_me())),
    )


def _first(asked: Asked, searched: _Searched) -> tuple[Select[Any] | None, list[Condition]]:
    """The filters that find few submissions at once: the first of them, and conditions for the
    others."""
    if searched.nothing:
        return _NOTHING, []
    found, others = list(searched.found), list(searched.others)
    if asked.whose == "mine" or searched.only_mine:
        found.insert(0, Submission.id.in_(_assigned(Review.reviewer_id == _me())))
        others.insert(0, _still_asked(Review.reviewer_id == _me()))
    if not found:
        return None, others
    others += [_again(one) for one in found[1:]]
    return select(Submission).where(found[0]).limit(FETCHED), others


def _searched(session: Session, actor: Actor, asked: Asked) -> _Searched:
    """What somebody typed, looked up as far as it must be."""
    found: list[ColumnElement[bool]] = []
    others: list[Condition] = []
    said = searching.sought(asked.words)
    reads_all = bool(actor.roles & {"staff", "admin"})
    only_mine = bool(said) and not reads_all
    if asked.words and searching.too_short(said):
        return _Searched(nothing=True)
    if said and not (only_mine or asked.whose == "mine"):
        found.append(Submission.id.in_(searching.submissions_with(session, said)))
        others.append(_of_this_round)
    elif said:
        others += [lambda of: searching.says(of.id, said), _of_this_round]
    if asked.reviewer:
        if not (parts := searching.sought(asked.reviewer)):
            return _Searched(nothing=True)
        people = searching.people(parts)
        found.append(Submission.id.in_(_assigned(Review.reviewer_id.in_(people))))
        others.append(_still_asked(Review.reviewer_id.in_(people)))
    for text, school in ((asked.name, False), (asked.school, True)):
        if text:
            parts = searching.sought(text)
            if not parts:
                return _Searched(nothing=True)
            found.append(Submission.candidate_id.in_(searching.people(parts, school)))
    if (asked.name or asked.school or asked.reviewer) and not reads_all:
        # Whoever looks for a name must not find out by it whose work a blind review is about.
        blind = blinding.blind_editions(session)
        others.append(lambda of: of.edition_digest.not_in(blind))
    return _Searched(tuple(found), tuple(others), only_mine)


def _assigned(who: ColumnElement[bool]) -> Select[str]:
    return select(Review.submission_id).where(who, Review.status == "open").limit(FETCHED)


def _still_asked(who: ColumnElement[bool]) -> Condition:
    """A review that was left behind in an earlier round asks nothing of anybody."""
    return lambda of: (
        select(Review.id)
        .where(
            Review.submission_id == of.id, Review.round == of.round, Review.status == "open", who
        )
        .exists()
    )


def _of_this_round(of: Entity) -> ColumnElement[bool]:
    return (
        select(AnswerText.number)
        .where(AnswerText.submission_id == of.id, AnswerText.round == of.round)
        .exists()
    )


def _again(condition: ColumnElement[bool]) -> Condition:
    """A condition on submissions, asked of the rows that another one found."""
    ids = select(Submission.id).where(condition)
    return lambda of: of.id.in_(ids)


def _matched(plan: _Plan, goes_on: bool, limit: int) -> tuple[Select[Any], Entity]:
    """The submissions of one page, sorted, and the entity that the statement selects."""
    rest = (*plan.rest, *plan.always)
    if plan.first is not None:
        # The limit inside keeps the database from beginning at the other end.
        of = aliased(Submission, plan.first.subquery())
        conditions = [one(of) for one in (*plan.driving, *rest)]
    elif plan.rest:
        of = aliased(Submission, _walk(plan, goes_on, WALK).subquery())
        conditions = [one(of) for one in rest]
    else:
        of = Submission
        conditions = [one(of) for one in (*plan.driving, *plan.always)]
    query = select(of).where(*conditions, *_beyond(of, plan, goes_on))
    return query.order_by(*_order(of, plan)).limit(limit), of


def _walk(plan: _Plan, goes_on: bool, limit: int, skip: int = 0) -> Select[Any]:
    """Rows of the index alone."""
    conditions = [one(Submission) for one in plan.driving]
    query = select(Submission).where(*conditions, *_beyond(Submission, plan, goes_on))
    query = query.order_by(*_order(Submission, plan)).limit(limit)
    return query.offset(skip) if skip else query


def _named(query: Select[Any], of: Entity) -> Select[Any]:
    return (
        query.add_columns(*_NAMES)
        .join(_CANDIDATE, _CANDIDATE.id == of.candidate_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == of.reviewer_id)
    )


def _order(of: Entity, plan: _Plan) -> tuple[Any, Any]:
    column = getattr(of, plan.by)
    return (column.desc(), of.id.desc()) if plan.descending else (column, of.id)


def _beyond(of: Entity, plan: _Plan, goes_on: bool) -> list[ColumnElement[bool]]:
    if not goes_on:
        return []
    here = tuple_(getattr(of, plan.by), of.id)
    there = tuple_(
        bindparam("beyond", type_=Submission.state_since.type),
        bindparam("beyond_id", type_=Submission.id.type),
    )
    return [here < there if plan.descending else here > there]


def _read_cursor(after: str) -> tuple[datetime, str] | None:
    sort, found, last = after.rpartition("~")
    try:
        moment = datetime.fromisoformat(sort)
        return (moment.astimezone(UTC), last) if found and moment.tzinfo is not None else None
    except (ValueError, OverflowError):  # the first and last days of the calendar have no UTC
        return None


def _cursor(submission: Submission, plan: _Plan) -> str:
    moment = getattr(submission, plan.by)
    assert isinstance(moment, datetime)
    return f"{moment.astimezone(UTC).isoformat()}~{submission.id}"
