"""jsonschema-rs is held to jsonschema: the same verdict, the same keywords, the same pointers.

Where the two differ on a schema, publishing notices, and the reference is asked from then on.
"""

from __future__ import annotations

import time
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.credentials import patterns
from engine.credentials.library import Library
from engine.forms import probing
from engine.forms.answers import Draft, prune, validate
from engine.forms.checking import Checker
from engine.forms.dialects import Modern
from engine.forms.faults import SEVERAL, Fault, agreed
from engine.forms.samples import Sampler
from engine.forms.schema import form_set
from engine.settings import SHIPPED
from tests.forms import schemas_of_every_kind as kinds
from tests.forms.generating import SCHEMAS, answers

_patient = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
HUGE = {"enum": [10**40]}
"""jsonschema-rs compares the number to 1e40 as a double, jsonschema does not."""


def said_alike(schema: Any, value: Any) -> bool:
    checker = Checker(schema)
    return agreed(checker.faults(value)) == agreed(checker.reference_faults(value))


def inner(faults: list[Fault]) -> list[str]:
    """The faults of all alternatives, however deep; where several fit, jsonschema tells none."""
    return sorted(
        repr((fault.keyword, number, sorted(map(repr, agreed(branch))), inner(branch)))
        for fault in faults
        if fault.limit != SEVERAL
        for number, branch in enumerate(fault.branches or ())
    )


# Whatever the schema


@_patient
@given(st.data())
def test_every_assertion_fails_alike_in_both(data: st.DataObject) -> None:
    schema = data.draw(kinds.SCHEMAS)
    checker = Checker(schema)
    for _ in range(6):
        value = data.draw(kinds.instances(schema))
        fast, slow = checker.faults(value), checker.reference_faults(value)
        assert agreed(fast) == agreed(slow), (schema, value)
        assert inner(fast) == inner(slow), (schema, value)


@_patient
@given(st.data())
def test_older_drafts_fail_alike_in_both(data: st.DataObject) -> None:
    dialect = data.draw(st.sampled_from(sorted(kinds.OLDER)))
    schema = kinds.as_older(data.draw(kinds.SCHEMAS), dialect)
    for _ in range(6):
        value = data.draw(kinds.instances(schema))
        assert said_alike(schema, value), (schema, value)


@_patient
@given(st.data())
def test_what_publishing_finds_no_doubt_in_is_read_alike(data: st.DataObject) -> None:
    """Numbers beyond a double's reach among them, which the other tests leave out."""
    numbers = st.sampled_from([10**40, 2**53, 2**53 + 1, 2**63, 1e40, 0.1, 1, True])
    schema = {"properties": {"a": {"enum": data.draw(st.lists(numbers, min_size=1))}}}
    value = {"a": data.draw(st.one_of(numbers, numbers.map(float)))}

    assert said_alike(schema, value) or probing.doubt(schema), (schema, value)


# The catalogue


def shipped() -> list[Any]:
    library = Library((SHIPPED / "schemas",), (SHIPPED / "workflows",))
    editions = [library.edition(id) for id in library.credentials()]
    return [one for one in editions if one.credential.forms]


@pytest.mark.parametrize("edition", shipped(), ids=lambda one: one.credential.id)
def test_the_catalogues_examples_are_read_alike_whole_and_spoiled(edition: Any) -> None:
    for id, schema in edition.credential.forms.items():
        checker = Checker(schema)
        example = edition.examples.get(id, {})
        around = Sampler(Modern.of(schema)).around(example)
        for value in (example, {}, [], None, *around):
            assert agreed(checker.faults(value)) == agreed(checker.reference_faults(value))


def test_the_catalogue_needs_the_slower_validator_nowhere() -> None:
    doubts = {
        one.credential.id: probing.doubts(one.credential.forms, one.examples) for one in shipped()
    }
    assert {id: why for id, why in doubts.items() if why} == {}


# What the engine adds


@_patient
@given(st.data())
def test_no_answer_is_valid_in_a_form_and_invalid_as_json(data: st.DataObject) -> None:
    """Merging for display, choosing branches and leaving out what is not asked change no verdict:
    what a form would submit is judged as JSON, by the schema as it was written."""
    schema = data.draw(SCHEMAS)
    forms = form_set({"f": schema})
    value = data.draw(st.one_of(answers(schema), kinds.instances(schema)))
    draft = Draft({"f": value if isinstance(value, dict) else {}})
    submitted = prune(forms, draft)["f"]

    problems = [one for one in validate(forms, draft) if one.code not in ("rule", "typed")]

    assert bool(problems) == bool(Checker(schema).reference_faults(submitted))


