"""A credential's forms, compiled: from JSON Schemas to pages of nodes, once per edition.

What the page shows, how a post is read and how answers are checked all start from a `FormSet`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.credentials.credential import AlignedItem, CrossRule, Edition, JSONObject
from engine.errors import NotFound, Problem
from engine.forms.attachments import Evidence
from engine.forms.checking import Checker, condition_of
from engine.forms.crossing import Rule, rule
from engine.forms.drafts import Draft, EvidenceFacts
from engine.forms.drawing import View, by_pointer
from engine.forms.fields import Json
from engine.forms.groups import Alternatives, Conditional, Group, Part, nodes_of
from engine.forms.kinds import KINDS
from engine.forms.nodes import Node, Place
from engine.forms.pointers import escape, index, tokens, within
from engine.forms.resolving import MAX_DEPTH, Merged, Resolver, pretty
from engine.forms.rows import Rows

_EDITIONS = 64


@dataclass(frozen=True, eq=False)
class Page:
    """Some of a form's questions, on a page of their own."""

    form_id: str
    id: str
    title: str
    why: str
    """One sentence on why we ask."""
    effort: str
    """How long it takes, in words."""
    parts: tuple[Part, ...]
    root: Group
    number: int
    """From 0, within its form."""

    @cached_property
    def fields(self) -> tuple[Node, ...]:
        """The nodes that could be asked on this page."""
        return tuple(nodes_of(self.parts))

    @cached_property
    def keys(self) -> frozenset[str]:
        """The form's properties that this page asks, with what its choices answer themselves."""
        fixed = (part.fixed_keys for part in self.parts if isinstance(part, Alternatives))
        return frozenset(node.key for node in self.fields).union(*fixed)

    @cached_property
    def pointers(self) -> tuple[str, ...]:
        return tuple(f"/{escape(self.form_id)}/{escape(key)}" for key in self.keys)

    @property
    def pointer(self) -> str:
        """Of the form."""
        return f"/{escape(self.form_id)}"

    def covers(self, pointer: str) -> bool:
        """Whether what `pointer` names is asked on this page; the form itself is on its first."""
        if any(within(pointer, one) for one in self.pointers):
            return True
        if any(
            isinstance(part, Alternatives) and pointer == self.pointer + part.suffix
            for part in self.parts
        ):
            return True
        return self.number == 0 and pointer == self.pointer and not self._choice_elsewhere

    def view(
        self,
        draft: Draft,
        problems: Mapping[str, Any] | Sequence[Problem] | None = None,
        comments: Mapping[str, Sequence[Any]] | None = None,
        evidence: Mapping[str, EvidenceFacts] | None = None,
    ) -> View:
        """The page with a draft in it, as `templates/web/fields.html` draws it.

        `problems` is a list, or by pointer a text, a `Problem` or a list of them; `comments` are
        lists by pointer, of things with `author_label` and `body`.
        """
        return View(
            self.form_id,
            self.pointer,
            self.parts,
            draft,
            by_pointer(problems),
            comments or {},
            evidence or {},
        )

    @cached_property
    def _choice_elsewhere(self) -> bool:
        return self.root.alternatives is not None and self.root.alternatives not in self.parts


@dataclass(frozen=True, eq=False)
class FormPlan:
    """One form: its pages, its questions as a tree, and its checker."""

    id: str
    title: str
    description: str
    schema: JSONObject
    root: Group
    pages: tuple[Page, ...]
    checker: Checker

    @property
    def pointer(self) -> str:
        return f"/{escape(self.id)}"


