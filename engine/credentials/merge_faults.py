"""Parts of a schema that can't be shown as one question: `allOf`, and what stands beside a `$ref`.

Answers are validated with every part, so nothing wrong is ever accepted; but parts that contradict
each other can't be answered at all, and of two titles people see only one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from engine.credentials.documents import joined, listing, lookup, mapping
from engine.credentials.references import Bundled
from engine.credentials.walking import walk
from engine.errors import Finding

_PARTS = 200


class Conflict(NamedTuple):
    """Two parts that do not go together; the finding is at `keyword` of the second."""

    schema: Mapping[str, Any]
    keyword: str
    message: str
    severity: Literal["error", "warning"]


def conflicts(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Conflict]:
    """What can't be shown right of `schema` and everything that applies together with it."""
    if "allOf" not in schema and "$ref" not in schema:
        return
    yield from _conflicts(list(parts_of(schema, root)), root, 0, set())


def _conflicts(
    parts: list[Mapping[str, Any]], root: Mapping[str, Any], depth: int, seen: set[frozenset[int]]
) -> Iterator[Conflict]:
    # The same parts may meet under a thousand names.
    together = frozenset(map(id, parts))
    if together in seen:
        return
    seen.add(together)
    yield from _types(parts)
    yield from _values(parts)
    titled = [one for one in parts if isinstance(one.get("title"), str)]
    if titled and titled[0] is not parts[0]:
        for one in titled[1:]:
            if one["title"] != titled[0]["title"]:
                message = f"People see the title {titled[0]['title']!r}, and not this one."
                yield Conflict(one, "title", message, "warning")
    named: dict[str, list[Any]] = {}
    for one in parts:
        for name, said in mapping(one.get("properties")).items():
            named.setdefault(name, []).append(said)
    for said_of in named.values():
        if len(said_of) > 1 and depth < 8:
            inner = {id(one): one for said in said_of for one in parts_of(said, root)}
            yield from _conflicts(list(inner.values()), root, depth + 1, seen)


def _types(parts: list[Mapping[str, Any]]) -> Iterator[Conflict]:
    common: set[str] | None = None
    for one in parts:
        said = one.get("type")
        names = (
            {said} if isinstance(said, str) else {n for n in listing(said) if isinstance(n, str)}
        )
        if not names:
            continue
        names |= {"integer"} if "number" in names else set()
        if common is not None and not common & names:
            yield Conflict(one, "type", _never(" and ".join(sorted(common)), said), "error")
            return
        common = names if common is None else common & names


def _values(parts: list[Mapping[str, Any]]) -> Iterator[Conflict]:
    common: set[str] | None = None
    for one in parts:
        keyword = "const" if "const" in one else "enum"
        if keyword not in one or (keyword == "enum" and not isinstance(one["enum"], list)):
            continue
        values = [one["const"]] if keyword == "const" else one["enum"]
        texts = {json.dumps(value, sort_keys=True, default=str) for value in values}
        if common is not None and not common & texts:
            message = (
                "Another part that applies here allows none of these, so nothing can be answered."
            )
            yield Conflict(one, keyword, message, "error")
            return
        common = texts if common is None else common & texts


def _never(before: str, said: Any) -> str:
    return f"No answer can be {before} and {said} at once; another part that applies here says so."


def parts_of(schema: Any, root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """`schema` and everything that `allOf` and references inside the form add to it."""
    pending, seen = [schema], set[int]()
    while pending and len(seen) < _PARTS:
        one = pending.pop()
        if not isinstance(one, Mapping) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        pending += reversed(listing(one.get("allOf")))
        ref = one.get("$ref")
        if isinstance(ref, str) and ref.startswith("#"):
            try:
                pending.append(lookup(root, ref[1:]))
            except KeyError:
                continue


def findings(bundled: Bundled) -> Iterator[Finding]:
    """The conflicts of a bundled form, each once, at the part that comes second."""
    seen: set[tuple[int, str]] = set()
    for _, schema in walk(bundled.schema):
        if not isinstance(schema, Mapping):
            continue
        for one in conflicts(schema, bundled.schema):
            key = (id(one.schema), one.keyword)
            if key not in seen and id(one.schema) in bundled.origins:
                seen.add(key)
                yield bundled.finding(
                    one.schema,
                    joined("", one.keyword),
                    "conflict",
                    one.message,
                    severity=one.severity,
                )
