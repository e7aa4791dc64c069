"""A repeating group of 1,000 rows against one of 100: what a row costs to read and to draw.

Both are the same page, posted whole as a browser posts it and drawn whole again. Anything that
grows faster than the rows shows here.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from werkzeug.datastructures import MultiDict

from benchmarks.installation import installation
from benchmarks.rendering import OURS
from benchmarks.timing import Figure, medians, milliseconds
from engine.forms import answers
from engine.forms.answers import Draft
from engine.forms.row_ids import stand_in
from engine.forms.schema import Page, form_set
from engine.web.app import create_app
from engine.web.serving import settle

FEW, MANY = 100, 1_000

TEACHERS = {
    "type": "object",
    "properties": {
        "teachers": {
            "title": "Teachers",
            "type": "array",
            "item_title": "Teacher",
            "items": {
                "type": "object",
                "required": ["name", "seen_on"],
                "properties": {
                    "name": {"title": "Name", "type": "string"},
                    "seen_on": {"title": "Seen on", "type": "string", "format": "date"},
                    "lessons": {"title": "Lessons", "type": "integer"},
                    "level": {"title": "Level", "enum": ["Early", "Middle", "High"]},
                    "notes": {"title": "Notes", "type": "string", "maxLength": 500},
                },
            },
        }
    },
}


def measure() -> list[Figure]:
    """Reading and drawing, each per row of the long group against the short one."""
    (page,) = form_set({"f": TEACHERS}).pages
    with installation() as here:
        app = create_app(here.settings, here.database)
        settle()  # as the server does
        with app.test_request_context():
            return [
                _figure("reading a row of 1,000", lambda count: _reading(page, count)),
                _figure("drawing a row of 1,000", lambda count: _drawing(app, page, count)),
            ]


def _figure(what: str, of: Callable[[int], Callable[[], object]]) -> Figure:
    took = medians({"few": of(FEW), "many": of(MANY)}, rounds=15, warm=3)
    few, many = took["few"] / FEW, took["many"] / MANY
    return Figure(
        what,
        many / few,
        1.3,
        f"{milliseconds(took['many'])} for {MANY:,} rows, {milliseconds(took['few'])} for {FEW}",
    )


def _draft(count: int) -> Draft:
    rows = [
        {
            "name": f"Teacher {number}",
            "seen_on": "2026-03-12",
            "lessons": number,
            "level": "Middle",
            "notes": "Two groups, one at the board.",
        }
        for number in range(count)
    ]
    ids = [stand_in(number) for number in range(count)]
    return Draft({"f": {"teachers": rows}}, rows={"/f/teachers": ids})


def _reading(page: Page, count: int) -> Callable[[], object]:
    draft = _draft(count)
    at = "/f/teachers"
    posted = MultiDict({at: ""})
    for number, row in enumerate(draft.answers["f"]["teachers"]):
        posted[f"{at}/{number}"] = stand_in(number)
        for key, said in row.items():
            posted[f"{at}/{number}/{key}"] = str(said)
    assert answers.parse(page, posted, draft) == draft
    return lambda: answers.parse(page, posted, draft)


def _drawing(app: Flask, page: Page, count: int) -> Callable[[], object]:
    draft = _draft(count)
    template = app.jinja_env.from_string(OURS)
    return lambda: template.render(page=page, draft=draft)
