"""Whether the two validators agree on a form: asked once, when an edition is published.

What is known to be read differently is looked for by name. Then both check the examples and some
hundred instances made from the schema: its own values, a step to either side of its limits, texts
and numbers that libraries have stumbled over. Where they differ, the edition says so for ever, and
its answers are checked by the reference (`checking`). Agreeing on all of them proves nothing; the
property tests do what a second of publishing can't.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from time import monotonic
from typing import Any

from engine.credentials.walking import walk
from engine.forms.checking import Checker
from engine.forms.dialects import Modern
from engine.forms.faults import agreed
from engine.forms.samples import Sampler

MOST = 500
"""Instances that are tried on one form."""
SECONDS = 1.5
"""After which no further one is tried."""
_CONTENT = ("contentEncoding", "contentMediaType")
_DOUBLE = 2**53
"""Beyond it, not every whole number is a double: jsonschema-rs compares some of them as doubles."""


def doubts(
    forms: Mapping[str, Mapping[str, Any]], examples: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The forms on which the validators differ, each with the reason in words."""
    found = {}
    for id, schema in forms.items():
        if why := _asked(json.dumps([schema, (examples or {}).get(id)])):
            found[id] = why
    return found


@lru_cache(maxsize=1024)
def _asked(question: str) -> str:
    # The next version of a credential mostly has the same forms, word for word.
    return doubt(*json.loads(question))


def doubt(schema: Mapping[str, Any], example: Any = None) -> str:
    """Why only the reference should check answers to this schema; empty when both may."""
    if why := _known(schema):
        return why
    checker = Checker(schema)
    with suppress(Exception):
        checker.reference_faults(None)  # imports and compiles it, which is not on our clock
    until = monotonic() + SECONDS
    for value in _instances(schema, example):
        try:
            differ = agreed(checker.faults(value)) != agreed(checker.reference_faults(value))
        except Exception:  # the reference can't bear the schema: the fast one is all there is
            return ""
        if differ:
            return f"the two validators differ on {_short(value)}"
        if monotonic() > until:
            break
    return ""


def _known(schema: Mapping[str, Any]) -> str:
    """What one of the libraries is known to do and the other is known to leave."""
    old = "/draft-0" in str(schema.get("$schema"))
    for pointer, one in walk(schema):
        if not isinstance(one, Mapping):
            continue
        for keyword in _CONTENT if old else ():
            if keyword in one:
                return f"its dialect leaves open what {keyword} at {pointer or '/'} asks for"
        for number in _whole_numbers([one.get("const"), one.get("enum")]):
            if abs(number) > _DOUBLE:
                return f"no double holds the number {number} at {pointer or '/'}"
    return ""


def _whole_numbers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, list | dict):
        for one in value if isinstance(value, list) else value.values():
            yield from _whole_numbers(one)


def _instances(schema: Mapping[str, Any], example: Any) -> Iterator[Any]:
    sampler = Sampler(Modern.of(schema))
    if example is not None:
        yield example
        yield from sampler.around(example)
    made = sampler.samples(sampler.modern.root, MOST * 4)
    step = max(1, len(made) // MOST)
    yield from made[::step]


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."
