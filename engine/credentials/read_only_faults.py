"""Questions that must be answered and that nobody can answer: required, read-only, without a value.

A read-only answer is never taken from what is sent, so it has to come from the document: a
`default`, a `const`, or a `prefill` from somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.documents import joined, listing, mapping
from engine.credentials.merge_faults import parts_of
from engine.credentials.references import Bundled
from engine.credentials.walking import walk
from engine.errors import Finding

_SOURCES = frozenset(("default", "const", "prefill"))


def findings(bundled: Bundled) -> Iterator[Finding]:
    """Each such question once, where it is required."""
    seen: set[tuple[int, str]] = set()
    for _, schema in walk(bundled.schema):
        if not isinstance(schema, Mapping) or not {"required", "allOf", "$ref"} & schema.keys():
            continue
        parts = list(parts_of(schema, bundled.schema))
        given = {name for one in parts for name in mapping(one.get("default"))}
        for one in parts:
            for number, name in enumerate(listing(one.get("required"))):
                if not isinstance(name, str) or name in given:
                    continue
                key = (id(one), name)
                if key in seen or id(one) not in bundled.origins:
                    continue
                if _is_out_of_reach(name, parts, bundled.schema):
                    seen.add(key)
                    yield bundled.finding(
                        one,
                        joined("", "required", number),
                        "never-answered",
                        f"{name!r} is required and read-only, and nothing gives it a value.",
                        "Give it a default, or let people answer it.",
                    )


def _is_out_of_reach(name: str, parts: list[Mapping[str, Any]], root: Mapping[str, Any]) -> bool:
    said = [
        inner
        for one in parts
        if name in (asked := mapping(one.get("properties")))
        for inner in parts_of(asked[name], root)
    ]
    return any(one.get("readOnly") is True for one in said) and not any(
        _SOURCES & one.keys() for one in said
    )
