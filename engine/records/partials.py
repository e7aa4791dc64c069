"""Bytes of files that are still on their way: how many have arrived, and who may add to them.

The length of the file is the truth, so whatever reached the disk counts, however the connection or
the process ended. Beside it stands a small file of fixed size, written in place, which says whose
turn it is, and up to where the bytes are sure while a piece with a checksum is coming in.

Whoever sends last has the turn: a sender whose network went away without a word would otherwise
keep the file locked against its own next try. What an earlier one still brings is refused.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import AccoladeError
from engine.languages import _

_ID = re.compile(r"[0-9a-f]{32}")
_STATE = 64
_ALL_SURE = -1


class TurnLost(AccoladeError):
    """Somebody else is sending the same file now; nothing of this was added."""

    def __str__(self) -> str:
        return _("The same file is being sent from another window. This one has stopped.")


class WrongOffset(AccoladeError):
    """A piece begins somewhere else than where the file ends."""

    def __init__(self, arrived: int) -> None:
        super().__init__(f"{arrived} bytes have arrived")
        self.arrived = arrived


@dataclass(frozen=True)
class Turn:
    """The right to add to a file, until somebody else takes it."""

    folder: Partials
    id: str
    number: int

    def write(self, piece: bytes) -> None:
        """Add `piece` at the end. Raises `TurnLost`, and `OSError` when the disk does not take
        all of it: what it took is kept."""
        with self._held():
            handle = os.open(self.folder.path(self.id), os.O_WRONLY | os.O_APPEND)
            try:
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(handle, rest) :]
            finally:
                os.close(handle)

    def accept(self) -> None:
        """Everything that was written is sure now. Raises `TurnLost`."""
        with self._held() as state:
            _say(state, self.number, _ALL_SURE)

    def reject(self) -> None:
        """Nothing is kept of what was written since the turn began. Raises `TurnLost`."""
        with self._held() as state:
            self.folder._cut(self.id, _heard(state)[1])
            _say(state, self.number, _ALL_SURE)

    @contextmanager
    def _held(self) -> Iterator[int]:
        with self.folder._state(self.id) as state:
            if _heard(state)[0] != self.number:
                raise TurnLost
            yield state


class Partials:
    """A folder of unfinished files, each under the id of its upload."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, id: str) -> None:
        """Make an empty file. Raises `OSError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # The state has its room from the start: it can be said even when the disk is full.
        self._beside(id).write_bytes(b"0 -1".ljust(_STATE))
        self.path(id).touch(mode=0o600)

    def path(self, id: str) -> Path:
        """Where the bytes are."""
        if not _ID.fullmatch(id):
            raise ValueError("an id is 32 hexadecimal digits")
        return self.folder / id

    def arrived(self, id: str) -> int:
        """How many bytes are sure to be here. Raises `FileNotFoundError` when it is gone."""
        with self._state(id) as state:
            return self._sure(id, state)

    def take_turn(self, id: str, offset: int, *, on_trial: bool) -> Turn:
        """Begin to add at `offset`. With `on_trial`, what is written counts once it is accepted.

        Raises `WrongOffset`, and `OSError`.
        """
        with self._state(id) as state:
            sure = self._sure(id, state)
            if sure != offset:
                raise WrongOffset(sure)
            self._cut(id, sure)
            number = _heard(state)[0] + 1
            _say(state, number, sure if on_trial else _ALL_SURE)
            return Turn(self, id, number)

    @contextmanager
    def still(self, id: str) -> Iterator[Path]:
        """The file, while nobody can add to it or finish it. Raises `FileNotFoundError`."""
        with self._state(id) as state:
            _say(state, _heard(state)[0] + 1, _heard(state)[1])
            yield self.path(id)

    def remove(self, id: str) -> None:
        """Forget the file; one that is gone already does no harm."""
        self.path(id).unlink(missing_ok=True)
        self._beside(id).unlink(missing_ok=True)

    def _sure(self, id: str, state: int) -> int:
        size = self.path(id).stat().st_size
        sure = _heard(state)[1]
        return size if sure == _ALL_SURE else min(size, sure)

    def _cut(self, id: str, size: int) -> None:
        if size >= 0 and self.path(id).stat().st_size > size:
            os.truncate(self.path(id), size)

    def _beside(self, id: str) -> Path:
        return self.path(id).with_suffix(".turn")

    @contextmanager
    def _state(self, id: str) -> Iterator[int]:
        handle = os.open(self._beside(id), os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def _heard(state: int) -> tuple[int, int]:
    number, sure = os.pread(state, _STATE, 0).split()[:2]
    return int(number), int(sure)


def _say(state: int, number: int, sure: int) -> None:
    os.pwrite(state, f"{number} {sure}".encode().ljust(_STATE), 0)
