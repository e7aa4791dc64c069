"""Parameters: one workflow that several credentials use with other words, counts and times.

`${name}` in a workflow stands for a parameter's value: alone it is the value with its type, inside
a text or a condition it is filled in. It is filled when a workflow is checked, drawn or published,
so nothing that comes after ever sees a parameter, and an edition's digest pins the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.credentials.documents import Document, joined, lookup, mapping
from engine.credentials.spans import BadSpan, in_words, span_of
from engine.credentials.suggestions import did_you_mean
from engine.credentials.texts import differing, texts, with_texts
from engine.errors import Finding
from engine.languages import speaking

if TYPE_CHECKING:
    from engine.credentials.holdings import Holdings

Values = Mapping[str, Any]
_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
_PLACE = re.compile(rf"(\$?)\$\{{({_NAME})\}}")
_NAMED = re.compile(_NAME)
_SAID = {
    "text": "words",
    "name": "a name: letters, digits, hyphens and underscores",
    "number": "a number",
    "integer": "a whole number",
    "span": "a span of time such as P14D, PT2H or 10 business days",
    "yes_no": "true or false",
}


def used_workflow(data: Mapping[str, Any]) -> str:
    """The name of the workflow that a credential document uses; empty when it uses none."""
    said = data.get("workflow", "")
    name = said.get("use", "") if isinstance(said, Mapping) else said
    return name if isinstance(name, str) else ""


def given(data: Mapping[str, Any]) -> Values:
    """The values that a credential document gives its workflow's parameters."""
    return mapping(mapping(data.get("workflow")).get("with"))


def workflow_for(document: Document, holdings: Holdings) -> Document | None:
    """The workflow that a credential uses, with its values filled in; None when there is none."""
    workflow = holdings.workflows.get(used_workflow(document.data))
    if workflow is None:
        return None
    said = {
        language: given(document.said_in(language).data)
        for language in {*document.translations, document.speaks or document.language}
    }
    return filled(workflow, given(document.data), said)


def filled(
    document: Document, values: Values | None = None, said: Mapping[str, Values] | None = None
) -> Document:
    """A workflow document with every `${name}` replaced by its value: the one in `values`, else
    its default. `said` has the values by language where they differ.

    The block `parameters` stays as it is. A name that is no parameter stays as it was written.
    """
    if not _PLACE.search(repr(document.data)):
        return document
    done = _filled_in(document.data, values or {}, document.speaks or document.language)
    translations: dict[str, Mapping[str, str]] = {}
    for language in {*document.translations, *(said or {})} - {document.language}:
        words = document.translations.get(language, {})
        other = _filled_in(
            with_texts(document.data, words), (said or {}).get(language, values or {}), language
        )
        found = {pointer: lookup(other, pointer) for pointer in words}
        translations[language] = found | dict(differing(done, other))
    return replace(document, data=done, translations=translations)


def without_parameters(data: Mapping[str, Any]) -> dict[str, Any]:
    """A filled workflow's data as it is published."""
    return {key: value for key, value in data.items() if key != "parameters"}


def faults(document: Document) -> Iterator[Finding]:
    """What is wrong with a workflow's parameters themselves."""
    declared = _declared(document.data)
    used: set[str] = set()
    for pointer, text in _strings(without_parameters(document.data), ""):
        for escape, name in _PLACE.findall(text):
            if not escape and name not in declared:
                message = f"There is no parameter {name!r} in this workflow."
                hint = did_you_mean(name, declared) or f"Write $${{{name}}} to mean the sign."
                yield document.finding(pointer, "unknown-parameter", message, hint)
            used.add(name)
    for name, one in declared.items():
        here = joined("/parameters", name)
        if "default" in one:
            yield from _value_faults(document, joined(here, "default"), one, one["default"])
        least, most = one.get("minimum"), one.get("maximum")
        if one.get("type") not in ("number", "integer"):
            for key in ("minimum", "maximum"):
                if key in one:
                    message = "Only a number has a least and a most."
                    yield document.finding(joined(here, key), "bad-value", message)
        elif _is_less(most, least):
            message = f"Nothing is at least {least} and at most {most}."
            yield document.finding(joined(here, "maximum"), "bad-value", message)
        if name not in used:
            message = f"Nothing here uses ${{{name}}}."
            yield document.finding(here, "unused-parameter", message, key=True, severity="warning")


