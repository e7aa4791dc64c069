"""Picking items of a framework: codes such as `tlms:4.b`, chosen under the domains they stand in.

The frameworks come with the edition, so that what was chosen reads for ever as it did then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from engine.credentials.credential import AlignedItem
from engine.forms.choices import BOXES, Checkboxes, Choosing, Option, options_at
from engine.forms.drafts import Draft
from engine.forms.nodes import Arrived, Builder, Kept, Outcome, Place, Placed, clean
from engine.forms.resolving import Merged
from engine.languages import N_, _


class Domain(NamedTuple):
    """Some items under the heading that the framework gives them; none for a flat one."""

    heading: str
    items: tuple[tuple[str, str, str], ...]
    """The (code, label, help) of each."""


class Shelf(NamedTuple):
    """A domain in one place of a page."""

    heading: str
    options: Sequence[Option]


class _FromFramework(Choosing):
    """What picking one and picking several share."""

    composed = True
    checks = True
    many: ClassVar[bool] = False

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        self.domains = tuple(_domains(builder.frameworks, merged.schema))
        super().__init__(builder, merged, place)
        self.long = len(self.choices) > BOXES

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        return [item for domain in self.domains for item in domain.items]

    def shelves(self, placed: Placed, kind: str) -> tuple[Shelf, ...]:
        """The options of every domain, ids counted through."""
        options = iter(options_at(self.choices, placed, kind))
        return tuple(
            Shelf(domain.heading, [next(options) for _item in domain.items])
            for domain in self.domains
        )

    def codes(self, value: Any) -> list[Any]:
        """Every code that is chosen."""
        return value if isinstance(value, list) else [value]

    def drawn(self, value: Any, at: str, draft: Draft) -> list[str]:
        """What is chosen but not in the frameworks, so that it can be seen and taken out."""
        codes = [one for one in self.codes(value) if isinstance(one, str)]
        return [code for code in codes if code and code not in self.by_posted]

    def fault(self, value: Any, at: str, draft: Draft) -> str:
        unknown = self.drawn(value, at, draft)
        if not unknown:
            return ""
        return _(
            "“%(code)s” is not among the standards here. Please choose from the list.",
            code=unknown[0],
        )


class FrameworkItem(_FromFramework):
    """One item of a framework."""

    kind = "framework_items"
    lacking = N_("Choose an answer: %(title)s")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "framework-items" and merged.schema.get("type") == "string"

    def furnish(self, placed: Placed) -> None:
        placed.inputs = self.shelves(placed, "radio")

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        posted = clean(arrived.getlist(name)[-1]) if name in arrived else ""
        if posted and posted == kept.value:
            return Outcome(kept.value)
        return super().process(arrived, name, kept)


class FrameworkItems(_FromFramework, Checkboxes):
    """Any number of items of a framework."""

    kind = "framework_items"
    lacking = N_("Choose at least one: %(title)s")
    many = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "framework-items" and merged.schema.get("type") == "array"

    def furnish(self, placed: Placed) -> None:
        placed.inputs = self.shelves(placed, "checkbox")

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        outcome = super().process(arrived, name, kept)
        if name not in arrived or not isinstance(kept.value, list):
            return outcome
        ticked = set(arrived.getlist(name))
        stray = [one for one in self.drawn(kept.value, kept.at, kept.draft) if one in ticked]
        if not stray:
            return outcome
        # An unknown code stays until it is unticked: it is a problem, not something to lose.
        values = [*(outcome.value if isinstance(outcome.value, list) else []), *stray]
        same = sorted(values) == sorted(kept.value)
        return Outcome(kept.value if same else values)


def _domains(
    frameworks: Mapping[str, Sequence[AlignedItem]], schema: Mapping[str, Any]
) -> list[Domain]:
    named = schema.get("frameworks")
    wanted = schema.get("level")
    level = wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else None
    found: list[Domain] = []
    for id in named if isinstance(named, list) else ():
        items = {item.code: item for item in frameworks.get(id, ())}
        parents = {item.parent for item in items.values()}
        shelves: dict[str, list[tuple[str, str, str]]] = {}
        for item in items.values():
            chosen = item.code not in parents if level is None else _depth(item, items) == level
            if chosen:
                label = f"{item.code} {item.statement}"
                shelves.setdefault(item.parent, []).append((f"{id}:{item.code}", label, ""))
        for parent, shelf in shelves.items():
            above = items.get(parent)
            heading = f"{above.code} {above.statement}" if above else ""
            found.append(Domain(heading, tuple(shelf)))
    return found


def _depth(item: AlignedItem, items: Mapping[str, AlignedItem]) -> int:
    """1 for an item that stands under no other."""
    depth, seen = 1, {item.code}
    while (above := items.get(item.parent)) is not None and above.code not in seen:
        item, depth = above, depth + 1
        seen.add(item.code)
    return depth
