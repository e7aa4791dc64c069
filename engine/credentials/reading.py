"""Text to data with positions: YAML 1.2 and JSON, through one builder.

The builder is fed events, so it sees every duplicate key, counts what aliases would unfold to
before unfolding it, and stops at its bounds instead of running out of memory. Keys are always the
text that was written (`no`, `4` and `2020-01-01` stay what they look like).
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from engine.errors import Finding

MAX_DEPTH = 64
"""How deep mappings and lists may nest."""
MAX_NODES = 200_000
"""How many values a document may hold, aliases unfolded."""


class Place(NamedTuple):
    """Where something is in a text; both count from 1."""

    line: int
    column: int


@dataclass
class Reading:
    """What a text holds, where each part of it is, and what is wrong with it."""

    path: str
    data: Any = None
    values: dict[str, Place] = field(default_factory=dict)
    """Where each value begins, by JSON Pointer."""
    keys: dict[str, Place] = field(default_factory=dict)
    """Where the key of each value is, by JSON Pointer of the value."""
    findings: list[Finding] = field(default_factory=list)

    def fault(self, place: Place, code: str, message: str, suggestion: str = "") -> None:
        self.findings.append(Finding(self.path, *place, code, message, suggestion))


def read_yaml(text: str, path: str) -> Reading:
    """What YAML 1.2 `text` holds; `data` is None when it does not parse."""
    reading = Reading(path)
    builder = _Builder(reading)
    try:
        _feed_yaml(text, builder)
    except _Stop:
        reading.data = None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reading.data = None
        _yaml_fault(error, text, reading)
    return reading


def read_json(text: str, path: str) -> Reading:
    """What JSON `text` (RFC 8259) holds; `data` is None when it does not parse."""
    reading = Reading(path)
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        reading.fault(Place(error.lineno, error.colno), "syntax", f"This is not JSON: {error.msg}.")
        return reading
    except (ValueError, RecursionError) as error:
        reading.fault(Place(1, 1), "syntax", f"This JSON cannot be read: {error}.")
        return reading
    try:
        _feed_json(text, _Builder(reading))
    except _Stop:
        reading.data = None
    return reading


class _Stop(Exception):
    """A bound was passed; the finding says which."""


@dataclass
class _Frame:
    value: dict[str, Any] | list[Any]
    pointer: str
    anchor: str | None
    nodes_before: int
    key: str | None = None
    """The key whose value comes next; None when a key is due (or in a list)."""
    first_seen: dict[str, Place] = field(default_factory=dict)
    is_key: bool = False


class _Builder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.stack: list[_Frame] = []
        self.nodes = 0
        self.anchors: dict[str, tuple[Any, int]] = {}

    def begin(self, value: dict[str, Any] | list[Any], place: Place, anchor: str | None) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self.reading.fault(place, "too-deep", f"This nests deeper than {MAX_DEPTH} levels.")
            raise _Stop
        is_key = self._awaits_key()
        if is_key:
            self.reading.fault(place, "bad-key", "A key must be plain text, not a list or mapping.")
        frame = _Frame(value, self._next_pointer(), anchor, self.nodes, is_key=is_key)
        self._count(1, place)
        self.reading.values[frame.pointer] = place
        self.stack.append(frame)

    def end(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.value, self.nodes - frame.nodes_before)
        if frame.is_key:
            self.stack[-1].key = "?"
        else:
            self._put(frame.value)

    def scalar(self, value: Any, text: str, place: Place, anchor: str | None = None) -> None:
        self._count(1, place)
        if anchor:
            self.anchors[anchor] = (value, 1)
        if self._awaits_key():
            self._key(text, place)
            return
        self.reading.values[self._next_pointer()] = place
        self._put(value)

    def alias(self, name: str, place: Place) -> None:
        if name not in self.anchors:
            self.reading.fault(place, "syntax", f"Nothing that is complete is named &{name}.")
            self.scalar(None, f"*{name}", place)
            return
        value, nodes = self.anchors[name]
        self._count(nodes, place)
        if self._awaits_key():
            self._key(str(value), place)
            return
        self.reading.values[self._next_pointer()] = place
        self._put(copy.deepcopy(value))

    def _key(self, text: str, place: Place) -> None:
        frame = self.stack[-1]
        if (first := frame.first_seen.get(text)) is not None:
            self.reading.fault(
                place,
                "duplicate-key",
                f"The key {text!r} is already there in line {first.line}; only one of them counts.",
                "Remove or rename one of them.",
            )
        frame.first_seen.setdefault(text, place)
        frame.key = text
        self.reading.keys[self._next_pointer()] = place

    def _awaits_key(self) -> bool:
        return (
            bool(self.stack)
            and isinstance(self.stack[-1].value, dict)
            and (self.stack[-1].key is None)
        )

    def _next_pointer(self) -> str:
        if not self.stack:
            return ""
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            return f"{frame.pointer}/{len(frame.value)}"
        return f"{frame.pointer}/{escaped(frame.key or '')}"

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.reading.data = value
            return
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
        else:
            frame.value[frame.key or ""] = value
            frame.key = None

    def _count(self, nodes: int, place: Place) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self.reading.fault(
                place, "too-large", f"This document holds more than {MAX_NODES:,} values."
            )
            raise _Stop


def escaped(token: str) -> str:
    """`token` as one reference token of a JSON Pointer (RFC 6901 §3)."""
    return token.replace("~", "~0").replace("/", "~1")


# YAML 1.2.2 §10.3.2, the core schema; timestamps are not part of it, so dates stay text.
_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""YAML 1.2.2 §5.1: what is not a printable character."""

