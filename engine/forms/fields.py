"""The kinds of question that are answered in one input.

A kind is one class here (or in `choices`, `attachments`, `groups`, `rows`) and one line in `kinds`.
It says which schemas it fits, how posted text becomes JSON and JSON text, and how an answer reads.
Its HTML is the macro of the same name in `templates/web/fields.html`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from engine import phrases
from engine.forms import figures, markup
from engine.forms.limits import number_hint
from engine.forms.markup import spaced
from engine.forms.nodes import (
    SURROGATE,
    Arrived,
    Builder,
    Kept,
    Leaf,
    Outcome,
    Place,
    Placed,
    Unparsed,
    clean,
    words_of,
)
from engine.forms.resolving import Merged
from engine.languages import N_, _, ngettext


class Text(Leaf):
    """One line: plain text, an e-mail or web address, or something else that a machine reads."""

    kind = "text"
    is_line = True
    lacking = N_("Write an answer: %(title)s")
    INPUTS: ClassVar[Mapping[str, str]] = {"email": "email", "uri": "url", "iri": "url"}
    # A browser writes the letters of an international address anew in an input of type email.
    MODES: ClassVar[Mapping[str, str]] = {
        "idn-email": "email",
        "uri-reference": "url",
        "iri-reference": "url",
        "hostname": "url",
        "idn-hostname": "url",
        "ipv4": "decimal",
    }
    EXACT: ClassVar[frozenset[str]] = frozenset(
        ("ipv6", "uuid", "regex", "json-pointer", "relative-json-pointer", "uri-template", *MODES)
    )
    """Formats in which no letter is a matter of spelling."""

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.format = str(merged.schema.get("format", ""))
        self.multiline = False

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == "string" or (
            "type" not in merged.schema
            and bool({"minLength", "maxLength", "pattern", "format"} & merged.schema.keys())
        )

    def attributes(self) -> dict[str, object]:
        about_oneself = {"profile.name": "name", "profile.email": "email"}
        complete = about_oneself.get(str(self.schema.get("prefill")), "off")
        short = _number(self.schema.get("maxLength")) and self.schema["maxLength"] <= 20
        return {
            "class": "input--short" if short else None,
            "type": self.INPUTS.get(self.format),
            "inputmode": self.MODES.get(self.format),
            "autocomplete": complete,
            "autocapitalize": "none" if self.format in self.EXACT else None,
            "spellcheck": "false" if self.format in self.EXACT else None,
            "aria-required": "true" if self.required else None,
        }

    def tidy(self, text: str) -> str:
        cleaned = clean(text)
        # A value with line breaks (from an import) is shown in a text area, and stays whole.
        return cleaned if "\n" in cleaned else cleaned.strip()


class LongText(Leaf):
    """Several lines, with a counter where the length is bounded."""

    kind = "long_text"
    lacking = N_("Write an answer: %(title)s")
    LONG: ClassVar[int] = 200

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        most = merged.schema.get("maxLength")
        self.most = most if isinstance(most, int) else 0
        self.room = ngettext(
            "Room for %(count)s character", "Room for %(count)s characters", self.most
        )

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        if schema.get("type") != "string":
            return False
        most = schema.get("maxLength")
        long = isinstance(most, int) and most > cls.LONG and "format" not in schema
        return widget == "long-text" or (not widget and long)

    def attributes(self) -> dict[str, object]:
        return {
            "class": "textarea",
            "rows": 3 if 0 < self.most <= 500 else 6,
            "data-counter": self.most or None,
            "aria-required": "true" if self.required else None,
        }

    def furnish(self, placed: Placed) -> None:
        if self.most:
            placed.described = spaced(placed.described, placed.id + "#count")

    def tidy(self, text: str) -> str:
        return clean(text)


class Standard(Text):
    """Free text with suggestions from frameworks' items."""

    kind = "standard"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        named = merged.schema.get("frameworks")
        self.frameworks = (
            tuple(str(one) for one in named if one in builder.frameworks)
            if isinstance(named, list)
            else ()
        )
        self.list_id = "standards-" + "-".join(self.frameworks)
        self.items = tuple(item for one in self.frameworks for item in builder.frameworks[one])
        self.suggestions = markup.suggestions(
            self.list_id, [f"{item.code} {item.statement}" for item in self.items]
        )

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "standard" and merged.schema.get("type") == "string"

    def attributes(self) -> dict[str, object]:
        return {**super().attributes(), "list": self.list_id if self.items else None}


