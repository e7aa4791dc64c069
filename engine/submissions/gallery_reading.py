"""The gallery as visitors read it: lists by words and marks, one page, its files.

Whether something is public is asked in the query that finds it. Queries are as many for one item as
for a full page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, load_only

from engine.credentials.gallery import LICENSES, License
from engine.errors import NotFound
from engine.forms.answers import EvidenceFacts
from engine.forms.drafts import Draft
from engine.forms.entries import Entry
from engine.languages import SOURCE, _, current
from engine.records import author_marks, catalogue
from engine.records.tables import EditionRow, Evidence, GalleryItem, GalleryMark
from engine.submissions import gallery_showing, searching
from engine.submissions.gallery import MARKS, hidden_files, is_public, public_now
from engine.submissions.stored import FACTS

MOST_CHOICES: Final = 100
"""Subjects, grades or standards that a filter offers: the commonest."""
_IN_LISTS = load_only(
    GalleryItem.id,
    GalleryItem.title,
    GalleryItem.summary,
    GalleryItem.shown_as,
    GalleryItem.license,
    GalleryItem.credential_id,
    GalleryItem.published_at,
    GalleryItem.changed_at,
)


class Mark(NamedTuple):
    """A subject, grade or standard, as it is called in the language of the moment."""

    key: str
    words: str
    items: int = 0
    """How many public items have it, where that is asked."""

    @property
    def framework(self) -> str:
        """The id of the framework of a standard that is an item of one; empty for others."""
        id, found, _code = self.key.partition(":")
        return id if found else ""

    @property
    def code(self) -> str:
        return self.key.partition(":")[2]


@dataclass(frozen=True)
class Card:
    """One item in a list."""

    item: GalleryItem
    credential: str
    """The credential's title."""
    marks: Mapping[str, Sequence[Mark]]

    @property
    def teacher(self) -> str:
        return self.item.shown_as or _("A teacher")

    @property
    def license(self) -> License:
        return LICENSES[self.item.license]


