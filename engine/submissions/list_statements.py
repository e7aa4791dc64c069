"""How the database gets at the rows of a list: which index is walked, what is asked of each row.

A page costs the same at a thousand submissions and at a million. Each order and each main filter
has an index of its own that is walked by keyset (`tables._walk`); filters that name people or
words find a bounded number of submissions first; and where several rare filters meet, at most
`WALK` rows are looked at before a page ends, with a cursor to look further from.

To put a statement together takes longer than to run it: there is one for each set of filters, kept,
and what the filters say are its parameters. Only what somebody typed makes a statement of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from engine.people import Actor
from engine.records.prepared import PreparedRows
from engine.records.tables import Account, Submission
from engine.submissions import list_conditions
from engine.submissions.list_conditions import FETCHED, Condition, Entity, Typed
from engine.submissions.narrowing import Asked, ListName

WALK = 500
"""Rows of an index that one page looks at where filters have no index together."""
SOON = timedelta(days=3)

LISTED = (
    "id",
    "edition_digest",
    "credential_id",
    "candidate_id",
    "state",
    "state_since",
    "revision",
    "round",
    "reviewer_id",
    "reviewer_ids",
    "places_free",
    "due_at",
)
"""The columns of a submission that lists know, in their order; the names of people follow them."""

Order = Literal["due_at", "state_since"]
Run = Callable[[Session, Mapping[str, Any]], Sequence[Any]]

_CANDIDATE, _REVIEWER = aliased(Account), aliased(Account)
_NAMES = (_CANDIDATE.name, _CANDIDATE.school, func.coalesce(_REVIEWER.name, ""))


class _Plan(NamedTuple):
    """How the database gets at the rows."""

    first: Select[Any] | None
    """Finds a bounded number of submissions by what is known of them, if anything is."""
    driving: tuple[Condition, ...]
    """Conditions that an index answers together with the order."""
    ends: tuple[BindParameter[Any] | None, BindParameter[Any] | None]
    """Where in the order the list begins and ends (from here on, before there), if not open."""
    rest: tuple[Condition, ...]
    """Conditions that are asked of each row; the indexes know the round without it."""
    always: tuple[Condition, ...]
    """Conditions of the same kind that leave out so few rows that nobody would notice."""
    by: Order
    """The column of the order."""
    descending: bool

    @property
    def looks(self) -> bool:
        """Whether rows of an index are looked at one by one, of which few may do."""
        return self.first is None and bool(self.rest)


Until = Callable[[_Plan], ColumnElement[bool]]


class Statements(NamedTuple):
    """What one page asks, its values left open."""

    by: Order
    rows: Run
    end: Run | None = None
    """The place of the last row that the page may look at, where it may not look at all of them;
    none when there are fewer."""
    rows_until: Run | None = None
    """The rows up to that place: the parameters `until` and `until_id`."""


def for_page(
    session: Session, actor: Actor, name: ListName, asked: Asked, goes_on: bool, limit: int
) -> Statements:
    """What a page of `limit` rows asks; `goes_on` when it begins after another one."""
    if not asked.typed:
        return _kept_for_page(name, _shape(asked), goes_on, limit)
    found = list_conditions.typed(session, actor, asked)
    return _for_page(name, asked, found, goes_on, limit, _as_it_is)


def for_counts(
    session: Session, actor: Actor, name: ListName, several: Sequence[Asked], most: int
) -> Run:
    """What counts the rows of each of these, up to `most` each: one row of numbers."""
    if not any(asked.typed for asked in several):
        return _kept_for_counts(name, tuple(map(_shape, several)), most)
    found = [list_conditions.typed(session, actor, asked) for asked in several]
    return _as_it_is(_counting(name, several, found, most))


def for_some(name: ListName, ids: Sequence[str]) -> Run:
    """What finds those of these submissions that are in a list, in no order."""
    always = (*list_conditions.scope(name), *list_conditions.hidden(name))
    these = Submission.id.in_(ids), *(one(Submission) for one in always)
    return _as_it_is(_listed(select(*_columns(Submission)).where(*these), Submission))


def values(
    actor: Actor, asked: Asked, at: datetime, beyond: tuple[datetime, str] | None, mark: str = ""
) -> dict[str, Any]:
    """The parameters; `mark` tells those of one list from another's in the same statement."""
    found: dict[str, Any] = {
        "credential": asked.credential,
        "state": asked.state,
        "before_due": at + SOON if asked.due == "soon" else at,
        "from_due": at,
        "before": at - timedelta(days=int(asked.longer or 0)),
        "round": int(asked.round or 0),
    }
    if beyond is not None:
        found["beyond"], found["beyond_id"] = beyond
    return {"me": actor.id, **{f"{name}{mark}": value for name, value in found.items()}}


