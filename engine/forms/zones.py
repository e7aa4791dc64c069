"""Time zones by their IANA names: the list to choose from, and a local time in one of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from engine.forms.nodes import Unparsed
from engine.languages import _
from engine.time_zones import time_zones

_OFFSET = re.compile("([+-])([0-9]{2}):([0-5][0-9])")


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that people choose from: one for each place that keeps a time of its own."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    listed = {line.split("\t")[2] for line in table.splitlines() if line and line[0] != "#"}
    return ("UTC", *sorted(listed & time_zones()))


@cache
def zone_options() -> Markup:
    """The zones as options of a select. The same on every page, so made once."""
    option = Markup('<option value="{}">{}</option>')
    made = [option.format(name, name.replace("_", " ")) for name in zone_names()]
    return Markup("").join(made)


def zone_of(name: str) -> tzinfo | None:
    """The zone of an IANA name, or of an offset such as `+01:00`; None when there is none."""
    if name == "UTC":
        return UTC
    if found := _OFFSET.fullmatch(name):
        sign = -1 if found[1] == "-" else 1
        apart = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(sign * apart) if apart < timedelta(days=1) else None
    if name not in time_zones():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def placed(local: datetime, zone: tzinfo) -> datetime:
    """A local time in a zone. Of an hour that comes twice when clocks go back, the first is meant;
    raises `Unparsed` for one that is left out when they go forward."""
    moment = local.replace(tzinfo=zone)
    try:
        there_and_back = moment.astimezone(UTC).astimezone(zone)
    except OverflowError:
        there_and_back = moment
    if there_and_back.replace(tzinfo=None) != local:
        raise Unparsed(
            _(
                "There was no such time on that day: clocks went forward past it. Please check"
                " the time."
            )
        )
    return moment


def offset_of(moment: datetime) -> str:
    """`+01:00`, or `Z` for UTC (RFC 3339 §5.6)."""
    words = moment.isoformat()[-6:]
    return "Z" if words == "+00:00" and moment.tzinfo is UTC else words
