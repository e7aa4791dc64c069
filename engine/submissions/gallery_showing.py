"""Shared answers as visitors read them: what the document names, and in it nothing about others.

People's names and addresses, agreements, secrets and whatever no question asked for are left out
wherever they stand, however deep; so are questions without an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from engine.credentials.credential import Edition
from engine.forms import display
from engine.forms.drafts import Draft
from engine.forms.entries import Entry, PickShown
from engine.forms.pointers import ABSENT, value_at
from engine.forms.schema import form_set_of
from engine.records.folding import words

_PRIVATE: Final = frozenset({"person", "agreement", "write_only", "secret", "json"})
"""Kinds of answers that stay in the house."""
_LONGEST_LABEL: Final = 300


def entries(edition: Edition, draft: Draft) -> list[Entry]:
    """What the page shows, in the document's order, in the words of the edition."""
    gallery = edition.credential.gallery
    if gallery is None:
        return []
    known = _by_pointer(edition, draft)
    found = []
    for part in gallery.shows:
        entry = _public(known[part.at]) if part.at in known else None
        if entry is not None:
            found.append(replace(entry, label=part.title or entry.label))
    return found


def with_files(shown: Sequence[Entry], known: Collection[str]) -> list[Entry]:
    """The entries with none but the `known` files, and without those where nothing is left."""
    return [kept for one in shown if (kept := _with_files(one, known)).answered]


def _with_files(entry: Entry, known: Collection[str]) -> Entry:
    below = tuple(_with_files(one, known) for one in entry.children)
    if entry.kind in ("group", "row", "rows"):  # a table keeps its cells in their columns
        below = tuple(one for one in below if one.answered)
    files = tuple(id for id in entry.evidence if id in known)
    return replace(entry, evidence=files, children=below)


def words_at(edition: Edition, draft: Draft, pointer: str) -> str:
    """The answer at `pointer` as it was typed; empty where there is none."""
    said = value_at(draft.answers, pointer) if pointer else ABSENT
    return said.strip() if isinstance(said, str) else ""


def labels(edition: Edition, draft: Draft, pointer: str, kind: str) -> Iterator[tuple[str, str]]:
    """What an answer names, each with how it is called in the edition's language: a standard of a
    framework by `FRAMEWORK:CODE`, everything else by its folded words, which have no colon."""
    said = value_at(draft.answers, pointer) if pointer else ABSENT
    values = said if isinstance(said, list) else [said]
    entry = _by_pointer(edition, draft).get(pointer)
    called = _called(entry) if entry is not None else []
    for number, value in enumerate(values):
        if not isinstance(value, str):
            continue
        item = _standards(edition).get(value.strip()) if kind == "standard" else None
        if item is not None:
            yield item
        elif key := " ".join(words(value)):
            label = called[number] if len(called) == len(values) else value
            yield key, " ".join(label.split())[:_LONGEST_LABEL]


def _standards(edition: Edition) -> Mapping[str, tuple[str, str]]:
    """The items of frameworks that questions offer, by each text that an answer names them with."""
    return {
        text: (f"{id}:{item.code}", f"{item.code} {item.statement}"[:_LONGEST_LABEL])
        for id, items in edition.frameworks.items()
        for item in items
        for text in (f"{id}:{item.code}", f"{item.code} {item.statement}")
    }


def _called(entry: Entry) -> Sequence[str]:
    """How the values of a list, or the one value, read."""
    if entry.items:
        return entry.items
    if entry.children:
        return [child.text for child in entry.children]
    return [entry.text]


def _by_pointer(edition: Edition, draft: Draft) -> dict[str, Entry]:
    forms = display.read_only(form_set_of(edition), _every_form(edition, draft), draft)
    return {entry.pointer: entry for form in forms for entry in form.entries}


def _every_form(edition: Edition, draft: Draft) -> dict[str, Any]:
    return {id: draft.answers.get(id, {}) for id in edition.credential.forms}


def _public(entry: Entry) -> Entry | None:
    """The entry without what is nobody else's business; None where nothing is left."""
    if entry.kind in _PRIVATE or entry.typed or entry.wording or entry.address:
        return None
    if entry.picks:
        children = tuple(_public_pick(entry.picks))
        if not children:
            return None
        return replace(entry, kind="group", text="", picks=(), children=children)
    if entry.is_group:
        if entry.columns:
            return _public_table(entry)
        kept = tuple(one for child in entry.children if (one := _public(child)) is not None)
        return replace(entry, children=kept) if kept else None
    return entry if entry.answered else None


def _public_pick(picks: Sequence[PickShown]) -> Iterator[Entry]:
    for pick in picks:
        for entry in pick.entries:
            if (one := _public(entry)) is not None:
                yield one


def _public_table(entry: Entry) -> Entry | None:
    """A table without private columns and without those that nobody filled in. One with a chart is
    a chart (`series`) that has the table as its child."""
    if not entry.answered:
        return None
    rows = [[one for one in row.children if one.kind not in _PRIVATE] for row in entry.children]
    columns = [one for one in entry.columns if one.leaf.kind not in _PRIVATE]
    kept = [
        number
        for number, _column in enumerate(columns)
        if any(number < len(row) and row[number].answered for row in rows)
    ]
    table = replace(
        entry,
        kind="table",
        chart=None,
        columns=tuple(columns[number] for number in kept),
        children=tuple(
            replace(whole, children=tuple(row[number] for number in kept if number < len(row)))
            for whole, row in zip(entry.children, rows, strict=True)
        ),
    )
    if entry.chart is None:
        return table
    return replace(entry, columns=(), children=(table,))
