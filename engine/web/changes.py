"""What a reviewer sees of a submission that came back: what changed, and the rest folded away.

An answer stands open when it differs from the round before, or when somebody noted something on it
and it is not settled; a run of others is one line that opens. One switch shows everything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from engine.forms.entries import Entry


class Run(NamedTuple):
    """Neighboring entries, all of which are to be seen or none."""

    folded: bool
    entries: Sequence[Entry]

    @property
    def questions(self) -> int:
        """How many questions it holds."""
        return sum(not one.is_group for entry in self.entries for one in entry.all())


@dataclass(frozen=True)
class Folding:
    """Which answers of a round are worth a look, given those of the round before."""

    busy: Collection[str] = ()
    """Pointers of what changed or was noted."""
    folds: bool = False
    """Whether anything is folded: there was a round before, and not everything is asked for."""

    def runs(self, entries: Sequence[Entry]) -> list[Run]:
        """`entries` in order, as runs of open and folded ones."""
        if not self.folds:
            return [Run(False, entries)] if entries else []
        return [
            Run(folded, list(run)) for folded, run in groupby(entries, lambda one: self._rests(one))
        ]

    def _rests(self, entry: Entry) -> bool:
        return not any(one.pointer in self.busy for one in entry.all())


def folding(round: int, shows_all: bool, *busy: Collection[str]) -> Folding:
    """How the desk of a round folds; a first round never does."""
    return Folding(frozenset().union(*busy), round > 1 and not shows_all)
