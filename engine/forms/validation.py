"""Is this draft valid? The one function that answers, and words its answer for a tired teacher.

JSON Schema comes first, then cross-field rules (CEL) over what is answered, then what is known of
the attached files, and text that did not parse. Every problem points to a place that a person can
go to, and there is one for each place: the most helpful.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from engine.credentials.rules import Purse
from engine.errors import Problem
from engine.forms.attachments import Evidence
from engine.forms.crossing import Rule
from engine.forms.drafts import Draft, EvidenceFacts
from engine.forms.faults import Fault
from engine.forms.groups import Group
from engine.forms.layers import uncovered
from engine.forms.locating import Found, always_asked, locate
from engine.forms.nodes import Leaf, Node
from engine.forms.offers import Offers
from engine.forms.pointers import escape, index, join, tokens, value_at, within
from engine.forms.pointing import pointed, unnamed
from engine.forms.pruning import prune
from engine.forms.results_of_surveys import SurveyResults
from engine.forms.reuse import Reuse
from engine.forms.rows import Rows, repeated
from engine.forms.schema import FormPlan, FormSet
from engine.forms.walking import inside
from engine.forms.wording import worded
from engine.languages import _

_RANK = {"typed": 0, "evidence": 1, "required": 2, "type": 3, "minItems": 4, "oneOf": 5, "rule": 9}
_REST = 6


def validate(
    form_set: FormSet,
    draft: Draft,
    evidence: Mapping[str, EvidenceFacts] | None = None,
    forms: Mapping[str, Any] | None = None,
    offers: Offers | None = None,
    today: date | None = None,
) -> list[Problem]:
    """What keeps this draft from being submitted, in the order of the pages; empty when nothing.

    `evidence` holds the facts of every attached file by id; with None files are not checked (an
    example has none). `forms` are the pruned answers, when the caller has them already. `offers`
    are the answers that the person may reuse; with None nobody looks where a reused one comes
    from. `today` is the latest day that a measurement may be of; with None that may be any.
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
    purse = Purse()
    for number, (id, form) in enumerate(form_set.forms.items()):
        orders[form.pointer] = number
        for found, fault in _placed(form, form.checker.faults(said[id]), draft):
            if fault.keyword == "uniqueItems" and isinstance(found.node, Rows):
                for place, message in _repeated(form, found, said[id], draft):
                    add(place, fault.keyword, message, number)
            else:
                add(found, fault.keyword, fault, number)
        for place, message in unnamed(form, draft):
            add(place, "typed", message, number)
        for at in draft.typed:
            if within(at, form.pointer):
                place = locate(form, at, draft)
                if place.pointer == at and isinstance(place.node, Leaf):
                    message = place.node.messages.get("typed") or place.node.objection(at, draft)
                    add(place, "typed", message, number)
        if form.root.has_rules:
            for rule, value, at in _rules(form.root, said[id], form.pointer, draft):
                if rule.broken(value, purse):
                    add(locate(form, at + rule.at, draft), "rule", rule.message, number)
        if form.root.checks:
            own = _own_faults(form, form.root, said[id], form.pointer, draft, offers, today)
            for place, leaf, message in own:
                add(place, leaf.kind, message, number)
        if evidence is not None and form.root.has_evidence:
            for place, message in _evidence(form, said[id], draft, evidence):
                add(place, "evidence", message, number)
    for at, message in _over_all(form_set, said, purse):
        steps = tokens(at)
        plan = form_set.forms.get(steps[0]) if steps else None
        if plan is not None:
            add(locate(plan, at, draft), "rule", message, orders[plan.pointer])
    found_all = sorted(best.values(), key=lambda one: (one[1], one[2].order))
    ids = list(form_set.forms)
    return [
        _problem(found, code, words, said[ids[form]]) for _, form, found, code, words in found_all
    ]


def _over_all(
    form_set: FormSet, said: Mapping[str, Any], purse: Purse
) -> Iterator[tuple[str, str]]:
    """Where, and in which words, a rule over the whole is broken or a requirement not reached."""
    yield from ((rule.at, rule.message) for rule in form_set.rules if rule.broken(said, purse))
    for one in form_set.requirements:
        if one.message and one.value(said, purse) < one.target:
            yield one.at, one.message


