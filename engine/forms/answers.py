"""What becomes of a page's answers: read from a post, kept in a draft, checked, counted.

The names that other floors use stand here; the work is in `posting`, `pruning` and `validation`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.errors import Problem
from engine.forms.attachments import Evidence
from engine.forms.drafts import Draft, EvidenceFacts, Posted, Progress
from engine.forms.editing import apply
from engine.forms.fields import Constant
from engine.forms.groups import Group, asked
from engine.forms.layers import Layer, uncovered
from engine.forms.nodes import Leaf, Node
from engine.forms.pointers import ABSENT
from engine.forms.posting import covers_mark, parse
from engine.forms.prefilling import prefilled
from engine.forms.pruning import marks_of, prune
from engine.forms.rows import Rows
from engine.forms.schema import FormSet, Page
from engine.forms.validation import validate

__all__ = [
    "Draft",
    "Evidence",
    "EvidenceFacts",
    "Posted",
    "Progress",
    "apply",
    "evidence_problem",
    "fresh",
    "marks_of",
    "page_problems",
    "page_progress",
    "page_seen",
    "parse",
    "prune",
    "validate",
]


def page_seen(page: Page, draft: Draft) -> str:
    """A short digest of everything that a draft says on a page, marks included.

    Two drafts that show the same page have the same; what other pages say does not matter. Nor do
    the ids of rows, which each device may give to rows that had none, and what was agreed to,
    which follows from the answer: neither is anything to choose between.
    """
    part = {
        "answers": page.own(page.said(draft)),
        "typed": {at: text for at, text in draft.typed.items() if covers_mark(page, at)},
        "chosen": {at: one for at, one in draft.chosen.items() if covers_mark(page, at)},
    }
    text = json.dumps(part, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def page_problems(page: Page, problems: Iterable[Problem]) -> list[Problem]:
    """The problems that are put right on this page."""
    return [problem for problem in problems if page.covers(problem.pointer)]


def page_progress(page: Page, draft: Draft, problems: Iterable[Problem]) -> Progress:
    """How far a page has come, counted in the required questions that it asks now.

    A page whose questions are all optional counts all of them, and is complete when one is
    answered and none has a problem.
    """
    value = page.said(draft)
    nodes = asked(page.parts, value, page.above, draft)
    counted = list(_counted(nodes, value, page.above, draft))
    required = [answered for needed, answered in counted if needed]
    answers = required or [answered for _, answered in counted]
    begun = any(answered for _, answered in counted) or any(
        covers_mark(page, at) for at in draft.typed
    )
    if begun and not any(page.covers(problem.pointer) for problem in problems):
        return Progress(sum(answers), len(answers), "complete")
    return Progress(sum(answers), len(answers), "started" if begun else "not-started")


def evidence_problem(field: Evidence, facts: EvidenceFacts) -> str:
    """Why a stored file does not answer an evidence question, in words; empty when it does."""
    return field.problem(facts)


def fresh(form_set: FormSet, profile: Mapping[str, str] | None = None) -> Draft:
    """A new draft of somebody who has handed in nothing yet; see `prefilling`."""
    return prefilled(form_set, profile).draft


def _counted(
    nodes: Iterable[Node], value: Any, at: str, draft: Draft
) -> Iterator[tuple[bool, bool]]:
    """For every question below: whether it is required, whether it is answered."""
    for node in nodes:
        said = value.get(node.key, ABSENT) if isinstance(value, dict) else ABSENT
        yield from _counted_one(node, said, f"{at}/{node.token}", draft, node.required)


def _counted_one(
    node: Node, said: Any, at: str, draft: Draft, required: bool
) -> Iterator[tuple[bool, bool]]:
    if isinstance(node, Layer):
        below = uncovered(node, said, at, draft)
        if below is None or isinstance(below, Constant):
            yield required and node.required, below is not None
        else:
            yield from _counted_one(below, said, at, draft, required and node.required)
    elif isinstance(node, Leaf):
        if node.kind != "constant":
            yield required and node.required, said is not ABSENT and said is not None
    elif isinstance(node, Group):
        # What an optional group asks is required only once something of it is answered.
        needed = required and (node.required or bool(said is not ABSENT and said))
        inside = said if isinstance(said, dict) else {}
        if node.alternatives is not None:
            chosen = node.alternatives.chosen(inside, at, draft)
            yield required and node.required, chosen is not None
        for child in asked(node.parts, inside, at, draft):
            yield from _counted_one(
                child, inside.get(child.key, ABSENT), f"{at}/{child.token}", draft, needed
            )
    elif isinstance(node, Rows):
        rows = said if isinstance(said, list) else []
        for number in range(max(len(rows), node.first_rows)):
            row = rows[number] if number < len(rows) else ABSENT
            needed = required and (number < node.least or (node.required and number == 0))
            item = node.item_at(number)
            yield from _counted_one(item, row, f"{at}/{number}", draft, needed or row != {})
