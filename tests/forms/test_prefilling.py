"""What of earlier work fills in a list or a group that asks something else beside it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms.prefilling import prefilled
from tests.forms.desk import form

TEXT = {"type": "string"}
FILE = {"type": "string", "widget": "evidence"}
FROM = {"from": {"credential": "other", "form": "g", "at": "/people"}}


def filled(asked: dict[str, Any], people: Any) -> dict[str, Any]:
    """The new draft of a form with one question, after `people` was handed in elsewhere."""
    form_set = form({"properties": {"q": {**asked, "prefill": FROM}}})
    earlier = {"other": {"g": {"people": people}}}
    return dict(prefilled(form_set, None, earlier.get).draft.answers["f"])


def rows_of(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


def test_rows_take_what_both_lists_ask() -> None:
    visits = [{"name": "Ana Ruiz", "on": "2026-03-12"}, {"name": "Bo Lind", "on": "2026-03-13"}]
    assert filled(rows_of(name=TEXT, mail=TEXT), visits) == {
        "q": [{"name": "Ana Ruiz"}, {"name": "Bo Lind"}]
    }


def test_rows_with_files_take_the_rest() -> None:
    people = [{"name": "Ana Ruiz", "form": "form.pdf", "forms": ["a.pdf"]}]
    asked = rows_of(name=TEXT, form=FILE, forms={"type": "array", "items": FILE})
    assert filled(asked, people) == {"q": [{"name": "Ana Ruiz"}]}


def test_an_agreement_in_a_row_is_given_anew() -> None:
    agreement = {"const": True, "widget": "agreement", "title": "Agreed"}
    asked = rows_of(name=TEXT, agreed=agreement)
    assert filled(asked, [{"name": "Bo Lind", "agreed": True}]) == {"q": [{"name": "Bo Lind"}]}


@pytest.mark.parametrize("people", [[{"on": "2026-03-12"}], ["Ana Ruiz"], "Ana Ruiz", []])
def test_rows_that_ask_nothing_of_it_stay_empty(people: Any) -> None:
    assert filled(rows_of(name=TEXT), people) == {}


def test_a_group_takes_what_it_asks() -> None:
    asked = {"type": "object", "properties": {"name": TEXT, "age": {"type": "integer"}}}
    assert filled(asked, {"name": "Ana", "age": "old", "on": "x"}) == {"q": {"name": "Ana"}}
