"""Documents: YAML 1.2 or JSON files, chosen by their ending, with the place of every value.

A document is a mapping. What is wrong with a file becomes findings, all of them, never a
traceback. What a document means is for the other modules of this package.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from glob import escape
from pathlib import Path
from typing import Any, Literal

from engine.credentials.reading import Place, Reading, escaped, read_json, read_yaml
from engine.credentials.texts import (
    Fault,
    Translations,
    laid_over,
    missing,
    settled,
    unknown_language,
    with_texts,
)
from engine.errors import DocumentFaulty, Finding
from engine.languages import LANGUAGES, SOURCE

MAX_BYTES = 2 * 1024 * 1024
"""The largest document that is read."""
ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Document:
    """A file's content. Do not change `data`: documents are kept and shared between readers."""

    path: Path
    data: Mapping[str, Any]
    positions: Mapping[str, tuple[int, int]]
    """Line and column, from 1, of each value by JSON Pointer."""
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Line and column of the key of each value by the value's JSON Pointer."""
    language: str = SOURCE
    """What its texts are written in, and its `data` has them in."""
    translations: Translations = field(default_factory=dict)
    """Its texts in other languages, by language and JSON Pointer."""
    speaks: str = ""
    """The language that its `data` was put into by `said_in`; empty for its own."""
    _said: dict[str, Document] = field(default_factory=dict, init=False, repr=False, compare=False)

    def said_in(self, language: str) -> Document:
        """The document with its texts in `language`; those without a translation stay."""
        if language == self.speaks:
            return self
        if language not in self._said:
            words = self.translations.get(language, {})
            said = replace(self, data=with_texts(self.data, words), speaks=language)
            self._said[language] = said
        return self._said[language]

    def at(self, pointer: str) -> tuple[int, int]:
        """Where a reader should look for `pointer`: the value, or its key when the value begins
        on a later line; the nearest thing around it when there is no such value."""
        while pointer and pointer not in self.positions:
            pointer = pointer.rpartition("/")[0]
        value = self.positions.get(pointer, (1, 1))
        key = self.keys.get(pointer)
        return key if key is not None and key[0] != value[0] else value

    def untranslated(self, pointer: str, language: str) -> Finding:
        """The finding for a text that has no words in `language`."""
        beside = f"{self.path.stem}.{language}{self.path.suffix}"
        return self.finding(
            pointer,
            "missing-translation",
            f"This has no words in {LANGUAGES[language]} yet.",
            f"Put them in {beside}, or here under {language!r}.",
            severity="warning",
        )

    def finding(
        self,
        pointer: str,
        code: str,
        message: str,
        suggestion: str = "",
        *,
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Finding:
        """A finding at `pointer`; at its key if `key`."""
        place = self.keys.get(pointer) if key else None
        line, column = place or self.at(pointer)
        return Finding(shown(self.path), line, column, code, message, suggestion, severity)


def read(path: Path) -> tuple[Document | None, list[Finding]]:
    """A file's content and every fault of its text.

    A file with duplicate keys still yields a document (the last one counts), so that the rest of
    it can be checked too; one that does not parse, or is not a mapping, yields None.
    """
    try:
        stat = path.stat()
    except OSError as error:
        message = f"This file cannot be read: {error.strerror or error}."
        return None, [Finding(shown(path), 1, 1, "unreadable", message)]
    beside = []
    for file in sorted(path.parent.glob(f"{escape(path.stem)}.*{path.suffix}")):
        language = file.stem.removeprefix(f"{path.stem}.")
        if "." not in language and file.is_file():
            its = file.stat()
            beside.append((language, file, shown(file), its.st_mtime_ns, its.st_size))
    return _translated(path, shown(path), stat.st_mtime_ns, stat.st_size, tuple(beside))


def translates(path: Path) -> Path | None:
    """The document whose texts the file at `path` has in another language, if it is beside it:
    `garden.yaml` for `garden.es.yaml`."""
    stem, dot, _language = path.stem.rpartition(".")
    base = path.with_name(stem + path.suffix)
    return base if dot and base.is_file() else None


def load(path: Path) -> Document:
    """A file's content. Raises `DocumentFaulty` with every fault of its text."""
    document, findings = read(path)
    if document is None or any(one.severity == "error" for one in findings):
        raise DocumentFaulty(findings)
    return document


@lru_cache(maxsize=1024)
def _translated(
    path: Path,
    name: str,
    changed: int,
    size: int,
    beside: tuple[tuple[str, Path, str, int, int], ...],
) -> tuple[Document | None, list[Finding]]:
    document, findings = _read(path, name, changed, size)
    if document is None:
        return None, findings
    plain = settled(dict(document.data))
    findings = findings + [_at(document, fault) for fault in plain.faults]
    done = plain.translations
    for language, file, its_name, its_change, its_size in beside:
        other, faults = _read(file, its_name, its_change, its_size)
        findings += faults
        if other is None:
            continue
        if language not in LANGUAGES:
            findings.append(_at(other, unknown_language("", language)))
            continue
        words, origins, strays = laid_over(plain.data, other.data)
        findings += [_at(other, fault) for fault in strays]
        for pointer in words.keys() & done.get(language, {}).keys():
            message = "This is translated in the document itself as well; only one of them counts."
            twice = Fault(origins[pointer], "twice-translated", message, "", True)
            findings.append(_at(other, twice))
        done.setdefault(language, {}).update(words)
    for pointer, language in missing(plain.data, plain.language, done, plain.data.get("languages")):
        findings.append(document.untranslated(pointer, language))
    whole = replace(document, data=plain.data, language=plain.language, translations=done)
    return whole, findings


def _at(document: Document, fault: Fault) -> Finding:
    severity: Literal["error", "warning"] = "warning" if fault.warning else "error"
    return document.finding(
        fault.pointer, fault.code, fault.message, fault.suggestion, severity=severity
    )


@lru_cache(maxsize=1024)
def _read(path: Path, name: str, changed: int, size: int) -> tuple[Document | None, list[Finding]]:
    # `changed` and `size` are only there to read a file again after it was saved.
    if size > MAX_BYTES:
        message = f"This file is larger than {MAX_BYTES // 1024 // 1024} MB."
        return None, [Finding(name, 1, 1, "too-large", message)]
    try:
        text = path.read_bytes()[: MAX_BYTES + 1].decode("utf-8-sig")
    except OSError as error:
        message = f"This file cannot be read: {error.strerror or error}."
        return None, [Finding(name, 1, 1, "unreadable", message)]
    except UnicodeDecodeError as error:
        before: bytes = error.object[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return None, [Finding(name, line, column, "unreadable", "This is not UTF-8 text.")]
    reading = (read_json if path.suffix == ".json" else read_yaml)(text, name)
    return _document(path, reading), reading.findings


def _document(path: Path, reading: Reading) -> Document | None:
    if isinstance(reading.data, dict):
        return Document(path, reading.data, reading.values, reading.keys)
    if not reading.findings:
        place = reading.values.get("", Place(1, 1))
        reading.fault(place, "wrong-type", "A document is a mapping: lines of `key: value`.")
    return None


def shown(path: Path) -> str:
    """`path` as a person would type it here: relative when it is below the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


# Made once: `json.dumps` makes another for every call, which costs as much as a short value does.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: equal values, equal bytes.

    Raises `ValueError` for NaN and infinities, which JSON does not have.
    """
    return _CANONICAL.encode(value).encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    """The SHA-256 of the canonical JSON of `value`, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def joined(pointer: str, *tokens: str | int) -> str:
    """`pointer` with more reference tokens: `joined("/a", "b/c", 0)` is `/a/b~1c/0`."""
    return pointer + "".join(f"/{escaped(str(token))}" for token in tokens)


def tokens(pointer: str) -> list[str]:
    """The unescaped reference tokens of a JSON Pointer (RFC 6901)."""
    parts = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def lookup(data: Any, pointer: str) -> Any:
    """The value at `pointer`. Raises `KeyError` when there is none."""
    if pointer and not pointer.startswith("/"):
        raise KeyError(pointer)
    for token in tokens(pointer):
        if isinstance(data, Mapping) and token in data:
            data = data[token]
        elif isinstance(data, list) and token.isdecimal() and int(token) < len(data):
            data = data[int(token)]
        else:
            raise KeyError(pointer)
    return data


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is a mapping, else an empty one: for reading what may be faulty."""
    return value if isinstance(value, Mapping) else {}


def listing(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one: for reading what may be faulty."""
    return value if isinstance(value, list) else []
