"""The map of the pathways: which credentials lead on to which, with where one stands.

A stack is one box, however many credentials it has; what leads nowhere and belongs to no stack is
left out, since there is nothing to say about its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from engine.credentials import pathway_picture
from engine.credentials.credential import Edition
from engine.credentials.pathway_picture import Box
from engine.credentials.stacks import Stack, stacks_of
from engine.languages import _, ngettext
from engine.web.pathway import KIND_WORDS, PersonalRecord


class Place(NamedTuple):
    """One box of the map, in words. `id` is a credential's; empty for a stack."""

    id: str
    title: str
    note: str
    held: bool
    begun: bool
    leads_to: tuple[int, ...]
    stack: Stack | None


class Map(NamedTuple):
    svg: Markup
    places: list[Place]


def of(editions: Sequence[Edition], record: PersonalRecord) -> Map:
    """The map of all that is published, for one person or a visitor."""
    ways = _ways(editions)
    linked = {id for way in ways for id in way}
    stacks = stacks_of(editions)
    stacked = {one.credential.id: stack.id for stack in stacks for one in stack.editions}
    alone = [
        one for one in editions if one.credential.id in linked and one.credential.id not in stacked
    ]
    keys = [stack.id for stack in stacks] + [f"/{one.credential.id}" for one in alone]
    at = {key: place for place, key in enumerate(keys)}

    def place_of(id: str) -> int:
        return at[stacked.get(id, f"/{id}")]

    onward: dict[int, dict[int, None]] = {}
    for source, target in ways:
        start, end = place_of(source), place_of(target)
        if start != end:
            onward.setdefault(start, {})[end] = None
    places = [_stack(one, record, tuple(onward.get(at[one.id], ()))) for one in stacks]
    for one in alone:
        leads = tuple(onward.get(at[f"/{one.credential.id}"], ()))
        places.append(_credential(one, record, leads))
    boxes = [
        Box(
            one.title,
            one.note,
            one.leads_to,
            one.held,
            one.begun,
            not one.leads_to and not one.stack,
        )
        for one in places
    ]
    # What `svg` puts into it is escaped there.
    drawn = pathway_picture.svg(boxes, _("How the credentials lead on to each other"))
    return Map(Markup(drawn), places)  # noqa: S704


def _ways(editions: Iterable[Edition]) -> list[tuple[str, str]]:
    """From each credential to those that it counts for: what asks for it first, and what it builds
    towards. Only between published ones."""
    editions = list(editions)
    known = {one.credential.id for one in editions}
    ways: dict[tuple[str, str], None] = {}
    for one in editions:
        credential = one.credential
        ways.update(
            dict.fromkeys((id, credential.id) for id in credential.prerequisites.credentials)
        )
        ways.update(dict.fromkeys((credential.id, id) for id in credential.builds_towards))
    return [way for way in ways if known.issuperset(way)]


def _stack(stack: Stack, record: PersonalRecord, leads: tuple[int, ...]) -> Place:
    count, held = len(stack.editions), stack.held(record.held)
    note = ngettext("%(count)s credential", "%(count)s credentials", count)
    if record.signed_in:
        note = _("%(held)s of %(count)s held", held=held, count=count)
    return Place("", stack.title, note, held == count, False, leads, stack)


def _credential(edition: Edition, record: PersonalRecord, leads: tuple[int, ...]) -> Place:
    credential = edition.credential
    held, begun = credential.id in record.held, credential.id in record.under_way
    note = _(KIND_WORDS[credential.kind])
    if held:
        note = _("You hold this")
    elif begun:
        note = _("You have begun")
    return Place(credential.id, credential.title, note, held, begun and not held, leads, None)