# Where jsonschema speaks of Python


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"pattern": r"^\d+$"}, "٣", False),
        ({"pattern": r"^\w+$"}, "é", False),
        ({"pattern": r"^\p{L}+$"}, "é", True),
        ({"pattern": r"^a$"}, "a\n", False),
        ({"pattern": r"^a.c$"}, "a\nc", False),
        ({"pattern": r"^(?!x)\w+$"}, "xy", False),
        ({"pattern": r"^\S$"}, "\ufeff", False),
        ({"maxLength": 1}, "🎓", True),
        ({"maxLength": 1}, "e\u0301", False),
        ({"multipleOf": 0.01}, 19.99, True),
        ({"multipleOf": 0.1}, 0.35, False),
        ({"multipleOf": 3}, 10**40, False),
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": True}, [1, True], True),
        ({"uniqueItems": True}, [{"a": 0}, {"a": False}], True),
        ({"const": 0}, False, False),
        ({"enum": [1]}, 1.0, True),
        ({"maximum": 9007199254740992}, 9007199254740993, False),
        ({"format": "time"}, "23:59:60Z", True),
        ({"format": "duration"}, "P1Y1D", False),
        ({"format": "email"}, "a b@c.example", False),
        ({"format": "hostname"}, "-a.example", False),
        ({"patternProperties": {r"^\d$": False}}, {"٣": 1}, True),
        ({"patternProperties": {r"^\d$": {}}, "unevaluatedProperties": False}, {"3": 1}, True),
    ],
)
def test_both_say_what_the_standards_say(schema: Any, value: Any, valid: bool) -> None:
    checker = Checker(schema)
    assert (not checker.faults(value), not checker.reference_faults(value)) == (valid, valid)


@pytest.mark.parametrize(
    ("format", "good", "bad"),
    [
        ("date", "2026-02-28", "2026-02-30"),
        ("date-time", "2026-02-28T10:00:00+01:00", "2026-02-28 10:00"),
        ("time", "10:00:00Z", "25:00:00Z"),
        ("email", "ana@school.example", "ana"),
        ("hostname", "school.example", "-school"),
        ("ipv4", "127.0.0.1", "256.0.0.1"),
        ("ipv6", "::1", "1::2::3"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8"),
        ("uri", "https://a.example/x?y#z", "a b"),
        ("json-pointer", "/a/~0", "a"),
        ("regex", "^a+$", "("),
        ("duration", "P1DT2H", "1 day"),
    ],
)
def test_an_ordinary_format_means_what_bare_jsonschema_says(
    format: str, good: str, bad: str
) -> None:
    bare = jsonschema.Draft202012Validator(
        {"format": format}, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    checker = Checker({"format": format})
    assert (bare.is_valid(good), bare.is_valid(bad)) == (True, False)
    assert (checker.faults(good), bool(checker.faults(bad))) == ([], True)


# Publishing


def test_a_schema_that_is_read_differently_is_noticed() -> None:
    assert probing.doubt(HUGE) == "no double holds the number 1" + "0" * 40 + " at /"
    assert probing.doubt({"properties": {"a": {"items": HUGE}}})
    assert probing.doubt({"$defs": {"h": HUGE}, "properties": {"a": {"$ref": "#/$defs/h"}}})
    old = {"$schema": DRAFT_7, "properties": {"a": {"contentEncoding": "base64"}}}
    assert probing.doubt(old) == (
        "its dialect leaves open what contentEncoding at /properties/a asks for"
    )


def test_a_form_in_doubt_is_checked_by_the_reference() -> None:
    schema = {"type": "object", "properties": {"a": HUGE}}
    draft = Draft({"f": {"a": 1e40}})

    assert validate(form_set({"f": schema}), draft) == []
    assert [
        one.pointer for one in validate(form_set({"f": schema}, by_reference=["f"]), draft)
    ] == ["/f/a"]


def test_samples_are_the_same_each_time_and_of_both_kinds() -> None:
    for edition in shipped():
        for schema in edition.credential.forms.values():
            sampler = Sampler(Modern.of(schema))
            made = sampler.samples(sampler.modern.root, 300)
            assert made == sampler.samples(sampler.modern.root, 300)
            assert len(made) > 20


def test_noticing_takes_bounded_time() -> None:
    wide = {"properties": {f"p{n}": {"type": "string", "pattern": "^a+$"} for n in range(3_000)}}
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"properties": {"a": deep, "b": {"type": "string"}}}
    started = time.monotonic()
    for schema in (wide, deep, {"$ref": "#"}, {"properties": {"a": {"$ref": "#"}}}):
        probing.doubt(schema)
    assert time.monotonic() - started < 20


# Patterns that would take for ever

EVIL = [
    r"^(a+)+$", r"^(a|aa)+$", r"^(\w+\s?)+$", r"^((?=a)a+)+$", r"^(?:(a+)(?=a|!))+$",
    r"^(?:(\w)\1?)+$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", EVIL)
def test_no_pattern_hangs_either_validator(pattern: str) -> None:
    schema = {
        "properties": {"a": {"pattern": pattern}},
        "patternProperties": {pattern: {"type": "string"}},
        "unevaluatedProperties": False,
    }
    checker = Checker(schema)
    value = {"a": "a" * 50 + "!", "a" * 50 + "!": "x"}

    started = time.process_time()
    fast, slow = checker.faults(value), checker.reference_faults(value)

    assert time.process_time() - started < 1
    assert ("pattern", ("a",)) in agreed(fast) & agreed(slow)


def test_a_pattern_that_wears_out_is_told_from_one_that_does_not() -> None:
    assert [bool(patterns.worn_out_by(one)) for one in EVIL] == [False] * 3 + [True] * 3
    for fine in (r"^(?!.*--)[a-z-]+$", r"^(?=.*\d)(?=.*[a-z]).{8,}$", r"^\p{Lu}", r"(a)\1"):
        assert patterns.worn_out_by(fine) == ""


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\x00", "💥" * 3, "x" * 1_000_000])
def test_any_text_gets_an_answer_from_a_pattern(text: str) -> None:
    checker = Checker({"pattern": r"^\w+$", "format": "email"})
    assert agreed(checker.faults(text)) == agreed(checker.reference_faults(text))
