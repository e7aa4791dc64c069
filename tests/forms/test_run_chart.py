"""What a run chart says, held against published tables and against examples worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, groupby

import pytest

from engine.forms import chart_words
from engine.forms.run_chart import Limits, Point, RunChart, limits, run_chart
from engine.languages import speaking

START = date(2026, 3, 3)


def chart(*values: float) -> RunChart:
    """A point a week from 3 March 2026 on."""
    made = run_chart([Point(START + timedelta(weeks=n), one) for n, one in enumerate(values)])
    assert made is not None
    return made


def signs(*values: float) -> list[tuple[str, int, int]]:
    return [(one.kind, one.first, one.last) for one in chart(*values).stretches]


def test_no_points_are_no_chart() -> None:
    assert run_chart([]) is None


def test_points_are_put_in_the_order_of_their_dates() -> None:
    made = run_chart([Point(date(2026, 5, 1), 2), Point(date(2026, 4, 1), 1)])
    assert made is not None
    assert [point.value for point in made.points] == [1, 2]


def test_the_median_of_an_even_number_of_points_lies_between_the_middle_two() -> None:
    assert chart(1, 2, 4, 9).median == 3


def test_six_points_on_one_side_are_a_shift_and_five_are_none() -> None:
    assert signs(1, 3, 1, 2, 1, 3, 9, 7, 9, 8, 9, 7) == [("shift", 0, 5), ("shift", 6, 11)]
    assert signs(1, 3, 1, 2, 1, 9, 7, 9, 8, 9) == []


def test_a_point_on_the_median_neither_breaks_a_shift_nor_counts_towards_it() -> None:
    made = chart(1, 3, 1, 5, 2, 1, 3, 9, 7, 9, 8, 9, 7)
    assert made.median == 5
    assert made.stretches[0][:4] == ("shift", 0, 6, 6)
    assert signs(1, 3, 1, 5, 2, 1, 9, 7, 9, 8, 9) == []


def test_five_rising_points_are_a_trend_and_four_are_none() -> None:
    assert signs(5, 1, 2, 3, 4, 5, 1, 5) == [("trend", 1, 5)]
    assert signs(5, 2, 3, 4, 5, 1, 5) == []


def test_five_falling_points_are_a_trend() -> None:
    made = chart(1, 5, 4, 3, 2, 1, 4)
    assert [(one.kind, one.up) for one in made.stretches] == [("trend", False)]


def test_equal_neighbours_neither_break_a_trend_nor_count_towards_it() -> None:
    made = chart(9, 1, 2, 2, 3, 4, 4, 5, 1)
    assert [one[:4] for one in made.stretches] == [("trend", 1, 7, 5)]
    assert signs(9, 1, 2, 2, 3, 4, 4, 1) == []


def test_a_run_is_a_stretch_on_one_side_of_the_median() -> None:
    made = chart(1, 9, 1, 1, 5, 9, 9)
    assert (made.median, made.runs, made.useful) == (5, 4, 6)


# “Reject when the number of runs is at most the first, or at least the second”: two-tailed, 5 %,
# as printed in textbooks' tables of the runs test after Swed and Eisenhart (1943).
PRINTED = {
    (5, 5): (2, 10),
    (5, 6): (3, 10),
    (6, 6): (3, 11),
    (5, 8): (3, 11),
    (6, 9): (4, 13),
    (7, 7): (3, 13),
    (7, 8): (4, 13),
    (7, 10): (5, 14),
    (8, 8): (4, 14),
    (8, 9): (5, 14),
    (8, 12): (6, 16),
    (9, 9): (5, 15),
    (9, 10): (5, 16),
    (10, 10): (6, 16),
    (10, 11): (6, 17),
    (10, 14): (7, 18),
    (10, 20): (9, 20),
}


@pytest.mark.parametrize("sides", PRINTED)
def test_the_limits_of_the_number_of_runs_are_those_of_the_printed_table(
    sides: tuple[int, int],
) -> None:
    few, many = PRINTED[sides]
    assert limits(*sides) == Limits(few + 1, many - 1)
    assert limits(*reversed(sides)) == Limits(few + 1, many - 1)


@pytest.mark.parametrize("sides", [(4, 6), (5, 5), (6, 8), (3, 9)])
def test_the_limits_are_those_found_by_trying_every_order(sides: tuple[int, int]) -> None:
    above, below = sides
    total = above + below
    counts = sorted(
        sum(1 for _ in groupby(place in chosen for place in range(total)))
        for chosen in combinations(range(total), above)
    )
    tail = len(counts) // 40
    least = next(runs for runs in counts if sum(one <= runs for one in counts) > tail)
    most = next(runs for runs in reversed(counts) if sum(one >= runs for one in counts) > tail)
    assert limits(above, below) == Limits(least, most)


def test_thousands_of_points_have_limits_too() -> None:
    least, most = limits(2_500, 2_500)
    assert 2_420 < least < 2_440
    assert 2_562 < most < 2_582


def test_with_fewer_than_ten_points_off_the_median_runs_are_not_judged() -> None:
    assert chart(1, 1, 1, 1, 9, 9, 9, 9).limits is None
    assert chart(1, 1, 1, 1, 1, 9, 9, 9, 9, 9).too_few


def test_points_that_change_sides_every_time_are_too_many_runs() -> None:
    assert chart(*[1, 9] * 8).too_many


def test_a_shift_is_named_with_its_first_and_last_day() -> None:
    made = chart(1, 3, 1, 2, 1, 3, 9, 7, 9, 8, 9, 7)
    assert chart_words.sentences(made, "%")[:2] == [
        "12 points from 3 March to 19 May 2026. The median is 5 %.",
        "A shift: the six points from 3 March to 7 April are all below the median.",
    ]


def test_a_trend_is_named_with_its_direction() -> None:
    (_, trend, *_rest) = chart_words.sentences(chart(5, 1, 2, 3, 4, 5, 1, 5))
    assert trend == "A trend: the five points from 10 March to 7 April go up every time."


def test_no_sign_is_said_too() -> None:
    made = chart(4, 6, 3, 3, 7, 8, 2, 6, 9, 1, 2, 7)
    assert chart_words.sentences(made)[-1] == (
        "No sign of more than chance: no shift, no trend, and 8 runs, where chance gives 4 to 10."
    )


def test_a_single_point_is_said_to_be_one() -> None:
    assert chart_words.sentences(chart(4), goal=80)[0] == (
        "One point so far, on 3 March 2026. The goal is 80."
    )


def test_figures_and_dates_follow_the_language() -> None:
    with speaking("es"):
        assert chart_words.figure(1250.5, "%") == "1,250.5 %"
        assert "3 de marzo de 2026" in chart_words.sentences(chart(4))[0]
