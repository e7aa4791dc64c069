"""Two versions of one page: what differs, and saving what the person chose.

Choices are made question by question. To take the other device's answer is to leave this one's
out of the post, since what is not posted stays as it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.forms import answers as forms_answers
from engine.forms import display
from engine.forms.answers import Draft
from engine.forms.fields import LongText, Node, Text
from engine.forms.pointers import within
from engine.forms.schema import FormSet, Page
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.submissions import drafting
from engine.submissions.drafting import Saved

TAKE = "_take:"


class Differing(NamedTuple):
    """One question with both answers as text. `joinable` when both can be kept, one after other."""

    pointer: str
    label: str
    mine: str
    theirs: str
    joinable: bool


def differing(form_set: FormSet, page: Page, mine: Draft, theirs: Draft) -> list[Differing]:
    """The questions of `page` that the two drafts answer differently."""
    found = []
    for node in page.fields:
        pointer = f"{page.pointer}/{node.token}"
        if _part(mine, page, node, pointer) == _part(theirs, page, node, pointer):
            continue
        if any(one.pointer == pointer for one in found):
            continue
        sides = [_text(form_set, page, node, pointer, draft) for draft in (mine, theirs)]
        joinable = isinstance(node, Text | LongText) and all(sides)
        found.append(Differing(pointer, node.title, sides[0], sides[1], joinable))
    return found


def save(
    session: Session,
    subject: SubmissionSubject,
    page: Page,
    posted: MultiDict[str, str],
    action: tuple[str, str],
    actor: Actor,
    at: datetime,
) -> Saved:
    """Save a page as posted, or as chosen on the page that showed two versions of it.

    Raises `PageConflict`, also when the stored version changed once more while they chose.
    """
    seen = posted.get("_seen", "")
    if "_resolve" in posted:
        theirs = drafting.draft_of(session, subject.submission.id)
        # Choices that were made between other versions than these are asked for again below.
        if forms_answers.page_seen(page, theirs) == seen:
            posted = chosen(page, posted, theirs)
    return drafting.save_page(session, subject, page, posted, seen, actor, at, action)


def chosen(page: Page, posted: MultiDict[str, str], theirs: Draft) -> MultiDict[str, str]:
    """The post as it is after the choices in it."""
    result = MultiDict(posted)
    for name in list(posted):
        if not name.startswith(TAKE):
            continue
        pointer, taken = name.removeprefix(TAKE), posted[name]
        if taken == "theirs":
            for one in [one for one in result if within(one, pointer)]:
                del result[one]
        elif taken == "both":
            stored = _stored_text(page, pointer, theirs)
            result.setlist(pointer, [f"{stored}\n\n{posted.get(pointer, '')}"])
    return result


def carried(posted: MultiDict[str, str]) -> list[tuple[str, str]]:
    """This device's version: everything that was posted for the page, choices aside."""
    return [(name, value) for name, value in posted.items(multi=True) if name.startswith("/")]


def _part(draft: Draft, page: Page, node: Node, pointer: str) -> object:
    said = draft.answers.get(page.form_id)
    return (
        said.get(node.key) if isinstance(said, dict) else None,
        _marks(draft.typed.items(), pointer),
        _marks(draft.chosen.items(), pointer),
    )


def _marks(marks: Iterable[tuple[str, object]], pointer: str) -> list[tuple[str, object]]:
    return sorted((at, said) for at, said in marks if within(at, pointer))


def _stored_text(page: Page, pointer: str, draft: Draft) -> str:
    said = draft.answers.get(page.form_id)
    for node in page.fields:
        if f"{page.pointer}/{node.token}" == pointer and isinstance(said, dict):
            return str(said.get(node.key, ""))
    return ""


def _text(form_set: FormSet, page: Page, node: Node, pointer: str, draft: Draft) -> str:
    """One side's answer in words; text that did not parse stands as it was typed."""
    raw = "\n".join(text for at, text in draft.typed.items() if at == pointer)
    if raw:
        return raw
    said = draft.answers.get(page.form_id)
    if not isinstance(said, dict) or node.key not in said:
        return ""
    only = {page.form_id: {node.key: said[node.key]}}
    return display.as_text(form_set, only, pointer)
