"""Where answers name people: the persons or rows at a pointer, what is within one of them, and
whose answers those are for anybody but the candidate.

Whose consent is asked (`consents`) and who confirms or writes something (`statement_places`) are
found in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine.forms.drafts import Draft
from engine.forms.pointers import ABSENT, value_at
from engine.permissions import SubmissionSubject
from engine.records.tables import Snapshot


def handed_in(session: Session, subject: SubmissionSubject) -> Draft:
    """What was handed in last, for everybody but the candidate: nothing before the first round."""
    submission = subject.submission
    taken = session.get(Snapshot, (submission.id, submission.round)) if submission.round else None
    return Draft.of(taken.answers, taken.marks) if taken is not None else Draft()


def rows(said: Mapping[str, Any], at: str) -> Iterator[tuple[str, Any]]:
    """Every person or row at `at` with its own pointer: those of a list, or the one that is there;
    nothing where nothing was answered."""
    value = value_at(said, at)
    if isinstance(value, list):
        for number, row in enumerate(value):
            yield f"{at}/{number}", row
    elif value is not ABSENT:
        yield at, value


def within(row: Any, path: str) -> Any:
    """What a row has at `path`, such as `peer/name`; None where it has nothing there."""
    found = value_at(row, f"/{path}") if isinstance(row, Mapping) else ABSENT
    return None if found is ABSENT else found
