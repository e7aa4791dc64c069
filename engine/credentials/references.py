"""Subschemas and `$ref`: walking a form's schema, and gathering what it refers to into itself.

A published form stands alone, so a reference to another file becomes a definition in the form's
own `$defs` (JSON Schema 2020-12 §9.3, bundling). Nothing is ever fetched from a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from engine.credentials.addresses import absolute
from engine.credentials.documents import (
    ENDINGS,
    Document,
    joined,
    listing,
    lookup,
    mapping,
    read,
    tokens,
)
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import IN_ITSELF, IN_LISTS, IN_NAMES, subschemas, walk
from engine.errors import Finding

_KNOWN_ELSEWHERE = ("https://json-schema.org/", "http://json-schema.org/")


def offered_frameworks(forms: Any) -> list[str]:
    """The ids of the frameworks that any question of `forms` (schemas by id) offers."""
    named = [
        id
        for form in mapping(forms).values()
        for _, schema in walk(form)
        for id in listing(mapping(schema).get("frameworks"))
        if isinstance(id, str)
    ]
    return list(dict.fromkeys(named))


@dataclass(frozen=True)
class Resource:
    """What `#` means in a schema: a part of a document, or all of it."""

    document: Document
    root: str
    """JSON Pointer of the part: `/forms/snapshot`, or empty for a file of definitions."""


@dataclass(frozen=True)
class Target:
    """What a `$ref` leads to: a place in a document."""

    resource: Resource
    pointer: str
    """From the document's beginning."""

    @property
    def schema(self) -> Any:
        return lookup(self.resource.document.data, self.pointer)


