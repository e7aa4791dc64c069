"""What a schema's limits ask, said beforehand: “Choose two or three”, “From 1 to 60”.

A document's own `hint` comes first; limits that everybody keeps by themselves are not mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.languages import N_, _

_FEW = (N_("one"), N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"))


def number_hint(schema: Mapping[str, Any]) -> str:
    """The least, the most and the steps of a number; empty when nothing need be said."""
    least, most = _number(schema.get("minimum")), _number(schema.get("maximum"))
    above, below = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
    step = _number(schema.get("multipleOf"))
    steps = step if step is not None and step > 0 and step != 1 else None
    if least is not None and most is not None:
        words = _("From %(least)s to %(most)s", least=figure(least), most=figure(most))
    elif most is not None:
        words = _("At most %(most)s", most=figure(most))
    elif below is not None:
        words = _("Less than %(most)s", most=figure(below))
    elif least is not None and (least not in (0, 1) or steps):
        words = _("At least %(least)s", least=figure(least))
    elif above is not None and (above != 0 or steps):
        words = _("More than %(least)s", least=figure(above))
    else:
        words = ""
    if steps is None:
        return words
    if not words:
        return _("In steps of %(step)s", step=figure(steps))
    return _("%(limits)s, in steps of %(step)s", limits=words, step=figure(steps))


def choices_hint(schema: Mapping[str, Any], offered: int) -> str:
    """How many of `offered` choices are wanted; empty when any number will do."""
    least, most = _number(schema.get("minItems")) or 0, _number(schema.get("maxItems"))
    if least >= offered > 1:
        return _("Tick all %(count)s", count=_counted(offered))
    if most is None or most >= offered:
        return _("Choose at least %(least)s", least=_counted(least)) if least > 1 else ""
    if least == most:
        return _("Choose %(count)s", count=_counted(most))
    if least < 1 or (least == 1 and most > 2):
        return _("Choose up to %(most)s", most=_counted(most))
    if most == least + 1:
        return _("Choose %(least)s or %(most)s", least=_counted(least), most=_counted(most))
    return _("Choose %(least)s to %(most)s", least=_counted(least), most=_counted(most))


def figure(limit: float) -> str:
    """A limit as people write it: `1,500`, `0.5`."""
    return f"{int(limit):,}" if float(limit).is_integer() else str(limit)


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _counted(count: float) -> str:
    return _(_FEW[int(count) - 1]) if 1 <= count <= len(_FEW) else figure(count)
