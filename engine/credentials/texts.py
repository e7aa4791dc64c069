"""Where a document has words for people, and their translations.

Whatever the meta-schemas call `translatable` is a text, and nothing else is: a question that is
*named* `title` is none, nor are `enum`, `const`, `default` and `examples`, which are data.

A text may be written as a map of languages (`title: {en: …, es: …}`), or a file beside the
document may hold the other language's texts in the same tree (`garden.es.yaml` for `garden.yaml`).
Either way a document is settled when it is read: in its data every text is a string in the
document's own language, so that a form is valid JSON Schema, and its translations are kept apart,
by the text's JSON Pointer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from engine.credentials.reading import escaped
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.languages import LANGUAGES, SOURCE
from engine.settings import SHIPPED

KINDS = ("credential", "workflow", "framework")
_SCHEMA_KEYS = frozenset(("$schema", "$defs", "definitions", "properties", "$ref"))
_IN_A_DEFINITION = frozenset(
    ("type", "properties", "$ref", "enum", "const", "anyOf", "oneOf", "allOf")
)
_LETTERS = re.compile(r"[^\W\d_]")
_PARAMETER = re.compile(r"\$\{[^}]*\}")
_PERHAPS = "/workflow/with/"
"""What a credential gives a workflow's parameters: words or not, which only the workflow knows."""
_SIGNATORY = "/certificate/signatory"
"""An office, or a person, whose name is the same in every language."""

Translations = Mapping[str, Mapping[str, str]]
"""By language, and in it by JSON Pointer."""


class Fault(NamedTuple):
    """What is wrong with a translation, at a pointer of the document or the file beside it."""

    pointer: str
    code: str
    message: str
    suggestion: str = ""
    warning: bool = False


@dataclass
class Settled:
    """A document's data with every text in its own language, and its translations."""

    data: dict[str, Any]
    language: str
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def settled(data: dict[str, Any]) -> Settled:
    """`data` with each map of languages replaced by the words in the document's own language."""
    said = data.get("language", SOURCE)
    result = Settled(data, said if isinstance(said, str) and said in LANGUAGES else SOURCE)
    own: dict[str, str] = {}
    for pointer in texts(data):
        value = _at(data, pointer)
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            continue
        for language, words in value.items():
            if language not in LANGUAGES:
                result.faults.append(unknown_language(f"{pointer}/{escaped(language)}", language))
            elif language != result.language:
                result.translations.setdefault(language, {})[pointer] = words
        if result.language not in value:
            name = LANGUAGES[result.language]
            result.faults.append(
                Fault(pointer, "missing-translation", f"The words in {name} itself are missing.")
            )
        own[pointer] = str(value.get(result.language) or next(iter(value.values()), ""))
    result.data = with_texts(data, own)
    return result


def unknown_language(pointer: str, language: str) -> Fault:
    """The finding for a language that nothing here speaks."""
    # Imported late: `documents` reads files through this module.

    message = f"{language!r} is not a language that is spoken here."
    return Fault(pointer, "unknown-language", message, did_you_mean(language, LANGUAGES))


def laid_over(
    data: Mapping[str, Any], beside: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str], list[Fault]]:
    """What the file `beside` a document translates: words by the text's pointer, the pointers in
    that file by the text's pointer, and the faults in it.

    Rows of a list are matched by their `id` or `const` where they have one, else by their order.
    In a document that is all data (an example's answers) any words may be translated.
    """
    # A text that the document leaves out (a state's label, say) may have words all the same.
    is_data = not (_kind(data) or _is_schema(data) or _is_definitions(data))
    places = None if is_data else frozenset(texts(_filled(data, beside)))
    words: dict[str, str] = {}
    origins: dict[str, str] = {}
    faults: list[Fault] = []
    for here, there, value, base in _pairs(data, beside, "", ""):
        if value == base:
            continue
        at_text = isinstance(base, str) if places is None else there in places
        if isinstance(value, str) and at_text:
            words[there], origins[there] = value, here
        else:
            message = "This translates nothing: there is no text at this place of the document."
            faults.append(Fault(here, "stray-translation", message, warning=True))
    return words, origins, faults


