"""A credential's forms, compiled: from JSON Schemas to pages of nodes, once per edition.

What the page shows, how a post is read and how answers are checked all start from a `FormSet`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.credentials.credential import AlignedItem, CrossRule, Edition, JSONObject
from engine.errors import NotFound, Problem
from engine.forms.attachments import Evidence
from engine.forms.checking import Checker
from engine.forms.compiling import Compiler
from engine.forms.crossing import Rule, rule
from engine.forms.drafts import Draft, EvidenceFacts
from engine.forms.drawing import View, by_pointer
from engine.forms.groups import (
    Alternatives,
    Conditional,
    Extras,
    Group,
    Part,
    nodes_of,
)
from engine.forms.mixed import Variants, lane_numbers
from engine.forms.nodes import Node, Place
from engine.forms.offers import NO_OFFERS, Offers, Source
from engine.forms.openings import Openings
from engine.forms.pointers import escape, index, tokens, within
from engine.forms.recursion import Nested
from engine.forms.requirements import Requirement, of_forms
from engine.forms.resolving import Merged, pretty
from engine.forms.results_of_surveys import SurveyResults
from engine.forms.reuse import Reuse
from engine.forms.rows import Rows
from engine.languages import _, current

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
    root: Node
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

    @property
    def whole(self) -> bool:
        """The form is one question, whose answer is no object of questions."""
        return not isinstance(self.root, Group)

    @property
    def above(self) -> str:
        """The pointer of the object whose properties the page asks."""
        return "" if self.whole else self.pointer

    def said(self, draft: Draft) -> dict[str, Any]:
        """The object whose properties the page asks, as a draft has it."""
        found = draft.answers if self.whole else draft.answers.get(self.form_id)
        return found if isinstance(found, dict) else {}

    @cached_property
    def extras(self) -> Extras | None:
        """The rows of names and answers, when this page asks for them."""
        return next((part for part in self.parts if isinstance(part, Extras)), None)

    def holds(self, key: str) -> bool:
        """Whether a property of `above` is asked on this page."""
        return key in self.keys or (self.extras is not None and key not in self.extras.known)

    def own(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """What of an object is asked on this page."""
        if self.extras is None:
            # However much other pages of the form say, only this one's is looked at.
            return {key: value[key] for key in self.keys if key in value}
        return {key: said for key, said in value.items() if self.holds(key)}

    def others(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """What of an object is asked elsewhere."""
        if self.extras is None:
            keys = self.keys
            return {key: said for key, said in value.items() if key not in keys}
        return {key: said for key, said in value.items() if not self.holds(key)}

    @cached_property
    def pointers(self) -> tuple[str, ...]:
        return tuple(f"{self.above}/{escape(key)}" for key in self.keys)

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
        if self.extras is not None and within(pointer, self.pointer):
            steps = tokens(pointer)
            if self.extras.suffix in pointer or (len(steps) > 1 and self.holds(steps[1])):
                return True
        return self.number == 0 and pointer == self.pointer and not self._choice_elsewhere

    def view(
        self,
        draft: Draft,
        problems: Mapping[str, Any] | Sequence[Problem] | None = None,
        comments: Mapping[str, Sequence[Any]] | None = None,
        evidence: Mapping[str, EvidenceFacts] | None = None,
        offers: Offers | None = None,
        openings: Openings | None = None,
    ) -> View:
        """The page with a draft in it, as `templates/web/fields.html` draws it.

        `problems` is a list, or by pointer a text, a `Problem` or a list of them; `comments` are
        lists by pointer, of things with `author_label` and `body`. `offers` are the earlier answers
        that the person may reuse. With `openings`, everything else is shown and not asked.
        """
        return View(
            self.form_id,
            self.above,
            self.parts,
            draft,
            by_pointer(problems),
            comments or {},
            evidence or {},
            offers=offers or NO_OFFERS,
            openings=openings,
        )

    @cached_property
    def _choice_elsewhere(self) -> bool:
        which = self.root.alternatives if isinstance(self.root, Group) else None
        return which is not None and which not in self.parts


@dataclass(frozen=True, eq=False)
class FormPlan:
    """One form: its pages, its questions as a tree, and its checker."""

    id: str
    title: str
    description: str
    schema: JSONObject | bool
    root: Node
    pages: tuple[Page, ...]
    checker: Checker

    @cached_property
    def pointer(self) -> str:
        return f"/{escape(self.id)}"


@dataclass(frozen=True, eq=False)
class FormSet:
    """Every form of one edition. Immutable and shared between threads."""

    forms: Mapping[str, FormPlan]
    rules: tuple[Rule, ...] = ()
    """Over the whole submission; `at` is a full pointer."""
    requirements: tuple[Requirement, ...] = ()

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Every form's pages, in the document's order."""
        return tuple(page for form in self.forms.values() for page in form.pages)

    def page(self, form_id: str, page_id: str) -> Page:
        """Raises `NotFound` when there is no such page."""
        for page in self.forms[form_id].pages if form_id in self.forms else ():
            if page.id == page_id:
                return page
        raise NotFound(_("There is no such page in this form."))

    def node(self, pointer: str) -> Node | None:
        """What asks for the value at `pointer` (or at a lane's name), whatever is chosen."""
        steps = tokens(pointer.removesuffix("#file"))
        form = self.forms.get(steps[0]) if steps else None
        at: Node | None = form.root if form else None
        for step in steps[1:]:
            at = _below(at, step)
        return at

    @cached_property
    def sources(self) -> frozenset[Source]:
        """Where its questions offer earlier submissions' answers from."""
        roots = [form.root for form in self.forms.values()]
        return frozenset(source for root in roots for source in _sources(root))

    @cached_property
    def asks_for_results(self) -> bool:
        """Whether any of its questions takes the results of a survey."""
        return any(_takes_results(form.root) for form in self.forms.values())

    def alone(self, form_id: str) -> FormSet:
        """One form with its own rules and requirements: enough for saving one of its pages."""
        if form_id not in self._alone:
            own = tuple(one for one in self.requirements if one.form_id == form_id)
            self._alone[form_id] = FormSet({form_id: self.forms[form_id]}, (), own)
        return self._alone[form_id]

    @cached_property
    def _alone(self) -> dict[str, FormSet]:
        return {}

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
    requirements: Sequence[JSONObject] = (),
    by_reference: Collection[str] = (),
) -> FormSet:
    """Compiles forms (JSON Schema object schemas by form id, references bundled).

    The answers to the forms named in `by_reference` are checked by the reference validator.

    Takes milliseconds a form: keep the result. A schema that no kind can ask becomes a JSON text
    area; nothing is raised for it. Raises `BadRule` for a rule that does not compile, which
    `lint` reports before a document is published.
    """
    made = {
        id: _form(id, schema, frameworks or {}, id in by_reference) for id, schema in forms.items()
    }
    return FormSet(
        made,
        tuple(rule(one.rule, one.message, one.at) for one in rules),
        of_forms(made.values(), requirements),
    )


