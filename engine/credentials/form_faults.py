"""What is wrong in a form: its schema, its pages, its rules and the paths that they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import jsonschema_rs

from engine.credentials import merge_faults, patterns, read_only_faults, rules, weight_faults
from engine.credentials.documents import (
    Document,
    joined,
    listing,
    lookup,
    mapping,
    read,
    tokens,
)
from engine.credentials.field_paths import Shape, never_boolean, path_faults, pointer_fault
from engine.credentials.kind_faults import kind_faults
from engine.credentials.meta import DIALECT, Fault, assertions, form_faults, unknown_keywords
from engine.credentials.references import Bundled
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.errors import Finding

_ALTERNATIVES = frozenset(
    ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
)


def faults(
    document: Document,
    pointer: str,
    bundled: Bundled,
    frameworks: Collection[str],
    *,
    bare: bool = False,
) -> Iterator[Finding]:
    """Everything that is wrong in the form at `pointer`, and in what it refers to.

    A `bare` schema is no credential's form: it may be of any type.
    """
    yield from bundled.findings
    places = [(document, pointer)]
    places += [(one.resource.document, one.pointer) for one in bundled.visited]
    sound = not bundled.findings
    for path in {where.path for where, _ in places[1:]}:
        yield from read(path)[1]
    for where, at in places:
        for fault in form_faults(lookup(where.data, at)):
            sound = False
            yield where.finding(
                at + fault.pointer, fault.code, fault.message, fault.suggestion, key=fault.key
            )
    older = bundled.schema.get("$schema", DIALECT) != DIALECT
    for relative, schema in walk(bundled.schema):
        if not isinstance(schema, Mapping) or id(schema) not in bundled.origins:
            continue
        for fault in _schema_faults(relative, schema, frameworks, older=older):
            sound = sound and fault.code != "bad-schema"
            yield _finding(bundled, schema, fault)
        for fault in _rule_faults(schema, bundled.schema):
            yield _finding(bundled, schema, fault)
    yield from merge_faults.findings(bundled)
    yield from read_only_faults.findings(bundled)
    yield from weight_faults.findings(bundled)
    for fault in () if bare else _page_faults(bundled.schema):
        yield _finding(bundled, bundled.schema, fault)
    if sound:
        yield from _not_compiling(document, pointer, bundled.schema)


def _finding(bundled: Bundled, schema: Mapping[str, Any], fault: Fault) -> Finding:
    return bundled.finding(
        schema, fault.pointer, fault.code, fault.message, fault.suggestion, key=fault.key
    )


def _schema_faults(
    relative: str, schema: Mapping[str, Any], frameworks: Collection[str], *, older: bool
) -> Iterator[Fault]:
    yield from unknown_keywords(schema, older=older)
    for keyword in ("pattern", "patternProperties"):
        said = schema.get(keyword)
        for pattern in [said] if isinstance(said, str) else mapping(said):
            try:
                worn_out_by = patterns.worn_out_by(pattern)
            except (patterns.BadPattern, TypeError) as error:
                yield Fault(joined("", keyword), "bad-schema", str(error))
                continue
            if worn_out_by:
                yield Fault(
                    joined("", keyword),
                    "slow-pattern",
                    f"{pattern!r} takes too long on texts like {worn_out_by[:12] + '…'!r}.",
                    "Write it without a repeated part that is itself repeated.",
                )
    for keyword in mapping(schema.get("messages")):
        if keyword not in assertions():
            yield Fault(
                joined("", "messages", keyword),
                "unknown-key",
                f"Nothing named {keyword!r} can fail.",
                did_you_mean(keyword, assertions()),
                key=True,
            )
    for number, id in enumerate(listing(schema.get("frameworks"))):
        if id not in frameworks:
            yield Fault(
                joined("", "frameworks", number),
                "unknown-framework",
                f"There is no framework {id!r}.",
                did_you_mean(str(id), frameworks),
            )
    yield from kind_faults(schema)
    yield from _required_faults(relative, schema)


def _required_faults(relative: str, schema: Mapping[str, Any]) -> Iterator[Fault]:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, Mapping) or not isinstance(required, list):
        return
    if _ALTERNATIVES & set(tokens(relative)) or _ALTERNATIVES & schema.keys():
        return  # a part of a schema may require what another part declares
    for number, name in enumerate(required):
        if isinstance(name, str) and name not in properties:
            yield Fault(
                joined("", "required", number),
                "unknown-property",
                f"{name!r} is required, but there is no such question.",
                did_you_mean(name, properties),
            )


def _rule_faults(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Fault]:
    shape = Shape.of(schema, root)
    for number, said in enumerate(listing(schema.get("rules"))):
        said = mapping(said)
        here = joined("", "rules", number)
        yield from rule_faults(said.get("rule"), {"self": shape}, joined(here, "rule"))
        at = said.get("at")
        if isinstance(at, str) and at and (fault := pointer_fault(at, shape)):
            yield Fault(joined(here, "at"), "unknown-path", fault.message, fault.suggestion)
    for number, said in enumerate(listing(schema.get("requirements"))):
        yield from requirement_faults(said, shape, joined("", "requirements", number))


def requirement_faults(said: Any, shape: Shape, pointer: str) -> Iterator[Fault]:
    """What is wrong in a requirement over answers of this shape."""
    said = mapping(said)
    place = joined(pointer, "measure")
    yield from rule_faults(said.get("measure"), {"self": shape}, place, boolean=False)
    at = said.get("at")
    if isinstance(at, str) and at and (fault := pointer_fault(at, shape)):
        yield Fault(joined(pointer, "at"), "unknown-path", fault.message, fault.suggestion)


def rule_faults(
    source: Any, variables: Mapping[str, Shape], pointer: str, *, boolean: bool = True
) -> Iterator[Fault]:
    """Why an expression does not compile, or which of its paths lead nowhere."""
    if not isinstance(source, str) or not source:
        return  # the meta-schema has said so
    try:
        expression = rules.compile(source, variables)
    except rules.BadRule as error:
        yield Fault(pointer, "bad-rule", str(error))
        return
    for fault in path_faults(expression.tree, variables):
        yield Fault(pointer, "unknown-path", fault.message, fault.suggestion)
    if boolean and never_boolean(expression.tree, variables):
        yield Fault(pointer, "bad-rule", "A rule must be true or false; compare it with something.")


def _page_faults(form: Mapping[str, Any]) -> Iterator[Fault]:
    properties = Shape.of(form, form).names
    if form.get("type", "object") != "object" or not properties:
        message = "A form is of type object, and has properties."
        yield Fault("", "bad-value", message, key=True)
    if not isinstance(form.get("pages"), list):
        return
    ids: set[str] = set()
    on_page: dict[str, str] = {}
    for number, page in enumerate(map(mapping, form["pages"])):
        id = page.get("id")
        if isinstance(id, str) and id in ids:
            message = f"There are two pages {id!r}."
            yield Fault(joined("", "pages", number, "id"), "duplicate-id", message)
        ids.add(str(id))
        for index, name in enumerate(map(str, listing(page.get("properties")))):
            here = joined("", "pages", number, "properties", index)
            if name not in properties:
                message = f"There is no question {name!r} in this form."
                near = did_you_mean(name, properties)
                yield Fault(here, "unknown-property", message, near)
            elif name in on_page:
                message = f"{name!r} is already on the page {on_page[name]!r}."
                yield Fault(here, "page-twice", message)
            on_page.setdefault(name, str(id))
    for name in dict.fromkeys(properties):
        if name not in on_page:
            message = f"{name!r} is on no page, so nobody can answer it."
            yield Fault(joined("", "properties", name), "no-page", message, key=True)


def _not_compiling(
    document: Document, pointer: str, schema: Mapping[str, Any]
) -> Iterator[Finding]:
    try:
        jsonschema_rs.validator_for(dict(schema))
    except Exception as error:  # the library raises several kinds; all mean the same to an author
        message = f"Answers cannot be checked with this schema: {str(error).splitlines()[0]}."
        yield document.finding(pointer, "bad-schema", message, key=True)
