"""What is wrong in a credential's surveys: questions that can't be counted, people and results that
no form has a place for, and waves that wait for one that never comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials import form_faults
from engine.credentials.documents import Document, joined, listing, mapping, tokens
from engine.credentials.field_paths import Shape
from engine.credentials.holdings import Holdings
from engine.credentials.place_faults import followed
from engine.credentials.references import Bundled, bundle
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.errors import Finding

_NAMING = {
    "evidence": "a file",
    "video": "a film",
    "person": "a person",
    "agreement": "an agreement",
    "reuse": "an earlier answer",
}
"""Kinds of questions that tell who answers, or that hang on a submission of one's own."""
_LISTED = frozenset(("enum", "oneOf", "anyOf", "$ref"))
_COUNTED = frozenset(("integer", "number", "boolean"))


def faults(
    document: Document, holdings: Holdings, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    """Everything that is wrong in `surveys`, given the credential's own forms."""
    for id, said in mapping(document.data.get("surveys")).items():
        here = joined("/surveys", id)
        if not isinstance(said, Mapping):
            continue  # the meta-schema has said so
        if isinstance(said.get("form"), Mapping):
            place = joined(here, "form")
            bundled = bundle(document, place, holdings.folders)
            yield from form_faults.faults(document, place, bundled, holdings.frameworks.keys())
            yield from _naming(bundled)
            yield from _constructs(document, said, here, Shape.of(bundled.schema, bundled.schema))
        yield from _waves(document, said, here, forms)
        people = said.get("people")
        several = listing(people) if isinstance(people, list) else [people]
        for number, pointer in enumerate(several):
            at = joined(here, "people", number) if isinstance(people, list) else f"{here}/people"
            yield from _place(document, at, pointer, forms)


def _naming(bundled: Bundled) -> Iterator[Finding]:
    """Questions in which those who answer would leave their name."""
    for _, schema in walk(bundled.schema):
        if not isinstance(schema, Mapping) or id(schema) not in bundled.origins:
            continue
        hint = "Ask for a rating, a choice or words."
        if what := _NAMING.get(str(schema.get("widget"))):
            message = f"A survey is anonymous, and {what} would tell who answers."
            yield bundled.finding(schema, "/widget", "names-somebody", message, hint)
        items = schema.get("items")
        if isinstance(items, Mapping) and not _LISTED & items.keys():
            message = "A survey asks single questions; rows that people add can't be counted."
            yield bundled.finding(schema, "/items", "not-counted", message, hint)


def _constructs(
    document: Document, said: Mapping[str, Any], here: str, form: Shape
) -> Iterator[Finding]:
    for number, one in enumerate(listing(said.get("constructs"))):
        for place, name in enumerate(listing(mapping(one).get("items"))):
            if not isinstance(name, str):
                continue
            at = joined(here, "constructs", number, "items", place)
            field = form.field(name)
            if field is None:
                near = did_you_mean(name, form.names)
                message = f"The survey has no question {name!r}."
                yield document.finding(at, "unknown-property", message, near)
            elif not _counted(field):
                message = f"{name!r} is not answered with a number, so it has no average."
                yield document.finding(at, "bad-construct", message)


def _counted(field: Shape) -> bool:
    listed = [value for one in field.schemas for value in listing(one.get("enum"))]
    return bool(field.types & _COUNTED) or (
        bool(listed) and all(isinstance(value, int | float) for value in listed)
    )


def _waves(
    document: Document, said: Mapping[str, Any], here: str, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    before: list[str] = []
    taken: set[str] = set()
    for number, one in enumerate(map(mapping, listing(said.get("waves")))):
        at = joined(here, "waves", number)
        id = one.get("id")
        if id in before:
            message = f"There are two waves {id!r}."
            yield document.finding(joined(at, "id"), "duplicate-id", message)
        after = mapping(one.get("opens")).get("after")
        if isinstance(after, str) and after not in before:
            message = f"There is no wave {after!r} before this one."
            place = joined(at, "opens", "after")
            yield document.finding(place, "unknown-wave", message, did_you_mean(after, before))
        results = one.get("results")
        if isinstance(results, str):
            place = joined(at, "results")
            if results in taken:
                message = "The results of another wave go there already."
                yield document.finding(place, "duplicate-id", message)
            taken.add(results)
            yield from _place(document, place, results, forms, results=True)
        before.append(str(id))


def _place(
    document: Document,
    at: str,
    pointer: Any,
    forms: Mapping[str, Bundled],
    *,
    results: bool = False,
) -> Iterator[Finding]:
    """Why `pointer` is no place in the candidate's answers, or none for results."""
    if not isinstance(pointer, str) or len(tokens(pointer)) < 2:
        return  # the meta-schema has said so
    leads, found = yield from followed(document, at, pointer, forms)
    if not leads or not results:
        return
    widgets = {one.get("widget") for one in found.schemas} if found is not None else set()
    if "survey-results" not in widgets:
        message = f"{pointer!r} has no room for the results of a survey."
        hint = "Give that question $ref: ../shared/surveys.yaml#/results."
        yield document.finding(at, "no-results", message, hint)