def texts(data: Mapping[str, Any]) -> Iterator[str]:
    """The JSON Pointer of every text in a document, in no particular order, each once."""
    kind = _kind(data)
    found: dict[str, None] = {}
    if kind:
        found.update(dict.fromkeys(_described(_meta(kind), data, "", _meta(kind))))
    elif _is_schema(data):
        found.update(dict.fromkeys(_in_schema(data, "")))
    elif _is_definitions(data):
        for name, schema in data.items():
            found.update(dict.fromkeys(_in_schema(schema, f"/{escaped(str(name))}")))
    for key in ("forms", "$defs") if kind else ():
        schemas = data.get(key)
        for name, schema in schemas.items() if isinstance(schemas, Mapping) else ():
            found.update(dict.fromkeys(_in_schema(schema, f"/{key}/{escaped(str(name))}")))
    for key in ("surveys", "statements") if kind == "credential" else ():
        asking = data.get(key)
        for name, one in asking.items() if isinstance(asking, Mapping) else ():
            if isinstance(one, Mapping) and "form" in one:
                at = f"/{key}/{escaped(str(name))}/form"
                found.update(dict.fromkeys(_in_schema(one["form"], at)))
    return iter(found)


def missing(
    data: Mapping[str, Any], own: str, done: Translations, also: Any
) -> Iterator[tuple[str, str]]:
    """(pointer, language) for each text that has no words in a language that the document is
    otherwise in, or says that it is in (`languages`)."""
    listed = [one for one in also if one in LANGUAGES] if isinstance(also, list) else []
    for language in dict.fromkeys([*done, *listed]):
        if language == own:
            continue
        known = done.get(language, {})
        for pointer in texts(data):
            value = _at(data, pointer)
            if pointer.startswith(_PERHAPS) or pointer == _SIGNATORY:
                continue
            if not isinstance(value, str) or known.get(pointer):
                continue
            if _LETTERS.search(_PARAMETER.sub("", value)):
                yield pointer, language


