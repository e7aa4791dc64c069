"""Two versions of one page: what differs, and saving what the person chose.

Choices are made question by question. To take the other device's answer is to leave this one's
out of the post, since what is not posted stays as it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.forms import answers as forms_answers
from engine.forms import display
from engine.forms.answers import Draft, EvidenceFacts
from engine.forms.entries import Entry
from engine.forms.posting import MAX_NAME
from engine.forms.schema import Page
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.submissions import drafting
from engine.submissions.drafting import Saved

TAKE = "_take:"
"""Begins the name of a choice; the pointer of the question follows."""

JOINTS = {"text": "; ", "long_text": "\n\n"}
"""What stands between two answers of these kinds when both are kept."""


class Differing(NamedTuple):
    """One question with both answers in words."""

    pointer: str
    label: str
    mine: str
    theirs: str
    joinable: bool
    """Both can be kept, one after the other."""


def differing(
    page: Page, mine: Draft, theirs: Draft, evidence: Mapping[str, EvidenceFacts]
) -> list[Differing]:
    """The questions of `page` that the two drafts answer differently.

    A repeating group is one question: its rows have no names by which to tell them apart.
    """
    ours, others = _entries(page, mine), _entries(page, theirs)
    found = []
    for pointer in dict.fromkeys([*ours, *others]):
        one, other = ours.get(pointer), others.get(pointer)
        if one == other:
            continue
        shown = one or other
        assert shown is not None
        sides = [_words(side, evidence) if side else "" for side in (one, other)]
        joinable = shown.kind in JOINTS and all(sides)
        found.append(Differing(pointer, shown.label, sides[0], sides[1], joinable))
    return found


def save(
    session: Session,
    subject: SubmissionSubject,
    page: Page,
    posted: MultiDict[str, str],
    seen: str,
    action: tuple[str, str],
    actor: Actor,
    at: datetime,
) -> Saved:
    """Save a page as posted, or as chosen on the page that showed two versions of it.

    Raises `PageConflict`, also when the stored version changed once more while they chose.
    """
    if "_resolve" in posted:
        theirs = drafting.draft_of(session, subject.submission.id)
        # Choices that were made between other versions than these are asked for again below.
        if forms_answers.page_seen(page, theirs) == seen:
            posted = _as_chosen(page, posted, theirs)
    return drafting.save_page(session, subject, page, posted, seen, actor, at, action)


def carried(posted: MultiDict[str, str]) -> list[tuple[str, str]]:
    """This device's version: everything that was posted for the page, choices aside."""
    return [(name, value) for name, value in posted.items(multi=True) if name.startswith("/")]


def _as_chosen(page: Page, posted: MultiDict[str, str], theirs: Draft) -> MultiDict[str, str]:
    stored = _entries(page, theirs)
    result = MultiDict(posted)
    left_out = set()
    for name in [name for name in posted if name.startswith(TAKE)]:
        pointer, taken = name.removeprefix(TAKE), posted[name]
        other = stored.get(pointer)
        if taken == "theirs":
            left_out.add(pointer)
        elif taken == "both" and other is not None and other.kind in JOINTS:
            joined = f"{other.text}{JOINTS[other.kind]}{posted.get(pointer, '')}"
            result.setlist(pointer, [joined])
    # Once through all names, however many choices a post makes.
    for name in [name for name in result if left_out.intersection(_places_above(name))]:
        del result[name]
    return result


def _places_above(name: str) -> Iterator[str]:
    """The name itself and every place that it is within, up to the length of a real name."""
    yield name
    for found in re.finditer("[/#]", name[:MAX_NAME]):
        yield name[: found.start()]


def _entries(page: Page, draft: Draft) -> dict[str, Entry]:
    return {entry.pointer: entry for entry in display.page_entries(page, draft)}


def _words(entry: Entry, evidence: Mapping[str, EvidenceFacts]) -> str:
    """An answer in plain text; a group's answers one a line, under their rows."""
    return "\n".join(_lines(entry, evidence)).strip()


def _lines(entry: Entry, evidence: Mapping[str, EvidenceFacts]) -> Iterator[str]:
    if not entry.children:
        files = [evidence[id].name if id in evidence else "a file" for id in entry.evidence]
        yield entry.text or "; ".join([*entry.items, *files])
        return
    for child in entry.children:
        if not child.answered:
            continue
        if child.is_group:
            yield f"{child.label}"
            yield from _lines(child, evidence)
            yield ""
        else:
            yield f"{child.label}: {' '.join(_lines(child, evidence))}"