@dataclass(frozen=True, eq=False)
class FormSet:
    """Every form of one edition. Immutable and shared between threads."""

    forms: Mapping[str, FormPlan]
    rules: tuple[Rule, ...] = ()
    """Over the whole submission; `at` is a full pointer."""

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Every form's pages, in the document's order."""
        return tuple(page for form in self.forms.values() for page in form.pages)

    def page(self, form_id: str, page_id: str) -> Page:
        """Raises `NotFound` when there is no such page."""
        for page in self.forms[form_id].pages if form_id in self.forms else ():
            if page.id == page_id:
                return page
        raise NotFound("There is no such page in this form.")

    def node(self, pointer: str) -> Node | None:
        """What asks for the value at `pointer` (or at a lane's name), whatever is chosen."""
        steps = tokens(pointer.removesuffix("#file"))
        form = self.forms.get(steps[0]) if steps else None
        at: Node | None = form.root if form else None
        for step in steps[1:]:
            at = _below(at, step)
        return at

    def evidence_field(self, pointer: str) -> Evidence | None:
        """The evidence question at `pointer`, or at one of its files (`POINTER/0`)."""
        found = self.node(pointer)
        if found is None and index(pointer.rpartition("/")[2]) is not None:
            found = self.node(pointer.rpartition("/")[0])
        return found if isinstance(found, Evidence) else None


def form_set(
    forms: Mapping[str, JSONObject],
    rules: Sequence[CrossRule] = (),
    frameworks: Mapping[str, Sequence[AlignedItem]] | None = None,
) -> FormSet:
    """Compiles forms (JSON Schema object schemas by form id, references bundled).

    Takes milliseconds a form: keep the result. A schema that no kind can ask becomes a JSON text
    area; nothing is raised for it. Raises `BadRule` for a rule that does not compile, which
    `lint` reports before a document is published.
    """
    return FormSet(
        {id: _form(id, schema, frameworks or {}) for id, schema in forms.items()},
        tuple(rule(one.rule, one.message, one.at) for one in rules),
    )


_known: OrderedDict[str, FormSet] = OrderedDict()
_lock = threading.Lock()


def form_set_of(edition: Edition) -> FormSet:
    """The compiled forms of an edition, remembered by its digest."""
    with _lock:
        found = _known.get(edition.digest)
        if found is not None:
            _known.move_to_end(edition.digest)
            return found
    made = form_set(edition.credential.forms, edition.credential.rules, edition.frameworks)
    with _lock:
        _known[edition.digest] = made
        while len(_known) > _EDITIONS:
            _known.popitem(last=False)
    return made


class Compiler:
    """Builds one form's nodes."""

    def __init__(self, schema: JSONObject, frameworks: Mapping[str, Sequence[AlignedItem]]) -> None:
        self.frameworks = frameworks
        self.resolver = Resolver(schema)

    def merged(self, schema: Any, above: Merged) -> Merged | None:
        """`schema`, a part of what `above` was merged from, as one object."""
        return self.resolver.merged(schema, above.trail)

    def node(self, schema: Any, above: Merged, place: Place) -> Node | None:
        """The node for `schema`; None where nothing may be answered."""
        merged = self.merged(schema, above)
        return None if merged is None else self.built(merged, place)

    def built(self, merged: Merged, place: Place) -> Node:
        if merged.endless or place.depth > MAX_DEPTH:
            return Json(self, merged, place)
        merged = self._with_items(merged)
        widget = merged.schema.get("widget", "")
        kind = next(kind for kind in KINDS if kind.fits(merged, widget))
        return kind(self, merged, place)

    def condition(self, schema: Any) -> Callable[[Any], bool]:
        return condition_of(schema, self.resolver.root, self.resolver.base)

    def rules(self, schema: Mapping[str, Any]) -> tuple[Rule, ...]:
        said = schema.get("rules")
        return tuple(
            rule(
                one["rule"],
                str(one.get("message", "These answers do not fit together.")),
                str(one.get("at", "")),
            )
            for one in (said if isinstance(said, list) else ())
            if isinstance(one, Mapping) and isinstance(one.get("rule"), str)
        )

    def _with_items(self, merged: Merged) -> Merged:
        items = merged.schema.get("items")
        if not isinstance(items, Mapping):
            return merged
        inner = self.merged(items, merged)
        if inner is None or inner.endless:
            # Rows of something without end are asked as JSON.
            return replace(merged, schema={**merged.schema, "items": None})
        return replace(merged, schema={**merged.schema, "items": inner.schema}, items=items)


def _form(id: str, schema: JSONObject, frameworks: Mapping[str, Sequence[AlignedItem]]) -> FormPlan:
    compiler = Compiler(schema, frameworks)
    merged = compiler.resolver.merged(schema) or Merged({})
    root = Group(compiler, merged, Place(key=id, required=True, optional=False))
    title = str(merged.schema.get("title") or pretty(id))
    return FormPlan(
        id=id,
        title=title,
        description=str(merged.schema.get("description", "")),
        schema=schema,
        root=root,
        pages=_pages(id, title, root, merged.schema.get("pages")),
        checker=Checker(schema),
    )


def _pages(form_id: str, title: str, root: Group, said: Any) -> tuple[Page, ...]:
    """The document's pages. What they leave out is asked on the last one."""
    listed = [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
    listed = listed or [{"id": "answers", "title": title}]
    left = list(root.parts)
    gathered: list[list[Part]] = []
    taken: list[Part]
    for one in listed:
        wanted = [key for key in one.get("properties", ()) if isinstance(key, str)]
        taken = [
            part
            for key in wanted
            for part in left
            if not isinstance(part, Alternatives) and _node(part).key == key
        ]
        left = [part for part in left if part not in taken]
        gathered.append(taken)
    gathered[-1].extend(left)
    return tuple(
        Page(
            form_id=form_id,
            id=str(one.get("id", number + 1)),
            title=str(one.get("title", title)),
            why=str(one.get("why", "")),
            effort=str(one.get("effort", "")),
            parts=tuple(parts),
            root=root,
            number=number,
        )
        for number, (one, parts) in enumerate(zip(listed, gathered, strict=True))
    )


def _node(part: Node | Conditional) -> Node:
    return part.node if isinstance(part, Conditional) else part


def _below(node: Node | None, step: str) -> Node | None:
    if isinstance(node, Rows):
        placeholder = step.startswith("__row") and step.endswith("__")
        return node.item if placeholder or index(step) is not None else None
    if not isinstance(node, Group):
        return None
    found = [one for one in node.nodes() if one.key + one.place.lane == step]
    return next(iter(found or [one for one in node.nodes() if one.key == step]), None)
