"""What a list's filters ask of a submission, as conditions of SQL.

Some are answered by an index together with the order; what somebody typed finds a bounded number
of submissions by itself, or is asked of each row. How the database gets at the rows with them is
`list_statements`' business. Who may find what is asked here: reviewers see what waits, but neither
their own work nor what they have a conflict of interest with, and find by words only what they
may read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.records.tables import Account, AnswerText, Review, Submission
from engine.submissions import blinding, declarations, searching
from engine.submissions.narrowing import Asked, ListName

FETCHED = 5_000
"""Submissions of the people or words that were looked for, at most."""

Entity = type[Submission]
Condition = Callable[[Entity], ColumnElement[bool]]


class Typed(NamedTuple):
    """What somebody typed, as conditions."""

    found: tuple[ColumnElement[bool], ...] = ()
    """Each finds few submissions."""
    others: tuple[Condition, ...] = ()
    only_mine: bool = False
    """It is looked for in the work alone that is with the reader."""
    nothing: bool = False
    """Nothing can be found by it."""


def waits(of: Entity) -> ColumnElement[bool]:
    """It is with reviewers."""
    # Word for word as `tables.WAITING` says it, or SQLite would not use the index.
    return of.state_kind.in_([literal_column("'review'"), literal_column("'decide'")])


def is_free(of: Entity) -> ColumnElement[bool]:
    """It still wants a reviewer."""
    return or_(of.reviewer_id.is_(None), of.places_free > literal_column("0"))


def scope(name: ListName) -> tuple[Condition, ...]:
    """What is in a list at all."""
    return (waits,) if name == "queue" else ()


def hidden(name: ListName) -> tuple[Condition, ...]:
    """What a reviewer never sees in the queue: their own work, and conflicts of interest."""
    if name == "staff":
        return ()
    return (
        lambda of: of.candidate_id != _me(),
        lambda of: of.candidate_id.not_in(declarations.hidden_from(_me())),
    )


def equal(asked: Asked, mark: str) -> list[Condition]:
    """The filters that every index of a list may begin with."""
    found: list[Condition] = []
    if asked.credential:
        found.append(lambda of: of.credential_id == bindparam(f"credential{mark}"))
    if asked.state:
        found.append(lambda of: of.state == bindparam(f"state{mark}"))
    return found


def few(asked: Asked, typed: Typed) -> tuple[list[ColumnElement[bool]], list[Condition]]:
    """The filters that find few submissions at once, and what is to be asked of those besides."""
    found, others = list(typed.found), list(typed.others)
    if asked.whose == "mine" or typed.only_mine:
        found.insert(0, Submission.id.in_(_assigned(Review.reviewer_id == _me())))
        others.insert(0, _still_asked(Review.reviewer_id == _me()))
    return found, others


def typed(session: Session, actor: Actor, asked: Asked) -> Typed:
    """What somebody typed, looked up as far as it must be."""
    found: list[ColumnElement[bool]] = []
    others: list[Condition] = []
    said = searching.sought(asked.words)
    reads_all = bool(actor.roles & {"staff", "admin"})
    only_mine = bool(said) and not reads_all
    if asked.words and searching.too_short(said):
        return Typed(nothing=True)
    if said and not (only_mine or asked.whose == "mine"):
        found.append(Submission.id.in_(searching.submissions_with(session, said)))
        others.append(_of_this_round)
    elif said:
        others += [lambda of: searching.says(of.id, said), _of_this_round]
    if asked.reviewer:
        if not (parts := searching.sought(asked.reviewer)):
            return Typed(nothing=True)
        people = searching.people(parts)
        found.append(Submission.id.in_(_assigned(Review.reviewer_id.in_(people))))
        others.append(_still_asked(Review.reviewer_id.in_(people)))
    for text, school in ((asked.name, False), (asked.school, True)):
        if text:
            parts = searching.sought(text)
            if not parts:
                return Typed(nothing=True)
            found.append(Submission.candidate_id.in_(searching.people(parts, school)))
    if (asked.name or asked.school or asked.reviewer) and not reads_all:
        # Whoever looks for a name must not find out by it whose work a blind review is about.
        blind = blinding.blind_editions(session)
        others.append(lambda of: of.edition_digest.not_in(blind))
    return Typed(tuple(found), tuple(others), only_mine)


def again(condition: ColumnElement[bool]) -> Condition:
    """A condition on submissions, asked of the rows that another one found."""
    ids = select(Submission.id).where(condition)
    return lambda of: of.id.in_(ids)


def _me() -> BindParameter[str]:
    return bindparam("me", type_=Account.id.type)


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
