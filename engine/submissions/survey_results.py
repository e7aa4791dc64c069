"""What a closed survey says: counted question by question, never person by person.

`columns` is what is kept when a survey closes: every question's answers by themselves and sorted,
so that nobody's answers to several questions stand side by side, and no order is left. Questions
that fewer answered than the small-cell number are not kept at all, nor is anything of a survey
with fewer answers than that. Everything shown is told from these columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.credentials.documents import canonical
from engine.credentials.surveys import Survey
from engine.forms.pointers import within
from engine.languages import _
from engine.phrases import figure
from engine.records.tables import SurveyRun
from engine.submissions.survey_questions import Question, answer_at

LONGEST = 480
"""Characters of a question's wording in a credential's answers."""


class Count(NamedTuple):
    """How often an answer was chosen."""

    label: str
    times: int
    share: float
    """Of those who answered the question, from 0 to 1."""


@dataclass(frozen=True)
class Told:
    """One question's results, or those of several that measure one thing together."""

    title: str
    answered: int
    values: tuple[float, ...] = ()
    """Where it is a number: every answer, sorted."""
    counts: tuple[Count, ...] = ()
    words: tuple[str, ...] = ()
    """Where it is answered in one's own words: in alphabetical order."""
    hidden: bool = False
    """Too few answered it; `answered` is how many."""
    best: float | None = None
    """The highest number that may be answered, where there is one."""

    @property
    def mean(self) -> float | None:
        return sum(self.values) / len(self.values) if self.values else None

    @property
    def mean_words(self) -> str:
        return figure(round(self.mean, 2)) if self.mean is not None else ""

    @property
    def of_best(self) -> str:
        """`3.17 of 5`."""
        if self.best is None:
            return self.mean_words
        return _("%(mean)s of %(best)s", mean=self.mean_words, best=figure(self.best))


@dataclass(frozen=True)
class Results:
    """What a closed run says."""

    answered: int
    hidden: bool
    """So few answered that nothing is shown, and nothing was kept."""
    questions: tuple[Told, ...]
    constructs: tuple[Told, ...]


def columns(
    survey: Survey,
    questions: Sequence[Question],
    answers: Sequence[Mapping[str, Any]],
    small_cell: int,
) -> dict[str, Any]:
    """What is kept of the answers, as JSON: `{answered, counts, columns, constructs}`."""
    counted: dict[str, int] = {}
    kept: dict[str, list[Any]] = {}
    for question in questions:
        said = [answer_at(one, question.path) for one in answers]
        given = [value for value in said if value is not None and value != [] and value != ""]
        counted[question.path] = len(given)
        if len(given) >= small_cell:
            kept[question.path] = sorted(given, key=canonical)
    scores = []
    for construct in survey.constructs:
        parts = _measuring(questions, construct.items)
        found = sorted(one for answer in answers if (one := _score(answer, parts)) is not None)
        # A part that is hidden could be worked out from the average and the other parts.
        whole = all(part.path in kept for part in parts)
        scores.append(found if whole and len(found) >= small_cell else [])
    if len(answers) < small_cell:
        return {"answered": len(answers), "counts": {}, "columns": {}, "constructs": []}
    return {"answered": len(answers), "counts": counted, "columns": kept, "constructs": scores}


def told(survey: Survey, questions: Sequence[Question], kept: Mapping[str, Any]) -> Results:
    """What is kept, in the words of the moment's language."""
    if not kept["counts"]:
        return Results(kept["answered"], True, (), ())
    constructs = []
    for number, construct in enumerate(survey.constructs):
        values = kept["constructs"][number] if number < len(kept["constructs"]) else []
        parts = _measuring(questions, construct.items)
        best = max((one for part in parts if (one := _best(part)) is not None), default=None)
        few = not values
        constructs.append(Told(construct.title, len(values), tuple(values), hidden=few, best=best))
    return Results(
        kept["answered"],
        False,
        tuple(_told(one, kept) for one in questions if one.path in kept["counts"]),
        tuple(constructs),
    )


def evidence(run: SurveyRun, results: Results, opened: str, closed: str) -> dict[str, Any]:
    """The answer to a question of the shape of `shared/surveys.yaml#/results`. `opened` and
    `closed` are days, as `2026-03-12`."""
    return {
        "source": "here",
        "run": run.id,
        "invited": run.invited,
        "answered": results.answered,
        "opened_on": opened,
        "closed_on": closed,
        "items": [_row(one) for one in (*results.constructs, *results.questions)],
    }


def _row(one: Told) -> dict[str, Any]:
    row: dict[str, Any] = {"wording": one.title[:LONGEST], "answered": one.answered}
    if one.hidden:
        row["counts"] = _("Too few answered for this to be shown.")
    elif one.counts:
        row["counts"] = "; ".join(f"{count.label}: {count.times}" for count in one.counts)[:1000]
    if (mean := one.mean) is not None:
        rounded = round(mean, 2)
        # A whole number is kept as one, as it is when the page with it is saved again.
        row["mean"] = int(rounded) if rounded.is_integer() else rounded
    return row


def _told(question: Question, kept: Mapping[str, Any]) -> Told:
    answered = kept["counts"][question.path]
    values = kept["columns"].get(question.path)
    if values is None:
        return Told(question.title, answered, hidden=True)
    if question.is_words:
        words = sorted((str(value) for value in values), key=str.casefold)
        return Told(question.title, answered, words=tuple(words))
    chosen = [one for value in values for one in (value if question.several else [value])]
    counts = tuple(
        Count(label, times := sum(_same(one, value) for one in chosen), times / answered)
        for value, label in question.choices
    )
    numbers = tuple(float(value) for value in values) if question.number else ()
    return Told(question.title, answered, numbers, counts, best=_best(question))


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _best(question: Question) -> float | None:
    if not question.number or not question.choices:
        return None
    return float(max(value for value, _label in question.choices))


def _measuring(questions: Sequence[Question], items: Sequence[str]) -> list[Question]:
    """The questions that a construct names, or the rows of a matrix that it names."""
    return [
        one for one in questions if one.number and any(within(one.path, item) for item in items)
    ]


def _score(answer: Mapping[str, Any], questions: Sequence[Question]) -> float | None:
    """The average of one person's answers to the questions of a construct."""
    said = [answer_at(answer, one.path) for one in questions]
    numbers = [float(value) for value in said if isinstance(value, int | float)]
    return round(sum(numbers) / len(numbers), 6) if numbers else None
