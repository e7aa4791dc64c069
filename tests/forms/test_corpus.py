"""Schemas of the world: each is shown, filled in, posted back, checked and read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from engine.credentials.reading import read_yaml
from engine.forms import display
from engine.forms.answers import Draft, parse, prune, validate
from engine.forms.checking import Checker
from tests.forms.desk import browse, form, only_page

CORPUS: dict[str, Any] = read_yaml(
    Path(__file__).with_name("corpus.yaml").read_text("utf-8"), "corpus.yaml"
).data
ROOTS = pytest.mark.parametrize("name", CORPUS)


@ROOTS
def test_the_corpus_says_what_it_means(name: str) -> None:
    schema, answer = CORPUS[name]["schema"], CORPUS[name]["answer"]
    assert Checker(schema).faults(answer) == []
    assert Checker(schema).reference_faults(answer) == []


@ROOTS
def test_an_answer_survives_the_form(name: str) -> None:
    schema, answer = CORPUS[name]["schema"], CORPUS[name]["answer"]
    page = only_page(form(schema))
    draft = Draft.of({"f": answer})

    after = parse(page, browse(page, draft).posted(), draft)

    assert after.answers == {"f": answer}
    assert after.typed == {}
    assert parse(page, browse(page, after).posted(), after) == after


@ROOTS
def test_what_is_submitted_is_what_was_answered_and_is_valid(name: str) -> None:
    form_set = form(CORPUS[name]["schema"])
    draft = Draft.of({"f": CORPUS[name]["answer"]})
    assert prune(form_set, draft) == {"f": CORPUS[name]["answer"]}
    assert validate(form_set, draft) == []


@ROOTS
def test_every_input_has_an_id_of_its_own_and_every_problem_a_place(name: str) -> None:
    form_set = form(CORPUS[name]["schema"])
    page = only_page(form_set)
    for draft in (Draft(), Draft.of({"f": CORPUS[name]["answer"]})):
        problems = validate(form_set, draft)
        browser = browse(page, draft, problems=problems)
        assert sorted(browser.ids) == sorted(set(browser.ids))
        for problem in problems:
            assert page.covers(problem.pointer)


@ROOTS
def test_the_read_only_view_says_every_scalar(name: str) -> None:
    form_set = form(CORPUS[name]["schema"])
    answer = CORPUS[name]["answer"]
    (shown,) = display.read_only(form_set, {"f": answer})
    said = " ".join(
        f"{one.label} {one.text} {' '.join(one.items)}"
        for entry in shown.entries
        for one in entry.all()
    )
    given = json.dumps(CORPUS[name]["schema"])
    for value in _texts(answer):
        # What a const gives by itself is shown by its title, or to nobody.
        assert value in said or f'"const": {json.dumps(value)}' in given


@ROOTS
def test_a_spoiled_answer_has_the_verdict_of_the_schema(name: str) -> None:
    schema, answer = CORPUS[name]["schema"], CORPUS[name]["answer"]
    form_set = form(schema)
    for spoiled in _spoiled(answer):
        draft = Draft.of({"f": spoiled})
        submitted = prune(form_set, draft)["f"]
        assert bool(validate(form_set, draft)) == bool(Checker(schema).reference_faults(submitted))


def test_the_corpus_uses_every_keyword() -> None:
    text = json.dumps(CORPUS)
    missing = [word for word in _KEYWORDS if f'"{word}"' not in text]
    assert missing == []


_KEYWORDS = [
    *("prefixItems", "items", "contains", "additionalProperties", "properties", "not", "then"),
    *("patternProperties", "dependentSchemas", "propertyNames", "if", "else", "allOf", "anyOf"),
    *("oneOf", "unevaluatedItems", "unevaluatedProperties", "type", "const", "enum", "pattern"),
    *("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength"),
    *("minLength", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains"),
    *("maxProperties", "minProperties", "required", "dependentRequired"),
]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) and value != "2026-03-12" else []


def _spoiled(answer: Any) -> list[Any]:
    """The answer with one thing wrong, in every way that comes to mind."""
    found: list[Any] = []
    if isinstance(answer, dict):
        for key in answer:
            found.append({name: said for name, said in answer.items() if name != key})
            found.append({**copy.deepcopy(answer), key: "?"})
            found.append({**copy.deepcopy(answer), key: -7.25})
    elif isinstance(answer, list):
        found += [answer[1:], [*answer, "?"]]
    return found
