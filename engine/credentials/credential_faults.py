"""What is wrong in a credential or framework beyond its meta-schema: names of other things, guides,
examples and rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import jsonschema_rs

from engine.credentials import (
    alignment,
    badge_faults,
    confidence_faults,
    consent_faults,
    form_faults,
    gallery_faults,
    guide_faults,
    rules,
    statement_faults,
    survey_faults,
)
from engine.credentials.documents import Document, joined, listing, mapping, read
from engine.credentials.field_paths import Shape, path_faults, pointer_fault
from engine.credentials.frameworks import placed_items
from engine.credentials.holdings import Holdings
from engine.credentials.parameters import used_workflow, workflow_for
from engine.credentials.prefill_faults import prefill_faults
from engine.credentials.references import Bundled, beside, bundle, neighbours
from engine.credentials.suggestions import did_you_mean
from engine.credentials.table_faults import table_faults
from engine.credentials.workflow_faults import GUARD_NAMES, guard_sources, listed
from engine.errors import Finding

RESERVED = ("advance", "people", "surveys")
"""Form ids that would hide behind an address of the pages: /submissions/ID/advance/…"""


def faults(document: Document, holdings: Holdings) -> Iterator[Finding]:
    """Everything that is wrong in a credential, given what else there is."""
    forms = {
        id: bundle(document, joined("/forms", id), holdings.folders)
        for id, form in mapping(document.data.get("forms")).items()
        if isinstance(form, Mapping)
    }
    yield from _named_credentials(document, holdings)
    yield from alignment.faults(document, forms, holdings)
    for id, bundled in forms.items():
        if id in RESERVED:
            message = f"A form can't be called {id!r}: a page of the site has that address."
            yield document.finding(joined("/forms", id), "reserved-name", message, key=True)
        yield from form_faults.faults(
            document, joined("/forms", id), bundled, holdings.frameworks.keys()
        )
    yield from _cross_rules(document, forms)
    yield from prefill_faults(document, forms, holdings)
    yield from table_faults(document, forms, holdings)
    yield from guide_faults.faults(document, forms)
    yield from survey_faults.faults(document, holdings, forms)
    yield from consent_faults.faults(document, forms, _whole(forms))
    yield from statement_faults.faults(document, holdings, forms)
    yield from gallery_faults.faults(document, holdings, forms)
    yield from confidence_faults.faults(document, holdings)
    yield from _accepted_badges(document)
    yield from badge_faults.faults(document)
    yield from _workflow(document, holdings, forms)
    yield from _examples(document, forms, holdings)


def framework_faults(document: Document) -> Iterator[Finding]:
    """Codes that a framework uses twice."""
    places: dict[str, str] = {}
    for pointer, item in placed_items(document.data.get("items", ())):
        if (first := places.get(item.code)) is not None:
            line = document.at(joined(first, "code"))[0]
            message = f"The code {item.code!r} is already used in line {line}."
            yield document.finding(joined(pointer, "code"), "duplicate-id", message)
        places.setdefault(item.code, pointer)


def _unknown(
    document: Document, pointer: str, what: str, name: Any, known: Collection[str]
) -> Iterator[Finding]:
    if isinstance(name, str) and name not in known:
        real = [one for one in known if not one.startswith("?")]
        yield document.finding(
            pointer, f"unknown-{what}", f"There is no {what} {name!r}.", did_you_mean(name, real)
        )


def prerequisite_places(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The credentials that a document names as prerequisites, each with its pointer."""
    said = mapping(data.get("prerequisites"))
    for key in ("all", "any"):
        for number, id in enumerate(listing(said.get(key))):
            yield joined("/prerequisites", key, number), id
    for number, id in enumerate(listing(mapping(said.get("at_least")).get("of"))):
        yield joined("/prerequisites/at_least/of", number), id


