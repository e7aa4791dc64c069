"""Is this draft valid? The one function that answers, and words its answer for a tired teacher.

JSON Schema comes first, then cross-field rules (CEL) over what is answered, then what is known of
the attached files, and text that did not parse. Every problem points to a place that a person can
go to, and there is one for each place: the most helpful.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import Problem
from engine.forms.attachments import Evidence
from engine.forms.checking import Fault
from engine.forms.crossing import Rule
from engine.forms.drafts import Draft, EvidenceFacts
from engine.forms.groups import Group
from engine.forms.locating import Found, asked_now, locate
from engine.forms.nodes import Leaf, Node
from engine.forms.pointers import escape, index, join, tokens, unescape
from engine.forms.pruning import prune
from engine.forms.rows import Rows
from engine.forms.schema import FormPlan, FormSet
from engine.forms.wording import worded

_RANK = {"typed": 0, "evidence": 1, "required": 2, "type": 3, "minItems": 4, "oneOf": 5, "rule": 9}
_REST = 6


def validate(
    form_set: FormSet,
    draft: Draft,
    evidence: Mapping[str, EvidenceFacts] | None = None,
    forms: Mapping[str, Any] | None = None,
) -> list[Problem]:
    """What keeps this draft from being submitted, in the order of the pages; empty when nothing.

    `evidence` holds the facts of every attached file by id; with None files are not checked (an
    example has none). `forms` are the pruned answers, when the caller has them already.
    """
    said = prune(form_set, draft) if forms is None else forms
    # By pointer: how helpful, which form, where, the keyword, its words (or the fault to word).
    best: dict[str, tuple[int, int, Found, str, str | Fault]] = {}

    def add(found: Found, code: str, message: str | Fault, form: int) -> None:
        rank = _RANK.get(code, _REST)
        known = best.get(found.pointer)
        if known is None or rank < known[0]:
            best[found.pointer] = (rank, form, found, code, message)

    orders = {}
    for number, (id, form) in enumerate(form_set.forms.items()):
        orders[form.pointer] = number
        for found, fault in _placed(form, form.checker.faults(said[id]), draft):
            add(found, fault.keyword, fault, number)
        for at, text in draft.typed.items():
            if at.startswith(f"{form.pointer}/"):
                place = locate(form, at, draft)
                if place.pointer == at and isinstance(place.node, Leaf):
                    message = place.node.messages.get("typed") or place.node.refusal(text)
                    add(place, "typed", message, number)
        if form.root.has_rules:
            for rule, value, at in _rules(form.root, said[id], form.pointer, draft):
                if rule.broken(value):
                    add(locate(form, at + rule.at, draft), "rule", rule.message, number)
        if evidence is not None and form.root.has_evidence:
            for place, message in _evidence(form, said[id], draft, evidence):
                add(place, "evidence", message, number)
    for rule in form_set.rules:
        if rule.broken(said):
            steps = tokens(rule.at)
            plan = form_set.forms.get(steps[0]) if steps else None
            if plan is not None:
                add(locate(plan, rule.at, draft), "rule", rule.message, orders[plan.pointer])
    found_all = sorted(best.values(), key=lambda one: (one[1], one[2].order))
    return [_problem(found, code, words, said) for _, _, found, code, words in found_all]


def _problem(found: Found, code: str, words: str | Fault, said: Mapping[str, Any]) -> Problem:
    if isinstance(words, str):
        return Problem(found.pointer, code, words)
    form_id = unescape(found.pointer.split("/", 2)[1])
    return Problem(found.pointer, code, worded(found.node, words, said[form_id]))


def _placed(form: FormPlan, faults: list[Fault], draft: Draft) -> Iterator[tuple[Found, Fault]]:
    """Each fault with the place that asks for what it is about."""
    for fault in faults:
        at = join(form.pointer, fault.path)
        if fault.keyword == "required":
            yield locate(form, f"{at}/{escape(str(fault.limit))}", draft), fault
            continue
        found = locate(form, at, draft)
        if fault.branches is not None:
            inner = _of_chosen(found, fault, draft)
            if inner is not None:
                yield from _placed(form, inner, draft)
                continue
        yield found, fault


def _of_chosen(found: Found, fault: Fault, draft: Draft) -> list[Fault] | None:
    """The faults of the alternative that is chosen; None when none is, or it has none."""
    if not isinstance(found.node, Group) or not fault.branches:
        return None
    value = _value(draft, found.pointer)
    which = found.node.alternatives
    while which is not None:
        if len(which.groups) == len(fault.branches) and which.keyword == fault.keyword:
            chosen = which.chosen(value, found.pointer, draft)
            return (fault.branches[chosen] or None) if chosen is not None else None
        chosen = which.chosen(value, found.pointer, draft)
        which = which.groups[chosen].alternatives if chosen is not None else None
    return None


def _value(draft: Draft, pointer: str) -> Any:
    value: Any = draft.answers
    for step in tokens(pointer):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and (number := index(step)) is not None:
            value = value[number] if number < len(value) else None
        else:
            return None
    return value


def _rules(node: Node, value: Any, at: str, draft: Draft) -> Iterator[tuple[Rule, Any, str]]:
    """Every rule that stands over an answered object, with the object."""
    if isinstance(node, Rows):
        for number, said in enumerate(value if isinstance(value, list) else ()):
            yield from _rules(node.item, said, f"{at}/{number}", draft)
    if not isinstance(node, Group) or not node.has_rules or not isinstance(value, dict):
        return
    yield from ((rule, value, at) for rule in node.rules)
    for child in asked_now(node, value, at, draft):
        if getattr(child, "has_rules", False) and child.key in value:
            yield from _rules(child, value[child.key], f"{at}/{child.token}", draft)
    which = node.alternatives
    while which is not None:
        chosen = which.chosen(value, at, draft)
        if chosen is None:
            return
        group = which.groups[chosen]
        yield from ((rule, value, at) for rule in group.rules)
        which = group.alternatives


def _evidence(
    form: FormPlan, value: Any, draft: Draft, known: Mapping[str, EvidenceFacts]
) -> Iterator[tuple[Found, str]]:
    for node, at, said in _files(form.root, value, form.pointer, draft):
        for id in node.ids(said):
            if message := node.problem(known.get(id)):
                yield locate(form, at, draft), node.messages.get("evidence", message)
                break


def _files(node: Node, value: Any, at: str, draft: Draft) -> Iterator[tuple[Evidence, str, Any]]:
    if isinstance(node, Evidence):
        yield node, at, value
    elif isinstance(node, Rows) and node.has_evidence:
        for number, said in enumerate(value if isinstance(value, list) else ()):
            yield from _files(node.item, said, f"{at}/{number}", draft)
    elif isinstance(node, Group) and node.has_evidence and isinstance(value, dict):
        for child in asked_now(node, value, at, draft):
            if child.key in value:
                yield from _files(child, value[child.key], f"{at}/{child.token}", draft)
