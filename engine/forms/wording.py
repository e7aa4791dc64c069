"""A failed schema keyword in words for the person who can mend it.

A document's own `messages` come first. Nothing here blames, and nothing names a keyword.
"""

from __future__ import annotations

from typing import Any

from engine.forms.attachments import EvidenceList
from engine.forms.checking import SEVERAL, Fault
from engine.forms.choices import Checkboxes
from engine.forms.groups import Group
from engine.forms.nodes import Leaf, Node
from engine.forms.rows import Rows

_FORMATS = {
    "date": "This is not a date we can read. Write it like this: 12 March 2026.",
    "email": "This does not look like an e-mail address. One looks like ana@school.example.",
    "idn-email": "This does not look like an e-mail address. One looks like ana@school.example.",
    "uri": "This does not look like a web address. One looks like https://school.example/page.",
    "time": "This is not a time we can read. Write it like this: 14:30:00Z.",
    "date-time": "This is not a date and time we can read. One looks like 2026-03-12T14:30:00Z.",
}


def worded(node: Node, fault: Fault, answers: Any) -> str:
    """What is wrong at `node`, and what to do about it; `answers` are the whole form's."""
    keyword = fault.keyword
    own = node.messages.get(keyword)
    if isinstance(own, str):
        return own
    if keyword == "required":
        return _missing(node)
    value = _at(answers, fault.path)
    if isinstance(node, Rows) and keyword in ("minItems", "maxItems") and node.item_title:
        return node.needed(len(value) if isinstance(value, list) else 0)
    limit = fault.limit
    match keyword:
        case "minItems":
            return _too_few(node, limit)
        case "maxItems":
            return f"Please keep this to {_things(node, limit)} or fewer."
        case "uniqueItems":
            return "Two of these are the same. Please change one, or remove it."
        case "minLength":
            return _too_short(value, limit)
        case "maxLength":
            over = len(value) - limit if isinstance(value, str) else 0
            many = f"{over:,} character{'' if over == 1 else 's'}"
            return f"This is {many} too long: there is room for {limit:,}."
        case "minimum":
            return f"This needs to be {_figures(limit)} or more."
        case "maximum":
            return f"This needs to be {_figures(limit)} or less."
        case "exclusiveMinimum":
            return f"This needs to be more than {_figures(limit)}."
        case "exclusiveMaximum":
            return f"This needs to be less than {_figures(limit)}."
        case "multipleOf":
            return "This number does not fit here. Please check it."
        case "format":
            return _FORMATS.get(str(limit), "This is not written in the way we can read.")
        case "pattern":
            return f"This is not in the form we expect{_by_example(node)}."
        case "enum" | "const":
            return "Please choose one of the answers listed."
        case "type":
            return _wrong_type(node)
        case "oneOf" | "anyOf":
            return _ambiguous(node) if fault.limit == SEVERAL else _choose(node)
        case "additionalProperties" | "unevaluatedProperties":
            return "There are answers here that this form does not ask for."
    return f"Please check this answer: {node.title}"


def _missing(node: Node) -> str:
    if isinstance(node, Rows):
        return node.needed(0) if node.least and node.item_title else _lacking(node)
    if isinstance(node, Group) and node.alternatives is not None:
        return _choose(node)
    return _lacking(node)


def _lacking(node: Node) -> str:
    words: str = getattr(node, "lacking", Leaf.lacking)
    title = node.title.rstrip()
    if words.endswith(": {title}") and title.endswith("."):
        title = title[:-1]
    return words.format(title=title)


def _choose(node: Node) -> str:
    if isinstance(node, Group) and node.alternatives is not None:
        titles = [f"“{group.title}”" for group in node.alternatives.groups]
        return f"Choose one of these: {', '.join(titles[:-1])} or {titles[-1]}."
    return f"Please check this answer: {node.title}"


def _ambiguous(node: Node) -> str:
    return (
        f"Your answers under “{node.title}” can be read in more than one way. This is a fault in"
        " the form, not in what you wrote: please tell program staff."
    )


def _figures(limit: Any) -> str:
    """A limit as people write it: `1,500`, `0.5`."""
    whole = isinstance(limit, int) or (isinstance(limit, float) and limit.is_integer())
    return f"{int(limit):,}" if whole else str(limit)


def _too_few(node: Node, limit: Any) -> str:
    if limit == 1:
        return _lacking(node)
    return f"Please give at least {_things(node, limit)}."


def _things(node: Node, count: Any) -> str:
    one, many = ("answer", "answers")
    if isinstance(node, EvidenceList):
        one, many = ("file", "files")
    elif isinstance(node, Checkboxes):
        one, many = ("choice", "choices")
    return f"{count} {one if count == 1 else many}"


def _too_short(value: Any, limit: Any) -> str:
    if not value:
        return "Please write an answer here."
    missing = limit - len(value) if isinstance(value, str) else limit
    many = "character" if missing == 1 else "characters"
    return f"This needs a little more: at least {missing:,} more {many}."


def _by_example(node: Node) -> str:
    return f". {node.hint.rstrip('.')}" if node.hint else ""


def _wrong_type(node: Node) -> str:
    if isinstance(node, Leaf) and node.kind == "number":
        return str(getattr(node, "EXAMPLE", "This needs to be a number."))
    return "This answer does not fit the question. Please answer it again."


def _at(value: Any, path: list[str | int]) -> Any:
    for step in path:
        try:
            # The fast validator names a property that is called 0 by a number.
            value = value[str(step) if isinstance(value, dict) else step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