def differing(data: Any, other: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, words in `other`) for each text that two trees of one shape say differently."""
    if isinstance(data, Mapping | None) and isinstance(other, Mapping):
        data = data or {}
        for key, value in other.items():
            yield from differing(data.get(key), value, f"{pointer}/{escaped(str(key))}")
    elif isinstance(data, list) and isinstance(other, list):
        for number, (value, its) in enumerate(zip(data, other, strict=False)):
            yield from differing(value, its, f"{pointer}/{number}")
    elif isinstance(data, str | None) and isinstance(other, str) and data != other:
        yield pointer, other


def with_texts(data: Any, words: Mapping[str, str]) -> Any:
    """`data` with the texts at the pointers replaced; what is not on the way to one is shared."""
    tree: dict[str, Any] = {}
    for pointer, text in words.items():
        at = tree
        *way, last = _tokens(pointer)
        for token in way:
            at = at.setdefault(token, {})
        at[last] = text
    return _replaced(data, tree)


def _filled(data: Any, beside: Any) -> Any:
    """`data` with the keys that only `beside` has."""
    if isinstance(data, list) and isinstance(beside, list):
        rows = list(data)
        for number, value in enumerate(beside):
            at = _same_row(data, value, number)
            if at < len(rows):
                rows[at] = _filled(rows[at], value)
        return rows
    if not isinstance(data, Mapping) or not isinstance(beside, Mapping):
        return data
    whole = {key: _filled(value, beside.get(key)) for key, value in data.items()}
    return whole | {key: value for key, value in beside.items() if key not in data}


def _replaced(data: Any, tree: Any) -> Any:
    if isinstance(tree, str):
        return tree
    if isinstance(data, Mapping):
        known = {
            key: _replaced(value, tree[key]) if key in tree else value
            for key, value in data.items()
        }
        return known | {key: _replaced({}, below) for key, below in tree.items() if key not in data}
    if isinstance(data, list):
        return [
            _replaced(value, tree[str(number)]) if str(number) in tree else value
            for number, value in enumerate(data)
        ]
    return data


def _pairs(data: Any, beside: Any, here: str, there: str) -> Iterator[tuple[str, str, Any, Any]]:
    """(pointer beside, pointer in the document, value beside, value in the document)."""
    if isinstance(beside, Mapping) and isinstance(data, Mapping | None):
        data = data or {}
        for key, value in beside.items():
            step = f"/{escaped(str(key))}"
            yield from _pairs(data.get(key), value, here + step, there + step)
    elif isinstance(beside, list) and isinstance(data, list):
        for number, value in enumerate(beside):
            at = _same_row(data, value, number)
            base = data[at] if at < len(data) else None
            yield from _pairs(base, value, f"{here}/{number}", f"{there}/{at}")
    else:
        yield here, there, beside, data


def _same_row(rows: list[Any], beside: Any, number: int) -> int:
    for key in ("id", "const", "code"):
        if isinstance(beside, Mapping) and key in beside:
            for at, row in enumerate(rows):
                if isinstance(row, Mapping) and row.get(key) == beside[key]:
                    return at
    return number


def _described(meta: Any, value: Any, pointer: str, root: Any) -> Iterator[str]:
    """The texts in `value` as its meta-schema describes it."""
    if not isinstance(meta, Mapping):
        return
    if meta.get("translatable"):
        yield pointer
        return
    if str(meta.get("$ref", "")).startswith("#/$defs/"):
        yield from _described(root["$defs"][meta["$ref"][8:]], value, pointer, root)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for one in meta.get(keyword, ()):
            yield from _described(one, value, pointer, root)
    for keyword in ("then", "else"):
        if _applies(meta.get("if"), value) == (keyword == "then"):
            yield from _described(meta.get(keyword), value, pointer, root)
    if isinstance(value, Mapping):
        known = meta.get("properties", {})
        for key, one in value.items():
            inner = known.get(key, meta.get("additionalProperties"))
            yield from _described(inner, one, f"{pointer}/{escaped(str(key))}", root)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _described(meta.get("items"), one, f"{pointer}/{number}", root)


def _applies(condition: Any, value: Any) -> bool:
    """Whether a meta-schema's `if` holds: a type, or a `const` of one key."""
    if not isinstance(condition, Mapping):
        return False
    for key, wanted in condition.get("properties", {}).items():
        if "const" in wanted and (
            not isinstance(value, Mapping) or value.get(key) != wanted["const"]
        ):
            return False
    kind = {"string": str, "array": list, "object": Mapping}.get(condition.get("type", ""))
    return kind is None or isinstance(value, kind)


def _in_schema(schema: Any, pointer: str) -> Iterator[str]:
    meta = _meta("form")
    for where, one in walk(schema, pointer):
        for key, value in one.items() if isinstance(one, Mapping) else ():
            described = meta["properties"].get(key)
            yield from _described(described, value, f"{where}/{escaped(str(key))}", meta)


def _kind(data: Mapping[str, Any]) -> str:
    return next((kind for kind in KINDS if isinstance(data.get(kind), str)), "")


def _is_definitions(data: Mapping[str, Any]) -> bool:
    """A file of definitions by name, such as those in `shared`."""
    return bool(data) and all(
        isinstance(one, Mapping) and bool(_IN_A_DEFINITION & one.keys()) for one in data.values()
    )


def _is_schema(data: Mapping[str, Any]) -> bool:
    return bool(_SCHEMA_KEYS & data.keys())


@lru_cache(maxsize=8)
def _meta(name: str) -> Any:
    return json.loads((SHIPPED / "schemas" / "meta" / f"{name}.json").read_text("utf-8"))


def _tokens(pointer: str) -> list[str]:
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def _at(data: Any, pointer: str) -> Any:
    for token in _tokens(pointer):
        data = data[int(token)] if isinstance(data, list) else data[token]
    return data
