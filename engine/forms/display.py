"""Reading answers: the read-only view of a submission, and what differs between two versions."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from engine.forms.drafts import Draft
from engine.forms.entries import Entry, entries_of
from engine.forms.schema import FormSet, Page

MOST_WORDS = 4_000
"""Texts longer than this are compared as a whole."""
MOST_MEETINGS = 30_000
"""So are those whose words repeat each other more often than prose does."""


@dataclass(frozen=True)
class ShownPage:
    """One page of a form, to read."""

    form_id: str
    id: str
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ShownForm:
    """One form, to read."""

    id: str
    title: str
    pages: tuple[ShownPage, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every page's entries, in order."""
        return tuple(entry for page in self.pages for entry in page.entries)

    @property
    def answered(self) -> bool:
        return any(entry.answered for entry in self.entries)


class Piece(NamedTuple):
    """Some words of a text, and whether both versions have them."""

    text: str
    change: Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Difference:
    """One question that two versions answer differently. `before` and `after` are in words."""

    pointer: str
    label: str
    """The question, with the row it is in: `Teacher 2: The notes`."""
    before: str
    after: str
    kind: str
    """The field kind: `long_text`, `evidence`, …"""
    evidence_before: tuple[str, ...] = ()
    evidence_after: tuple[str, ...] = ()

    @property
    def change(self) -> Literal["added", "removed", "changed"]:
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The text before and after in one, word by word."""
        return tuple(compared(self.before, self.after))


def read_only(
    form_set: FormSet, answers: Mapping[str, Any], draft: Draft | None = None
) -> list[ShownForm]:
    """Every form's questions with `answers`, an object keyed by form id; unanswered ones too.

    `draft` adds what answers alone do not say: text that did not parse, and which alternative is
    chosen. Nothing is left out because it is invalid.
    """
    said = (
        Draft(dict(answers), draft.typed, draft.chosen) if draft else Draft(dict(answers), {}, {})
    )
    return [
        ShownForm(
            form.id,
            form.title,
            tuple(
                ShownPage(form.id, page.id, page.title, tuple(page_entries(page, said)))
                for page in form.pages
            ),
        )
        for form in form_set.forms.values()
    ]


def page_entries(page: Page, draft: Draft) -> list[Entry]:
    """One page's questions with what a draft answers."""
    said = draft.answers.get(page.form_id)
    return entries_of(page.parts, said if isinstance(said, dict) else {}, page.pointer, draft)


def pointers(forms: Sequence[ShownForm]) -> set[str]:
    """The pointers of everything that a read-only view shows, groups and rows included."""
    return {one.pointer for form in forms for entry in form.entries for one in entry.all()}


def differences(
    form_set: FormSet,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    old_draft: Draft | None = None,
    new_draft: Draft | None = None,
) -> list[Difference]:
    """The questions that `old` and `new` (answers keyed by form id) answer differently.

    In the order of the pages; rows are compared by their position. The drafts add text that did
    not parse and chosen alternatives.
    """
    before = _flat(read_only(form_set, old, old_draft))
    after = _flat(read_only(form_set, new, new_draft))
    found = []
    for pointer in [*after, *(one for one in before if one not in after)]:
        was, now = before.get(pointer), after.get(pointer)
        said_before = _said(was)
        said_after = _said(now)
        if said_before == said_after:
            continue
        label, entry = now or was or ("", Entry(pointer, "", ""))
        found.append(
            Difference(
                pointer,
                label,
                said_before,
                said_after,
                entry.kind,
                was[1].evidence if was else (),
                now[1].evidence if now else (),
            )
        )
    return found


def compared(before: str, after: str) -> Iterator[Piece]:
    """Two texts in one: what is gone, what is new, what stayed, by words."""
    old, new = re.findall(r"\s+|\w+|[^\w\s]", before), re.findall(r"\s+|\w+|[^\w\s]", after)
    if max(len(old), len(new)) > MOST_WORDS or _meetings(old, new) > MOST_MEETINGS:
        old, new = [before] if before else [], [after] if after else []
    # What a long text says all the time, spaces above all, is no place to begin: without this,
    # two texts of 2,000 words that share nothing but their spaces take minutes.
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=True)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("".join(old[start:end]), "same")
            continue
        if end > start:
            yield Piece("".join(old[start:end]), "removed")
        if new_end > new_start:
            yield Piece("".join(new[new_start:new_end]), "added")


def _meetings(old: Sequence[str], new: Sequence[str]) -> int:
    """How often a word of one text meets itself in the other: what difflib's time grows with."""
    if len(new) < 200:  # where difflib itself begins to leave out the commonest
        return 0
    there = Counter(new)
    common = len(new) // 100 + 1
    return sum(count * there[word] for word, count in Counter(old).items() if there[word] <= common)


def _flat(forms: Sequence[ShownForm]) -> dict[str, tuple[str, Entry]]:
    found: dict[str, tuple[str, Entry]] = {}

    def add(entries: Sequence[Entry], above: str) -> None:
        for entry in entries:
            label = f"{above}: {entry.label}" if above else entry.label
            if entry.is_group:
                add(entry.children, label if entry.kind == "row" else above)
            else:
                found[entry.pointer] = (label, entry)

    for form in forms:
        add(form.entries, "")
    return found


def _said(found: tuple[str, Entry] | None) -> str:
    if found is None:
        return ""
    entry = found[1]
    return entry.text or "; ".join(entry.items) or "; ".join(entry.evidence)
