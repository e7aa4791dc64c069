"""A kind that an installation adds: a real distribution, unpacked where Python looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from engine.errors import BadKind
from engine.forms.installed import installed
from engine.settings import load_settings
from engine.web.app import bare_app
from tests.forms.desk import asking, only_page, post, said

PLUGIN = '''
from engine.forms.fields import Text
from engine.forms.nodes import Unparsed


class Seat(Text):
    """A seat in the hall: `B 7`."""

    kind = "seat"

    @classmethod
    def fits(cls, merged, widget):
        return widget == "x-seat"

    def read(self, text):
        row, number = text[:1].upper(), text[1:].strip()
        if not (row.isalpha() and number.isdigit()):
            raise Unparsed("A seat is a letter and a number.")
        return f"{row} {number}"


class NoKind:
    pass
'''
TEMPLATE = """{% from "web/fields.html" import opened, state %}
{% macro field(b) %}{{ b.place.opened if b.plain else opened(b) }}<b>Hall</b>
<input{{ b.place.attrs }} value="{{ b.text }}"{{ state(b) }}></div>{% endmacro %}
"""


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the distribution `hall-seats` in it, as an installer would unpack it."""
    site = tmp_path / "site"
    about = site / "hall_seats-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "hall_seats.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: hall-seats\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[accolade.field_kinds]\nseat = hall_seats:Seat\n")
    kinds = tmp_path / "templates" / "web" / "kinds"
    kinds.mkdir(parents=True)
    (kinds / "seat.html").write_text(TEMPLATE)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "hall_seats", raising=False)
    installed.cache_clear()
    yield tmp_path
    installed.cache_clear()


def pointing_to(hall: Path, place: str) -> None:
    entry = hall / "site" / "hall_seats-1.0.dist-info" / "entry_points.txt"
    entry.write_text(f"[accolade.field_kinds]\nseat = {place}\n")
    installed.cache_clear()


def start(hall: Path) -> Flask:
    settings = load_settings(hall / "instance", {})
    return bare_app(replace(settings, templates=(hall / "templates", *settings.templates)))


def test_a_kind_of_ones_own_is_offered_before_the_shipped_ones(hall: Path) -> None:
    page = only_page(asking(q={"type": "string", "widget": "x-seat"}))
    assert page.fields[0].kind == "seat"
    assert post(page, {"/f/q": "b7"}).answers == {"f": {"q": "B 7"}}
    assert post(page, {"/f/q": "there"}).typed == {"/f/q": "there"}


def test_its_template_draws_it(hall: Path) -> None:
    page = only_page(asking(q={"type": "string", "widget": "x-seat"}))
    app = start(hall)
    with app.app_context():
        html = app.jinja_env.from_string(
            '{% from "web/fields.html" import page_fields %}{{ page_fields(page, draft) }}'
        ).render(page=page, draft=said({"q": "B 7"}))
    assert "<b>Hall</b>" in html
    assert 'name="/f/q"' in html
    assert 'value="B 7"' in html


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("hall_seats:Missing", "it can't be loaded"),
        ("no_such_module:Seat", "it can't be loaded"),
        ("hall_seats:NoKind", "hall_seats:NoKind is not a kind of question."),
        ("hall_seats:Text", "it does not say which questions it fits."),
    ],
)
def test_a_kind_that_cant_be_used_is_named_at_the_start(hall: Path, place: str, words: str) -> None:
    pointing_to(hall, place)
    if place.endswith("Text"):
        (hall / "site" / "hall_seats.py").write_text(
            "from engine.forms.nodes import Leaf\nclass Text(Leaf):\n    kind = 'seat'\n"
        )
    with pytest.raises(BadKind) as refused:
        start(hall)
    assert "'seat'" in str(refused.value)
    assert words in str(refused.value)


def test_a_kind_without_its_template_is_named_at_the_start(hall: Path) -> None:
    (hall / "templates" / "web" / "kinds" / "seat.html").unlink()
    with pytest.raises(BadKind, match=r"'seat'.*web/kinds/seat.html"):
        start(hall)


def test_a_template_without_the_macro_is_named_at_the_start(hall: Path) -> None:
    (hall / "templates" / "web" / "kinds" / "seat.html").write_text("Seats!")
    with pytest.raises(BadKind, match="no macro named field"):
        start(hall)
