"""Where the references within one bundled form lead: by pointer, by anchor, and into resources that
it brings along under an `$id` of their own (JSON Schema 2020-12 §8.2).

For whoever follows a form's references without checking an answer. A `$dynamicRef` leads where it
does when nothing overrides it. Other files were brought inside before (`references.bundle`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote, urljoin

from engine.credentials.documents import lookup
from engine.credentials.walking import subschemas

REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")

Schema = Mapping[str, Any]


class Addresses:
    """Every place that a reference of a form may name."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._resources: dict[str, Schema] = {"": root}
        self._anchors: dict[tuple[str, str], Schema] = {}
        self._bases: dict[int, str] = {}
        pending: list[tuple[Any, str]] = [(root, "")]
        while pending:
            schema, base = pending.pop()
            if not isinstance(schema, Mapping) or id(schema) in self._bases:
                continue
            own = schema.get("$id", schema.get("id"))
            if isinstance(own, str) and own and not own.startswith("#"):
                base = absolute(base, own).partition("#")[0]
                self._resources.setdefault(base, schema)
            self._bases[id(schema)] = base
            named = [schema.get(key) for key in _ANCHORS]
            if isinstance(own, str) and own.startswith("#"):
                named.append(own[1:])  # up to draft 07 that is an anchor
            for name in named:
                if isinstance(name, str):
                    self._anchors.setdefault((base, name), schema)
            pending += [(one, base) for _, one in subschemas(schema)]

    def targets(self, schema: Schema) -> Iterator[Schema]:
        """What a schema of the form refers to; what leads nowhere is left out."""
        for keyword in REFERENCES:
            if isinstance(reference := schema.get(keyword), str):
                target = self._target(reference, self._bases.get(id(schema), ""))
                if isinstance(target, Mapping):
                    yield target

    def _target(self, reference: str, base: str) -> Any:
        where, _, escaped = absolute(base, reference).partition("#")
        fragment = unquote(escaped)
        if fragment and not fragment.startswith("/"):
            return self._anchors.get((where, fragment))
        # What was brought in from another file is a definition of the form, whoever names it.
        for resource in (self._resources.get(where), self._root if where == base else None):
            if resource is not None:
                with suppress(KeyError):
                    return lookup(resource, fragment)
        return None


def absolute(base: str, reference: str) -> str:
    """`reference` as it is meant where the base address is `base`."""
    if reference.startswith("#"):
        return base + reference
    return urljoin(base, reference) if base and not base.startswith("urn:") else reference
