"""What a run chart says, held against published tables and against examples worked by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations, groupby
from math import comb

import pytest

from engine.forms import chart_words
from engine.forms.run_chart import Limits, Point, RunChart, limits, run_chart
from engine.languages import speaking

pytestmark = pytest.mark.row("C5")

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


# The table of the paper, by the number of points off the median: fewer runs than the first, or
# more than the second, are a sign. Its rows for halves of one size, found again by counting.
PAPER = {
    10: (3, 9),
    13: (4, 11),
    14: (4, 12),
    15: (5, 12),
    16: (5, 13),
    18: (6, 14),
    19: (6, 15),
    21: (7, 16),
    24: (8, 18),
    26: (9, 19),
    28: (10, 20),
    30: (11, 21),
    34: (12, 24),
    40: (15, 27),
    50: (19, 33),
    60: (24, 38),
}


def orders_by_runs(above: int, below: int) -> Counter[int]:
    """In how many orders of points there are so many runs, by adding one point at a time."""
    # (points above, points below, side of the last one) to orders by their number of runs.
    ways = {(1, 0, 1): Counter({1: 1}), (0, 1, -1): Counter({1: 1})}
    for _ in range(above + below - 1):
        longer: dict[tuple[int, int, int], Counter[int]] = {}
        for (up, down, last), counts in ways.items():
            for side, one in ((1, (up + 1, down)), (-1, (up, down + 1))):
                if one[0] <= above and one[1] <= below:
                    into = longer.setdefault((*one, side), Counter())
                    for runs, number in counts.items():
                        into[runs + (side != last)] += number
        ways = longer
    return sum(ways.values(), Counter())


@pytest.mark.parametrize("points", PAPER)
def test_the_limits_are_those_of_the_papers_table_and_of_counting_every_order(points: int) -> None:
    above = points // 2
    counts = orders_by_runs(above, points - above)
    everything = sum(counts.values())
    assert everything == comb(points, above)
    least, most = PAPER[points]

    def share(runs: range) -> float:
        return sum(counts[one] for one in runs) / everything

    assert share(range(least)) <= 0.025 < share(range(least + 1))
    assert share(range(most + 1, points + 1)) <= 0.025 < share(range(most, points + 1))
    assert limits(above, points - above) == Limits(least, most)


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


# An astronomical point

CALM = (4, 6, 3, 3, 7, 8, 2, 6, 9, 1, 2, 7)


def test_a_point_that_is_marked_as_obviously_different_is_said_in_words() -> None:
    points = [Point(START + timedelta(weeks=n), one) for n, one in enumerate(CALM)]
    points[4] = points[4]._replace(value=95, unusual=True)
    made = run_chart(points)
    assert made is not None
    assert made.astronomical == (4,)
    assert made.far == ()
    assert chart_words.sentences(made, "%")[1:] == [
        "An astronomical point: 95 % on 31 March 2026 is obviously different from the others, by"
        " the judgment of whoever entered it."
    ]


def test_a_point_far_from_all_others_is_pointed_out_and_left_to_people() -> None:
    values = list(CALM)
    values[4] = 95
    made = chart(*values)
    assert made.astronomical == ()
    assert made.far == (4,)
    assert chart_words.sentences(made)[-1] == (
        "Have a look at 95 on 31 March 2026: it lies far from the others. Whether it is an"
        " astronomical point is for people to judge."
    )


def test_ordinary_points_are_not_pointed_out() -> None:
    assert chart(*CALM).far == ()
    assert chart(*range(20)).far == ()
    assert chart(*[5] * 12, 6).far == ()


def test_a_single_point_is_said_to_be_one() -> None:
    assert chart_words.sentences(chart(4), goal=80)[0] == (
        "One point so far, on 3 March 2026. The goal is 80."
    )


def test_figures_and_dates_follow_the_language() -> None:
    with speaking("es"):
        assert chart_words.figure(1250.5, "%") == "1,250.5 %"
        assert "3 de marzo de 2026" in chart_words.sentences(chart(4))[0]
