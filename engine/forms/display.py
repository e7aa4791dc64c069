"""Reading answers: the read-only view of a submission, and what differs between two versions."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from engine.forms.drafts import Draft
from engine.forms.entries import Entry, entries_of, entry_of, with_sources
from engine.forms.offers import NO_OFFERS, Offers, summary_of
from engine.forms.row_matching import matched
from engine.forms.schema import FormSet, Page
from engine.forms.series import Series

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
    moved: tuple[int, int] | None = None
    """Of a row that changed places: its number before and after, from 1."""

    @property
    def change(self) -> Literal["added", "removed", "changed", "moved"]:
        if self.moved:
            return "moved"
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The text before and after in one, word by word."""
        return tuple(compared(self.before, self.after))


def labels(forms: Sequence[ShownForm]) -> dict[str, str]:
    """What everything is called, by pointer, with the row that it is in: `Teacher 2: The notes`."""
    return {
        pointer: label
        for form in forms
        for entry in form.entries
        for pointer, label in _labels(entry, "")
    }


def _labels(entry: Entry, above: str) -> Iterator[tuple[str, str]]:
    label = f"{above}: {entry.label}" if above else entry.label
    yield entry.pointer, label
    for child in entry.children:
        yield from _labels(child, label if entry.kind == "row" else above)


def read_only(
    form_set: FormSet,
    answers: Mapping[str, Any],
    draft: Draft | None = None,
    offers: Offers = NO_OFFERS,
) -> list[ShownForm]:
    """Every form's questions with `answers`, an object keyed by form id; unanswered ones too.

    `draft` adds what answers alone do not say: text that did not parse, and which alternative is
    chosen. `offers` say where reused answers come from. Nothing is left out because it is invalid.
    """
    said = replace(draft, answers=dict(answers)) if draft else Draft.of(answers)
    return [
        ShownForm(
            form.id,
            form.title,
            tuple(
                ShownPage(
                    form.id,
                    page.id,
                    page.title,
                    tuple(with_sources(page_entries(page, said), offers)),
                )
                for page in form.pages
            ),
        )
        for form in form_set.forms.values()
    ]


def page_entries(page: Page, draft: Draft) -> list[Entry]:
    """One page's questions with what a draft answers."""
    return entries_of(page.parts, page.said(draft), page.above, draft)


def summary_line(form_set: FormSet, pointer: str, value: Any) -> str:
    """An answer in a line: the first things that it says, in the words of its own form."""
    node = form_set.node(pointer)
    if node is None:
        return summary_of(value)
    said = [
        entry.text or "; ".join(entry.items)
        for entry in entry_of(node, value, pointer, Draft()).all()
        if not entry.is_group and (entry.text or entry.items)
    ]
    if isinstance(node, Series):
        drawn = node.chart(value)
        said = list(drawn.sentences[:1]) if drawn else said
    return summary_of(said)


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

    In the order of the pages. A row is compared with its former self where both versions have
    ids, and by its position otherwise; one that changed places has a difference of its own
    (`moved`). What a removed row said is at the pointer of its group. The drafts add text that did
    not parse, chosen alternatives and the ids.
    """
    pairs = zip(
        read_only(form_set, old, old_draft), read_only(form_set, new, new_draft), strict=True
    )
    return [
        one for was, now in pairs for one in _differing(was.entries, now.entries, ("", ""), "", "")
    ]


def _differing(
    was: Sequence[Entry], now: Sequence[Entry], bases: tuple[str, str], above: str, gone: str
) -> Iterator[Difference]:
    """What differs between two lists of entries, whose pointers begin with `bases`.

    `above` is the row that they are in, in words; `gone` the group of a row that is removed.
    """
    before = {entry.pointer[len(bases[0]) :]: entry for entry in was}
    after = {entry.pointer[len(bases[1]) :]: entry for entry in now}
    for key in dict.fromkeys([*after, *before]):
        yield from _between(before.get(key), after.get(key), above, gone)


def _between(was: Entry | None, now: Entry | None, above: str, gone: str) -> Iterator[Difference]:
    entry = now or was
    assert entry is not None
    if not entry.is_group:
        yield from _answers(was, now, above, gone)
    elif entry.kind in ("group", "row"):
        bases = (was.pointer if was else "", now.pointer if now else "")
        label = f"{above}: {entry.label}" if above else entry.label
        yield from _differing(
            was.children if was else (),
            now.children if now else (),
            bases,
            label if entry.kind == "row" else above,
            gone,
        )
    else:
        old, new = (was.children if was else ()), (now.children if now else ())
        for pair in matched([row.row_id for row in old], [row.row_id for row in new]):
            one = None if pair.before is None else old[pair.before]
            other = None if pair.after is None else new[pair.after]
            if pair.moved and other and pair.before is not None and pair.after is not None:
                label = f"{above}: {other.label}" if above else other.label
                moved = (pair.before + 1, pair.after + 1)
                yield Difference(other.pointer, label, "", "", "row", moved=moved)
            yield from _between(one, other, above, gone or ("" if other else entry.pointer))


def _answers(was: Entry | None, now: Entry | None, above: str, gone: str) -> Iterator[Difference]:
    entry = now or was
    said_before, said_after = _said(was), _said(now)
    if entry is None or said_before == said_after:
        return
    yield Difference(
        gone or entry.pointer,
        f"{above}: {entry.label}" if above else entry.label,
        said_before,
        said_after,
        entry.kind,
        was.evidence if was else (),
        now.evidence if now else (),
    )


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


def _said(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return entry.text or "; ".join(entry.items) or "; ".join(entry.evidence)
