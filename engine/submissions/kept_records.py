"""What the records that people keep for themselves come to together: figures over everybody, never
anybody's own, and none at all while there are too few people to disappear among.

Read from the drafts as they stand, each person's latest work only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from statistics import median, quantiles
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.requirements import Requirement
from engine.forms.schema import FormSet, form_set_of
from engine.records import catalogue
from engine.records.tables import DraftRow, Submission
from engine.submissions.stored import draft_from

_AT_ONCE = 200
"""Rows of drafts in memory at a time."""


class Spread(NamedTuple):
    """One figure over everybody who keeps a record."""

    label: str
    unit: str
    target: float
    people: int
    middle: float | None
    """The median; this and all that follows None while there are too few people."""
    low: float | None
    """A quarter of the people are at or below this."""
    high: float | None
    """A quarter are at or above this."""
    met: int | None
    """How many have come to the target."""


class Kept(NamedTuple):
    """One record that people keep."""

    credential_id: str
    title: str
    people: int
    """Who have written something in it."""
    spreads: tuple[Spread, ...]


_Key = tuple[str, str, str, float]


def together(session: Session, small_cell: int) -> list[Kept]:
    """Every record of the program that counts something, by title.

    Figures of fewer than `small_cell` people are hidden. Somebody whose work began with another
    edition counts for what both editions count alike. Two queries, however many people there are,
    and one for editions that are not in memory.
    """
    current = [
        one
        for one in catalogue.current_all(session)
        if one.credential.kind == "programme" and form_set_of(one).requirements
    ]
    people: dict[str, int] = defaultdict(int)
    values: dict[str, dict[_Key, list[float]]] = defaultdict(lambda: defaultdict(list))
    for edition, draft in _latest(session, [one.credential.id for one in current]):
        id, form_set = edition.credential.id, form_set_of(edition)
        people[id] += 1
        for key, value in _values(form_set, draft):
            values[id][key].append(value)
    return [_kept(one, people[one.credential.id], values, small_cell) for one in current]


def _latest(session: Session, credentials: list[str]) -> Iterator[tuple[Edition, Draft]]:
    """The latest work of each person with something written in it, with its own edition."""
    newest = func.row_number().over(
        partition_by=(Submission.credential_id, Submission.candidate_id),
        order_by=(Submission.opened_at.desc(), Submission.id.desc()),
    )
    ranked = (
        select(Submission.id, Submission.edition_digest, newest.label("place"))
        .where(Submission.credential_id.in_(credentials))
        .subquery()
    )
    rows = session.execute(
        select(
            ranked.c.id,
            ranked.c.edition_digest,
            DraftRow.form_id,
            DraftRow.answers,
            DraftRow.marks,
        )
        .join(DraftRow, DraftRow.submission_id == ranked.c.id)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for (_id, digest), some in groupby(rows, key=lambda row: (row[0], row[1])):
        draft = draft_from((form, said, marks) for _, _, form, said, marks in some)
        if any(draft.answers.values()):
            yield catalogue.edition(session, digest), draft


def _values(form_set: FormSet, draft: Draft) -> Iterator[tuple[_Key, float]]:
    pruned = forms_answers.prune(form_set, draft)
    for one in form_set.requirements:
        if not one.form_id or pruned.get(one.form_id):
            yield _key(one), one.value(pruned)


def _key(one: Requirement) -> _Key:
    """What makes a figure the same in two editions, in whatever words."""
    return one.id, one.measure.source, one.unit, one.target


def _kept(
    edition: Edition,
    people: int,
    values: Mapping[str, Mapping[_Key, list[float]]],
    small_cell: int,
) -> Kept:
    credential = edition.credential
    known: Mapping[_Key, list[float]] = values.get(credential.id, {})
    return Kept(
        credential.id,
        credential.title,
        people,
        tuple(
            _spread(one, known.get(_key(one), []), small_cell)
            for one in form_set_of(edition).requirements
        ),
    )


def _spread(one: Requirement, found: list[float], small_cell: int) -> Spread:
    told: dict[str, Any] = dict.fromkeys(("middle", "low", "high", "met"))
    # One person alone is never told of, whatever the installation's number.
    if len(found) >= max(small_cell, 2):
        low, _middle, high = quantiles(found, n=4, method="inclusive")
        met = sum(value >= one.target for value in found)
        told = {"middle": median(found), "low": low, "high": high, "met": met}
    return Spread(one.label, one.unit, one.target, len(found), **told)
