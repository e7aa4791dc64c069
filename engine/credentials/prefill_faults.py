"""What is wrong with `prefill`: answers that are to come from a place that there is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.documents import Document, joined, mapping, tokens
from engine.credentials.field_paths import Shape, pointer_fault
from engine.credentials.holdings import Holdings
from engine.credentials.references import Bundled, bundle
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.errors import Finding

_GIVEN_ANEW = {"agreement": "An agreement", "evidence": "Evidence", "video": "Evidence"}
_NOBODYS_YET = frozenset(("items", "prefixItems", "oneOf", "anyOf", "then", "else", "if", "not"))


def prefill_faults(
    document: Document, forms: Mapping[str, Bundled], holdings: Holdings
) -> Iterator[Finding]:
    """Every `prefill` of the credential's forms that can't fill anything in."""
    for form_id, bundled in forms.items():
        for relative, schema in walk(bundled.schema):
            if not isinstance(schema, Mapping) or id(schema) not in bundled.origins:
                continue
            said = schema.get("prefill")
            if said != "earlier" and not isinstance(said, Mapping):
                continue
            for pointer, message, near in _faults(said, schema, relative, form_id, forms, holdings):
                yield bundled.finding(schema, pointer, "bad-prefill", message, near)


def _is_nobodys(pointer: str) -> bool:
    """Whether a schema is below a row, a choice or a condition; names of questions aside."""
    steps = iter(tokens(pointer))
    for step in steps:
        if step in ("properties", "$defs"):
            next(steps, "")
        elif step in _NOBODYS_YET:
            return True
    return False


def _faults(
    said: Any,
    schema: Mapping[str, Any],
    relative: str,
    form_id: str,
    forms: Mapping[str, Bundled],
    holdings: Holdings,
) -> Iterator[tuple[str, str, str]]:
    if what := _GIVEN_ANEW.get(str(schema.get("widget"))):
        yield "/prefill", f"{what} is never taken over from earlier work: each is given anew.", ""
        return
    if _is_nobodys(relative):
        yield (
            "/prefill",
            "Only a question of its own is filled in: no row, choice or condition.",
            "",
        )
        return
    named = mapping(said).get("from")
    for number, one in enumerate(named if isinstance(named, list) else [named]):
        here = joined("/prefill/from", number) if isinstance(named, list) else "/prefill/from"
        yield from _place(mapping(one), here, form_id, forms, holdings)


def _place(
    named: Mapping[str, Any],
    here: str,
    form_id: str,
    forms: Mapping[str, Bundled],
    holdings: Holdings,
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one place that answers are to come from."""
    if not named:
        return
    there = forms
    if isinstance(id := named.get("credential"), str):
        other = holdings.credentials.get(id)
        if other is None:
            near = did_you_mean(id, holdings.credentials)
            yield joined(here, "credential"), f"There is no credential {id!r}.", near
            return
        there = {
            name: bundle(other, joined("/forms", name), holdings.folders)
            for name in mapping(other.data.get("forms"))
        }
    form = str(named.get("form", form_id))
    if form not in there:
        message = f"There is no form {form!r} to fill this in from."
        yield joined(here, "form") if "form" in named else here, message, did_you_mean(form, there)
        return
    at = named.get("at")
    if isinstance(at, str):
        shape = Shape.of(there[form].schema, there[form].schema)
        if fault := pointer_fault(at, shape):
            yield joined(here, "at"), fault.message, fault.suggestion