_known: OrderedDict[tuple[str, str, str], FormSet] = OrderedDict()
_lock = threading.Lock()


def form_set_of(edition: Edition) -> FormSet:
    """The compiled forms of an edition, remembered by its digest and the languages that its own
    words and the engine's are in."""
    key = (edition.digest, edition.language, current())
    with _lock:
        found = _known.get(key)
        if found is not None:
            _known.move_to_end(key)
            return found
    credential = edition.credential
    made = form_set(
        credential.forms,
        credential.rules,
        edition.frameworks,
        credential.requirements,
        edition.by_reference,
    )
    with _lock:
        _known[key] = made
        while len(_known) > _EDITIONS:
            _known.popitem(last=False)
    return made


def _form(
    id: str,
    schema: JSONObject | bool,
    frameworks: Mapping[str, Sequence[AlignedItem]],
    by_reference: bool,
) -> FormPlan:
    compiler = Compiler(schema, frameworks)
    merged = compiler.resolver.merged(compiler.resolver.modern.root) or Merged({})
    root = compiler.built(merged, Place(key=id, required=True, optional=False, unfolded=True))
    title = str(merged.schema.get("title") or pretty(id))
    return FormPlan(
        id=id,
        title=title,
        description=str(merged.schema.get("description", "")),
        schema=schema,
        root=root,
        pages=_pages(id, title, root, merged.schema.get("pages")),
        checker=Checker(schema, by_reference),
    )


def _pages(form_id: str, title: str, root: Node, said: Any) -> tuple[Page, ...]:
    """The document's pages. What they leave out is asked on the last one."""
    listed = [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
    listed = listed or [{"id": "answers", "title": title}]
    left: list[Part] = list(root.parts) if isinstance(root, Group) else [root]
    gathered: list[list[Part]] = []
    taken: list[Part]
    for one in listed:
        wanted = [key for key in one.get("properties", ()) if isinstance(key, str)]
        taken = [
            part
            for key in wanted
            for part in left
            if isinstance(part, Node | Conditional) and _node(part).key == key
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


def _sources(node: Node) -> Iterator[Source]:
    if isinstance(node, Reuse):
        yield from node.sources
    for inside in node.nodes():
        yield from _sources(inside)


def _takes_results(node: Node) -> bool:
    return isinstance(node, SurveyResults) or any(map(_takes_results, node.nodes()))


def _below(node: Node | None, step: str) -> Node | None:
    while isinstance(node, Nested):
        node = node.item
    if isinstance(node, Rows):
        placeholder = step.startswith("__row") and step.endswith("__")
        number = index(step)
        return (
            node.item_at(step if number is None else number)
            if placeholder or number is not None
            else None
        )
    if isinstance(node, Variants):
        inner = (_below(one.node, step) for one in node.variants)
        return next((one for one in inner if one is not None), None)
    if not isinstance(node, Group):
        return None
    found = [one for one in node.nodes() if one.key + one.place.lane == step]
    found = found or [one for one in node.nodes() if one.key == step]
    if found:
        return found[0]
    in_lane = _in_lane(node, step)
    return node.extras.node_of(step) if in_lane is None and node.extras else in_lane


def _in_lane(group: Group, step: str) -> Node | None:
    """What asks under the name of one kind of answer among several: `x#type1`."""
    key, _, lanes = step.partition("#")
    found: Node | None = next((one for one in group.nodes() if one.key == key), None)
    numbers = lane_numbers(lanes)
    for number in numbers:
        if not isinstance(found, Variants) or number >= len(found.variants):
            return None
        found = found.variants[number].node
    return found if numbers else None
