"""A framework document made of a CASE package (`case`), with everything that is wrong in it as
findings at their lines.

What other systems write is often less tidy than the standard: headings without codes, numbers in
place of texts, items in two places. What can be settled is settled with a warning; what cannot is
an error, and then there is no document.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

import yaml

from engine.credentials.case import CHILD, made_identifier
from engine.credentials.documents import Document, joined, listing, mapping, read
from engine.credentials.meta import document_faults
from engine.credentials.reading import read_yaml
from engine.errors import Finding
from engine.languages import LANGUAGES, SOURCE

MOST_LEVELS = 12
"""How deep the items of a framework may nest when it comes from elsewhere."""

_KEPT = frozenset(
    (
        "identifier",
        "uri",
        "fullStatement",
        "humanCodingScheme",
        "abbreviatedStatement",
        "language",
        "lastChangeDateTime",
        "CFDocumentURI",
    )
)
"""What an item may say that has a place in a framework document, or follows from it."""

_NOWHERE = ("", (0.0, 0))


class Imported(NamedTuple):
    """What came of a package: a framework document's content, unless there were errors."""

    data: dict[str, Any] | None
    findings: list[Finding]


def framework_in(package: Document, id: str = "", *, make_codes: bool = False) -> Imported:
    """The framework document of a package, by the id `id` (made from its title if left out).

    Everything that is wrong is found at once: items without a code, a statement or an identifier,
    codes and identifiers that are used twice, items below what is not there, loops. With
    `make_codes` an item without a code gets one from its place (`2.3`). What has no place in a
    framework document is left out, and a warning says so.
    """
    reading = _Reading(package, make_codes)
    data = reading.framework(id)
    findings = sorted(set(reading.findings))
    failed = any(one.severity == "error" for one in findings)
    return Imported(None if failed else data, findings)


class Written(NamedTuple):
    """A framework document made of a file, ready to be written."""

    id: str
    text: str | None
    """YAML; None when there are errors."""
    findings: list[Finding]


def document_of(file: Path, id: str = "", *, make_codes: bool = False) -> Written:
    """The framework document of the package in `file`: `framework_in`, and what is wrong in the
    file's text or would be wrong in the document itself."""
    package, faults = read(file)
    if package is None or any(one.severity == "error" for one in faults):
        return Written(id, None, faults)
    data, findings = framework_in(package, id, make_codes=make_codes)
    if data is None:
        return Written(id, None, findings)
    made = Document(package.path, data, {})
    findings += document_faults(made, "framework")
    failed = any(one.severity == "error" for one in findings)
    return Written(data["framework"], None if failed else _written(data), findings)


class _Writer(yaml.SafeDumper):
    """YAML as the shipped documents are written, and as `reading` reads it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def text(self, text: str) -> yaml.ScalarNode:
        # What is a number in YAML 1.2 and none in 1.1 (`1E3`, a code) gets its quotes too.
        plain = read_yaml(text, "").data == text
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Writer.add_representer(str, _Writer.text)


def _written(data: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        dict(data), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def id_from(title: str) -> str:
    """A framework's id made from its title: `teacher-leader-model-standards`."""
    words = re.findall(r"[a-z0-9]+", title.casefold())
    return "-".join(words)[:80].strip("-") or "framework"


@dataclass
class _Found:
    """One item of a package."""

    pointer: str
    identifier: str
    said: Mapping[str, Any]
    code: str
    children: list[_Found] = field(default_factory=list)


