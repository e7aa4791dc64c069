"""Flow tests as documents: who may do what in a workflow, step by step.

They stand beside the workflow, in files of their own whose first key is `flows`. What is wrong in
one is found here; `submissions.flow_tests` runs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.credentials.documents import Document, joined, listing, mapping
from engine.credentials.holdings import Holdings
from engine.credentials.spans import BadSpan, span_of
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding


@dataclass(frozen=True)
class Person:
    """Somebody made up for a test."""

    name: str
    plays: tuple[str, ...]
    school: str = ""


@dataclass(frozen=True)
class FlowTest:
    """One test; `steps` are as written, `pointer` is its place in the document."""

    title: str
    people: tuple[Person, ...]
    assume: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    pointer: str


@dataclass(frozen=True)
class Flows:
    workflow: str
    credential: str
    tests: tuple[FlowTest, ...]
    document: Document


def flows_from(document: Document) -> Flows:
    """The model of a checked document (`schemas/meta/flows.json`)."""
    data = document.data
    everybody = data["people"]
    return Flows(
        data["flows"],
        data.get("credential", ""),
        tuple(
            FlowTest(
                one["title"],
                tuple(_person(name, said) for name, said in {**everybody, **people}.items()),
                merged(data.get("assume", {}), one.get("assume", {})),
                tuple(one["steps"]),
                joined("/tests", number),
            )
            for number, one in enumerate(data["tests"])
            for people in [one.get("people", {})]
        ),
        document,
    )


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """`other` laid over `one`, object by object."""
    found = dict(one)
    for name, said in other.items():
        below = found.get(name)
        if isinstance(below, Mapping) and isinstance(said, Mapping):
            said = merged(below, said)
        found[name] = said
    return found


def _person(name: str, said: str | Mapping[str, Any]) -> Person:
    if isinstance(said, str):
        return Person(name, (said,))
    return Person(name, tuple(said["plays"]), said.get("school", ""))


def faults(document: Document, holdings: Holdings) -> Iterator[Finding]:
    """Names that are not there, and spans that are none; nothing wrong in the document raises."""
    data = document.data
    credential = data.get("credential")
    if isinstance(credential, str) and credential not in holdings.credentials:
        yield _unknown(document, "/credential", "credential", credential, holdings.credentials)
    workflow = holdings.workflows.get(str(data.get("flows")))
    if workflow is None:
        if isinstance(data.get("flows"), str):
            yield _unknown(document, "/flows", "workflow", data["flows"], holdings.workflows)
        return
    known = {what: mapping(workflow.data.get(what)) for what in ("roles", "states", "transitions")}
    everybody = mapping(data.get("people"))
    yield from _people(document, "/people", everybody, known["roles"])
    for number, test in enumerate(listing(data.get("tests"))):
        here = joined("/tests", number)
        own = mapping(mapping(test).get("people"))
        yield from _people(document, joined(here, "people"), own, known["roles"])
        for step, said in enumerate(listing(mapping(test).get("steps"))):
            place = joined(here, "steps", step)
            yield from _step(document, place, mapping(said), known, {**everybody, **own})


def _people(
    document: Document, at: str, people: Mapping[str, Any], roles: Collection[str]
) -> Iterator[Finding]:
    for name, said in people.items():
        plays = said if isinstance(said, str) else mapping(said).get("plays")
        for role in [plays] if isinstance(plays, str) else listing(plays):
            if isinstance(role, str) and role not in roles:
                yield _unknown(document, joined(at, name), "role", role, roles)


def _step(
    document: Document,
    at: str,
    step: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    people: Collection[str],
) -> Iterator[Finding]:
    asked = {
        "who": ("person", people),
        "does": ("transition", known["transitions"]),
        "may": ("transition", known["transitions"]),
        "may_not": ("transition", known["transitions"]),
        "state": ("state", known["states"]),
        "reviewers": ("person", people),
        "names": ("person", people),
    }
    for key, (what, names) in asked.items():
        said = step.get(key)
        for name in [said] if isinstance(said, str) else listing(said):
            if isinstance(name, str) and name not in names:
                yield _unknown(document, joined(at, key), what, name, names)
    acts = (
        "does",
        "may",
        "may_not",
        "fills",
        "claims",
        "names",
        "scores",
        "finishes",
        "takes_back",
    )
    if "who" not in step and any(key in step for key in acts):
        yield document.finding(at, "nobody", "This step does not say who.", "Add `who`.")
    if isinstance(step.get("after"), str):
        try:
            span_of(step["after"])
        except BadSpan as bad:
            yield document.finding(joined(at, "after"), "span", f"{bad}.")


def _unknown(document: Document, at: str, what: str, name: str, known: Collection[str]) -> Finding:
    message = f"There is no {what} {name!r} here."
    return document.finding(at, f"unknown-{what}", message, did_you_mean(name, known))