def read_cursor(after: str) -> tuple[datetime, str] | None:
    """The place in the order that a cursor names; None when it makes no sense."""
    sort, found, last = after.rpartition("~")
    try:
        moment = datetime.fromisoformat(sort)
        return (moment.astimezone(UTC), last) if found and moment.tzinfo is not None else None
    except (ValueError, OverflowError):  # the first and last days of the calendar have no UTC
        return None


def cursor(moment: datetime, id: str) -> str:
    """The cursor of what comes after a row at this place in the order."""
    return f"{moment.astimezone(UTC).isoformat()}~{id}"


# Statements, kept.


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


@lru_cache(maxsize=512)
def _kept_for_page(name: ListName, shape: Asked, goes_on: bool, limit: int) -> Statements:
    return _for_page(name, shape, Typed(), goes_on, limit, _prepared)


@lru_cache(maxsize=512)
def _kept_for_counts(name: ListName, shapes: tuple[Asked, ...], most: int) -> Run:
    return _prepared(_counting(name, shapes, [Typed()] * len(shapes), most))


def _prepared(query: Select[Any]) -> Run:
    return PreparedRows(query).all


def _as_it_is(query: Select[Any]) -> Run:
    return lambda session, values: session.execute(query, values).all()


# Statements, made.


def _for_page(
    name: ListName,
    asked: Asked,
    found: Typed,
    goes_on: bool,
    limit: int,
    ready: Callable[[Select[Any]], Run],
) -> Statements:
    plan = _plan(name, asked, found)
    query, of = _matched(plan, goes_on, limit)
    if plan.first is not None:  # names are looked up for the page alone
        of = aliased(Submission, query.subquery())
        query = select(*_columns(of)).order_by(*_order(of, plan))
    rows = ready(_listed(query, of))
    if not plan.looks:
        return Statements(plan.by, rows)
    until = ready(_listed(*_matched(plan, goes_on, limit, _until)))
    return Statements(plan.by, rows, ready(_walked(plan, goes_on)), until)


def _counting(
    name: ListName, several: Sequence[Asked], found: Sequence[Typed], most: int
) -> Select[Any]:
    numbers = []
    for number, (asked, by) in enumerate(zip(several, found, strict=True)):
        query, of = _matched(_plan(name, asked, by, str(number)), False, most, _until_about)
        rows = query.with_only_columns(of.id, maintain_column_froms=True)
        numbers.append(select(func.count()).select_from(rows.subquery()).scalar_subquery())
    return select(*numbers)


def _plan(name: ListName, asked: Asked, found: Typed, mark: str = "") -> _Plan:
    """How to get at what is asked for; of most filters only that they are there counts here."""
    by_due = bool(asked.due) or asked.sort == "due"
    newest = asked.sort == "newest" or (name == "staff" and not asked.sort)
    driving = [*list_conditions.scope(name), *list_conditions.equal(asked, mark)]
    begins: BindParameter[Any] | None = None
    ends: BindParameter[Any] | None = None
    rest: list[Condition] = []
    if asked.whose == "free":
        # An index over what is free, which all waits, knows nothing of when it is due.
        waiting = [] if list_conditions.waits in driving else [list_conditions.waits]
        (rest if by_due else driving).extend([*waiting, list_conditions.is_free])
    if by_due:
        driving.append(lambda of: of.due_at.is_not(None))
        if asked.due:
            ends = bindparam(f"before_due{mark}", type_=Submission.due_at.type)
        if asked.due == "soon":
            begins = bindparam(f"from_due{mark}", type_=Submission.due_at.type)
    if asked.longer and by_due:
        rest.append(lambda of: of.state_since < bindparam(f"before{mark}"))
    elif asked.longer:
        ends = bindparam(f"before{mark}", type_=Submission.state_since.type)
    if asked.round:
        alone = not (by_due or asked.credential or asked.state or asked.whose == "free")
        (driving if alone else rest).append(lambda of: of.round == bindparam(f"round{mark}"))
    always = list_conditions.hidden(name)
    if by_due and name == "queue" and asked.state:
        # The index over due times of one state need not know that it waits: all of it does.
        driving.remove(list_conditions.waits)
        always = (*always, list_conditions.waits)
    first, others = _first(asked, found)
    return _Plan(
        first,
        tuple(driving),
        (begins, ends),
        (*rest, *others),
        always,
        "due_at" if by_due else "state_since",
        newest and not by_due,
    )


