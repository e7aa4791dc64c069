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
from engine.forms.arrival import MAX_NAME
from engine.forms.entries import Entry
from engine.forms.schema import Page
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.submissions import drafting
from engine.submissions.drafting import Saved
from engine.web.conflicting_rows import PostedRows, compared, first_words

TAKE = "_take:"
"""Begins the name of a choice; the pointer of the question follows."""

JOINTS = {"text": "; ", "long_text": "\n\n"}
"""What stands between two answers of these kinds when both are kept."""


class Differing(NamedTuple):
    """One question with both answers in words."""

    pointer: str
    """Of the question; inside a row, with the row's id in place of its number (`anchors`)."""
    label: str
    mine: str
    theirs: str
    joinable: bool
    """Both can be kept, one after the other."""
    kept: str = "mine"
    """The side that is taken if nothing is chosen."""


def differing(
    page: Page, mine: Draft, theirs: Draft, evidence: Mapping[str, EvidenceFacts]
) -> list[Differing]:
    """The questions of `page` that the two drafts answer differently.

    Rows are matched by their ids; a group whose rows have none is one question. A row that only
    the other device has stays unless the person says otherwise: it was more likely added there
    than removed here.
    """
    ours, others = display.page_entries(page, mine), display.page_entries(page, theirs)
    found = []
    for one in compared(ours, others):
        sides = [_words(side, evidence) if side else "" for side in (one.mine, one.theirs)]
        if one.is_order:
            sides = [_order(side) for side in (one.mine, one.theirs)]
        shown = one.mine or one.theirs
        assert shown is not None
        joinable = shown.kind in JOINTS and all(sides)
        kept = "theirs" if one.is_row and one.mine is None else "mine"
        found.append(Differing(one.anchor, one.label, sides[0], sides[1], joinable, kept))
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
            mine = forms_answers.parse(page, posted, theirs)
            posted = _as_chosen(page, posted, mine, theirs)
    return drafting.save_page(session, subject, page, posted, seen, actor, at, action)


def carried(posted: MultiDict[str, str]) -> list[tuple[str, str]]:
    """This device's version: everything that was posted for the page, choices aside."""
    return [(name, value) for name, value in posted.items(multi=True) if name.startswith("/")]


def _as_chosen(
    page: Page, posted: MultiDict[str, str], mine: Draft, theirs: Draft
) -> MultiDict[str, str]:
    differ = {
        one.anchor: one
        for one in compared(display.page_entries(page, mine), display.page_entries(page, theirs))
    }
    rows = PostedRows(posted)
    result = MultiDict(posted)
    left_out, orders = set(), []
    for name in [name for name in posted if name.startswith(TAKE)]:
        anchor, taken = name.removeprefix(TAKE), posted[name]
        one = differ.get(anchor)
        if one is None or (one.theirs is None and taken == "both"):
            continue
        at = rows.name_of(anchor)
        if taken == "theirs" and one.is_order:
            orders.append((at, [row.row_id for row in one.theirs.children] if one.theirs else []))
        elif taken == "theirs" and at:
            left_out.add(at)
        elif taken == "theirs" and one.is_row and one.theirs is not None:
            rows.take_back(result, anchor, one.theirs)
        elif taken == "both" and one.theirs is not None and one.theirs.kind in JOINTS:
            joined = f"{one.theirs.text}{JOINTS[one.theirs.kind]}{posted.get(at, '')}"
            result.setlist(at, [joined])
    # Once through all names, however many choices a post makes.
    for name in [name for name in result if left_out.intersection(_places_above(name))]:
        del result[name]
    for group, order in sorted(orders, reverse=True):  # inner groups before those around them
        result = rows.reordered(result, group, order)
    return result


def _places_above(name: str) -> Iterator[str]:
    """The name itself and every place that it is within, up to the length of a real name."""
    yield name
    for found in re.finditer("[/#]", name[:MAX_NAME]):
        yield name[: found.start()]


def _order(entry: Entry | None) -> str:
    return "\n".join(first_words(row) for row in entry.children) if entry else ""


def _words(entry: Entry, evidence: Mapping[str, EvidenceFacts]) -> str:
    """An answer in plain text; a group's answers one a line, under their rows."""
    return "\n".join(_lines(entry, evidence)).strip()


def _lines(entry: Entry, evidence: Mapping[str, EvidenceFacts]) -> Iterator[str]:
    if not entry.children:
        files = [evidence[id].name if id in evidence else _("a file") for id in entry.evidence]
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
