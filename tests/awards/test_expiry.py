"""Expiry counts by the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.awards.expiry import expiry


@pytest.mark.parametrize(
    ("issued", "valid_for", "until"),
    [
        ((2026, 3, 12), "P3Y", (2029, 3, 12)),
        ((2024, 2, 29), "P3Y", (2027, 2, 28)),
        ((2024, 2, 29), "P4Y", (2028, 2, 29)),
        ((2026, 8, 31), "P18M", (2028, 2, 29)),
        ((2026, 12, 31), "P2W", (2027, 1, 14)),
        ((2026, 1, 1), "P1Y2M3D", (2027, 3, 4)),
    ],
)
def test_award_is_valid_to_the_end_of_the_day_that_the_calendar_gives(
    issued: tuple[int, int, int], valid_for: str, until: tuple[int, int, int]
) -> None:
    last = expiry(datetime(*issued, 15, 30, tzinfo=UTC), valid_for)
    assert last == datetime(*until, 23, 59, 59, tzinfo=UTC)


def test_no_duration_means_for_ever() -> None:
    assert expiry(datetime(2026, 3, 12, tzinfo=UTC), "") is None


def test_day_is_counted_in_utc() -> None:
    late = datetime(2026, 3, 12, 22, tzinfo=timezone(timedelta(hours=-6)))
    assert expiry(late, "P1Y") == datetime(2027, 3, 13, 23, 59, 59, tzinfo=UTC)
