"""The kinds of question that are answered in one input.

A kind is one class here (or in `choices`, `attachments`, `groups`, `rows`) and one line in `kinds`.
It says which schemas it fits, how posted text becomes JSON and JSON text, and how an answer reads.
Its HTML is the macro of the same name in `templates/web/fields.html`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from engine.forms import markup
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


class Text(Leaf):
    """One line: plain text, e-mail or web address."""

    kind = "text"
    lacking = "Write an answer: {title}"
    INPUTS: ClassVar[Mapping[str, str]] = {"email": "email", "idn-email": "email", "uri": "url"}

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
            "class": "input input--short" if short else "input",
            "type": self.INPUTS.get(self.format, "text"),
            "autocomplete": complete,
            "aria-required": "true" if self.required else None,
        }

    def tidy(self, text: str) -> str:
        cleaned = clean(text)
        # A value with line breaks (from an import) is shown in a text area, and stays whole.
        return cleaned if "\n" in cleaned else cleaned.strip()


class LongText(Leaf):
    """Several lines, with a counter where the length is bounded."""

    kind = "long_text"
    lacking = "Write an answer: {title}"
    LONG: ClassVar[int] = 200

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        most = merged.schema.get("maxLength")
        self.most = most if isinstance(most, int) else 0
        self.room = f"Room for {self.most:,} characters"

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
    lacking = "Give a date: {title}"
    FORMS: ClassVar[Sequence[str]] = ("%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y", "%Y/%m/%d")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == "string" and (
            merged.schema.get("format") == "date" or widget == "date"
        )

    def attributes(self) -> dict[str, object]:
        return {"class": "input input--date", "autocomplete": "off"}

    def read(self, text: str) -> str:
        plain = re.sub(r"[\s,]+", " ", text)[:60]
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                raise Unparsed(
                    "There is no such day in the calendar. Please check the day and the month."
                ) from None
        for form in self.FORMS:
            try:
                return datetime.strptime(plain, form).date().isoformat()
            except ValueError:
                continue
        if re.match(r"(30|31) ?[a-z]|[a-z]+ (30|31)\b", plain, re.IGNORECASE):
            raise Unparsed(
                "There is no such day in the calendar. Please check the day and the month."
            )
        raise Unparsed("This is not a date we can read. Write it like this: 12 March 2026.")

    def shown(self, value: Any) -> str:
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            return self.text(value)
        return f"{day.day} {day:%B} {day.year}"


class Number(Leaf):
    """A number, with its unit beside the input."""

    kind = "number"
    lacking = "Give a number: {title}"
    TYPE: ClassVar[str] = "number"
    MODE: ClassVar[str] = "decimal"
    PATTERN: ClassVar[re.Pattern[str]] = re.compile(
        r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
    )
    EXAMPLE: ClassVar[str] = "This needs to be a number, in figures: for example 2.5."

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.unit = words_of(merged.schema.get("unit"))

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == cls.TYPE

    def attributes(self) -> dict[str, object]:
        return {
            "class": "input input--short",
            # Not type=number: browsers throw away what it can't hold, and nothing typed is lost.
            "type": "text",
            "inputmode": self.MODE,
            "autocomplete": "off",
            "aria-required": "true" if self.required else None,
        }

    def furnish(self, placed: Placed) -> None:
        if self.unit:
            placed.described = spaced(placed.described, placed.id + "#unit")

    def read(self, text: str) -> int | float:
        if len(text) <= 300 and self.PATTERN.fullmatch(text):
            if re.fullmatch("[+-]?[0-9]+", text):
                return int(text)
            if math.isfinite(number := float(text)):
                return number
        raise Unparsed(self.EXAMPLE)

    def shown(self, value: Any) -> str:
        return f"{self.text(value)} {self.unit}".strip()


class Integer(Number):
    """A whole number."""

    kind = "number"
    TYPE = "integer"
    MODE = "numeric"
    PATTERN = re.compile("[+-]?[0-9]+([.]0*)?")
    EXAMPLE = "This needs to be a whole number, in figures: for example 12."

    def read(self, text: str) -> int | float:
        number = super().read(text)
        return int(number)


class Json(Leaf):
    """Anything else, as JSON text: so that every schema can be answered."""

    kind = "json"
    lacking = "Give an answer: {title}"

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return True

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.hint = self.hint or "Write this as JSON."

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
                "This is not JSON yet: a bracket, a comma or a quotation mark may be missing."
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


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
