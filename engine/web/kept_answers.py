"""Answers that are given again while nothing changed, for a minute at most.

An answer is kept with everything that it depends on in the database, which is read anew each time:
it is true at the moment at which it is given, but for what a file says (the keys) and the
calendar, which a minute bounds. Each process keeps its own, the latest few hundred.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Generic, NamedTuple, TypeVar

Answer = TypeVar("Answer")

A_MINUTE: Final = timedelta(minutes=1)


class _Kept(NamedTuple, Generic[Answer]):
    depends_on: object
    since: datetime
    until: datetime
    answer: Answer


class KeptAnswers(Generic[Answer]):
    """The latest `most` answers, by what was asked."""

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._kept: dict[Hashable, _Kept[Answer]] = {}
        self._alone = Lock()

    def get(self, asked: Hashable, depends_on: object, at: datetime) -> Answer | None:
        """The answer to `asked`, if it was made of the same and is not old at `at`."""
        kept = self._kept.get(asked)
        if kept is None or kept.depends_on != depends_on or not kept.since <= at < kept.until:
            return None
        return kept.answer

    def forget(self) -> None:
        """Everything."""
        with self._alone:
            self._kept.clear()

    def keep(
        self,
        asked: Hashable,
        depends_on: object,
        at: datetime,
        answer: Answer,
        ends: datetime | None = None,
    ) -> None:
        """Keep it for a minute, or until `ends`, when the calendar changes it earlier."""
        until = at + A_MINUTE
        if ends is not None and at < ends < until:
            until = ends
        with self._alone:
            self._kept.pop(asked, None)
            self._kept[asked] = _Kept(depends_on, at, until, answer)
            if len(self._kept) > self._most:  # the oldest goes; it had less than a minute left
                del self._kept[next(iter(self._kept))]
