"""A failed schema keyword in words for the person who can mend it.

A document's own `messages` come first. Nothing here blames, and nothing names a keyword.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.forms.attachments import EvidenceList
from engine.forms.choices import Checkboxes
from engine.forms.faults import SEVERAL, Fault
from engine.forms.groups import Group
from engine.forms.mixed import Variants
from engine.forms.nodes import Leaf, Node
from engine.forms.rows import Rows
from engine.forms.wholes import of_whole
from engine.languages import N_, _, ngettext
from engine.phrases import day, figure, listed

_FORMATS = {
    "date": N_("This is not a date we can read. Write it like this: %(day)s."),
    "email": N_("This does not look like an e-mail address. One looks like ana@school.example."),
    "idn-email": N_(
        "This does not look like an e-mail address. One looks like ana@school.example."
    ),
    "uri": N_("This does not look like a web address. One looks like https://school.example/page."),
    "time": N_("This is not a time we can read. Write it like this: 14:30:00Z."),
    "date-time": N_(
        "This is not a date and time we can read. One looks like 2026-03-12T14:30:00Z."
    ),
    "duration": N_("This is not a span of time we can read. One looks like PT1H30M."),
    "iri": N_("This does not look like a web address. One looks like https://school.example/page."),
    "uri-reference": N_("This does not look like a web address, or a part of one."),
    "iri-reference": N_("This does not look like a web address, or a part of one."),
    "hostname": N_("This does not look like a server's name. One looks like www.school.example."),
    "idn-hostname": N_(
        "This does not look like a server's name. One looks like www.school.example."
    ),
    "ipv4": N_("This does not look like a network address. One looks like 192.0.2.10."),
    "ipv6": N_("This does not look like a network address. One looks like 2001:db8::10."),
    "uuid": N_(
        "This is not a number of its kind: 8, 4, 4, 4 and 12 letters and figures, with hyphens."
    ),
    "regex": N_("This is not a search rule that can be used. A bracket may be missing."),
    "json-pointer": N_("This needs to be a path that begins with a slash, such as /form/name."),
}


_NOT_READ = N_("This is not written in the way we can read.")
_A_NUMBER = N_("This needs to be a number.")
_A_DAY = date(2026, 3, 12)


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
    if words := of_whole(node, keyword, value):
        return words
    limit = fault.limit
    match keyword:
        case "minItems":
            return _too_few(node, limit)
        case "maxItems":
            return _("Please keep this to %(things)s or fewer.", things=_things(node, limit))
        case "uniqueItems":
            return _("Two of these are the same. Please change one, or remove it.")
        case "minLength":
            return _too_short(value, limit)
        case "maxLength":
            over = len(value) - limit if isinstance(value, str) else 0
            return ngettext(
                "This is %(count)s character too long: there is room for %(most)s.",
                "This is %(count)s characters too long: there is room for %(most)s.",
                over,
                most=figure(limit),
            )
        case "minimum":
            return _("This needs to be %(limit)s or more.", limit=_figures(limit))
        case "maximum":
            return _("This needs to be %(limit)s or less.", limit=_figures(limit))
        case "exclusiveMinimum":
            return _("This needs to be more than %(limit)s.", limit=_figures(limit))
        case "exclusiveMaximum":
            return _("This needs to be less than %(limit)s.", limit=_figures(limit))
        case "multipleOf":
            step = node.schema.get("multipleOf", limit)
            return _("This needs to go in steps of %(step)s.", step=_figures(step))
        case "format":
            return _(_FORMATS.get(str(limit), _NOT_READ), day=day(_A_DAY))
        case "pattern":
            if node.hint:
                example = node.hint.rstrip(".")
                return _("This is not in the form we expect. %(example)s.", example=example)
            return _("This is not in the form we expect.")
        case "enum" | "const":
            return _("Please choose one of the answers listed.")
        case "type":
            return _wrong_type(node)
        case "oneOf" | "anyOf":
            return _ambiguous(node) if fault.limit == SEVERAL else _choose(node)
        case "additionalProperties" | "unevaluatedProperties":
            return _("There are answers here that this form does not ask for.")
    return _("Please check this answer: %(title)s", title=node.title)


def _missing(node: Node) -> str:
    if isinstance(node, Variants):
        titles = [f"“{one.label}”" for one in node.variants]
        return _("Choose one of these: %(choices)s.", choices=", ".join(titles))
    if isinstance(node, Rows):
        return node.needed(0) if node.least and node.item_title else _lacking(node)
    if isinstance(node, Group) and node.alternatives is not None:
        return _choose(node)
    return _lacking(node)


def _lacking(node: Node) -> str:
    words: str = getattr(node, "lacking", Leaf.lacking)
    title = node.title.rstrip()
    if words.endswith(": %(title)s") and title.endswith("."):
        title = title[:-1]
    return _(words, title=title)


def _choose(node: Node) -> str:
    if isinstance(node, Group) and node.alternatives is not None:
        titles = [f"“{group.title}”" for group in node.alternatives.groups]
        return _("Choose one of these: %(titles)s.", titles=listed(titles, "or"))
    return _("Please check this answer: %(title)s", title=node.title)


def _ambiguous(node: Node) -> str:
    return _(
        "Your answers under “%(title)s” can be read in more than one way. This is a fault in the"
        " form, not in what you wrote: please tell program staff.",
        title=node.title,
    )


def _figures(limit: Any) -> str:
    """A limit as people write it: `1,500`, `0.5`."""
    return figure(limit) if isinstance(limit, int | float) else str(limit)


def _too_few(node: Node, limit: Any) -> str:
    if limit == 1:
        return _lacking(node)
    return _("Please give at least %(things)s.", things=_things(node, limit))


def _things(node: Node, count: Any) -> str:
    if isinstance(node, EvidenceList):
        return ngettext("%(count)s file", "%(count)s files", count)
    if isinstance(node, Checkboxes):
        return ngettext("%(count)s choice", "%(count)s choices", count)
    return ngettext("%(count)s answer", "%(count)s answers", count)


def _too_short(value: Any, limit: Any) -> str:
    if not value:
        return _("Please write an answer here.")
    missing = limit - len(value) if isinstance(value, str) else limit
    return ngettext(
        "This needs a little more: at least %(count)s more character.",
        "This needs a little more: at least %(count)s more characters.",
        missing,
    )


def _wrong_type(node: Node) -> str:
    if isinstance(node, Leaf) and node.kind == "number":
        words: str = getattr(node, "EXAMPLE", _A_NUMBER)
        return _(words)
    return _("This answer does not fit the question. Please answer it again.")


def _at(value: Any, path: list[str | int]) -> Any:
    for step in path:
        try:
            # The fast validator names a property that is called 0 by a number.
            value = value[str(step) if isinstance(value, dict) else step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
