"""What is wrong in a credential's `gallery`: answers that no form asks for, or that are nobody
else's to read, licenses that nobody knows, agreements that are none, and a state that never comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.documents import Document, joined, listing, mapping, tokens
from engine.credentials.field_paths import Shape
from engine.credentials.gallery import AWARD, LICENSES
from engine.credentials.holdings import Holdings
from engine.credentials.parameters import workflow_for
from engine.credentials.place_faults import followed
from engine.credentials.references import Bundled
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding

_SINGLE = ("title", "summary", "by", "license", "subjects", "grades", "standards", "questions")
_PRIVATE = {"person": "a person’s name and address", "agreement": "an agreement"}
"""Kinds of questions whose answers stay in the house."""


def faults(
    document: Document, holdings: Holdings, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    """Everything that is wrong in `gallery`, given the credential's own forms."""
    said = mapping(document.data.get("gallery"))
    for name in _SINGLE:
        if name in said:
            yield from _place(document, name, f"/gallery/{name}", said[name], forms)
    for number, pointer in enumerate(listing(said.get("agreements"))):
        at = joined("/gallery/agreements", number)
        yield from _place(document, "agreements", at, pointer, forms)
    for number, part in enumerate(map(mapping, listing(said.get("shows")))):
        at = joined("/gallery/shows", number, "at")
        yield from _place(document, "shows", at, part.get("at"), forms)
    yield from _state(document, said, holdings)


def _place(
    document: Document, name: str, at: str, pointer: Any, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    if not isinstance(pointer, str) or len(tokens(pointer)) != 2:
        return  # the meta-schema has said so
    _leads, field = yield from followed(document, at, pointer, forms)
    if field is not None:
        yield from _kind(document, name, at, pointer, field)


def _kind(document: Document, name: str, at: str, pointer: str, field: Shape) -> Iterator[Finding]:
    widgets = {str(one["widget"]) for one in field.schemas if "widget" in one}
    agreed = "agreement" in widgets or any(one.get("const") is True for one in field.schemas)
    if name in ("agreements", "questions"):
        if not agreed:
            message = f"{pointer!r} is no agreement, so nobody agrees to anything there."
            hint = "Name a question with widget: agreement."
            yield document.finding(at, "no-agreement", message, hint)
    elif private := next((_PRIVATE[one] for one in sorted(widgets) if one in _PRIVATE), ""):
        message = f"{pointer!r} is {private}, and is never shown to the public."
        yield document.finding(at, "not-public", message)
    elif any(one.get("writeOnly") for one in field.schemas):
        message = f"{pointer!r} is a secret, and is never shown to the public."
        yield document.finding(at, "not-public", message)
    elif name == "license":
        yield from _licenses(document, at, field)


def _licenses(document: Document, at: str, field: Shape) -> Iterator[Finding]:
    offered = [value for one in field.schemas for value in _values(one)]
    if not offered:
        message = "The question about the license must offer licenses to choose from."
        hint = "Offer them as oneOf: [{const: CC-BY-4.0, title: …}, …]."
        yield document.finding(at, "unknown-license", message, hint)
    for value in offered:
        if value not in LICENSES:
            message = f"{value!r} is no license that is known here."
            hint = did_you_mean(str(value), LICENSES) or f"Known: {', '.join(LICENSES)}."
            yield document.finding(at, "unknown-license", message, hint)


def _values(schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from listing(schema.get("enum"))
    if "const" in schema:
        yield schema["const"]
    for keyword in ("oneOf", "anyOf"):
        for one in listing(schema.get(keyword)):
            yield from _values(mapping(one))


def _state(document: Document, said: Mapping[str, Any], holdings: Holdings) -> Iterator[Finding]:
    after = said.get("after", AWARD)
    workflow = workflow_for(document, holdings)
    if not said or workflow is None or not isinstance(after, str):
        return
    states = mapping(workflow.data.get("states"))
    if after == AWARD:
        if not _issues(workflow.data):
            message = "The workflow awards nothing, so nothing would ever become public."
            hint = "Name a state: after: published."
            yield document.finding("/gallery", "never-public", message, hint)
        return
    if after not in states:
        message = f"The workflow has no state {after!r}."
        yield document.finding(
            "/gallery/after", "unknown-state", message, did_you_mean(after, states)
        )
    elif mapping(states[after]).get("kind") == "open":
        message = f"In {after!r} nobody has reviewed the work yet."
        hint = "Name a state that a review leads to, or leave `after` out."
        yield document.finding("/gallery/after", "before-review", message, hint)


def _issues(workflow: Mapping[str, Any]) -> bool:
    ways = mapping(workflow.get("transitions")).values()
    effects = [one for way in ways for one in listing(mapping(way).get("do"))]
    return any(one == "issue" or "issue" in mapping(one) for one in effects)
