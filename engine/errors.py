"""Errors and the facts they carry.

Every refusal, problem and finding is a value first and an exception second, so that a page, the
command line and JSON can each word it for their reader. Nothing here knows HTTP: the web maps
these types to status codes in one place (`web/failures.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.languages import N_, _


@dataclass(frozen=True, order=True)
class Finding:
    """A fault in a document, at a place a person can go to.

    `line` and `column` count from 1. `code` is a short stable word (`unknown-key`, `broken-ref`).
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    suggestion: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.path}:{self.line}:{self.column} {self.code} {self.message}{hint}"


@dataclass(frozen=True)
class Problem:
    """An answer that is not valid yet.

    `pointer` is a JSON Pointer (RFC 6901) into the submission's answers, an object keyed by form
    id, so its first token is the form: `/questionnaire/goal`. `code` is the schema keyword that
    failed, or `rule`, `typed` (text that does not parse) or `evidence`.
    """

    pointer: str
    code: str
    message: str


@dataclass(frozen=True)
class Refusal:
    """Why something may not be done now, in words for the person who asked.

    `reason` says what is in the way, `remedy` what to do about it; `code` is for programs.
    """

    reason: str
    remedy: str = ""
    code: str = "refused"
    details: tuple[str, ...] = ()


class AccoladeError(Exception):
    """The base of every error that the engine raises on purpose. Its text is fit for a person."""


class NotFound(AccoladeError):
    """There is no such thing, or none that this person may know of."""


@dataclass(eq=False)
class Refused(AccoladeError):
    """The one permission function, or a guard, said no."""

    refusal: Refusal

    def __str__(self) -> str:
        return " ".join(part for part in (self.refusal.reason, self.refusal.remedy) if part)


@dataclass(eq=False)
class Conflict(AccoladeError):
    """Somebody else changed the same thing first. Nothing was written."""

    message: str = N_("Somebody changed this while you had it open.")

    def __str__(self) -> str:
        return _(self.message)


@dataclass(eq=False)
class DocumentFaulty(AccoladeError):
    """A document cannot be used; every finding is listed, never only the first."""

    findings: Sequence[Finding] = field(default_factory=tuple)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


@dataclass(eq=False)
class EvidenceRejected(AccoladeError):
    """A file was not kept. `code` is `too-large`, `wrong-type`, `empty` or `unreadable`."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class BadKind(AccoladeError):
    """A field kind that this installation adds cannot be used. `name` is its entry point's."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"The field kind {self.name!r} (accolade.field_kinds) can't be used: {self.reason}"