# The parser in C reads all shipped documents in a tenth of a second, where one in Python takes
# two and a half. Where PyYAML was built without it, its own parser reads the same, slowly.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# It breaks lines where YAML 1.1 did (§5.4 of 1.2.2 says why no more), so these three characters
# pass it in the dress of ones that mean nothing to anybody.
_HELD = {0x85: 0xF0085, 0x2028: 0xF2028, 0x2029: 0xF2029}
_GIVEN_BACK = {held: character for character, held in _HELD.items()}


def _feed_yaml(text: str, builder: _Builder) -> None:
    documents = 0
    event: Any  # every one has its place, which the stubs leave open
    for event in yaml.parse(text.translate(_HELD), _LOADER):
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, ScalarEvent):
            event.value = event.value.translate(_GIVEN_BACK)
            value = _scalar(event, place, builder.reading)
            builder.scalar(value, event.value, place, event.anchor)
        elif isinstance(event, MappingStartEvent):
            builder.begin({}, place, event.anchor)
        elif isinstance(event, SequenceStartEvent):
            builder.begin([], place, event.anchor)
        elif isinstance(event, AliasEvent):
            builder.alias(event.anchor or "", place)
        elif isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                builder.reading.fault(place, "syntax", "One file holds one document; remove `---`.")
                return
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            builder.end()


def _scalar(event: ScalarEvent, place: Place, reading: Reading) -> Any:
    text: str = event.value
    tag = str(event.tag) if event.tag else ""
    if tag and tag not in ("!", "tag:yaml.org,2002:str", "!!str"):
        reading.fault(place, "syntax", f"The tag {tag} means nothing here.", "Remove it.")
        return text
    if tag or not event.implicit[0]:
        return text
    return _plain(text, place, reading)


def _plain(text: str, place: Place, reading: Reading) -> Any:
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    try:
        if _INT.fullmatch(text):
            return int(text)
        if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
            return int(text, 0)
    except ValueError:
        reading.fault(place, "bad-value", "This number has too many digits.")
        return 0
    if _NOT_JSON.fullmatch(text) or (_FLOAT.fullmatch(text) and math.isinf(float(text))):
        reading.fault(place, "bad-value", f"{text} is not a number that JSON has.")
        return 0
    return float(text) if _FLOAT.fullmatch(text) else text


def _yaml_fault(error: Exception, text: str, reading: Reading) -> None:
    if isinstance(error, (ReaderError, UnicodeEncodeError)):
        found = _NOT_YAML.search(text)
        before = text[: found.start()] if found else ""
        place = Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        reading.fault(place, "syntax", "There is a character here that YAML does not allow.")
        return
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        reading.fault(Place(1, 1), "syntax", "This cannot be read as YAML.")
        return
    place = Place(mark.line + 1, mark.column + 1)
    line = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    problem = str(error.problem or error.context or "it does not parse")
    if "\\t" in problem or "\t" in line[: mark.column + 1]:
        reading.fault(place, "syntax", "There is a tab here.", "Indent with spaces.")
        return
    hint = ""
    if "mapping values are not allowed" in problem:
        hint = "Text that contains a colon and a space needs quotes around it."
    reading.fault(place, "syntax", f"This is not YAML: {problem}.", hint)


_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s,:{}\[\]"]+')


def _feed_json(text: str, builder: _Builder) -> None:
    for part, place in _json_parts(text):
        if part in ("{", "["):
            builder.begin({} if part == "{" else [], place, None)
        elif part in ("}", "]"):
            builder.end()
        else:
            value = json.loads(part)
            builder.scalar(value, str(value), place)


def _json_parts(text: str) -> Iterator[tuple[str, Place]]:
    line, line_start, last = 1, 0, 0
    for match in _JSON_TOKEN.finditer(text):
        if newlines := text.count("\n", last, match.start()):
            line += newlines
            line_start = text.rfind("\n", last, match.start()) + 1
        last = match.start()
        yield match[0], Place(line, match.start() - line_start + 1)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that JSON has")
