"""What a new draft says already: defaults, the candidate's profile, and their earlier work.

    prefill: profile.name                  from the account
    prefill: earlier                       the same question of an earlier submission
    prefill: {from: {credential: …, form: …, at: /pointer}}    another; any part may be left out
    prefill: {from: [{…}, {…}]}            the first of these places that has an answer

Answers in repeating groups and alternatives are nobody's yet, so they get none; a whole group of
rows may be filled in, with what both places ask: names from a list of dated visits fill a list of
names. Agreements and files are never taken over: each is given anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.forms.attachments import Evidence
from engine.forms.defaults import begun
from engine.forms.drafts import Draft
from engine.forms.groups import Group
from engine.forms.nodes import Node
from engine.forms.pointers import ABSENT, value_at
from engine.forms.rows import Rows
from engine.forms.schema import FormSet

GIVEN_ANEW = frozenset({"agreement", "constant"})
"""Kinds whose answers are never taken over from anywhere."""


class Source(NamedTuple):
    """Where a question is to be filled in from. Empty parts mean its own."""

    credential: str
    form: str
    at: str
    """A pointer inside the form."""


Earlier = Callable[[str], Mapping[str, Any] | None]
"""The answers of one's latest handed-in submission of a credential (empty: this one), keyed by
form id; None when there is none."""


class Prefilled(NamedTuple):
    """A new draft, and which of its answers came from earlier work: sources by pointer."""

    draft: Draft
    taken: dict[str, Source]


def prefilled(
    form_set: FormSet, profile: Mapping[str, str] | None = None, earlier: Earlier | None = None
) -> Prefilled:
    """A new draft: each question's `default`, or what its `prefill` names.

    `profile` is by the keyword's values: `{"profile.name": …, "profile.email": …}`.
    """
    taken: dict[str, Source] = {}
    answers = {}
    for id, form in form_set.forms.items():
        if isinstance(form.root, Group):
            parts = form.root.parts
            answers[id] = _answers(parts, id, form.pointer, profile or {}, earlier, taken)
        if (said := begun(form.root)) is not ABSENT:
            answers[id] = (
                {**said, **answers[id]} if isinstance(said, dict) and id in answers else said
            )
    return Prefilled(Draft.of(answers), taken)


def sources_of(said: Any, form_id: str, at: str) -> Iterator[Source]:
    """What a `prefill` names, where it names earlier work; `at` is the question's own place."""
    if said == "earlier":
        yield Source("", form_id, at)
    named = said.get("from") if isinstance(said, Mapping) else None
    for one in named if isinstance(named, list) else [named]:
        if isinstance(one, Mapping):
            yield Source(
                str(one.get("credential", "")),
                str(one.get("form") or form_id),
                str(one.get("at", at)),
            )


def taken_over(node: Node, value: Any) -> Any:
    """What of an earlier answer `value` becomes an answer to `node`; `ABSENT` when nothing does.

    Rows and groups keep the answers that `node` asks too, but for files and agreements; what has
    alternatives or conditions is taken as a whole, or not at all where it holds one of those.
    """
    if not _of_the_shape(value, node.schema):
        return ABSENT
    if isinstance(node, Group) and node.plain and isinstance(value, Mapping):
        parts = {
            part.key: taken_over(part, value[part.key])
            for part in node.nodes()
            if part.key in value
        }
        kept = {key: said for key, said in parts.items() if said is not ABSENT}
        return kept or ABSENT
    if isinstance(node, Rows) and isinstance(value, list):
        rows = [taken_over(node.item_at(number), one) for number, one in enumerate(value)]
        return [one for one in rows if one is not ABSENT] or ABSENT
    given_anew = any(
        isinstance(one, Evidence) or one.kind in GIVEN_ANEW or getattr(one, "has_evidence", False)
        for one in _all(node)
    )
    return ABSENT if given_anew else value


def _all(node: Node) -> Iterator[Node]:
    yield node
    for inner in node.nodes():
        yield from _all(inner)


def _answers(
    parts: Sequence[Any],
    form_id: str,
    at: str,
    profile: Mapping[str, str],
    earlier: Earlier | None,
    taken: dict[str, Source],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in parts:
        if not isinstance(node, Node):
            continue
        place = f"{at}/{node.token}"
        said = _named(node, form_id, place, profile, earlier, taken)
        if said is ABSENT and isinstance(node, Group):
            said = _answers(node.parts, form_id, place, profile, earlier, taken) or ABSENT
        if said is ABSENT:
            said = begun(node)
        if said is not ABSENT:
            found[node.key] = said
    return found


def _named(
    node: Node,
    form_id: str,
    place: str,
    profile: Mapping[str, str],
    earlier: Earlier | None,
    taken: dict[str, Source],
) -> Any:
    said = node.schema.get("prefill")
    if isinstance(said, str) and said in profile:
        return profile[said] or ABSENT
    if earlier is None:
        return ABSENT
    for source in sources_of(said, form_id, "/" + place.split("/", 2)[2]):
        value = value_at((earlier(source.credential) or {}).get(source.form), source.at)
        value = ABSENT if value is ABSENT else taken_over(node, value)
        if value is not ABSENT:
            taken[place] = source
            return value
    return ABSENT


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _of_the_shape(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether the question could have been answered so; what is wrong in detail is shown later."""
    said = schema.get("type")
    types = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    if "enum" in schema and value not in schema["enum"]:
        return False
    return not types or any(
        isinstance(value, _TYPES.get(one, ())) and (isinstance(value, bool) == (one == "boolean"))
        for one in types
    )