def given_faults(document: Document, workflow: Document) -> Iterator[Finding]:
    """What is wrong with the values that a credential gives its workflow."""
    declared = _declared(workflow.data)
    for name, value in given(document.data).items():
        here = joined("/workflow/with", name)
        if name not in declared:
            message = f"The workflow {used_workflow(document.data)!r} has no parameter {name!r}."
            hint = did_you_mean(name, declared)
            yield document.finding(here, "unknown-parameter", message, hint, key=True)
        else:
            yield from _value_faults(document, here, declared[name], value)


def untranslated(
    document: Document, workflow: Document, languages: list[str]
) -> Iterator[tuple[str, str]]:
    """(pointer, language) for each text that a credential gives a parameter in its own language
    only."""
    declared = _declared(workflow.data)
    for name, value in given(document.data).items():
        here = joined("/workflow/with", name)
        if declared.get(name, {}).get("type") == "text" and isinstance(value, str):
            for language in languages:
                own = document.language
                if language != own and here not in document.translations.get(language, {}):
                    yield here, language


def _declared(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: mapping(one) for name, one in mapping(data.get("parameters")).items()}


def _value_faults(
    document: Document, pointer: str, parameter: Mapping[str, Any], value: Any
) -> Iterator[Finding]:
    kind = parameter.get("type")
    if not isinstance(kind, str) or kind not in _SAID:
        return  # the meta-schema has said so
    if not _fits(kind, value):
        hint = str(parameter.get("description", ""))
        yield document.finding(pointer, "wrong-type", f"This must be {_SAID[kind]}.", hint)
    elif kind in ("number", "integer"):
        least, most = parameter.get("minimum"), parameter.get("maximum")
        if _is_less(value, least):
            message = f"{value} is less than {least}, which is the least here."
            yield document.finding(pointer, "bad-value", message)
        if _is_less(most, value):
            message = f"{value} is more than {most}, which is the most here."
            yield document.finding(pointer, "bad-value", message)


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "number":
            return _is_number(value)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "yes_no":
            return isinstance(value, bool)
        case "name":
            return isinstance(value, str) and _NAMED.fullmatch(value) is not None
        case "span":
            try:
                return isinstance(value, str) and bool(span_of(value))
            except BadSpan:
                return False
    return isinstance(value, str)


def _is_less(one: Any, other: Any) -> bool:
    return _is_number(one) and _is_number(other) and bool(one < other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _filled_in(data: Mapping[str, Any], values: Values, language: str) -> dict[str, Any]:
    declared = _declared(data)
    known = {name: one["default"] for name, one in declared.items() if "default" in one}
    known |= {name: value for name, value in values.items() if name in declared}
    words = dict(known)
    with speaking(language):
        for name, one in declared.items():
            if one.get("type") == "span" and _fits("span", known.get(name)):
                words[name] = in_words(span_of(known[name]))
    prose = frozenset(texts(data))
    return {
        key: value
        if key == "parameters"
        else _replaced(value, joined("", key), known, words, prose)
        for key, value in data.items()
    }


def _replaced(value: Any, pointer: str, known: Values, words: Values, prose: frozenset[str]) -> Any:
    """`value` with the parameters filled in; where people read it, with those in `words`."""
    if isinstance(value, Mapping):
        return {
            key: _replaced(one, joined(pointer, key), known, words, prose)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [
            _replaced(one, joined(pointer, number), known, words, prose)
            for number, one in enumerate(value)
        ]
    if not isinstance(value, str) or "${" not in value:
        return value
    use = words if pointer in prose else known
    whole = _PLACE.fullmatch(value)
    if whole and not whole[1] and whole[2] in use and (pointer not in prose):
        return use[whole[2]]
    return _PLACE.sub(lambda found: _said(found, use), value)


def _said(found: re.Match[str], values: Values) -> str:
    if found[1]:
        return found[0][1:]
    if found[2] not in values:
        return found[0]
    value = values[found[2]]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _strings(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _strings(one, joined(pointer, str(key)))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _strings(one, joined(pointer, number))
