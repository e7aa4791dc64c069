"""What scores add up to, and how several people's become one: arithmetic only."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import LookFor, ScoringGuide, credential_from
from engine.credentials.workflow import Combine
from engine.submissions.scores import Score, Totals, combined, differ, kept, totals

Y, N, NA = Score("Y"), Score("N"), Score("NA")


def guide(*rows: dict[str, Any]) -> ScoringGuide:
    """A guide of these look-fors, as its document would have made it."""
    named = [{"id": f"row-{number}", "text": "A row", **row} for number, row in enumerate(rows)]
    data = {
        "credential": "a",
        "version": 1,
        "kind": "micro-credential",
        "title": "A",
        "scoring_guides": {"only": {"title": "Only", "reviews": ["plan"], "look_fors": named}},
    }
    return credential_from(data).scoring_guides["only"]


def rated(value: float, notes: str = "") -> Score:
    return Score("R", notes, value)


def added(of: ScoringGuide, *scores: Score) -> Totals:
    keys = [(of.id, look_for.id) for look_for in of.look_fors]
    return totals([of], dict(zip(keys, scores, strict=False)))


ONE_TO_FOUR = {"scale": {"min": 1, "max": 4, "step": 1, "met": 3}}


def test_yes_and_no_count_by_their_weight() -> None:
    found = added(guide({}, {"weight": 3}), Y, N)
    assert (found.points, found.possible, found.percent) == (1, 4, 25)


def test_not_applicable_is_on_neither_side_of_the_fraction() -> None:
    found = added(guide({}, {"weight": 3, "not_applicable": True}), Y, NA)
    assert (found.points, found.possible, found.percent) == (1, 1, 100)
    assert (found.not_applicable, found.all_yes, found.all_decided) == (1, True, True)


def test_nothing_but_not_applicable_is_no_reason_to_award() -> None:
    assert added(guide({"not_applicable": True}), NA).all_yes is False


def test_what_is_not_decided_has_reached_nothing_yet() -> None:
    found = added(guide({}, {}), Y)
    assert (found.percent, found.undecided, found.all_yes) == (50, 1, False)


def test_a_rating_counts_itself_out_of_the_highest() -> None:
    found = added(guide({**ONE_TO_FOUR, "weight": 2}, ONE_TO_FOUR), rated(3), rated(1))
    assert (found.points, found.possible, found.percent) == (7, 12, 58.333333)
    assert (found.mean, found.lowest, found.rated) == (2.333333, 1, 2)


def test_a_rating_is_yes_from_where_the_scale_says_it_is_met() -> None:
    found = added(guide(ONE_TO_FOUR, ONE_TO_FOUR), rated(3), rated(2))
    assert (found.yes, found.no, found.no_without_notes) == (1, 1, 1)


def test_a_rating_of_a_scale_without_a_line_is_neither_yes_nor_no() -> None:
    found = added(guide({"scale": {"min": 1, "max": 4, "step": 1}}, {}), rated(1), Y)
    assert (found.yes, found.no, found.all_yes, found.no_without_notes) == (1, 0, True, 0)


def test_a_no_needs_notes_unless_the_guide_says_otherwise() -> None:
    assert added(guide({}, {"required_notes": False}), N, N).no_without_notes == 1
    assert added(guide({}), Score("N", "Brown")).no_without_notes == 0


def test_a_rating_below_the_line_for_notes_needs_them() -> None:
    row = {"scale": {"min": 1, "max": 4, "step": 1}, "required_notes": {"below": 2}}
    assert added(guide(row, row), rated(1), rated(2)).no_without_notes == 1


def test_percent_has_no_dust_of_binary_fractions() -> None:
    tenths = {"scale": {"min": 0, "max": 1, "step": 0.1}}
    assert added(guide(tenths, tenths, tenths), *[rated(0.7)] * 3).percent == 70.0


LETTERS = guide({}).look_fors[0]
STEPS = guide({"scale": {"min": 0, "max": 1, "step": 0.1}, "not_applicable": True}).look_fors[0]


@pytest.mark.parametrize(
    ("look_for", "said", "answer"),
    [
        (LETTERS, Score("Y"), ("Y", None)),
        (LETTERS, Score("NA"), (None, None)),
        (LETTERS, Score("R", "", 3), (None, None)),
        (LETTERS, Score("X"), (None, None)),
        (LETTERS, Score("Y", "", 3), ("Y", None)),
        (STEPS, Score("R", "", 0.30000001), ("R", 0.3)),
        (STEPS, Score("R", "", 0.35), (None, None)),
        (STEPS, Score("R", "", 1.1), (None, None)),
        (STEPS, Score("R", "", -0.1), (None, None)),
        (STEPS, Score("R", "", float("nan")), (None, None)),
        (STEPS, Score("R", "", float("inf")), (None, None)),
        (STEPS, Score("R", "", 1e308), (None, None)),
        (STEPS, Score("R"), (None, None)),
        (STEPS, Score("Y"), (None, None)),
        (STEPS, Score("NA"), ("NA", None)),
    ],
)
def test_only_answers_that_a_look_for_offers_are_kept(
    look_for: LookFor, said: Score, answer: tuple[str | None, float | None]
) -> None:
    assert kept(look_for, said).answer == answer


def test_the_notes_of_an_answer_that_is_not_kept_stay() -> None:
    assert kept(LETTERS, Score("R", " Seven of four! ", 7)) == Score(None, "Seven of four!")


@pytest.mark.parametrize(
    ("rule", "said", "answer"),
    [
        ("all", [Y, Y], "Y"),
        ("all", [Y, N], "N"),
        ("any", [Y, N], "Y"),
        ("any", [N, N], "N"),
        ("majority", [Y, Y, N], "Y"),
        ("majority", [Y, N], "N"),
        ("majority", [NA, NA, Y], "NA"),
        ("majority", [NA, Y], "Y"),
        ("mean", [Y, Y, N], "Y"),
        ("lowest", [Y, N], "N"),
        ("highest", [Y, N], "Y"),
        ("all", [Y, NA], "Y"),
        ("all", [NA, NA], "NA"),
        ("all", [Y, Score()], "Y"),
        ("any", [Score(), Score()], None),
    ],
)
def test_letters_become_one_by_the_rule(
    rule: Combine, said: list[Score], answer: str | None
) -> None:
    assert combined(LETTERS, said, rule).decision == answer


@pytest.mark.parametrize(
    ("rule", "said", "value"),
    [
        ("mean", [0.2, 0.5], 0.35),
        ("lowest", [0.2, 0.5], 0.2),
        ("all", [0.2, 0.5], 0.2),
        ("highest", [0.2, 0.5], 0.5),
        ("any", [0.2, 0.5], 0.5),
        ("majority", [0.2, 0.5, 0.5], 0.5),
        ("majority", [0.5, 0.2], 0.2),
    ],
)
def test_ratings_become_one_by_the_rule(rule: Combine, said: list[float], value: float) -> None:
    assert combined(STEPS, [rated(one) for one in said], rule).value == value


def test_the_notes_are_those_of_whoever_said_what_stands() -> None:
    said = [Score("Y", "Lovely"), Score("N", "Brown"), Score("N", "Dry")]
    assert combined(LETTERS, said, "all") == Score("N", "Brown\n\nDry")


def test_two_answers_differ_or_agree_and_one_alone_does_neither() -> None:
    assert differ([Y, Score("Y", "Lovely")]) is False
    assert differ([Y, NA]) is True
    assert differ([rated(1), rated(2)]) is True
    assert differ([Y, Score()]) is None
