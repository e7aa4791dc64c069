"""How long something takes: hours and minutes, years and months, as ISO 8601 durations.

Each unit is a small input of its own; `units` in the schema says which. A duration that has other
units, or parts of one, is shown and read as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from isoduration import parse_duration  # type: ignore[import-untyped]

from engine.forms.nodes import Builder, Place, Unparsed
from engine.forms.parted import Parted, Said
from engine.forms.resolving import Merged
from engine.languages import N_, _, ngettext

UNITS: Mapping[str, str] = {
    "years": N_("Years"),
    "months": N_("Months"),
    "weeks": N_("Weeks"),
    "days": N_("Days"),
    "hours": N_("Hours"),
    "minutes": N_("Minutes"),
}
"""What may be asked, the largest first, with the words of its input."""

_DAYS = ("years", "months", "days")
_TIME = ("hours", "minutes")


class Duration(Parted):
    """A span of time."""

    kind = "parts"
    lacking = N_("Say how long: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        said = merged.schema.get("units")
        asked = [unit for unit in UNITS if unit in said] if isinstance(said, list) else []
        self.units = tuple(asked) or ("hours", "minutes")
        super().__init__(builder, merged, place)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        said = merged.schema
        return said.get("type") == "string" and (
            (said.get("format") == "duration" and not widget) or widget == "duration"
        )

    def parts(self) -> Mapping[str, str]:
        return {unit: _(UNITS[unit]) for unit in self.units}

    def input_of(self, key: str) -> dict[str, object]:
        return {
            "class": "input input--part",
            "type": "text",
            "inputmode": "numeric",
            "autocomplete": "off",
        }

    def apart(self, value: Any, aside: Said) -> Said | None:
        counts = _counts(value)
        if counts is None:
            return None
        shown = self._in_own_units(counts) or {self.units[-1]: 0}
        if any(unit not in self.units for unit in shown):
            return None
        return {unit: str(shown[unit]) if unit in shown else "" for unit in self.units}

    def _in_own_units(self, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Days and weeks as the units asked count them; ISO 8601 has no weeks beside others."""
        days = counts.get("days", 0) + 7 * counts.get("weeks", 0)
        weeks = 0
        if "weeks" in self.units and ("days" in self.units or days % 7 == 0):
            weeks, days = divmod(days, 7)
        rest = {**counts, "weeks": weeks, "days": days}
        return {unit: count for unit, count in rest.items() if count}

    def together(self, said: Said) -> str:
        counts = {}
        for unit in self.units:
            text = said[unit]
            if text and not re.fullmatch("[0-9]{1,6}", text):
                raise Unparsed(
                    _(
                        "Write whole numbers, in figures: for example 2 under “%(unit)s”.",
                        unit=_(UNITS[unit]),
                    )
                )
            counts[unit] = int(text or 0)
        return _written(counts, self.units)

    def read(self, text: str) -> str:
        try:
            parse_duration(text)
        except ValueError:
            raise Unparsed(
                _("This is not a span of time we can read. One looks like PT1H30M.")
            ) from None
        return text

    def in_words(self, said: Said) -> str:
        """`2 hours x minutes`: as typed, with what each part counts."""
        return ", ".join(f"{_(UNITS[unit])}: {said[unit]}" for unit in self.units if said[unit])

    def shown(self, value: Any) -> str:
        counts = _counts(value)
        if counts is None:
            return self.text(value)
        shown = counts or {self.units[-1]: 0}
        return " ".join(_many(unit, shown[unit]) for unit in UNITS if unit in shown)


def _counts(value: Any) -> dict[str, int] | None:
    """What a duration counts, by unit, without zeros; None when that is not all it says."""
    try:
        said = parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if said is None or said.time.seconds:
        return None
    found = {unit: getattr(said.date, unit) for unit in (*_DAYS, "weeks")}
    found |= {unit: getattr(said.time, unit) for unit in _TIME}
    if any(count < 0 or count != int(count) for count in found.values()):
        return None
    return {unit: int(count) for unit, count in found.items() if count != Decimal(0)}


def _written(counts: Mapping[str, int], units: tuple[str, ...]) -> str:
    """ISO 8601, as RFC 3339 appendix A narrows it: no unit is skipped, and weeks stand alone."""
    if counts.get("weeks") and not any(counts[unit] for unit in units if unit != "weeks"):
        return f"P{counts['weeks']}W"
    days = counts.get("days", 0) + 7 * counts.get("weeks", 0)
    full = {**counts, "days": days}
    date = _run(_DAYS, full)
    time = _run(_TIME, full)
    if date or time:
        return f"P{date}" + (f"T{time}" if time else "")
    return "PT0M" if units[-1] in _TIME else "P0D"


def _run(units: tuple[str, ...], counts: Mapping[str, int]) -> str:
    """`1Y0M2D`: from the first unit that counts anything to the last."""
    counted = [number for number, unit in enumerate(units) if counts.get(unit)]
    if not counted:
        return ""
    between = units[counted[0] : counted[-1] + 1]
    return "".join(f"{counts.get(unit, 0)}{unit[0].upper()}" for unit in between)


def _many(unit: str, count: int) -> str:
    match unit:
        case "years":
            return ngettext("%(count)s year", "%(count)s years", count)
        case "months":
            return ngettext("%(count)s month", "%(count)s months", count)
        case "weeks":
            return ngettext("%(count)s week", "%(count)s weeks", count)
        case "days":
            return ngettext("%(count)s day", "%(count)s days", count)
        case "hours":
            return ngettext("%(count)s hour", "%(count)s hours", count)
        case _:
            return ngettext("%(count)s minute", "%(count)s minutes", count)
