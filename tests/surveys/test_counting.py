"""What a closed survey says, and how two of them are compared."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from engine.credentials.surveys import Survey, survey_from
from engine.submissions import survey_comparing
from engine.submissions.survey_comparing import Change, chance_of
from engine.submissions.survey_questions import Question
from engine.submissions.survey_results import Told, columns, told
from engine.submissions.survey_windows import Window, end_of_school_year
from tests.surveys.conftest import Circle

NUMBERS = tuple((value, str(value)) for value in range(1, 6))
QUESTIONS = (
    Question("helped", "I was helped", NUMBERS, number=True),
    Question("heard", "I was heard", NUMBERS, number=True),
    Question("kind", "What helped?", (("Tea", "Tea"), ("Talk", "Talk")), several=True),
    Question("words", "Anything else?"),
)


def survey() -> Survey:
    return survey_from(
        "trust",
        {
            "title": "Trust",
            "form": {},
            "audience": "open",
            "waves": [{"id": "once"}],
            "constructs": [{"title": "Trust", "items": ["helped", "heard"]}],
        },
    )


def answer(helped: int, heard: int | None = None, **more: object) -> dict[str, object]:
    return {"helped": helped, **({"heard": heard} if heard else {}), **more}


def test_each_question_is_counted_by_itself() -> None:
    answers = [
        answer(3, 4, kind=["Tea"], words="b"),
        answer(5, 5, kind=["Tea", "Talk"], words="A"),
        answer(4, 4, kind=["Talk"], words="c"),
    ]
    said = told(survey(), QUESTIONS, columns(survey(), QUESTIONS, answers, 3))
    helped, _heard, kind, words = said.questions
    assert (helped.answered, helped.mean) == (3, 4)
    assert [one.times for one in helped.counts] == [0, 0, 1, 1, 1]
    assert [(one.label, one.times) for one in kind.counts] == [("Tea", 2), ("Talk", 2)]
    assert words.words == ("A", "b", "c")
    assert said.constructs[0].values == (3.5, 4.0, 5.0)


def test_question_that_too_few_answered_is_kept_nowhere() -> None:
    answers = [answer(3, 4), answer(5, 5), answer(4)]
    kept = columns(survey(), QUESTIONS, answers, 3)
    assert set(kept["columns"]) == {"helped"}
    said = told(survey(), QUESTIONS, kept)
    assert [(one.hidden, one.answered) for one in said.questions] == [
        (False, 3),
        (True, 2),
        (True, 0),
        (True, 0),
    ]


def test_average_with_a_hidden_part_is_hidden_too() -> None:
    """Otherwise the hidden answers could be worked out from it and from the other part."""
    kept = columns(survey(), QUESTIONS, [answer(3, 4), answer(5, 5), answer(4)], 3)
    assert kept["constructs"] == [[]]


@pytest.mark.parametrize(
    ("one", "other"),
    [((1, 2, 3, 3), (3, 4, 5)), ((4, 4), (4, 5)), ((1, 1, 1), (5, 5, 5)), ((2.5, 3.5), (3.0, 3.0))],
)
def test_chance_is_the_share_of_all_ways_to_deal_the_answers_out(
    one: tuple[float, ...], other: tuple[float, ...]
) -> None:
    values, size = (*one, *other), len(one)

    def apart(picked: tuple[int, ...]) -> float:
        first = [values[n] for n in picked]
        rest = [values[n] for n in range(len(values)) if n not in picked]
        return abs(sum(first) / len(first) - sum(rest) / len(rest))

    ways = list(itertools.combinations(range(len(values)), size))
    as_far = sum(apart(way) >= apart(tuple(range(size))) - 1e-9 for way in ways)
    assert chance_of(one, other) == pytest.approx(as_far / len(ways))


def test_large_groups_are_compared_in_no_time_and_much_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = (3, 4, 3, 4) * 5, (4, 4, 3, 5) * 5
    exact = chance_of(*groups)
    monkeypatch.setattr(survey_comparing, "EXACT_WORK", 0)
    assert chance_of(*groups) == pytest.approx(exact, abs=0.03)
    assert chance_of((3, 4, 3, 4) * 300, (4, 4, 3, 5) * 300) < 1e-6


def test_answers_that_are_all_the_same_are_no_change() -> None:
    assert chance_of((4, 4, 4), (4, 4, 4)) == 1.0


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.001, "less than once in 100 times: it is hardly chance."),
        (0.04, "about once in 25 times: it is probably not chance."),
        (0.2, "about once in 5 times: it may well be chance."),
        (0.7, "read it as no change."),
    ],
)
def test_certainty_is_said_plainly(chance: float, words: str) -> None:
    before, after = Told("Trust", 3, (3.0, 3.0, 3.0)), Told("Trust", 3, (4.0, 4.0, 3.0))
    said = Change("Trust", before, after, 2 / 3, chance).words
    assert said.startswith("From 3 to 3.67: 0.67 higher.")
    assert said.endswith(words)


def test_window_of_the_school_years_end_may_go_over_new_year(circle: Circle) -> None:
    southern = "11-15/01-15"
    inside = Window(date(2029, 11, 15), date(2030, 1, 15))
    assert end_of_school_year(southern, date(2030, 1, 3)) == inside
    assert end_of_school_year(southern, date(2030, 1, 16)).first == date(2030, 11, 15)
