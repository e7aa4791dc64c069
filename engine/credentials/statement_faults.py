"""What is wrong in a credential's statements: people that no answer names, answers to show that no
row has, and forms that a visitor without an account can't fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials import form_faults
from engine.credentials.documents import Document, joined, listing, mapping, tokens
from engine.credentials.field_paths import pointer_fault
from engine.credentials.holdings import Holdings
from engine.credentials.place_faults import followed
from engine.credentials.references import Bundled, bundle
from engine.credentials.walking import walk
from engine.errors import Finding

_NEEDS_AN_ACCOUNT = {
    "evidence": "a file",
    "video": "a film",
    "reuse": "an earlier answer",
    "survey-results": "the results of a survey",
}
"""Kinds of questions that only somebody with a submission of their own can answer."""


def faults(
    document: Document, holdings: Holdings, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    """Everything that is wrong in `statements`, given the credential's own forms."""
    for id, said in mapping(document.data.get("statements")).items():
        here = joined("/statements", id)
        if not isinstance(said, Mapping):
            continue  # the meta-schema has said so
        yield from _whom(document, said, here)
        for number, one in enumerate(listing(said.get("people"))):
            yield from _person(document, joined(here, "people", number), one, forms)
        if isinstance(said.get("form"), Mapping):
            place = joined(here, "form")
            bundled = bundle(document, place, holdings.folders)
            yield from form_faults.faults(document, place, bundled, holdings.frameworks.keys())
            yield from _unfit(bundled)
            if said.get("kind") == "confirmation":
                message = "A confirmation is a yes or a no with a few words; it has no form."
                hint = "Leave form out, or make it kind: statement."
                yield document.finding(place, "no-form", message, hint)


def _whom(document: Document, said: Mapping[str, Any], here: str) -> Iterator[Finding]:
    if ("people" in said) == ("role" in said):
        message = "Say whom it is asked of, in one way: people or role."
        hint = "people: where the answers name them; role: whom the candidate names, in words."
        yield document.finding(here, "whom", message, hint)


def _person(
    document: Document, at: str, said: Any, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    one = {"at": said} if isinstance(said, str) else said
    pointer = one.get("at") if isinstance(one, Mapping) else None
    if not isinstance(pointer, str) or len(tokens(pointer)) < 2:
        return  # the meta-schema has said so
    place = at if isinstance(said, str) else joined(at, "at")
    _leads, found = yield from followed(document, place, pointer, forms)
    row = found.item() if found is not None and found.types == {"array"} else found
    if row is None:
        return
    paths: list[tuple[str, Any]] = []
    # A text is the name itself.
    if row.types != {"string"}:
        paths.append((joined(at, "name") if "name" in one else place, one.get("name", "name")))
    paths += [
        (joined(at, "shows", number), path) for number, path in enumerate(listing(one.get("shows")))
    ]
    if "email" in one:
        paths.append((joined(at, "email"), one["email"]))
    for where, path in paths:
        if not isinstance(path, str):
            continue
        if fault := pointer_fault(f"/{path}", row):
            yield document.finding(where, "unknown-path", fault.message, fault.suggestion)


def _unfit(bundled: Bundled) -> Iterator[Finding]:
    for _, schema in walk(bundled.schema):
        if not isinstance(schema, Mapping) or id(schema) not in bundled.origins:
            continue
        if what := _NEEDS_AN_ACCOUNT.get(str(schema.get("widget"))):
            message = f"Whoever writes a statement has no account, and can't add {what}."
            hint = "Ask for words, a date or a choice."
            yield bundled.finding(schema, "/widget", "needs-account", message, hint)
