"""Pathways: how far somebody is towards what a credential asks for first, and what comes next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from engine.credentials.credential import Edition, Prerequisites


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a credential's prerequisites."""

    met: bool
    held: tuple[str, ...]
    """Those of the named credentials that are held, in the document's order."""
    missing: tuple[str, ...]
    """Those that are not, also when enough others are held."""
    needed: int

    @property
    def lacking(self) -> int:
        """How many more it takes."""
        return max(0, self.needed - len(self.held))


@dataclass(frozen=True)
class Ahead:
    """A credential that asks for others first, and that somebody does not hold yet."""

    edition: Edition
    standing: Standing


def standing(prerequisites: Prerequisites, held: Collection[str]) -> Standing:
    """The standing of a person who holds `held` (ids of credentials that are in force).

    `any` of three is met by one, while `missing` still names the other two.
    """
    has = tuple(id for id in prerequisites.credentials if id in held)
    missing = tuple(id for id in prerequisites.credentials if id not in held)
    return Standing(len(has) >= prerequisites.needed, has, missing, prerequisites.needed)


def ready(edition: Edition, held: Collection[str]) -> bool:
    """Whether somebody who holds `held` can start it now and will not be stopped on the way: it is
    submitted here, they do not hold it, and they have what it asks for first."""
    credential = edition.credential
    if edition.workflow is None or credential.id in held:
        return False
    return standing(credential.prerequisites, held).met


def ahead(editions: Iterable[Edition], held: Collection[str]) -> list[Ahead]:
    """What asks for other credentials first and is not held: the nearest first, then by title."""
    found = [
        Ahead(one, standing(one.credential.prerequisites, held))
        for one in editions
        if one.credential.prerequisites.credentials and one.credential.id not in held
    ]
    return sorted(
        found, key=lambda one: (one.standing.lacking, one.edition.credential.title.casefold())
    )


def opened(prerequisites: Prerequisites, before: Collection[str], now: Collection[str]) -> bool:
    """Whether what was added to `before` is what was missing: not met then, met `now`."""
    return standing(prerequisites, now).met and not standing(prerequisites, before).met
