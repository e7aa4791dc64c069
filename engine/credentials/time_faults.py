"""Times in a workflow: spans that are none, days and zones that do not exist, and what waits for
something to be due that never is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.credentials.documents import Document, joined, listing, mapping
from engine.credentials.spans import BadSpan, span_of
from engine.credentials.suggestions import did_you_mean
from engine.credentials.workflow_graph import Graph, listed
from engine.errors import Finding
from engine.time_zones import time_zones


def faults(document: Document, graph: Graph) -> Iterator[Finding]:
    for name, state in graph.states.items():
        here = joined("/states", name)
        yield from _spans(document, here, state, ("due",))
        yield from _letters(document, here, state)
        for block, said in graph.blocks(name).items():
            place = joined(here, "reviews", block) if block else joined(here, "review")
            yield from _spans(document, place, said, ("lock", "due", "reassign"))
            yield from _letters(document, place, said)
            if "reassign" in said and "due" not in said:
                yield _nothing_due(document, joined(place, "reassign"))
    for name, one in graph.transitions.items():
        here = joined("/transitions", name)
        yield from _spans(document, here, one, ("after", "undo"))
        if one.get("since") == "due":
            sources = [graph.states.get(state, {}) for state in listed(one.get("from"))]
            if any("due" not in state for state in sources):
                yield _nothing_due(document, joined(here, "since"))
        elif "since" in one and "after" not in one:
            message = "Only `after` is counted from something."
            yield document.finding(joined(here, "since"), "no-after", message)
    yield from _calendar(document)


def _letters(document: Document, pointer: str, owner: Mapping[str, Any]) -> Iterator[Finding]:
    """Reminders and escalation, of a state or a review."""
    for key, spans in (("remind", ("before", "after", "every")), ("escalate", ("after",))):
        if isinstance(owner.get(key), Mapping):
            yield from _spans(document, joined(pointer, key), owner[key], spans)
            if "due" not in owner:
                yield _nothing_due(document, joined(pointer, key))
    remind = mapping(owner.get("remind"))
    if remind and not {"before", "after", "every"} & remind.keys():
        message = "This says which letter, but not when."
        hint = "Add `before`, `after` or `every`."
        yield document.finding(joined(pointer, "remind"), "no-time", message, hint, key=True)


def _nothing_due(document: Document, pointer: str) -> Finding:
    message = "Nothing is due here, so this never happens."
    return document.finding(pointer, "nothing-due", message, "Add `due`.", key=True)


def _spans(
    document: Document, pointer: str, owner: Mapping[str, Any], keys: tuple[str, ...]
) -> Iterator[Finding]:
    for key in keys:
        said = owner.get(key)
        many = isinstance(said, list)
        for number, text in enumerate(listed(said)):
            try:
                span_of(text)
            except BadSpan as bad:
                place = joined(pointer, key, number) if many else joined(pointer, key)
                yield document.finding(place, "bad-span", f"{bad}.")


def _calendar(document: Document) -> Iterator[Finding]:
    calendar = mapping(document.data.get("calendar"))
    for number, text in enumerate(listing(calendar.get("holidays"))):
        try:
            date.fromisoformat(text if isinstance(text, str) else "")
        except ValueError:
            message = f"{text!r} is not a day. Write year, month and day: 2026-12-25."
            yield document.finding(joined("/calendar/holidays", number), "bad-date", message)
    zone = calendar.get("zone")
    if isinstance(zone, str) and zone not in time_zones():
        message = f"There is no time zone {zone!r}."
        hint = did_you_mean(zone, time_zones())
        yield document.finding("/calendar/zone", "unknown-zone", message, hint)
