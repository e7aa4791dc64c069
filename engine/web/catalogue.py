"""The catalogue: what there is, grouped by stack and tier, narrowed by words and filters.

What is asked is in the address, so that a search is a link like any other and works without
scripts. Everything is decided over the editions that are read anyway: no query depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from engine.credentials import pathways
from engine.credentials.credential import CredentialKind, Edition
from engine.credentials.stacks import Stack, stack_id, stacks_of
from engine.languages import N_, _
from engine.records.folding import composed, folded
from engine.web import pathway
from engine.web.pathway import Card, PersonalRecord

SHELVES: dict[CredentialKind, tuple[str, str]] = {
    "micro-credential": (N_("Micro-credentials"), N_("One competency each, shown with evidence.")),
    "milestone": (
        N_("Milestones"),
        N_("Larger credentials that show what a team achieved together."),
    ),
    "goal": (N_("Where the pathways lead"), N_("Reached by earning what builds towards them.")),
    "programme": (N_("Programs"), N_("Work over a year or more, recorded as it happens.")),
    "recognised": (N_("Recognized credentials"), N_("Earned elsewhere and recorded here.")),
}
"""The shelves below the stacks in their order: title, and one sentence for each kind."""

WHERE: Mapping[str, str] = {
    "ready": N_("I can start it now"),
    "waiting": N_("Something is needed first"),
    "begun": N_("I have begun it"),
    "held": N_("I hold it"),
}
"""Where somebody stands, as the filter names it."""

MOST_WORDS = 200
"""Letters of a search that are read; a longer one finds what its beginning finds."""
NEAREST = 3
"""So many credentials are named as the next ones that something is missing for."""


class Asked(NamedTuple):
    """What the page was asked for. Empty: everything."""

    words: str = ""
    kind: str = ""
    stack: str = ""
    where: str = ""

    @property
    def narrows(self) -> bool:
        return any(self)


class Group(NamedTuple):
    """What stands together on a shelf; `title` is its tier, or empty."""

    title: str
    cards: list[Card]


class Shelf(NamedTuple):
    id: str
    title: str
    sentence: str
    groups: list[Group]
    stack: bool
    """Whether it is one, and so has a progress."""
    held: int
    size: int
    """Of the whole shelf, whatever a search left of it."""


class Next(NamedTuple):
    """A credential that something is asked for first, and what is still missing."""

    id: str
    title: str
    held: int
    needed: int
    missing: list[pathway.Step]
    """Those that are not held; with `any` and `at_least` not all of them are needed."""
    met: bool


class Progress(NamedTuple):
    """How far somebody is in a stack, and what comes next there."""

    id: str
    title: str
    held: int
    size: int
    following: Edition | None


class WayOn(NamedTuple):
    """What somebody is on the way to, as their own page shows it."""

    stacks: list[Progress]
    nearest: list[Next]


@dataclass(frozen=True)
class Found:
    """What the page shows."""

    shelves: list[Shelf]
    stacks: list[Progress]
    nearest: list[Next]
    shown: int
    kinds: dict[str, str]
    """The kinds that there are, to choose from."""


def asked(args: Mapping[str, str]) -> Asked:
    """What an address asks for. Values that mean nothing are left out, as though not asked."""
    words = " ".join(args.get("q", "")[:MOST_WORDS].split())
    kind, where = args.get("kind", ""), args.get("where", "")
    return Asked(
        words,
        kind if kind in pathway.KIND_WORDS else "",
        args.get("stack", "")[:MOST_WORDS],
        where if where in WHERE else "",
    )


def found(editions: Sequence[Edition], record: PersonalRecord, ask: Asked) -> Found:
    """The catalogue as `ask` narrows it, with where the person stands."""
    stacks = stacks_of(editions)
    if ask.stack not in {one.id for one in stacks}:
        ask = ask._replace(stack="")
    if not record.signed_in:
        ask = ask._replace(where="")
    shelves = _shelves(editions, stacks, record, _fits(ask, record))
    kinds = {one.credential.kind for one in editions}
    return Found(
        shelves,
        progress(stacks, record),
        nearest(editions, record) if record.signed_in else [],
        sum(len(group.cards) for shelf in shelves for group in shelf.groups),
        {kind: _(words) for kind, words in pathway.KIND_WORDS.items() if kind in kinds},
    )


def progress(stacks: Iterable[Stack], record: PersonalRecord) -> list[Progress]:
    """How far the person is in each stack, and the first one there not held nor begun."""
    return [
        Progress(
            one.id,
            one.title,
            one.held(record.held),
            len(one.editions),
            one.following(record.held, record.under_way) if record.signed_in else None,
        )
        for one in stacks
    ]


def way_on(editions: Sequence[Edition], record: PersonalRecord) -> WayOn:
    """The stacks in which the person holds or has begun something, and what asks for something
    first of which they hold a part: where they have taken a step, and nothing else."""
    steps = {*record.held, *record.under_way}
    taken = [
        stack
        for stack in stacks_of(editions)
        if any(one.credential.id in steps for one in stack.editions)
    ]
    return WayOn(
        progress(taken, record),
        [one for one in nearest(editions, record) if one.held or one.id in record.under_way],
    )


def nearest(editions: Sequence[Edition], record: PersonalRecord) -> list[Next]:
    """What asks for others first and is not held, and what is missing for it: the nearest ones."""
    known = {one.credential.id: one for one in editions}
    names = []
    for one in pathways.ahead(editions, record.held)[:NEAREST]:
        steps = pathway.prerequisites(one.edition, record, known).steps
        names.append(
            Next(
                one.edition.credential.id,
                one.edition.credential.title,
                min(len(one.standing.held), one.standing.needed),
                one.standing.needed,
                [step for step in steps if not step.held],
                one.standing.met,
            )
        )
    return names


def _shelves(
    editions: Sequence[Edition],
    stacks: Sequence[Stack],
    record: PersonalRecord,
    fits: Callable[[Edition], bool],
) -> list[Shelf]:
    def cards(mine: Iterable[Edition]) -> list[Card]:
        return [pathway.card(one, record, editions) for one in mine if fits(one)]

    shelves = [
        Shelf(
            one.id,
            one.title,
            "",
            [Group(tier.title, cards(tier.editions)) for tier in one.tiers],
            True,
            one.held(record.held),
            len(one.editions),
        )
        for one in stacks
    ]
    for kind, (title, sentence) in SHELVES.items():
        mine = sorted(
            (one for one in editions if one.credential.kind == kind and not one.credential.stack),
            key=lambda one: one.credential.title.casefold(),
        )
        held = sum(one.credential.id in record.held for one in mine)
        group = Group("", cards(mine))
        shelves.append(Shelf(kind, _(title), _(sentence), [group], False, held, len(mine)))
    whole = [
        shelf._replace(groups=[group for group in shelf.groups if group.cards]) for shelf in shelves
    ]
    return [shelf for shelf in whole if shelf.groups]


def _fits(ask: Asked, record: PersonalRecord) -> Callable[[Edition], bool]:
    words = _plain(ask.words).split()

    def fits(edition: Edition) -> bool:
        credential = edition.credential
        if ask.kind and credential.kind != ask.kind:
            return False
        place = credential.stack
        if ask.stack and (place is None or stack_id(place.key) != ask.stack):
            return False
        if ask.where and ask.where not in _where(edition, record):
            return False
        return not words or _says(edition, words)

    return fits


def _where(edition: Edition, record: PersonalRecord) -> Collection[str]:
    """Where the person stands on it, in the words of `WHERE`."""
    credential = edition.credential
    if credential.id in record.held:
        return ("held",)
    if credential.id in record.under_way:
        return ("begun",)
    if pathways.ready(edition, record.held):
        return ("ready",)
    return ("waiting",) if credential.prerequisites.credentials else ()


def _says(edition: Edition, words: Sequence[str]) -> bool:
    credential = edition.credential
    place = credential.stack
    text = _plain(
        " ".join(
            (
                credential.title,
                credential.summary,
                _(pathway.KIND_WORDS[credential.kind]),
                *((place.title, place.tier) if place else ()),
                *(f"{item.code} {item.framework}" for item in edition.alignment),
            )
        )
    )
    return all(word in text for word in words)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Small letters without accents: "Reflexión" is found by "reflexion"."""
    return folded(composed(text))
