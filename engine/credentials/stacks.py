"""Stacks: credentials that belong together, in tiers, and how many of them somebody holds.

Documents name the stack that they stand in (`stack: {title, tier, place}`), so a stack is whatever
names it. Tiers are headings: nothing in a stack has to be earned before the rest of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.credentials.credential import Edition, StackPlace


@dataclass(frozen=True)
class Tier:
    title: str
    """Empty for what stands in the stack without a tier."""
    editions: tuple[Edition, ...]


@dataclass(frozen=True)
class Stack:
    id: str
    """For addresses; made from its title in the documents' own words, so that it stays the same
    in every language."""
    title: str
    tiers: tuple[Tier, ...]

    @property
    def editions(self) -> tuple[Edition, ...]:
        return tuple(one for tier in self.tiers for one in tier.editions)

    def held(self, held: Collection[str]) -> int:
        """How many of its credentials are among `held` (ids)."""
        return sum(one.credential.id in held for one in self.editions)

    def following(self, held: Collection[str], begun: Collection[str] = ()) -> Edition | None:
        """The first one that is neither held nor begun: what to look at next."""
        gone = {*held, *begun}
        return next((one for one in self.editions if one.credential.id not in gone), None)


def stacks_of(editions: Iterable[Edition]) -> list[Stack]:
    """The stacks that `editions` name, by the title in their own words; in each the tiers, and in
    these the credentials, by their places. What says no place comes after what does, by title."""
    members: dict[str, list[tuple[StackPlace, Edition]]] = {}
    for edition in editions:
        if (place := edition.credential.stack) is not None:
            members.setdefault(place.key, []).append((place, edition))
    return [_stack(key, sorted(mine, key=_order)) for key, mine in sorted(members.items())]


def stack_id(key: str) -> str:
    """`Scaling Powerful Learning` as `scaling-powerful-learning`."""
    plain = unicodedata.normalize("NFKD", key.replace("'", "").replace("’", "")).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "-", plain).strip("-")


def _stack(key: str, members: list[tuple[StackPlace, Edition]]) -> Stack:
    tiers: dict[str, list[tuple[StackPlace, Edition]]] = {}
    for place, edition in members:
        tiers.setdefault(place.tier_key, []).append((place, edition))
    return Stack(
        stack_id(key),
        _said(key, {place.title: None for place, _ in members}),
        tuple(
            Tier(
                _said(tier, {place.tier: None for place, _ in mine}),
                tuple(edition for _, edition in mine),
            )
            for tier, mine in tiers.items()
        ),
    )


def _said(key: str, titles: Mapping[str, None]) -> str:
    """A title in the language of the moment, if only one of the members has it there."""
    return next((title for title in titles if title != key), key)


def _order(member: tuple[StackPlace, Edition]) -> tuple[float, str, str]:
    place, edition = member
    number = float("inf") if place.number is None else place.number
    return number, edition.credential.title.casefold(), edition.credential.id
