"""How often one answer would be checked: parts that lead to the same parts again and again.

Twenty definitions, each of which names the next one twice, are forty lines to read and a million
checks of every answer; no validator remembers that it has been somewhere. What is counted is what
a schema says, never an answer, so a form that would stand still is known before anybody fills it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.credentials.addresses import REFERENCES, Addresses
from engine.credentials.documents import joined, listing, mapping
from engine.credentials.references import Bundled
from engine.credentials.walking import walk
from engine.errors import Finding

MOST: Final = 1_000
"""Checks of one answer; as many schemas as a form merges into one question."""
LEVELS: Final = 24
"""Answers within answers that are looked down to."""
MOST_BELOW: Final = 100_000
"""Checks of an answer and of one answer at each of the levels below it: no form whose work grows
with its depth comes near, and one whose work doubles at each level is far beyond."""

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_NAMED = ("properties", "patternProperties")
_REST = ("additionalProperties", "unevaluatedProperties")
_ITEMS = ("items", "contains", "additionalItems", "unevaluatedItems")

Schema = Mapping[str, Any]


def findings(bundled: Bundled) -> Iterator[Finding]:
    """The parts of a bundled form with which checking gets out of hand, the innermost ones."""
    scales = _Scales(Addresses(bundled.schema))
    seen: set[int] = set()
    for _, schema in walk(bundled.schema):
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        if id(schema) not in bundled.origins:
            continue
        if scales.is_too_heavy(schema):
            words = f"Every answer here is checked more than {MOST:,} times over."
        elif scales.doubles(schema):
            words = "Each level of answers within answers here is checked twice as often."
        else:
            continue
        keyword = next(
            key for key in (*_LISTS, *REFERENCES, *_SINGLE, "") if key in schema or not key
        )
        yield bundled.finding(
            schema,
            joined("", keyword) if keyword else "",
            "too-heavy",
            words,
            "Its parts name the same part several times: name it once.",
        )


@dataclass
class _Scales:
    addresses: Addresses
    _weights: dict[int, int] = field(default_factory=dict)
    _below: dict[tuple[int, int], int] = field(default_factory=dict)

    def is_too_heavy(self, schema: Schema) -> bool:
        """Whether it is this schema that goes too far, and none of its parts does so already."""
        return self.weight(schema) > MOST and all(
            self.weight(one) <= MOST for one in self.parts(schema)
        )

    def doubles(self, schema: Schema) -> bool:
        """Whether answers within answers are checked ever more often, because of this schema."""
        if self.weight(schema) > MOST or self.below(schema, LEVELS) <= MOST_BELOW:
            return False
        times = self.heaviest(schema, LEVELS)[1]
        # A part that leads to nothing else passes on what is wrong further along.
        passed_on = [self.heaviest(one, LEVELS)[1] for one in self.parts(schema, always=True)]
        return times > max([1, *passed_on])

    def weight(self, schema: Schema) -> int:
        """How many schemas an answer is held to here; a part that leads back counts nothing."""
        on_the_way: set[int] = set()
        stack = [(schema, False)]
        while stack:
            one, is_through = stack.pop()
            if is_through:
                inner = sum(self._weights.get(id(part), 0) for part in self.parts(one))
                self._weights[id(one)] = min(1 + inner, MOST + 1)
            elif id(one) not in self._weights and id(one) not in on_the_way:
                on_the_way.add(id(one))
                stack.append((one, True))
                stack += [(part, False) for part in self.parts(one)]
        return self._weights[id(schema)]

    def below(self, schema: Schema, levels: int) -> int:
        """The checks of an answer and of the answer that costs most at each level below."""
        key = (id(schema), levels)
        if key not in self._below:
            deepest = self.heaviest(schema, levels)[0] if levels else 0
            whole = sum(count for _, count in self.together(schema))
            self._below[key] = min(whole + deepest, MOST_BELOW + 1)
        return self._below[key]

    def heaviest(self, schema: Schema, levels: int) -> tuple[int, int]:
        """Of the answers within, the one that costs most: the checks from there down, and how many
        schemas ask for it."""
        found: dict[str, tuple[int, int]] = {}
        for one, count in self.together(schema):
            for key, child in _children(one):
                checks, times = found.get(key, (0, 0))
                more = count * self.below(child, levels - 1)
                found[key] = (min(checks + more, MOST_BELOW + 1), times + count)
        return max(found.values(), default=(0, 0))

    def together(self, schema: Schema) -> list[tuple[Schema, int]]:
        """What always applies together with `schema`, and how often each part does."""
        counts: dict[int, tuple[Schema, int]] = {}
        stack: list[tuple[Schema, frozenset[int]]] = [(schema, frozenset())]
        steps = 0
        while stack and (steps := steps + 1) <= MOST:
            one, path = stack.pop()
            if id(one) in path:
                continue
            counts[id(one)] = (one, counts.get(id(one), (one, 0))[1] + 1)
            stack += [(part, path | {id(one)}) for part in self.parts(one, always=True)]
        return list(counts.values())

    def parts(self, schema: Schema, always: bool = False) -> list[Schema]:
        """The schemas that the same answer is held to; with `always`, whatever it is."""
        found = list(listing(schema.get("allOf")))
        if not always:
            found += [one for key in _LISTS[1:] for one in listing(schema.get(key))]
            found += [schema[key] for key in _SINGLE if key in schema]
            found += mapping(schema.get("dependentSchemas")).values()
        found += self.addresses.targets(schema)
        return [one for one in found if isinstance(one, Mapping)]


def _children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The schemas of the answers within, each with what tells one such answer from another."""
    said = [
        *((name, one) for key in _NAMED for name, one in mapping(schema.get(key)).items()),
        *(("*", schema.get(key)) for key in _REST),
        *(("[]", schema.get(key)) for key in _ITEMS),
        *((f"[{n}]", one) for n, one in enumerate(listing(schema.get("prefixItems")))),
    ]
    yield from ((key, one) for key, one in said if isinstance(one, Mapping))
