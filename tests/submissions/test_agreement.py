"""The coefficients against worked examples that were published with their results."""

from __future__ import annotations

import pytest

from engine.submissions.agreement import FEW, Answer, measured

KRIPPENDORFF = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}
"""K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C: four observers,
twelve units, gaps. Published: alpha 0.743 for nominal and 0.849 for interval data."""

COHEN = {("1", "1"): 88, ("1", "2"): 14, ("1", "3"): 18}
COHEN |= {("2", "1"): 10, ("2", "2"): 40, ("2", "3"): 10}
COHEN |= {("3", "1"): 2, ("3", "2"): 6, ("3", "3"): 12}
"""J. Cohen, A Coefficient of Agreement for Nominal Scales, Educational and Psychological
Measurement 20 (1960), the table of two clinicians and 200 patients: 0.70 observed, kappa 0.492."""

FLEISS = """
0 0 0 6 0
0 3 0 0 3
0 1 4 0 1
0 0 0 0 6
0 3 0 3 0
2 0 4 0 0
0 0 4 0 2
2 0 3 1 0
2 0 0 4 0
0 0 0 0 6
1 0 0 5 0
1 1 0 4 0
0 3 3 0 0
1 0 0 5 0
0 2 0 3 1
0 0 5 0 1
3 0 0 1 2
5 1 0 0 0
0 2 0 4 0
1 0 2 0 3
0 0 0 0 6
0 1 0 5 0
0 2 0 1 3
2 0 0 4 0
1 0 0 4 1
0 5 0 1 0
4 0 0 0 2
0 2 0 4 0
1 0 5 0 0
0 0 0 0 6
"""
"""J. L. Fleiss, Measuring Nominal Scale Agreement Among Many Raters, Psychological Bulletin 76
(1971), table 1: 30 patients, six psychiatrists each, five diagnoses. Published: kappa 0.430."""


def krippendorff() -> list[Answer]:
    return [
        Answer(str(unit), who, float(value))
        for who, values in KRIPPENDORFF.items()
        for unit, value in enumerate(values)
        if value is not None
    ]


def test_krippendorffs_alpha_of_names_is_the_published_one() -> None:
    assert measured(krippendorff()).alpha == pytest.approx(0.743, abs=0.0005)


def test_krippendorffs_alpha_of_numbers_weighs_how_far_apart_they_are() -> None:
    assert measured(krippendorff(), span=4).alpha == pytest.approx(0.849, abs=0.0005)


def test_cohens_kappa_is_the_published_one() -> None:
    answers, number = [], 0
    for (first, second), times in COHEN.items():
        for _ in range(times):
            number += 1
            answers += [Answer(str(number), "A", first), Answer(str(number), "B", second)]
    found = measured(answers)
    assert found.percent == pytest.approx(70)
    assert found.cohen == pytest.approx(0.492, abs=0.0005)


def test_fleiss_kappa_is_the_published_one() -> None:
    answers = []
    for unit, row in enumerate(FLEISS.split("\n")[1:-1]):
        said = [str(kind) for kind, times in enumerate(row.split()) for _ in range(int(times))]
        answers += [Answer(str(unit), str(who), label) for who, label in enumerate(said)]
    assert measured(answers).fleiss == pytest.approx(0.430, abs=0.0005)


def test_what_one_person_judged_alone_compares_with_nothing() -> None:
    assert measured([Answer("1", "A", "Y"), Answer("2", "B", "Y")]).percent is None


def test_people_who_always_say_the_same_agree_but_chance_can_not_be_told() -> None:
    found = measured([Answer(str(unit), who, "Y") for unit in range(40) for who in "AB"])
    assert (found.percent, found.cohen, found.fleiss, found.alpha) == (100, None, None, None)


def test_few_pairs_are_said_to_be_few() -> None:
    def judged(units: int) -> list[Answer]:
        return [Answer(str(unit), who, "YN"[unit % 2]) for unit in range(units) for who in "AB"]

    assert measured(judged(FEW - 1)).few is True
    assert measured(judged(FEW)).few is False


def test_not_applicable_is_as_far_from_a_rating_as_can_be() -> None:
    near = [Answer("1", "A", 3.0), Answer("1", "B", 4.0), Answer("2", "A", 1.0)]
    answers = [*near, Answer("2", "B", 1.0), Answer("3", "A", 2.0)]
    apart = measured([*answers, Answer("3", "B", "NA")], span=3).alpha
    together = measured([*answers, Answer("3", "B", 3.0)], span=3).alpha
    assert apart is not None
    assert together is not None
    assert apart < together


def test_three_people_who_judge_now_and_then_together_have_their_pairs_weighed() -> None:
    first = [Answer(str(one), who, "YN"[one % 2]) for one in range(4) for who in "AB"]
    second = [
        Answer(f"x{one}", who, label)
        for one in range(2)
        for who, label in zip("AC", ("YN", "NY")[one], strict=True)
    ]
    found = measured([*first, *second])
    # Four that A and B judged alike (kappa 1), two on which A and C were contrary (kappa -1).
    assert found.cohen == pytest.approx((4 * 1 + 2 * -1) / 6)