@dataclass(frozen=True)
class Wanted:
    """What a visitor looks for."""

    text: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Keys by kind (`gallery.MARKS`)."""

    @property
    def anything(self) -> bool:
        return not self.text.strip() and not any(self.marks.values())


@dataclass(frozen=True)
class Page:
    """One item, to read."""

    card: Card
    entries: Sequence[Entry]
    files: Mapping[str, EvidenceFacts]


def anything_public(session: Session) -> bool:
    """Whether there is a gallery to point to."""
    return session.scalar(select(GalleryItem.id).where(is_public()).limit(1)) is not None


def listed(
    session: Session, wanted: Wanted, conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[GalleryItem]:
    """Public items that fit, the newest first, at most `limit`; `conditions` are the cursor's."""
    query = (
        select(GalleryItem)
        .options(_IN_LISTS)
        .where(*_fitting(wanted), *conditions)
        .order_by(GalleryItem.published_at.desc(), GalleryItem.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def cards(session: Session, items: Sequence[GalleryItem]) -> list[Card]:
    """The items with their marks, in two queries."""
    ids = [one.id for one in items]
    marks: dict[str, dict[str, list[Mark]]] = {id: {kind: [] for kind in MARKS} for id in ids}
    rows = session.execute(
        select(GalleryMark.item_id, GalleryMark.kind, GalleryMark.key, GalleryMark.words).where(
            GalleryMark.item_id.in_(ids)
        )
    )
    for item_id, kind, key, said in rows:
        marks[item_id][kind].append(Mark(key, _called(said)))
    for of_item in marks.values():
        for some in of_item.values():
            some.sort(key=lambda one: _order(one.words))
    titles = _titles(session, {one.credential_id for one in items})
    return [Card(one, titles.get(one.credential_id, ""), marks[one.id]) for one in items]


def choices(session: Session, wanted: Wanted) -> dict[str, list[Mark]]:
    """What may be filtered by, by kind, with how many public items each has; one query."""
    place = func.row_number().over(
        partition_by=GalleryMark.kind, order_by=(func.count().desc(), GalleryMark.key)
    )
    counted = (
        select(
            GalleryMark.kind,
            GalleryMark.key,
            func.max(GalleryMark.words).label("words"),
            func.count().label("items"),
            place.label("place"),
        )
        .join(GalleryItem, GalleryItem.id == GalleryMark.item_id)
        .where(is_public())
        .group_by(GalleryMark.kind, GalleryMark.key)
        .subquery()
    )
    chosen = [
        and_(counted.c.kind == kind, counted.c.key == key) for kind, key in wanted.marks.items()
    ]
    rows = session.execute(
        select(counted.c.kind, counted.c.key, counted.c.words, counted.c["items"]).where(
            or_(counted.c.place <= MOST_CHOICES, *chosen)
        )
    )
    found: dict[str, list[Mark]] = {kind: [] for kind in MARKS}
    for kind, key, said, count in rows:
        found[kind].append(Mark(key, _called(said), count))
    for some in found.values():
        some.sort(key=lambda one: _order(one.words))
    return found


def read(session: Session, item_id: str) -> Page | None:
    """One item; None where it is not public now. Raises `NotFound` where there never was one."""
    item = session.get(GalleryItem, item_id)
    if item is None:
        raise NotFound(_("There is no such page in the gallery."))
    if not public_now(session, item):
        return None
    return preview(session, item)


def preview(session: Session, item: GalleryItem) -> Page:
    """An item as its page shows it, public or not: for its teacher and program staff."""
    (card,) = cards(session, [item])
    edition = catalogue.edition(session, item.edition_digest)
    shown = gallery_showing.entries(edition, Draft.of(item.answers, item.marks))
    known = set(item.files) - hidden_files(session, item)
    rows = session.execute(select(*FACTS).where(Evidence.id.in_(known)))
    # No fingerprint, and nothing of how it came here: that is the house's own business.
    files = {
        row[0]: EvidenceFacts(row[0], row[1], row[2], row[3], "", url=row[7])
        for row in rows
        if row[7] or may_be_shown(row[2])
    }
    return Page(card, gallery_showing.with_files(shown, files), files)


def file_of(session: Session, item: GalleryItem, evidence_id: str) -> Evidence:
    """A file that the item shows. Raises `NotFound`."""
    kept = session.get(Evidence, evidence_id) if evidence_id in item.files else None
    if kept is not None and evidence_id in hidden_files(session, item):
        kept = None
    if kept is None or kept.url or not may_be_shown(kept.media_type):
        raise NotFound(_("There is no such file here."))
    return kept


def may_be_shown(media_type: str) -> bool:
    """Whether files of a kind are for everybody: those that can be freed of what they say of their
    author, and sound and film, whose marks nobody can clean here."""
    return media_type.startswith(("audio/", "video/")) or author_marks.can_clean(media_type)


def _fitting(wanted: Wanted) -> list[ColumnElement[bool]]:
    said = searching.sought(wanted.text)
    found = [is_public()]
    for word in said:
        sign = f" {word}" if len(word) >= searching.SHORTEST else f" {word} "
        found.append(GalleryItem.folded.contains(sign, autoescape=True))
    for kind, key in wanted.marks.items():
        if key:
            found.append(GalleryItem.id.in_(_marked(kind, key)))
    return found


def _marked(kind: str, key: str) -> Select[Any]:
    return select(GalleryMark.item_id).where(GalleryMark.kind == kind, GalleryMark.key == key)


def _titles(session: Session, credential_ids: set[str]) -> dict[str, str]:
    """Titles as they are now, in the language of the moment."""
    digests = session.execute(
        select(EditionRow.credential_id, EditionRow.digest)
        .where(EditionRow.credential_id.in_(credential_ids))
        .order_by(EditionRow.version)
    )
    latest = {row.credential_id: row.digest for row in digests}
    return {
        id: catalogue.edition(session, digest).credential.title for id, digest in latest.items()
    }


def _called(said: str) -> str:
    words: dict[str, str] = json.loads(said)
    return words.get(current()) or words.get(SOURCE) or next(iter(words.values()), "")


def _order(words: str) -> list[tuple[int, int, str]]:
    """Grade 2 before Grade 10."""
    parts = re.split(r"(\d+)", words.lower())
    return [(1, int(one), "") if one.isdecimal() else (0, 0, one) for one in parts if one]
