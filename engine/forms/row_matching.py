"""Which row of one version is which row of another, and which of them changed places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple


class Pair(NamedTuple):
    """A row before and after, as numbers from 0; None where it is not there."""

    before: int | None
    after: int | None
    moved: bool = False


def matched(before: Sequence[str], after: Sequence[str]) -> list[Pair]:
    """The rows of two versions by their ids (`""` for none), in the order of `after`; those that
    are gone follow.

    Where either version has no ids at all, rows are matched by their position. A row is moved when
    it passed another: that others were added or removed above it is no move of its own.

    >>> matched(["aaaaaaaa", "bbbbbbbb", "cccccccc"], ["cccccccc", "aaaaaaaa", "bbbbbbbb"])[0]
    Pair(before=2, after=0, moved=True)
    """
    if not any(before) or not any(after):
        both = min(len(before), len(after))
        pairs = [Pair(number, number) for number in range(both)]
        pairs += [Pair(None, number) for number in range(both, len(after))]
        return pairs + [Pair(number, None) for number in range(both, len(before))]
    where = {id: number for number, id in enumerate(before) if id}
    olds = [where.get(id) for id in after]
    stayed = _longest_rise([old for old in olds if old is not None])
    there = set(olds)
    return [
        *(Pair(old, new, old is not None and old not in stayed) for new, old in enumerate(olds)),
        *(Pair(old, None) for old in range(len(before)) if old not in there),
    ]


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The most of `numbers` that are in rising order as they stand: those that nobody moved."""
    ends: list[int] = []
    holders: list[int] = []
    above: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        above[number] = holders[at - 1] if at else None
        ends[at : at + 1] = [number]
        holders[at : at + 1] = [number]
    found: set[int] = set()
    last = holders[-1] if holders else None
    while last is not None:
        found.add(last)
        last = above[last]
    return found