def _named_credentials(document: Document, holdings: Holdings) -> Iterator[Finding]:
    own = str(document.data.get("credential"))
    for pointer, id in prerequisite_places(document.data):
        yield from _unknown(document, pointer, "credential", id, holdings.credentials)
        if isinstance(id, str) and own in _needed_for(id, holdings):
            message = f"{own!r} is needed for {id!r} itself, so nobody could ever earn either."
            yield document.finding(pointer, "prerequisite-loop", message)
    for number, id in enumerate(listing(document.data.get("builds_towards"))):
        place = joined("/builds_towards", number)
        yield from _unknown(document, place, "credential", id, holdings.credentials)
    at_least = mapping(mapping(document.data.get("prerequisites")).get("at_least"))
    count, of = at_least.get("count"), listing(at_least.get("of"))
    if isinstance(count, int) and of and count > len(of):
        message = f"{count} of only {len(of)} can never be held."
        yield document.finding("/prerequisites/at_least/count", "bad-value", message)


def _accepted_badges(document: Document) -> Iterator[Finding]:
    kind = document.data.get("kind")
    if "accepts" in document.data and kind != "recognised":
        message = "Badges count as what was earned elsewhere: only `kind: recognised` accepts them."
        yield document.finding("/accepts", "bad-place", message, key=True)
    seen: set[tuple[str, str]] = set()
    for number, said in enumerate(listing(document.data.get("accepts"))):
        pair = (str(mapping(said).get("issuer")), str(mapping(said).get("achievement")))
        if pair in seen:
            message = "This badge is named twice."
            yield document.finding(joined("/accepts", number), "duplicate-id", message)
        seen.add(pair)


def _needed_for(id: str, holdings: Holdings) -> set[str]:
    """`id` and everything that is needed for it; `any` counts too, since it is rarely meant."""
    found, todo = {id}, [id]
    while todo:
        document = holdings.credentials.get(todo.pop())
        for _, other in prerequisite_places(document.data) if document else ():
            if isinstance(other, str) and other not in found:
                found.add(other)
                todo.append(other)
    return found


def _cross_rules(document: Document, forms: Mapping[str, Bundled]) -> Iterator[Finding]:
    whole = _whole(forms)
    for number, said in enumerate(listing(document.data.get("rules"))):
        if not isinstance(said, Mapping):
            continue
        here = joined("/rules", number)
        for fault in form_faults.rule_faults(
            said.get("rule"), {"self": whole}, joined(here, "rule")
        ):
            yield document.finding(fault.pointer, fault.code, fault.message, fault.suggestion)
        at = said.get("at")
        if isinstance(at, str) and (wrong := pointer_fault(at, whole)):
            place = joined(here, "at")
            yield document.finding(place, "unknown-path", wrong.message, wrong.suggestion)
    yield from _judged(document, whole)
    for number, said in enumerate(listing(document.data.get("requirements"))):
        for fault in form_faults.requirement_faults(said, whole, joined("/requirements", number)):
            yield document.finding(fault.pointer, fault.code, fault.message, fault.suggestion)


def _judged(document: Document, whole: Shape) -> Iterator[Finding]:
    """Look-fors that are about answers which no form asks."""
    for id, guide in mapping(document.data.get("scoring_guides")).items():
        for number, row in enumerate(listing(mapping(guide).get("look_fors"))):
            for place, pointer in enumerate(listing(mapping(row).get("about"))):
                if isinstance(pointer, str) and (wrong := pointer_fault(pointer, whole)):
                    at = joined("/scoring_guides", id, "look_fors", number, "about", place)
                    yield document.finding(at, "unknown-path", wrong.message, wrong.suggestion)


def _whole(forms: Mapping[str, Bundled]) -> Shape:
    """The answers of every form together. Each form's references mean that form."""
    root = {"properties": {id: bundled.schema for id, bundled in forms.items()}}
    return _Whole(root, (root,))


