"""Kinds that ask when: a time of day, a date with its time and zone, a month, a year.

Text that is none of these is kept and shown in a text input, as typed. What people write is read
generously (`2:30 pm`, `March 2026`); what is stored is ISO 8601, and RFC 3339 where the schema's
format asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar

from babel.dates import get_month_names
from markupsafe import Markup

from engine.forms import zones
from engine.forms.drafts import Draft
from engine.forms.fields import day_in
from engine.forms.nodes import Builder, Leaf, Place, Unparsed
from engine.forms.parted import Parted, Said
from engine.forms.resolving import Merged
from engine.languages import N_, _, current

_TIME = re.compile(
    r"([0-9]{1,2})(?:[:.h]([0-9]{2})(?:[:.]([0-9]{2}(?:\.[0-9]+)?))?)? ?(?:([ap])\.?m\.?)?",
    re.IGNORECASE,
)
_STORED_TIME = re.compile(r"([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)(Z|z|[+-][0-9]{2}:[0-9]{2})")
_STORED_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)"
    r"(Z|z|[+-][0-9]{2}:[0-9]{2})"
)
_CLOCK = re.compile("([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?")


def time_in(text: str) -> str:
    """A time of day as people write it, as `14:30` (or `14:30:15`). Raises `Unparsed`."""
    found = _TIME.fullmatch(" ".join(text.split())[:40])
    if found and (found[2] or found[4]):
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[4] or "").lower()
        second = found[3] or ""
        if half and not 1 <= hour <= 12:
            hour = 99
        elif half:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour < 24 and minute < 60 and (not second or float(second) < 61):
            short = f"{hour:02}:{minute:02}"
            return f"{short}:{second}" if second.strip("0.") else short
    raise Unparsed(_("This is not a time we can read. Write it like this: 14:30, or 2:30 pm."))


class _Typed(Leaf):
    """One input of its own type while its text is of the stored form, a text input otherwise."""

    composed = True
    TYPE: ClassVar[str] = "text"
    STORED: ClassVar[re.Pattern[str]]

    def attributes(self) -> dict[str, object]:
        required = "true" if self.required else None
        return {"class": "input input--date", "autocomplete": "off", "aria-required": required}

    def drawn(self, value: Any, at: str, draft: Draft) -> str:
        """The type of the input."""
        text = draft.typed.get(at)
        if text is None:
            text = self.text(value) if isinstance(value, str) else ""
        return self.TYPE if not text or self.STORED.fullmatch(text) else "text"


class TimeOfDay(_Typed):
    """A time of day. `format: time` stores it with an offset, which JSON Schema asks for: `Z`
    unless another was given, and means the time where it happened."""

    kind = "time"
    lacking = N_("Give a time: %(title)s")
    TYPE = "time"
    STORED = _CLOCK

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.full = merged.schema.get("format") == "time"

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        said = merged.schema
        return said.get("type") == "string" and (
            (said.get("format") == "time" and not widget) or widget == "time"
        )

    def read(self, text: str) -> str:
        found = _STORED_TIME.fullmatch(text)
        if found and self.full:
            return text
        clock = time_in(text)
        if not self.full:
            # What is stored already stays as it is, seconds and all.
            return text if _CLOCK.fullmatch(text) else clock
        return (clock if clock.count(":") == 2 else f"{clock}:00") + "Z"

    def text(self, value: Any) -> str:
        text = super().text(value)
        found = _STORED_TIME.fullmatch(text) if self.full else None
        if found is None or found[3] != "Z":
            return text
        short = found[1] if found[2] == ":00" else found[1] + found[2]
        try:
            return short if self.read(short) == text else text
        except Unparsed:
            return text


class Month(_Typed):
    """A month of a year, as `2026-03`."""

    kind = "month"
    lacking = N_("Give a month: %(title)s")
    TYPE = "month"
    STORED = re.compile("[0-9]{4}-(0[1-9]|1[0-2])")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "month" and merged.schema.get("type") == "string"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        # Not every browser has a calendar of months; the others show a plain text input.
        self.hint = self.hint or _("For example, March 2026")

    def read(self, text: str) -> str:
        for form in (r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})",
                     r"(?P<month>[0-9]{1,2})[-/.](?P<year>[0-9]{4})"):  # fmt: skip
            if (found := re.fullmatch(form, text)) and 1 <= int(found["month"]) <= 12:
                return f"{found['year']}-{int(found['month']):02}"
        words = [word for word in re.split(r"[\s,.]+", text.lower()) if word not in ("", "de")]
        if len(words) == 2:
            year = next((word for word in words if re.fullmatch("[0-9]{4}", word)), "")
            months = _months(current())
            month = next((months[word] for word in words if word in months), 0)
            if year and month:
                return f"{year}-{month:02}"
        raise Unparsed(_("This is not a month we can read. Write it like this: March 2026."))

    def shown(self, value: Any) -> str:
        text = self.text(value)
        if not self.STORED.fullmatch(text):
            return text
        names: Mapping[int, str] = get_month_names("wide", "stand-alone", current())
        return f"{names[int(text[5:])]} {text[:4]}"


class Year(Leaf):
    """A year, as a number or as text of four figures."""

    kind = "text"
    lacking = N_("Give a year: %(title)s")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "year" and merged.schema.get("type") in ("integer", "string")

    def attributes(self) -> dict[str, object]:
        return {
            "class": "input input--short",
            "type": "text",
            "inputmode": "numeric",
            "autocomplete": "off",
            "aria-required": "true" if self.required else None,
        }

    def read(self, text: str) -> Any:
        if self.schema.get("type") == "integer":
            if re.fullmatch("-?[0-9]{1,6}", text):
                return int(text)
        elif re.fullmatch("[0-9]{4}", text):
            return text
        raise Unparsed(_("This needs to be a year, in figures: for example 2026."))


class Moment(Parted):
    """A date with its time and time zone (RFC 3339 §5.6).

    JSON has room for the offset only, so the answer holds that; the zone that was chosen is kept
    beside it in the draft, and shown again as long as it has that offset at that moment.
    """

    kind = "moment"
    lacking = N_("Give a date and a time: %(title)s")
    aside = ("zone",)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        said = merged.schema
        return said.get("type") == "string" and (
            (said.get("format") == "date-time" and not widget) or widget == "date-time"
        )

    def parts(self) -> Mapping[str, str]:
        return {"date": _("Date"), "time": _("Time"), "zone": _("Time zone")}

    def input_of(self, key: str) -> dict[str, object]:
        if key == "zone":
            return {"class": "select", "autocomplete": "off", "data-zone": "", "data-search": ""}
        return {"class": f"input input--{key}", "autocomplete": "off"}

    @property
    def zones(self) -> Markup:
        """Every zone to choose from."""
        return zones.zone_options()

    def zone_label(self, name: str) -> str:
        """A zone as it reads in the list: `America/New York`, `UTC+01:00`."""
        return f"UTC{name}" if name[:1] in "+-" else name.replace("_", " ")

    def types(self, said: Said) -> dict[str, str]:
        """The type of each input: one that can hold what is in it."""
        day, clock = said["date"], said["time"]
        return {
            "date": "date" if not day or _is_day(day) else "text",
            "time": "time" if not clock or _CLOCK.fullmatch(clock) else "text",
        }

    def apart(self, value: Any, aside: Said) -> Said | None:
        found = _STORED_MOMENT.fullmatch(value) if isinstance(value, str) else None
        if found is None or not _is_day(found[1]):
            return None
        time = found[2] if found[3] == ":00" else found[2] + found[3]
        offset = "UTC" if found[4] in ("Z", "z", "+00:00") else found[4]
        name = aside.get("zone", "")
        said = {"date": found[1], "time": time, "zone": name}
        try:
            if name and _moment(said).utcoffset() == _moment({**said, "zone": offset}).utcoffset():
                return said
        except Unparsed:
            pass
        return {**said, "zone": offset}

    def together(self, said: Said) -> str:
        moment = _moment(said)
        return moment.replace(tzinfo=None).isoformat() + zones.offset_of(moment)

    def read(self, text: str) -> str:
        if (found := _STORED_MOMENT.fullmatch(text)) and _is_day(found[1]):
            return text
        raise Unparsed(
            _("This is not a date and time we can read. One looks like 2026-03-12T14:30:00Z.")
        )

    def shown(self, value: Any) -> str:
        said = self.apart(value, {})
        if said is None:
            return self.text(value)
        day = date.fromisoformat(said["date"])
        names: Mapping[int, str] = get_month_names("wide", "format", current())
        zone = said["zone"] if said["zone"] == "UTC" else f"UTC{said['zone']}"
        return f"{day.day} {names[day.month]} {day.year}, {said['time']} ({zone})"


def _moment(said: Said) -> datetime:
    if not said["date"]:
        raise Unparsed(_("Please give the date as well."))
    day = day_in(said["date"])
    if not said["time"]:
        raise Unparsed(_("Please give the time as well."))
    clock = time_in(said["time"])
    if not said["zone"]:
        raise Unparsed(_("Please choose a time zone, so that everybody reads the same moment."))
    zone = zones.zone_of(said["zone"])
    if zone is None:
        raise Unparsed(_("We don't know this time zone. Please choose one from the list."))
    try:
        local = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        raise Unparsed(_("There is no such time. Please check it.")) from None
    return zones.placed(local, zone)


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and bool(
            date.fromisoformat(text)
        )
    except ValueError:
        return False


@cache
def _months(language: str) -> dict[str, int]:
    """The numbers of months by their names and short names, in English and in `language`."""
    found = {}
    for locale in ("en", language):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    found[name.lower().rstrip(".")] = number
    return found
