"""Until when an award is valid: the document's duration, counted by the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time

from isoduration import parse_duration  # type: ignore[import-untyped]


def expiry(issued_at: datetime, valid_for: str) -> datetime | None:
    """The last moment at which an award issued then is valid, in UTC; None for ever.

    `valid_for` is an ISO 8601 duration (`P3Y`, `P18M`, `P2W`) or empty. Years and months keep the
    day of the month where there is one: three years from 29 February end on 28 February. The
    whole of the last day counts, because "valid until 12 March" says so to everybody.
    """
    if not valid_for:
        return None
    last = issued_at.astimezone(UTC) + parse_duration(valid_for)
    return datetime.combine(last.date(), time(23, 59, 59), UTC)
