"""What is aligned to which standard: credentials, their questions, and reviewers' look-fors.

A standard is written `FRAMEWORK:CODE`. Here is what documents say (`aligned`), what somebody's
answers then speak to (`answered`), and what is wrong in it (`faults`). Who has earned what is for
the floors above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from engine.credentials.credential import Credential
from engine.credentials.documents import Document, joined, listing, lookup, mapping, tokens
from engine.credentials.frameworks import placed_items
from engine.credentials.holdings import Holdings
from engine.credentials.references import Bundled
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.errors import Finding

KEY = "aligned_to"
_SAME_VALUE = ("allOf", "anyOf", "oneOf")
_SAME_VALUE_ALONE = ("if", "then", "else")


class Aligned(NamedTuple):
    """One thing that is aligned to a standard."""

    item: str
    """`FRAMEWORK:CODE`."""
    what: Literal["credential", "question", "look-for"]
    title: str
    """In the words of the document; the credential's own title for itself."""


class Answered(NamedTuple):
    """An answer that speaks to a standard."""

    item: str
    pointer: str
    """Of the answer, from its form: `/visits/0/notes`."""
    title: str
    """Of the question, or of the nearest thing around it that has one."""
    chosen: bool
    """Whether the standard is the answer itself, rather than what the question is aligned to."""


def aligned(credential: Credential) -> Iterator[Aligned]:
    """Everything that a credential says is aligned to a standard, in the document's order."""
    for item in credential.aligned_to:
        yield Aligned(item, "credential", credential.title)
    for form in credential.forms.values():
        for pointer, schema in walk(form):
            for item in _items(schema):
                yield Aligned(item, "question", _title(schema, form) or _named(pointer))
    for guide in credential.scoring_guides.values():
        for look_for in guide.look_fors:
            for item in look_for.aligned_to:
                yield Aligned(item, "look-for", look_for.text)


def answered(
    form: Mapping[str, Any], answers: Any, wordings: Mapping[str, str]
) -> Iterator[Answered]:
    """The answers of one form that speak to a standard, each standard once at each place.

    `form` is its schema, bundled. `wordings` has the standards that its questions offer, by every
    text that names them as an answer: `tlms:4.b`, or the code with its words.
    """
    seen: set[Answered] = set()
    for one in _below(form, form, answers, "", "", wordings, frozenset()):
        if one not in seen:
            seen.add(one)
            yield one


def _below(
    schema: Any,
    root: Mapping[str, Any],
    value: Any,
    pointer: str,
    title: str,
    wordings: Mapping[str, str],
    around: frozenset[int],
) -> Iterator[Answered]:
    """`around` are the schemas, by `id()`, that lead here for the same value: references may go
    round in a circle."""
    if not isinstance(schema, Mapping) or value in (None, "", [], {}) or id(schema) in around:
        return
    around = around | {id(schema)}
    title = _title(schema, root) or title
    for item in _items(schema):
        yield Answered(item, pointer, title, False)
    if "frameworks" in schema:
        for said in value if isinstance(value, list) else [value]:
            if isinstance(said, str) and said.strip() in wordings:
                yield Answered(wordings[said.strip()], pointer, title, True)
    same = [one for keyword in _SAME_VALUE for one in listing(schema.get(keyword))]
    same += [schema[keyword] for keyword in _SAME_VALUE_ALONE if keyword in schema]
    same += [_target(schema, root)]
    for one in same:
        yield from _below(one, root, value, pointer, title, wordings, around)
    if isinstance(value, Mapping):
        for name, one in mapping(schema.get("properties")).items():
            if name in value:
                here = joined(pointer, name)
                yield from _below(one, root, value[name], here, title, wordings, frozenset())
    elif isinstance(value, list):
        first = listing(schema.get("prefixItems"))
        for number, one in enumerate(value):
            inner = first[number] if number < len(first) else schema.get("items")
            here = joined(pointer, number)
            yield from _below(inner, root, one, here, title, wordings, frozenset())


def _items(schema: Any) -> list[str]:
    return [one for one in listing(mapping(schema).get(KEY)) if isinstance(one, str)]


def _target(schema: Any, root: Mapping[str, Any]) -> Any:
    """What a reference within the form leads to."""
    ref = mapping(schema).get("$ref")
    if not isinstance(ref, str) or not ref.startswith("#"):
        return None
    try:
        return lookup(root, ref[1:])
    except KeyError:
        return None  # an anchor; nothing is lost but its alignment


def _title(schema: Any, root: Mapping[str, Any]) -> str:
    for _ in range(8):  # references after one another
        if not isinstance(schema, Mapping):
            return ""
        if isinstance(said := schema.get("title"), str) and said:
            return said
        schema = _target(schema, root)
    return ""


def _named(pointer: str) -> str:
    """A question without a title, by its name."""
    last = (tokens(pointer) or [""])[-1]
    return last.replace("_", " ").replace("-", " ").capitalize()


# What is wrong.


def faults(
    document: Document, forms: Mapping[str, Bundled], holdings: Holdings
) -> Iterator[Finding]:
    """Standards that do not exist, wherever a credential document names one. `forms` are its
    forms, bundled."""
    known: dict[str, list[str]] = {}
    for pointer, items in _named_in(document):
        for number, said in enumerate(items):
            for code, message, hint in _wrong(said, holdings, known):
                yield document.finding(joined(pointer, number), code, message, hint)
    for bundled in forms.values():
        for _, schema in walk(bundled.schema):
            if not isinstance(schema, Mapping) or id(schema) not in bundled.origins:
                continue
            for number, said in enumerate(listing(schema.get(KEY))):
                for code, message, hint in _wrong(said, holdings, known):
                    place = joined("", KEY, number)
                    yield bundled.finding(schema, place, code, message, hint)


def _named_in(document: Document) -> Iterator[tuple[str, list[Any]]]:
    yield joined("", KEY), listing(document.data.get(KEY))
    for id, guide in mapping(document.data.get("scoring_guides")).items():
        for number, row in enumerate(listing(mapping(guide).get("look_fors"))):
            here = joined("/scoring_guides", id, "look_fors", number, KEY)
            yield here, listing(mapping(row).get(KEY))


def _wrong(
    said: Any, holdings: Holdings, known: dict[str, list[str]]
) -> Iterator[tuple[str, str, str]]:
    """Code, message and suggestion for a standard that does not exist. `known` keeps the codes of
    frameworks that were asked for before."""
    if not isinstance(said, str) or ":" not in said:
        return  # the meta-schema says so
    id, _, code = said.partition(":")
    framework = holdings.frameworks.get(id)
    if framework is None:
        real = [one for one in holdings.frameworks if not one.startswith("?")]
        yield "unknown-framework", f"There is no framework {id!r}.", did_you_mean(id, real)
        return
    if id not in known:
        known[id] = [item.code for _, item in placed_items(framework.data.get("items", ()))]
    if code not in known[id]:
        message = f"The framework {id!r} has no item {code!r}."
        yield "unknown-item", message, did_you_mean(code, known[id])
