"""Pathways: how far somebody is towards what a credential asks for first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.credentials.credential import Prerequisites


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a credential's prerequisites."""

    met: bool
    held: tuple[str, ...]
    """Those of the named credentials that are held, in the document's order."""
    missing: tuple[str, ...]
    """Those that are not, also when enough others are held."""
    needed: int


def standing(prerequisites: Prerequisites, held: Collection[str]) -> Standing:
    """The standing of a person who holds `held` (ids of credentials that are in force).

    `any` of three is met by one, while `missing` still names the other two.
    """
    has = tuple(id for id in prerequisites.credentials if id in held)
    missing = tuple(id for id in prerequisites.credentials if id not in held)
    return Standing(len(has) >= prerequisites.needed, has, missing, prerequisites.needed)