def _first(asked: Asked, typed: Typed) -> tuple[Select[Any] | None, list[Condition]]:
    """The filters that find few submissions at once: the first of them, and conditions for the
    others."""
    if typed.nothing:
        return _inside(Submission).where(literal(value=False)), []
    found, others = list_conditions.few(asked, typed)
    if not found:
        return None, others
    others += [list_conditions.again(one) for one in found[1:]]
    return _inside(Submission).where(found[0]).limit(FETCHED), others


def _matched(
    plan: _Plan, goes_on: bool, limit: int, until: Until | None = None
) -> tuple[Select[Any], Entity]:
    """The submissions of one page, sorted, and the entity that the statement selects; `until`
    says how far it looks."""
    of = Submission
    if plan.first is not None:
        # The limit inside keeps the database from beginning at the other end.
        of = aliased(Submission, plan.first.subquery())
    conditions = [one(of) for one in (*plan.driving, *plan.rest, *plan.always)]
    bounded = until is not None and plan.looks
    if until is not None and bounded:
        conditions.append(until(plan))
    conditions += _between(of, plan, goes_on, bounded)
    query = select(*_columns(of)).where(*conditions)
    return query.order_by(*_order(of, plan)).limit(limit), of


def _between(
    of: Entity, plan: _Plan, goes_on: bool, bounded: bool = False
) -> Iterator[ColumnElement[bool]]:
    """What of the order the page is about: one condition for either end, of several the narrower,
    since SQLite would walk along the first that it finds."""
    moment, id = _place(of, plan)
    begins, ends = plan.ends
    at_start, at_end = (bounded, goes_on) if plan.descending else (goes_on, bounded)
    if begins is not None and not at_start:
        yield moment >= begins
    if ends is not None and not at_end:
        yield moment < ends
    if goes_on:
        here, there = tuple_(moment, id), _bound("beyond")
        yield here < there if plan.descending else here > there


def _walked(plan: _Plan, goes_on: bool) -> Select[Any]:
    """The place of the last row of the index that is looked at."""
    conditions = [one(Submission) for one in plan.driving]
    query = select(*_place(Submission, plan)).where(
        *conditions, *_between(Submission, plan, goes_on)
    )
    return query.order_by(*_order(Submission, plan)).limit(1).offset(WALK - 1)


def _until(plan: _Plan) -> ColumnElement[bool]:
    here, there = tuple_(*_place(Submission, plan)), _bound("until")
    found: ColumnElement[bool] = here >= there if plan.descending else here <= there
    return found


def _until_about(plan: _Plan) -> ColumnElement[bool]:
    """The same in one statement, for counts: a few more rows of the same moment do no harm."""
    moment, _id = _place(Submission, plan)
    walked = _walked(plan, goes_on=False).with_only_columns(moment).scalar_subquery()
    last = datetime.min if plan.descending else datetime.max
    bound = plan.ends[0 if plan.descending else 1]
    if bound is None:
        bound = bindparam(None, last.replace(tzinfo=UTC), type_=moment.type)
    there = func.coalesce(walked, bound)
    found: ColumnElement[bool] = moment >= there if plan.descending else moment <= there
    return found


def _columns(of: Entity) -> list[Any]:
    return [getattr(of, name) for name in LISTED]


def _inside(of: Entity) -> Select[Any]:
    """What conditions may ask about besides, for a statement within another."""
    return select(*_columns(of), of.state_kind)


def _listed(query: Select[Any], of: Entity) -> Select[Any]:
    return (
        query.add_columns(*_NAMES)
        .join(_CANDIDATE, _CANDIDATE.id == of.candidate_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == of.reviewer_id)
    )


def _place(of: Entity, plan: _Plan) -> tuple[Any, Any]:
    return getattr(of, plan.by), of.id


def _order(of: Entity, plan: _Plan) -> tuple[Any, Any]:
    moment, id = _place(of, plan)
    return (moment.desc(), id.desc()) if plan.descending else (moment, id)


def _bound(name: str) -> Any:
    return tuple_(
        bindparam(name, type_=Submission.state_since.type),
        bindparam(f"{name}_id", type_=Submission.id.type),
    )