class _Reading:
    def __init__(self, document: Document, make_codes: bool) -> None:
        self.document = document
        self.make_codes = make_codes
        self.findings: list[Finding] = []
        # Some systems put the package below its name.
        within = mapping(document.data.get("CFPackage"))
        self.root = "/CFPackage" if within else ""
        self.data = within or document.data
        self.about = mapping(self.data.get("CFDocument"))

    def fault(
        self,
        pointer: str,
        code: str,
        message: str,
        suggestion: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        place = self.root + pointer
        self.findings.append(
            self.document.finding(place, code, message, suggestion, severity=severity)
        )

    def warn(self, pointer: str, code: str, message: str, suggestion: str = "") -> None:
        self.fault(pointer, code, message, suggestion, "warning")

    def framework(self, id: str) -> dict[str, Any] | None:
        if not self.about or not isinstance(self.data.get("CFItems"), list):
            message = "This is no package of CASE: it has no CFDocument and CFItems."
            hint = "Ask the publisher for the CFPackage of the framework, as JSON."
            self.fault("", "no-package", message, hint)
            return None
        title = _text(self.about.get("title"))
        if not title:
            self.fault("/CFDocument", "missing-key", "'title' is missing here.")
        own_id = id or id_from(title)
        top = self.tree(self.items())
        self.codes(top)
        self.left_out()
        publisher, creator, address, notes, version, identifier = (
            _text(self.about.get(key))
            for key in (
                "publisher",
                "creator",
                "officialSourceURL",
                "notes",
                "version",
                "identifier",
            )
        )
        data = {
            "framework": own_id,
            "version": int(version) if version.isdecimal() else version,
            "language": self.language(),
            "title": title,
            "publisher": publisher,
            "source": address or notes or creator or publisher or title,
            "identifier": self.foreign(identifier, own_id, "/CFDocument"),
            "items": [self.item(own_id, one) for one in top],
        }
        return {key: value for key, value in data.items() if value not in ("", [])}

    def language(self) -> str:
        """What the words are in; empty for the language that documents are in anyway."""
        said = _text(self.about.get("language"))
        known = said.casefold().partition("-")[0]
        if known and known not in LANGUAGES:
            message = f"Documents are not written in {said!r}; the words are kept as they are."
            self.warn("/CFDocument/language", "bad-value", message)
            return ""
        return "" if known == SOURCE else known

    def items(self) -> dict[str, _Found]:
        """Every item by its identifier, in the file's order."""
        found: dict[str, _Found] = {}
        for number, said in enumerate(listing(self.data.get("CFItems"))):
            here = joined("/CFItems", number)
            if not isinstance(said, Mapping):
                self.fault(here, "wrong-type", "An item is an object.")
                continue
            identifier = _text(said.get("identifier"))
            if not _text(said.get("fullStatement")):
                self.fault(here, "missing-key", "'fullStatement' is missing here.")
            if not identifier:
                self.fault(here, "missing-key", "'identifier' is missing here.")
            elif identifier in found:
                line = self.line(joined(found[identifier].pointer, "identifier"))
                message = f"The identifier {identifier!r} is already used in line {line}."
                self.fault(joined(here, "identifier"), "duplicate-id", message)
            else:
                code = "-".join(_text(said.get("humanCodingScheme")).split())
                found[identifier] = _Found(here, identifier, said, code)
        if not found and not self.findings:
            self.fault("/CFItems", "no-items", "There are no items here, so there is no framework.")
        return found

    def tree(self, items: Mapping[str, _Found]) -> list[_Found]:
        """The highest items, each with those below it, in their order."""
        above = self.above(items)
        top: list[_Found] = []
        for identifier in sorted(items, key=lambda one: above.get(one, _NOWHERE)[1]):
            parent = above.get(identifier, _NOWHERE)[0]
            (items[parent].children if parent else top).append(items[identifier])
        without = [one for one in items if one not in above]
        if without and len(without) < len(items):
            message = f"{_shown(items[without[0]])} stands below nothing, not even the framework."
            more = f" So do {len(without) - 1} more." if len(without) > 1 else ""
            hint = "It becomes one of the highest items."
            self.warn(items[without[0]].pointer, "no-parent", message + more, hint)
        self.loops(items, {child: parent for child, (parent, _) in above.items()})
        return top

    def above(self, items: Mapping[str, _Found]) -> dict[str, tuple[str, tuple[float, int]]]:
        """For each item the one that it stands below (empty: the document), and its order."""
        own = _text(self.about.get("identifier"))
        found: dict[str, tuple[str, tuple[float, int]]] = {}
        others: Counter[str] = Counter()
        for number, said in enumerate(listing(self.data.get("CFAssociations"))):
            here = joined("/CFAssociations", number)
            kind = _text(mapping(said).get("associationType"))
            if kind != CHILD:
                others[kind or "none"] += 1
                continue
            child = _text(mapping(said.get("originNodeURI")).get("identifier"))
            parent = _text(mapping(said.get("destinationNodeURI")).get("identifier"))
            if child not in items:
                message = f"There is no item {child!r} in this package."
                self.fault(joined(here, "originNodeURI"), "unknown-item", message)
            elif parent != own and parent not in items:
                message = f"There is no item {parent!r} in this package."
                self.fault(joined(here, "destinationNodeURI"), "unknown-item", message)
            elif child in found:
                if found[child][0] != (parent if parent in items else ""):
                    message = f"{_shown(items[child])} stands in two places; the first counts."
                    self.warn(here, "two-parents", message)
            else:
                place = said.get("sequenceNumber")
                known = isinstance(place, int | float) and not isinstance(place, bool)
                order = (float(place) if known else float("inf"), number)
                found[child] = (parent if parent in items else "", order)
        if others:
            kinds = ", ".join(sorted(others))
            message = f"Associations of other kinds are left out ({others.total()}): {kinds}."
            self.warn("/CFAssociations", "left-out", message)
        return found

    def loops(self, items: Mapping[str, _Found], above: Mapping[str, str]) -> None:
        """Items that stand below themselves, and items deeper than a document holds."""
        depths: dict[str, int] = {"": 0}
        for identifier in items:
            way: dict[str, None] = {}
            at = identifier
            while at not in depths and at not in way:
                way[at] = None
                at = above.get(at, "")
            if at in way:
                circle = list(way)[list(way).index(at) :]
                names = " below ".join(_shown(items[one]) for one in [*circle[:5], circle[0]])
                message = f"This goes round in a circle: {names}."
                self.fault(items[circle[0]].pointer, "loop", message)
                depths.update(dict.fromkeys(way, 0))
                continue
            for depth, one in enumerate(reversed(way), depths[at] + 1):
                depths[one] = depth
                if depth == MOST_LEVELS + 1:
                    message = f"{_shown(items[one])} is more than {MOST_LEVELS} levels deep."
                    self.fault(items[one].pointer, "too-deep", message)

    def codes(self, top: Sequence[_Found]) -> None:
        """Gives codes to those that have none, if asked to, and finds those that are used twice."""
        if self.make_codes:
            _number(top)
        places: dict[str, str] = {}
        for one in _all(top):
            if not one.code:
                message = f"{_shown(one)} has no code (humanCodingScheme)."
                hint = "Credentials name items by their codes; --make-codes makes them up."
                self.fault(one.pointer, "missing-code", message, hint)
            elif one.code in places:
                line = self.line(places[one.code])
                message = f"The code {one.code!r} is already used by the item in line {line}."
                self.fault(joined(one.pointer, "humanCodingScheme"), "duplicate-id", message)
            else:
                places[one.code] = one.pointer

    def left_out(self) -> None:
        """One warning for all that items say and a framework document has no place for."""
        more: dict[str, int] = {}
        for number, said in enumerate(listing(self.data.get("CFItems"))):
            for key, value in mapping(said).items():
                if key not in _KEPT and value not in (None, "", [], {}):
                    more.setdefault(key, number)
        if more:
            message = f"Items say more than is kept here: {', '.join(sorted(more))}."
            self.warn(joined("/CFItems", min(more.values())), "left-out", message)

    def item(self, framework: str, one: _Found, level: int = 1) -> dict[str, Any]:
        below = one.children if level < MOST_LEVELS else ()
        data = {
            "code": one.code,
            "title": _text(one.said.get("abbreviatedStatement")),
            "statement": _text(one.said.get("fullStatement")),
            "identifier": self.foreign(one.identifier, f"{framework}:{one.code}", one.pointer),
            "items": [self.item(framework, child, level + 1) for child in below],
        }
        return {key: value for key, value in data.items() if value not in ("", [])}

    def foreign(self, identifier: str, name: str, pointer: str) -> str:
        """An identifier that has to be written down: one that is not what we would make."""
        try:
            said = str(UUID(identifier))
        except ValueError:
            if not identifier:
                self.warn(pointer, "missing-key", "'identifier' is missing here.")
                return ""
            message = f"{identifier!r} is not a UUID, so another identifier takes its place."
            self.warn(joined(pointer, "identifier"), "bad-value", message)
            return ""
        return "" if said == made_identifier(name) else said

    def line(self, pointer: str) -> int:
        return self.document.at(self.root + pointer)[0]


def _number(items: Sequence[_Found], parent: str = "", level: int = 1) -> None:
    for number, one in enumerate(items, 1):
        one.code = one.code or (f"{parent}.{number}" if parent else str(number))
        if level < MOST_LEVELS:
            _number(one.children, one.code, level + 1)


def _all(items: Sequence[_Found], level: int = 1) -> Iterator[_Found]:
    for one in items:
        yield one
        if level < MOST_LEVELS:
            yield from _all(one.children, level + 1)


def _shown(one: _Found) -> str:
    words = " ".join(_text(one.said.get("fullStatement")).split())
    return f"{one.code or 'The item'} “{words[:60]}{'…' if len(words) > 60 else ''}”"


def _text(value: Any) -> str:
    """A text, or nothing for what is none; a number, as some systems write codes, in digits."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