class Date(Leaf):
    """A day. A text that is no date is kept and shown in a text input, as typed."""

    kind = "date"
    is_line = True
    lacking = N_("Give a date: %(title)s")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == "string" and (
            merged.schema.get("format") == "date" or widget == "date"
        )

    def attributes(self) -> dict[str, object]:
        return {"type": "date"}

    def read(self, text: str) -> str:
        return day_in(text)

    def shown(self, value: Any) -> str:
        try:
            return phrases.day(date.fromisoformat(value))
        except (TypeError, ValueError):
            return self.text(value)


class Number(Leaf):
    """A number, with its unit beside the input."""

    kind = "number"
    lacking = N_("Give a number: %(title)s")
    TYPE: ClassVar[str] = "number"
    MODE: ClassVar[str] = "decimal"
    PATTERN: ClassVar[re.Pattern[str]] = re.compile(
        r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
    )
    EXAMPLE: ClassVar[str] = N_("This needs to be a number, in figures: for example 2.5.")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.unit = words_of(merged.schema.get("unit"))
        self.is_line = not self.unit
        self.hint = self.hint or number_hint(merged.schema)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == cls.TYPE

    def attributes(self) -> dict[str, object]:
        return {
            # Not type=number: browsers throw away what it can't hold, and nothing typed is lost.
            "class": "input--short",
            "inputmode": self.MODE,
            "autocomplete": "off",
            "aria-required": "true" if self.required else None,
        }

    def furnish(self, placed: Placed) -> None:
        if self.unit:
            placed.described = spaced(placed.described, placed.id + "#unit")

    def read(self, text: str) -> int | float:
        text = figures.plain(text, self.TYPE == "integer") if len(text) <= 300 else text
        if len(text) <= 300 and self.PATTERN.fullmatch(text):
            if re.fullmatch("[+-]?[0-9]+", text):
                return int(text)
            if math.isfinite(number := float(text)):
                return number
        raise Unparsed(_(self.EXAMPLE))

    def text(self, value: Any) -> str:
        return figures.written(value)

    def shown(self, value: Any) -> str:
        return f"{self.text(value)} {self.unit}".strip()


class Integer(Number):
    """A whole number."""

    kind = "number"
    TYPE = "integer"
    MODE = "numeric"
    PATTERN = re.compile("[+-]?[0-9]+([.]0*)?")
    EXAMPLE = N_("This needs to be a whole number, in figures: for example 12.")

    def read(self, text: str) -> int | float:
        number = super().read(text)
        return int(number)


class Json(Leaf):
    """Anything else, as JSON text: so that every schema can be answered."""

    kind = "json"
    lacking = N_("Give an answer: %(title)s")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return True

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.hint = self.hint or _("Write this as JSON.")

    def attributes(self) -> dict[str, object]:
        return {
            "class": "textarea",
            "rows": 6,
            "spellcheck": "false",
            "aria-required": "true" if self.required else None,
        }

    def tidy(self, text: str) -> str:
        return clean(text)

    def read(self, text: str) -> Any:
        try:
            value = json.loads(text, parse_constant=_no_constant)
            # Whatever is kept must be writable again, to the database and to the page.
            if SURROGATE.search(said := json.dumps(value, ensure_ascii=False)):
                raise ValueError(said)
            if "\\u0000" in said:
                raise ValueError(said)
        except (ValueError, RecursionError):
            raise Unparsed(
                _("This is not JSON yet: a bracket, a comma or a quotation mark may be missing.")
            ) from None
        return value

    def text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2)


@dataclass(frozen=True)
class Fixed:
    """What `const` says."""

    value: Any = field(default=None)


class Constant(Leaf):
    """One possible answer: given by the engine, shown to nobody."""

    kind = "constant"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.fixed = Fixed(merged.schema["const"])

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return "const" in merged.schema

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        return Outcome(kept.value)


def day_in(text: str) -> str:
    """A day as people write it, as `2026-03-12`. Raises `Unparsed`."""
    try:
        found = phrases.day_in(text)
    except ValueError:
        words = _("There is no such day in the calendar. Please check the day and the month.")
        raise Unparsed(words) from None
    if found is None:
        example = phrases.day(date(2026, 3, 12))
        words = _("This is not a date we can read. Write it like this: %(day)s.", day=example)
        raise Unparsed(words)
    return found.isoformat()


class Nothing(Constant):
    """JSON's null, which is all that may be answered."""

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        constant = replace(merged, schema={**merged.schema, "const": None})
        super().__init__(builder, constant, place)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == "null"


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
