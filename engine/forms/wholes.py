"""What is wrong with a whole, in words: too few names, none of a kind, what must not be so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.forms.choices import worded
from engine.forms.nodes import Node
from engine.forms.pointing import refused
from engine.languages import _, ngettext


def of_whole(node: Node, keyword: str, value: Any) -> str:
    """The words for a keyword that looks at a whole; empty for all others."""
    words = _WORDS.get(keyword)
    return words(node, value) if words else ""


def _not(node: Node, value: Any) -> str:
    said = node.schema.get("not")
    said = said if isinstance(said, Mapping) else {}
    values = [said["const"]] if "const" in said else said.get("enum") or []
    if values and not isinstance(value, dict | list):
        return _("“%(answer)s” can't be the answer here.", answer=worded(value))
    keys = refused(node.schema)
    if keys and "required" in said and "properties" not in said:
        titles = {one.key: one.title for one in node.nodes()}
        named = _list([titles.get(key, key) for key in keys])
        if len(keys) == 1:
            return _("Please leave “%(question)s” unanswered.", question=named)
        return _("Please don't answer all of these together: %(questions)s.", questions=named)
    return _("This can't be answered in this way. Please check it.")


def _contains(node: Node, value: Any) -> str:
    wanted = node.schema.get("contains")
    about = wanted if isinstance(wanted, Mapping) else {}
    least = node.schema.get("minContains", 1)
    most = node.schema.get("maxContains")
    what = about.get("title") or about.get("description")
    count = least if isinstance(least, int) else 1
    if not what and "const" in about:
        what = _("“%(answer)s”", answer=worded(about["const"]))
    what = str(what or _("what is asked for here"))
    low = ngettext(
        "At least one of these must be: %(what)s.",
        "At least %(count)s of these must be: %(what)s.",
        count,
        what=what,
    )
    if not isinstance(most, int):
        return low
    high = ngettext(
        "At most one of these may be: %(what)s.",
        "At most %(count)s of these may be: %(what)s.",
        most,
        what=what,
    )
    return high if count == 0 else f"{low} {high}"


def _too_few(node: Node, value: Any) -> str:
    least = node.schema.get("minProperties", 1)
    missing = least - (len(value) if isinstance(value, dict) else 0)
    return ngettext(
        "Please answer at least one more question here.",
        "Please answer at least %(count)s more questions here.",
        max(1, missing),
    )


def _too_many(node: Node, value: Any) -> str:
    most = node.schema.get("maxProperties", 0)
    return ngettext(
        "Only one of these may be answered. Please leave the others blank.",
        "Only %(count)s of these may be answered. Please leave the others blank.",
        most,
    )


def _name(node: Node, value: Any) -> str:
    names = node.schema.get("propertyNames")
    hint = names.get("description") if isinstance(names, Mapping) else ""
    words = _("This name can't be used here.")
    return f"{words} {hint}" if isinstance(hint, str) and hint else words


def _blank(node: Node, value: Any) -> str:
    return _("This isn't asked here. Please leave it blank.")


def _list(words: list[str]) -> str:
    return ", ".join(words)


_WORDS: dict[str, Callable[[Node, Any], str]] = {
    "not": _not,
    "contains": _contains,
    "minProperties": _too_few,
    "maxProperties": _too_many,
    "propertyNames": _name,
    "false": _blank,
    "falseSchema": _blank,
}