class _Whole(Shape):
    def field(self, name: str) -> Shape | None:
        form = self.root["properties"].get(name)
        return Shape.of(form, form) if form is not None else None


def _workflow(
    document: Document, holdings: Holdings, forms: Mapping[str, Bundled]
) -> Iterator[Finding]:
    name = used_workflow(document.data)
    if not name:
        return
    workflow = workflow_for(document, holdings)
    if workflow is None:
        place = "/workflow" if isinstance(document.data["workflow"], str) else "/workflow/use"
        yield from _unknown(document, place, "workflow", name, holdings.workflows)
        return
    guides = mapping(document.data.get("scoring_guides"))
    for state, said in mapping(workflow.data.get("states")).items():
        edits = mapping(said).get("edits")
        for form in edits if isinstance(edits, list) else ():
            if form not in forms:
                message = f"The workflow's state {state!r} is about a form {form!r}."
                hint = did_you_mean(str(form), forms)
                yield document.finding("/workflow", "unknown-form", message, hint)
        reviewed = listed(mapping(mapping(said).get("review")).get("guides"))
        for guide in reviewed:
            if guide != "all" and guide not in guides:
                message = f"The workflow's state {state!r} is about a scoring guide {guide!r}."
                hint = did_you_mean(guide, guides)
                yield document.finding("/workflow", "unknown-guide", message, hint)
        if reviewed and forms and not guides:
            message = f"In the workflow's state {state!r} there is nothing to score."
            hint = "Add `scoring_guides`."
            yield document.finding("/workflow", "no-guides", message, hint, severity="warning")
    whole = _whole(forms)
    for transition, source in guard_sources(workflow.data):
        yield from _guard_paths(document, transition, source, whole, forms)


def _guard_paths(
    document: Document, transition: str, source: str, whole: Shape, forms: Collection[str]
) -> Iterator[Finding]:
    """Paths of a shared workflow's guard that lead nowhere in this credential's forms; a form
    that this credential does not have is left to the guard."""
    try:
        tree = rules.compile(source, GUARD_NAMES).tree
    except rules.BadRule:
        return  # reported with the workflow
    for fault in path_faults(tree, {"form": whole}):
        if any(f"“form.{id}." in fault.message for id in forms):
            message = f"The workflow's transition {transition!r} asks for something else: "
            yield document.finding(
                "/workflow",
                "unknown-path",
                message + fault.message,
                fault.suggestion,
                severity="warning",
            )


def _examples(
    document: Document, forms: Mapping[str, Bundled], holdings: Holdings
) -> Iterator[Finding]:
    for id, said in mapping(document.data.get("examples")).items():
        here = joined("/examples", id)
        if id not in forms:
            message = f"There is no form {id!r}."
            hint = did_you_mean(id, forms)
            yield document.finding(here, "unknown-form", message, hint, key=True)
            continue
        file = mapping(said).get("file")
        if not isinstance(file, str):
            continue
        path = beside(document, file, holdings.folders)
        if path is None or not path.is_file():
            message = f"There is no document {file!r} below the documents' folders."
            hint = did_you_mean(path.name, neighbours(path)) if path else ""
            yield document.finding(joined(here, "file"), "no-file", message, hint)
            continue
        answers, findings = read(path)
        yield from findings
        if answers is not None:
            yield from _example(answers, forms[id].schema)


def _example(answers: Document, schema: Mapping[str, Any]) -> Iterator[Finding]:
    """What the form would say to somebody who submitted the example."""
    try:
        if jsonschema_rs.validator_for(dict(schema)).is_valid(answers.data):
            return
    except ValueError:
        return  # the schema itself is reported
    from jsonschema.validators import validator_for  # slow to import; only a fault needs it

    checker = validator_for(schema)(schema)
    for error in checker.iter_errors(answers.data):
        pointer = joined("", *error.absolute_path)
        message = f"The example does not fit its form: {error.message[:300]}."
        yield answers.finding(pointer, "bad-example", message)
