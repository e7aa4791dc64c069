"""A question that is answered with something one has submitted before.

What is stored is `{submission, round, pointer, digest, value}`: which answer of which round was
picked, and a copy of it under `value`. Where the schema describes `value`, the copy is checked and
read by that; otherwise its own names are its labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup

from engine.forms.drafts import Draft
from engine.forms.markup import attributes
from engine.forms.nodes import (
    Arrived,
    Builder,
    Kept,
    Leaf,
    Node,
    Outcome,
    Place,
    Placed,
    blank,
    clean,
)
from engine.forms.offers import NO_OFFERS, Offer, Offers, Source, key_of, summary_of
from engine.forms.pointers import ABSENT
from engine.forms.resolving import Merged
from engine.languages import N_, _

MOST = 200
"""How many answers one question may be answered with."""


class Pick(NamedTuple):
    """A card: one answer that is picked, or may be."""

    input: Markup
    """The attributes of its radio or box."""
    id: str
    title: str
    when: str
    summary: str
    chosen: bool
    lost: str = ""
    """Why it can't be handed in any more."""


class Picks(NamedTuple):
    """Everything that may be picked, or why there is nothing."""

    cards: tuple[Pick, ...]
    sources: tuple[tuple[str, str], ...]
    """The credentials that they come from: id and title."""


class Reuse(Leaf):
    """One answer."""

    kind = "reuse"
    many: ClassVar[bool] = False
    lacking = N_("Choose one of your submissions: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.sources = tuple(sources_in(merged.schema))
        self.inner = self._inner(builder, merged, place)
        """What the schema says of the copy; None when it says nothing."""
        self.checks = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "reuse" and merged.schema.get("type") == "object"

    def nodes(self) -> Iterator[Node]:
        return iter(())

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        if name not in arrived:
            return Outcome(kept.value, {} if kept.typed is None else {"": kept.typed})
        keys = [clean(text).strip()[:500] for text in arrived.getlist(name)[: MOST + 1]]
        keys = list(dict.fromkeys(key for key in keys if key))
        if not keys:
            return Outcome(blank(kept))
        before = {key_of(pick): pick for pick in self.picks(kept.value)}
        offers = arrived.offers
        may = {offer.key: offer for offer in offers.of(self.sources) if offer.current}
        found = [before.get(key) or (may[key].stored if key in may else None) for key in keys]
        picked = [one for one in found if one is not None]
        if len(picked) < len(found):
            # Somebody else's, or no longer there: nothing of it becomes an answer.
            return Outcome(ABSENT, {"": "\n".join(keys)})
        return Outcome(self.value_of(picked))

    def value_of(self, picked: list[Any]) -> Any:
        return picked[-1]

    def picks(self, value: Any) -> list[Any]:
        """The stored picks of an answer."""
        return [] if value is ABSENT or value is None else [value]

    def refusal(self, text: str) -> str:
        return _(
            "What was chosen here is not among your submitted answers. Please choose one of those"
            " that are listed."
        )

    def fault(self, value: Any, at: str, draft: Draft) -> str:
        if all(key_of(pick) is not None for pick in self.picks(value)):
            return ""
        return self.refusal("")

    def unproven(self, value: Any, offers: Offers) -> str:
        """Why an answer is not what one has submitted; empty when all of it is."""
        for pick in self.picks(value):
            offer = offers.behind(pick)
            if offer is None or offer.source not in self.sources:
                return self.refusal("")
            if offer.withdrawn:
                return _(
                    "The work that this comes from was withdrawn. Choose another answer here, or"
                    " take that work up again and submit it."
                )
        return ""

    def picks_at(self, value: Any, placed: Placed, offers: Offers, typed: str | None) -> Picks:
        """The cards: what is offered now, and before that what was picked and is not any more.

        `typed` are the inputs that were chosen when what they stood for was no longer there.
        """
        chosen = {key_of(pick): pick for pick in self.picks(value)}
        marked = {*(key or "" for key in chosen), *(typed or "").split("\n")}
        listed = [one for one in offers.of(self.sources) if one.current or one.key in chosen]
        known = {one.key for one in listed}
        cards = [(key or "", None, pick) for key, pick in chosen.items() if key not in known] + [
            (one.key, one, one.value) for one in listed
        ]
        if self.required and not self.many and len(cards) == 1 and not marked - {""}:
            # There is nothing else to choose, so it stands chosen; saving the page makes it so.
            marked = {cards[0][0]}
        titles = dict.fromkeys(source.credential for source in self.sources)
        return Picks(
            tuple(
                self._card(number, placed, key, offer, pick, key in marked, offers.looked)
                for number, (key, offer, pick) in enumerate(cards)
            ),
            tuple((id, offers.titles.get(id, id)) for id in titles),
        )

    def summary(self, pick: Any, offers: Offers = NO_OFFERS) -> str:
        """A stored pick in a line."""
        offer = offers.by_key.get(key_of(pick) or "")
        if offer is not None:
            return offer.summary
        return summary_of(pick.get("value") if isinstance(pick, dict) else pick)

    def shown(self, value: Any) -> str:
        return "; ".join(self.summary(pick) for pick in self.picks(value))

    def _card(
        self,
        number: int,
        placed: Placed,
        key: str,
        offer: Offer | None,
        pick: Any,
        chosen: bool,
        looked: bool,
    ) -> Pick:
        id = placed.id if number == 0 else f"{placed.id}#pick{number}"
        type = "checkbox" if self.many else "radio"
        said = attributes({"type": type, "id": id, "name": placed.name, "value": key})
        if offer is None:
            lost = _("The work that this comes from is not there any more.") if looked else ""
            title = _("An earlier submission")
            return Pick(said, id, title, "", self.summary(pick), chosen, lost)
        lost = _("You have withdrawn this work since.") if offer.withdrawn else ""
        return Pick(said, id, offer.title, offer.when, offer.summary, chosen, lost)

    def _inner(self, builder: Builder, merged: Merged, place: Place) -> Node | None:
        properties = merged.schema.get("properties")
        said = properties.get("value") if isinstance(properties, Mapping) else None
        if said is None:
            return None
        inside = Place("value", depth=place.depth + 1, row_depth=place.row_depth)
        return builder.node(said, merged, inside)


class ReuseList(Reuse):
    """Several answers."""

    many = True
    lacking = N_("Choose at least one of your submissions: %(title)s")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        items = merged.schema.get("items")
        return merged.schema.get("type") == "array" and "reuse" in (
            widget,
            items.get("widget") if isinstance(items, Mapping) else "",
        )

    def value_of(self, picked: list[Any]) -> Any:
        return picked

    def picks(self, value: Any) -> list[Any]:
        return value if isinstance(value, list) else super().picks(value)

    def _inner(self, builder: Builder, merged: Merged, place: Place) -> Node | None:
        if merged.items is None:
            return None
        item = builder.merged(merged.items, merged)
        return None if item is None else super()._inner(builder, item, place)


def sources_in(schema: Mapping[str, Any]) -> Iterator[Source]:
    """What the keyword `from` names, one or several; that of an array may stand at its items."""
    items = schema.get("items")
    said = schema.get("from") or (items.get("from") if isinstance(items, Mapping) else None)
    for one in said if isinstance(said, list) else [said]:
        if isinstance(one, Mapping):
            credential, form, at = (str(one.get(name, "")) for name in ("credential", "form", "at"))
            yield Source(credential, form, at, one.get("whole") is True)
