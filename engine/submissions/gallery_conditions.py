"""What shared answers hang on: the questions that the conditions of a form read.

A question behind a condition is there while the condition holds, so that a copy of some answers
needs those that the condition reads, too. They are kept and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.credentials.documents import listing, lookup, mapping

_CHOICES: Final = ("allOf", "anyOf", "oneOf")


def with_what_they_hang_on(schema: Mapping[str, Any], fields: frozenset[str]) -> frozenset[str]:
    """`fields` of a form with all those that decide, directly or not, whether they are asked."""
    pairs = [
        (asked, reads)
        for asked, reads in _conditioned(schema, schema, frozenset(), frozenset())
        if reads
    ]
    found = fields
    while more := frozenset().union(*(reads for asked, reads in pairs if asked in found)) - found:
        found |= more
    return found


def _conditioned(
    schema: Any, root: Mapping[str, Any], above: frozenset[str], seen: frozenset[int]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each property that a form's own object may have, with what the conditions above it read."""
    if not isinstance(schema, Mapping) or id(schema) in seen:
        return
    seen |= {id(schema)}
    for name in mapping(schema.get("properties")):
        yield name, above
    for one in (_meant(schema, root), *_parts(schema)):
        yield from _conditioned(one, root, above, seen)
    if "if" in schema:
        reads = above | _read(schema["if"], root, frozenset())
        for keyword in ("then", "else"):
            yield from _conditioned(schema.get(keyword), root, reads, seen)
    for name, one in mapping(schema.get("dependentSchemas")).items():
        yield from _conditioned(one, root, above | {name}, seen)


def _read(schema: Any, root: Mapping[str, Any], seen: frozenset[int]) -> frozenset[str]:
    """The properties that a condition looks at."""
    if not isinstance(schema, Mapping) or id(schema) in seen:
        return frozenset()
    seen |= {id(schema)}
    found = {*mapping(schema.get("properties")), *mapping(schema.get("dependentSchemas"))}
    found.update(one for one in listing(schema.get("required")) if isinstance(one, str))
    below = [schema.get(keyword) for keyword in ("not", "if", "then", "else")]
    below += [_meant(schema, root), *_parts(schema)]
    below += mapping(schema.get("dependentSchemas")).values()
    return frozenset(found).union(*(_read(one, root, seen) for one in below))


def _parts(schema: Mapping[str, Any]) -> list[Any]:
    return [one for keyword in _CHOICES for one in listing(schema.get(keyword))]


def _meant(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """What a `$ref` within the form refers to; nothing where there is none."""
    ref = schema.get("$ref")
    if not isinstance(ref, str) or not ref.startswith("#"):
        return None
    try:
        return lookup(root, ref[1:])
    except KeyError:
        return None
