"""Answers survive form → post → JSON → form unchanged, whatever the schema."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.forms.answers import Draft, parse, prune, validate
from engine.forms.checking import Checker
from engine.forms.rows import BUTTONS
from tests.forms.desk import browse, form, only_page
from tests.forms.generating import SCHEMAS, TREE, answers, trees

_patient = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@_patient
@given(st.data())
def test_answers_survive_the_form(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    value = data.draw(answers(schema))
    form_set = form(schema)
    page = only_page(form_set)
    draft = Draft.of({"f": value})

    browser = browse(page, draft)
    after = parse(page, browser.posted(), draft)
    from_nothing = parse(page, browser.posted(), Draft())

    assert after.answers == {"f": value}
    assert after.typed == {}
    assert _without_empty(_loose(from_nothing.answers["f"])) == _without_empty(_loose(value))
    assert parse(page, browse(page, after).posted(), after) == after


@_patient
@given(st.data())
def test_every_input_of_a_page_has_a_name_and_an_id_of_its_own(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    value = data.draw(answers(schema))
    form_set = form(schema)
    draft = Draft.of({"f": value})

    browser = browse(only_page(form_set), draft, problems=validate(form_set, draft))

    assert sorted(browser.ids) == sorted(set(browser.ids))
    for control in browser.controls:
        assert control.name.startswith("/f") or control.name in BUTTONS


@_patient
@given(st.data())
def test_what_the_form_leaves_out_is_only_what_is_not_asked(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    value = data.draw(answers(schema))
    form_set = form(schema)

    pruned = prune(form_set, Draft.of({"f": value}))["f"]

    assert _without_empty(_loose(pruned)) == _without_empty(_loose(value))


@_patient
@given(trees())
def test_a_tree_survives_the_form_as_far_as_it_goes(value: Any) -> None:
    form_set = form(TREE)
    page = only_page(form_set)
    draft = Draft.of({"f": value})

    after = parse(page, browse(page, draft).posted(), draft)

    assert after.answers == {"f": value}
    assert prune(form_set, after) == {"f": value}
    assert parse(page, browse(page, after).posted(), after) == after


@_patient
@given(st.data())
def test_the_form_gives_the_verdict_of_the_schema(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    form_set = form(schema)
    draft = Draft.of({"f": data.draw(answers(schema))})

    submitted = prune(form_set, draft)["f"]

    faults = Checker(schema).reference_faults(submitted)
    assert bool(validate(form_set, draft)) == bool(faults)


def _loose(value: Any) -> Any:
    """Without null, which only a draft tells from no answer."""
    if isinstance(value, dict):
        return {key: _loose(one) for key, one in value.items() if one is not None}
    return [_loose(one) for one in value] if isinstance(value, list) else value


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one != {}}
    if isinstance(value, list):
        return [_without_empty(one) for one in value]
    return value
