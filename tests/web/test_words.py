"""Dates, durations, sizes and prose, as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.web import words

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 3, 12), "12 March 2026"),
        (NOON, "12 March 2026"),
        ("2026-03-12", "12 March 2026"),
        ("31 February", "31 February"),
        (None, ""),
    ],
)
def test_days_read_as_days(value: date | str | None, said: str) -> None:
    assert words.day(value) == said


def test_a_moment_keeps_its_exact_time_for_programs() -> None:
    shown = words.moment(NOON)
    assert 'datetime="2026-03-12T12:00:00+00:00"' in shown
    assert "12 March 2026, 12:00 UTC" in shown


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(days=30), "4 weeks ago"),
        (timedelta(days=200), "6 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_how_long_ago_is_said_in_one_unit(elapsed: timedelta, said: str) -> None:
    assert words.ago(NOON - elapsed, NOON) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 byte"),
        (840, "840 bytes"),
        (12_345, "12 KB"),
        (3_400_000, "3.4 MB"),
        (2_000_000, "2 MB"),
    ],
)
def test_sizes_are_in_words(count: int, said: str) -> None:
    assert words.size(count) == said


def test_lists_end_with_and() -> None:
    assert [words.listed(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_prose_runs_no_script_and_leads_nowhere_strange() -> None:
    shown = words.prose("# T\n\n<script>x</script> [a](javascript:x) [b](https://b.example) **c**")
    assert "<script" not in shown
    assert "javascript:" not in shown.replace("[a](javascript:x)", "")
    assert '<a href="https://b.example"' in shown
    assert "<h2>T</h2>" in shown
    assert "<strong>c</strong>" in shown