def _problem(found: Found, code: str, words: str | Fault, answers: Any) -> Problem:
    message = words if isinstance(words, str) else worded(found.node, words, answers)
    return Problem(found.pointer, code, message)


def _placed(form: FormPlan, faults: list[Fault], draft: Draft) -> Iterator[tuple[Found, Fault]]:
    """Each fault with the place that asks for what it is about."""
    known = always_asked(form) if faults else {}
    for fault in faults:
        at = join(form.pointer, fault.path)
        if fault.keyword == "required":
            at = f"{at}/{escape(str(fault.limit))}"
            yield known.get(at) or locate(form, at, draft), fault
            continue
        place = pointed(form, fault, at, draft)
        found = locate(form, place, draft)
        if place != at and fault.keyword == "propertyNames":
            # The words are those of the whole, whose names these are.
            found = locate(form, at, draft)._replace(pointer=place, order=found.order)
        if place != at and fault.keyword == "minItems":
            # A list with places of its own lacks its next place, rather than "some answers".
            fault = Fault("required", fault.path)
        if fault.branches is not None:
            inner = _of_chosen(found, fault, draft)
            if inner is not None:
                yield from _placed(form, inner, draft)
                continue
        yield found, fault


def _repeated(form: FormPlan, found: Found, said: Any, draft: Draft) -> Iterator[tuple[Found, str]]:
    """Each row that says the same as one above it (JSON Schema 2020-12 §6.4.3 of Validation)."""
    rows = cast(Rows, found.node)
    below = found.pointer[len(form.pointer) :]
    for first, again in repeated(value_at(said, below)):
        own = rows.messages.get("uniqueItems")
        message = own or _("This is the same as %(row)s.", row=rows.heading(first + 1))
        yield locate(form, f"{found.pointer}/{again}", draft), message


def _of_chosen(found: Found, fault: Fault, draft: Draft) -> list[Fault] | None:
    """The faults of the alternative that is chosen; None when none is, or it has none."""
    branches = fault.branches or []
    for variants, chosen in found.chosen:
        number = variants.variants[chosen].number
        if variants.keyword == fault.keyword and number is not None and number < len(branches):
            return branches[number] or None
    if not isinstance(found.node, Group):
        return None
    value = _value(draft, found.pointer)
    which = found.node.alternatives
    while which is not None:
        chosen_one = which.chosen(value, found.pointer, draft)
        if chosen_one is None:
            return None
        number = which.numbers[chosen_one] if which.numbers else chosen_one
        if which.keyword == fault.keyword and number < len(branches):
            return branches[number] or None
        which = which.groups[chosen_one].alternatives
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
    if not node.has_rules:
        return
    for one in inside(node, value, at, draft):
        yield from _rules(one.node, one.value, one.at, draft)
    here = uncovered(node, value, at, draft)
    if not isinstance(here, Group) or not isinstance(value, dict):
        return
    node = here
    yield from ((rule, value, at) for rule in node.rules)
    which = node.alternatives
    while which is not None:
        chosen = which.chosen(value, at, draft)
        if chosen is None:
            return
        group = which.groups[chosen]
        yield from ((rule, value, at) for rule in group.rules)
        which = group.alternatives


def _own_faults(
    form: FormPlan,
    node: Node,
    value: Any,
    at: str,
    draft: Draft,
    offers: Offers | None,
    today: date | None,
) -> Iterator[tuple[Found, Node, str]]:
    """What the kinds themselves find in their answers, beyond what schemas can say."""
    if not node.checks:
        return
    if isinstance(node, Leaf):
        message = node.fault(value, at, draft)
        if not message and offers is not None and isinstance(node, Reuse):
            message = node.unproven(value, offers)
        if message:
            yield locate(form, at, draft), node, message
    elif isinstance(node, Rows):
        for place, message in node.faults(value, at, today):
            yield locate(form, place, draft), node, message
    elif (
        isinstance(node, SurveyResults)
        and offers is not None
        and (message := node.unproven(value, offers))
    ):
        yield locate(form, f"{at}/source", draft), node, message
    for one in inside(node, value, at, draft):
        yield from _own_faults(form, one.node, one.value, one.at, draft, offers, today)


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
    elif node.has_evidence:
        for one in inside(node, value, at, draft):
            yield from _files(one.node, one.value, one.at, draft)
