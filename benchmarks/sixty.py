"""A form of sixty questions with 177 inputs, and 4 KB of answers: what forms are timed with."""

from __future__ import annotations

from typing import Any

HELP = "Some help for it, in a sentence."
WORDS = "What the class did, and what they said about it afterwards. "
WIDGETS = {"one": "radio", "some": "checkboxes"}
"""What others have to be told, by kind of question, to draw the inputs that we draw."""


def schema() -> dict[str, Any]:
    """Plain JSON Schema 2020-12, without a keyword of Accolade's: others can render it too."""
    properties: dict[str, Any] = {}
    for number in range(1, 21):
        properties[f"text_{number}"] = _question(
            "Short answer", number, type="string", minLength=3, maxLength=200
        )
        properties[f"date_{number}"] = _question("Day", number, type="string", format="date")
    for number in range(1, 7):
        properties[f"count_{number}"] = _question(
            "How many", number, type="integer", minimum=0, maximum=500
        )
    for number in range(1, 8):
        properties[f"one_{number}"] = _question(
            "Choose one", number, type="string", enum=_choices(7)
        )
        properties[f"some_{number}"] = _question(
            "Choose some",
            number,
            type="array",
            uniqueItems=True,
            items={"type": "string", "enum": _choices(12 if number < 6 else 11)},
        )
    return {
        "type": "object",
        "title": "Sixty questions",
        "properties": properties,
        "required": list(properties),
    }


def answers() -> dict[str, Any]:
    """Valid answers to all of them."""
    found: dict[str, Any] = {}
    for key, question in schema()["properties"].items():
        kind = key.partition("_")[0]
        if kind == "text":
            found[key] = (WORDS * 3)[:140]
        elif kind == "date":
            found[key] = "2026-03-12"
        elif kind == "count":
            found[key] = 12
        elif kind == "one":
            found[key] = question["enum"][2]
        else:
            found[key] = question["items"]["enum"][:2]
    return found


def faulty_answers() -> dict[str, Any]:
    """The same with ten faults: five answers missing, five that do not fit."""
    found = answers()
    for number in range(1, 6):
        del found[f"date_{number}"]
    found["text_7"] = "x"
    found["date_9"] = "2026-02-30"
    found["count_1"] = 1000
    found["one_2"] = "nothing listed"
    found["some_3"] = ["Choice 1", "Choice 1"]
    return found


def _question(title: str, number: int, **schema: Any) -> dict[str, Any]:
    return {"title": f"{title} {number}", "description": HELP, **schema}


def _choices(count: int) -> list[str]:
    return [f"Choice {number + 1}" for number in range(count)]
