"""Files are shown to a virus scanner before they are kept, when an installation has one.

Speaks clamd's INSTREAM command (clamd(8)): lengths and pieces, then one line of answer. A scanner
that does not answer is never taken for one that found nothing.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from engine.errors import EvidenceRejected
from engine.languages import _

_PIECE = 256 * 1024
_PATIENCE = 120.0
"""Seconds for each step of the conversation: a large archive takes a scanner a while."""


@dataclass(frozen=True)
class Scanner:
    """A clamd at `tcp://host:port` or `unix:/path`."""

    url: str

    def check(self, file: BinaryIO) -> None:
        """Show it the file, from its beginning.

        Raises `EvidenceRejected`: `infected`, or `unscanned` when there is no verdict, after which
        the same file may be tried again.
        """
        file.seek(0)
        try:
            verdict = self._ask(file)
        except (OSError, ValueError) as error:
            raise _no_verdict() from error
        if verdict.endswith(" OK"):
            return
        if verdict.endswith(" FOUND"):
            name = verdict.removesuffix(" FOUND").rpartition(": ")[2]
            raise EvidenceRejected(
                "infected",
                _(
                    "The virus scanner found something in this file (%(name)s), so it was not"
                    " kept. Check the computer that it came from, and send another copy.",
                    name=name[:100],
                ),
            )
        if "size limit" in verdict:
            raise EvidenceRejected(
                "infected",
                _(
                    "This file is larger than our virus scanner reads, so it can't be taken."
                    " Send a smaller one, or give a link instead."
                ),
            )
        raise _no_verdict()

    def _ask(self, file: BinaryIO) -> str:
        with self._connected() as line:
            line.sendall(b"zINSTREAM\0")
            try:
                while piece := file.read(_PIECE):
                    line.sendall(len(piece).to_bytes(4, "big") + piece)
                line.sendall(b"\0\0\0\0")
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has read enough, and has said why
            return _answer(line)

    def _connected(self) -> socket.socket:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(_PATIENCE)
            line.connect(parts.path)
            return line
        if parts.scheme != "tcp" or not parts.hostname:
            raise ValueError(f"{self.url!r} is no scanner's address")
        return socket.create_connection((parts.hostname, parts.port or 3310), _PATIENCE)


def scanner_at(url: str) -> Scanner | None:
    """The scanner that settings name, or None. Raises `ValueError` for any other address."""
    if url and not url.startswith(("tcp://", "unix:/")):
        raise ValueError(f"clamd_url must begin with tcp:// or unix:/, not {url!r}")
    return Scanner(url) if url else None


def _answer(line: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < 4096 and (more := line.recv(1024)):
        said += more
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _no_verdict() -> EvidenceRejected:
    return EvidenceRejected(
        "unscanned",
        _(
            "Our virus scanner does not answer now, so this file can't be taken yet. Nothing is"
            " wrong with it. Try again in a few minutes."
        ),
    )
