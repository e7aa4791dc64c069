"""A PDF that somebody brings: the badge attached to it, and what its own signatures cover.

It is a stranger's file, made to hurt perhaps: it is read in a process of its own, with little
memory and time, and of those only a few at once (`pdf_reading`).
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final, Literal

from engine.errors import Refusal, Refused
from engine.languages import _

PATIENCE: Final = 20.0
"""Seconds for one file, waiting for the processor included."""
AT_ONCE: Final = 2
"""Files that one web process has read at a time."""
TURN: Final = 10.0
"""Seconds for which a file waits for its turn."""
turns = BoundedSemaphore(AT_ONCE)

Cover = Literal["whole", "part", "broken", "none"]


@dataclass(frozen=True)
class PdfSignature:
    """One signature of a PDF."""

    intact: bool
    """Whether the bytes that it covers are as they were signed."""
    whole: bool
    """Whether it covers the file to its end."""
    certificate: str
    """SHA-256 of the certificate that signed, in hexadecimal digits."""
    name: str
    """What the certificate calls its owner; anybody can write any name into one."""


@dataclass(frozen=True)
class BroughtPdf:
    """What there is in a PDF."""

    badge: bytes | None
    """The credential attached to it; None: there is none."""
    signatures: tuple[PdfSignature, ...]

    def cover(self, ours: frozenset[str]) -> Cover:
        """How far a signature by one of the certificates `ours` vouches for what is printed.

        `whole`: the file is as it was signed. `part`: it was signed and something was added later.
        `broken`: it was changed. `none`: nobody of ours signed it, whatever names stand in it.
        """
        made = [one for one in self.signatures if one.certificate in ours]
        if any(one.intact and one.whole for one in made):
            return "whole"
        if any(one.intact for one in made):
            return "part"
        return "broken" if made else "none"


def read(data: bytes) -> BroughtPdf:
    """What there is in the PDF `data`. Raises `Refused` with words for whoever brought it."""
    if not turns.acquire(timeout=TURN):
        raise _refused(
            "busy",
            _("Many files are being checked at this moment, so yours had to wait too long."),
            _("Try again in a minute."),
        )
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "engine.awards.verification.pdf_reading"],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_much() from error
    finally:
        turns.release()
    if done.returncode:  # the bounds ended it
        raise _too_much()
    said = json.loads(done.stdout)
    match said["problem"]:
        case "locked":
            raise _refused(
                "locked",
                _("This PDF opens only with a password, so it can't be checked."),
                _("Certificates from here have none. Ask for the file as it was issued."),
            )
        case "too-much":
            raise _too_much()
        case "unreadable":
            raise _refused(
                "unreadable",
                _("This PDF is damaged, or it is no PDF, so it can't be checked."),
                _("Ask for the file again as it was issued, without scanning or printing it."),
            )
    badge = base64.b64decode(said["badge"]) if said["badge"] is not None else None
    return BroughtPdf(badge, tuple(PdfSignature(**one) for one in said["signatures"]))


def _too_much() -> Refused:
    return _refused(
        "too-much",
        _("This PDF holds far more than a certificate does, so we stopped reading it."),
        _("Ask for the file as it was issued. If it is the one, tell program staff."),
    )


def _refused(code: str, reason: str, remedy: str) -> Refused:
    return Refused(Refusal(reason, remedy, code))
