"""Jobs that could not be done, as pages of program staff tell of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from engine.records.jobs import JobRow, JobState

_OVER = "It failed again and again, and is not tried any more unless you say so under Jobs."
STUCK: Final[dict[JobState, str]] = {
    "delayed": "It is tried again by itself, and under Jobs at once.",
    "failed": _OVER,
    "cancelled": _OVER,
}
"""What is said of each."""


def stuck(state: JobState, error: str) -> JobRow:
    """A job that came to this `error`."""
    return JobRow(
        "print/1", "print", state, 1, datetime(2026, 3, 12, tzinfo=UTC), None, None, error
    )