@dataclass
class Bundled:
    """A form that stands alone, and what was found on the way."""

    schema: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    visited: list[Target] = field(default_factory=list)
    """The places outside the form that it takes definitions from."""
    origins: dict[int, dict[str, tuple[Document, str]]] = field(default_factory=dict)
    """Where each keyword of each schema was written, by the `id()` of the schema's mapping."""

    parts: list[Any] = field(default_factory=list)
    """Mappings that are in `origins` but not in `schema`, kept so that no `id()` is used twice."""

    def finding(
        self,
        schema: Mapping[str, Any],
        relative: str,
        code: str,
        message: str,
        suggestion: str = "",
        *,
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Finding:
        """A finding at `relative` below `schema`, one of the mappings in this bundle."""
        document, pointer = self.place(schema, relative)
        return document.finding(pointer, code, message, suggestion, key=key, severity=severity)

    def place(self, schema: Mapping[str, Any], relative: str) -> tuple[Document, str]:
        """The document and pointer that `relative` below `schema` came from."""
        keywords = self.origins[id(schema)]
        first = (tokens(relative) or [""])[0]
        document, pointer = keywords.get(first, keywords[""])
        return document, pointer + relative


def bundle(document: Document, pointer: str, folders: Sequence[Path]) -> Bundled:
    """The form at `pointer` with every reference to something outside it brought inside.

    A reference that leads nowhere is a finding, and is left out. Only files below `folders` (or
    the document's own folder) are read.
    """
    form = lookup(document.data, pointer)
    bundled = Bundled({})
    if not isinstance(form, Mapping):
        return bundled
    bundler = _Bundler(Resource(document, pointer), folders, bundled)
    schema = bundler.whole_form(form, bundler.home, pointer, frozenset())
    own = schema.get("$defs")
    if bundler.definitions:
        schema["$defs"] = {**(own if isinstance(own, dict) else {}), **bundler.definitions}
    bundled.schema = schema
    bundled.origins.setdefault(id(schema), {"": (document, pointer)})
    return bundled


def beside(document: Document, file: str, folders: Sequence[Path]) -> Path | None:
    """The path of a document's file named `file` in `document`; None when it is not one below
    `folders` or the document's own folder, which are all that a document may read."""
    path = (document.path.parent / file).resolve()
    allowed = [folder.resolve() for folder in (*folders, document.path.parent)]
    inside = any(path.is_relative_to(folder) for folder in allowed)
    return path if inside and path.suffix in ENDINGS else None


def neighbours(path: Path) -> list[str]:
    """The names of what lies in the same folder as `path`."""
    return [one.name for one in path.parent.glob("*")] if path.parent.is_dir() else []


class _Bundler:
    def __init__(self, home: Resource, folders: Sequence[Path], bundled: Bundled) -> None:
        self.home = home
        self.folders = folders
        self.bundled = bundled
        self.definitions: dict[str, Any] = {}
        self.names: dict[tuple[Path, str], str] = {}
        self.alive = bundled.parts
        form = lookup(home.document.data, home.root)
        self.taken = set(mapping(mapping(form).get("$defs")))
        self.inside = _inside_resources(form)

    def whole_form(
        self, form: Mapping[str, Any], resource: Resource, pointer: str, seen: frozenset[str]
    ) -> dict[str, Any]:
        # A form that is itself a reference is replaced by what it names, so that whoever reads
        # the form finds its title and properties in it.
        target = self.target(form.get("$ref"), resource, joined(pointer, "$ref"))
        if target is not None and target.resource == self.home:
            target = None
        own = self.mapping(form, resource, pointer, target is not None)
        if target is None:
            return own
        place = f"{target.resource.document.path}#{target.pointer}"
        if place in seen or not isinstance(target.schema, Mapping):
            self.fault(resource, joined(pointer, "$ref"), "This reference leads back to itself.")
            return own
        self.bundled.visited.append(target)
        inside = self.whole_form(target.schema, target.resource, target.pointer, seen | {place})
        inside.pop("$schema", None)
        merged = {**inside, **own}
        if "$defs" in inside and "$defs" in own:
            merged["$defs"] = {**inside["$defs"], **own["$defs"]}
        origins = self.bundled.origins
        from_there, from_here = origins[id(inside)], origins[id(own)]
        origins[id(merged)] = {
            keyword: (from_here if keyword in own else from_there).get(
                keyword, (from_here if keyword in own else from_there)[""]
            )
            for keyword in merged
        } | {"": from_here[""]}
        self.alive += [inside, own]
        return merged

    def copy(self, schema: Any, resource: Resource, pointer: str) -> Any:
        """`schema` with its references rewritten; data such as `enum` stays as it is."""
        if not isinstance(schema, Mapping):
            return schema
        return self.mapping(schema, resource, pointer, without_ref=False)

    def mapping(
        self, schema: Mapping[str, Any], resource: Resource, pointer: str, without_ref: bool
    ) -> dict[str, Any]:
        result = dict(schema)
        self.bundled.origins[id(result)] = {"": (resource.document, pointer)}
        if without_ref:
            result.pop("$ref", None)
        elif isinstance(ref := schema.get("$ref"), str) and id(schema) not in self.inside:
            self.rewrite(result, ref, resource, pointer)
        for keyword, value in result.items():
            here = joined(pointer, keyword)
            if keyword in IN_NAMES and isinstance(value, Mapping):
                result[keyword] = {
                    name: self.copy(one, resource, joined(here, name))
                    for name, one in value.items()
                }
            elif keyword in IN_LISTS and isinstance(value, list):
                result[keyword] = [
                    self.copy(one, resource, joined(here, number))
                    for number, one in enumerate(value)
                ]
            elif keyword in IN_ITSELF:
                result[keyword] = self.copy(value, resource, here)
        return result

    def rewrite(self, result: dict[str, Any], ref: str, resource: Resource, pointer: str) -> None:
        if ref.startswith(_KNOWN_ELSEWHERE):
            return
        target = self.target(ref, resource, joined(pointer, "$ref"))
        if target is None:
            del result["$ref"]
            return
        home = self.home
        if resource == home and target.resource == home and _within(target.pointer, home.root):
            return
        result["$ref"] = f"#/$defs/{self.definition(target)}".replace("~", "~0")

    def definition(self, target: Target) -> str:
        key = (target.resource.document.path, target.pointer)
        if key not in self.names:
            last = (tokens(target.pointer) or [target.resource.document.path.stem])[-1]
            stem = "".join(c if c.isalnum() or c in "_-" else "_" for c in last)
            name, number = stem, 2
            while name in self.taken:
                name, number = f"{stem}-{number}", number + 1
            self.taken.add(name)
            self.names[key] = name
            self.bundled.visited.append(target)
            self.definitions[name] = {}
            copied = self.copy(target.schema, target.resource, target.pointer)
            if isinstance(copied, dict) and not target.pointer:
                copied.pop("$schema", None)
            self.definitions[name] = copied
        return self.names[key]

    def target(self, ref: Any, resource: Resource, pointer: str) -> Target | None:
        """What `ref` leads to; None, and a finding, when it leads nowhere."""
        if not isinstance(ref, str) or ref.startswith(_KNOWN_ELSEWHERE):
            return None
        file, _, fragment = ref.partition("#")
        if "://" in file:
            self.fault(
                resource,
                pointer,
                f"{ref!r} is on the web.",
                "Copy it to a file.",
            )
            return None
        if file:
            found = self.other_file(file, resource, pointer)
            if found is None:
                return None
            resource_there = _resource_in(found, unquote(fragment))
            place = unquote(fragment)
        else:
            resource_there, place = resource, resource.root + unquote(fragment)
        return self.place_in(resource_there, place, unquote(fragment), ref, (resource, pointer))

    def place_in(
        self, there: Resource, place: str, fragment: str, ref: str, origin: tuple[Resource, str]
    ) -> Target | None:
        data = there.document.data
        if fragment and not fragment.startswith("/"):
            for where, schema in walk(lookup(data, there.root), there.root):
                if isinstance(schema, Mapping) and fragment in (
                    schema.get("$anchor"),
                    schema.get("$dynamicAnchor"),
                ):
                    return Target(there, where)
        else:
            for candidate, root in ((place, there.root), (fragment, "")):
                # A credential's own `$defs` may be named from every form as if they were there.
                if root != there.root and not candidate.startswith("/$defs/"):
                    continue
                try:
                    lookup(data, candidate)
                except KeyError:
                    continue
                return Target(Resource(there.document, root), candidate)
        resource, pointer = origin
        near = _near_pointer(data, place)
        if fragment.startswith("/$defs/"):
            own = mapping(mapping(lookup(data, there.root)).get("$defs"))
            near = did_you_mean(tokens(fragment)[1], [*own, *mapping(data.get("$defs"))])
        self.fault(resource, pointer, f"{ref!r} leads nowhere.", near)
        return None

    def other_file(self, file: str, resource: Resource, pointer: str) -> Document | None:
        path = beside(resource.document, unquote(file), self.folders)
        if path is None:
            self.fault(
                resource, pointer, f"{file!r} is not a document below the documents' folders."
            )
            return None
        if not path.is_file():
            near = did_you_mean(path.name, neighbours(path))
            self.fault(resource, pointer, f"There is no file {file!r}.", near)
            return None
        document, _ = read(path)  # what is wrong in that file is reported with that file
        if document is None:
            self.fault(resource, pointer, f"{file!r} does not load; see the findings about it.")
            return None
        return document.said_in(resource.document.speaks)

    def fault(self, resource: Resource, pointer: str, message: str, suggestion: str = "") -> None:
        finding = resource.document.finding(pointer, "broken-ref", message, suggestion)
        if finding not in self.bundled.findings:
            self.bundled.findings.append(finding)


def _inside_resources(form: Any) -> set[int]:
    """The schemas, by `id()`, whose `$ref` names a resource that the form brings along under an
    `$id` of its own (JSON Schema 2020-12 §8.2.1), or a part of one."""
    bases: dict[str, Any] = {}
    references: list[tuple[int, str, str]] = []
    pending: list[tuple[Any, str]] = [(form, "")]
    while pending:
        schema, base = pending.pop()
        if not isinstance(schema, Mapping):
            continue
        own = schema.get("$id", schema.get("id"))
        if isinstance(own, str) and own and not own.startswith("#"):
            base = absolute(base, own).partition("#")[0]
            bases[base] = schema
        if isinstance(ref := schema.get("$ref"), str):
            references.append((id(schema), base, ref))
        pending += [(one, base) for _, one in subschemas(schema)]
    return {
        which
        for which, base, ref in references
        if base and absolute(base, ref).partition("#")[0] in bases
    }


def _within(pointer: str, root: str) -> bool:
    return pointer == root or pointer.startswith(f"{root}/")


def _resource_in(document: Document, fragment: str) -> Resource:
    """What `#` means at `fragment` of another file: one form if it is within one."""
    parts = tokens(fragment) if fragment.startswith("/") else []
    if "credential" in document.data and len(parts) >= 2 and parts[0] == "forms":
        return Resource(document, joined("", *parts[:2]))
    return Resource(document, "")


def _near_pointer(data: Any, place: str) -> str:
    """What could have been meant, at the first part of `place` that does not exist."""
    now = data
    for token in tokens(place):
        try:
            now = lookup(now, joined("", token))
        except KeyError:
            return did_you_mean(token, list(now)) if isinstance(now, Mapping) else ""
    return ""
