"""What `accolade simulate` prints: every way through a workflow, and how its flow tests went."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from engine.credentials.flows import flows_from
from engine.credentials.library import Library
from engine.credentials.meta import document_faults
from engine.credentials.parameters import used_workflow
from engine.errors import NotFound
from engine.records.jobs import JobContext
from engine.settings import Settings
from engine.submissions import flow_tests, rehearsing, simulating, stand_ins
from engine.submissions.simulating import Stop, Walk


def perform(settings: Settings, library: Library, names: Iterable[str], tests_only: bool) -> bool:
    """Walk and test each of `names`, workflows or credentials; every workflow when there is none.

    Returns whether nothing was found. Raises `NotFound` for a name that is neither.
    """
    holdings = library.holdings()
    console = Console(highlight=False)
    whole = True
    with rehearsing.stage(settings) as context:
        for name in tuple(names) or sorted(holdings.workflows):
            credential = name if name in holdings.credentials else ""
            workflow = used_workflow(holdings.credentials[name].data) if credential else name
            if workflow not in holdings.workflows:
                raise NotFound(f"There is no workflow or credential {name!r}.")
            if not tests_only:
                edition = stand_ins.edition_of(context, library, workflow, credential)
                found = simulating.walk(context, edition)
                _print(console, name, found)
                whole = whole and not found.dead_ends and not found.unreached
            whole = _tested(console, context, library, workflow) and whole
    return whole


def _tested(console: Console, context: JobContext, library: Library, workflow: str) -> bool:
    whole = True
    for document in library.holdings().flows.values():
        if document.data.get("flows") != workflow:
            continue
        found = list(document_faults(document, "flows"))
        if not found:
            flows = flows_from(document)
            found = flow_tests.run(context, library, flows)
            passed = len(flows.tests) - len(found)
            console.print(f"{passed} of {len(flows.tests)} flow tests go as written.")
        for finding in found:
            console.print(str(finding), markup=False, soft_wrap=True)
        whole = whole and not found
    return whole


def _print(console: Console, name: str, walk: Walk) -> None:
    console.rule(escape(name), align="left")
    for stop in walk.stops:
        _describe(console, stop)
    for stop in walk.dead_ends:
        _say(console, f"Dead end: in {stop.state!r} nobody can do anything.")
    for stop in walk.stops:
        for transition, reason in stop.blocked:
            _say(console, f"In {stop.state!r} nobody can take {transition!r}: {reason}")
    for state in walk.unreached:
        _say(console, f"Never reached: {state!r}.")


def _describe(console: Console, stop: Stop) -> None:
    console.print(f"[bold]{escape(stop.label)}[/bold] ({stop.state}, {stop.kind})")
    for could in stop.people:
        targets = " or ".join(could.targets)
        _say(console, f"  {could.role} could “{could.label}”, and then it is {targets}")
        for condition in could.conditions:
            _say(console, f"      unless: {condition}")
    for words in stop.by_itself:
        _say(console, f"  by itself: {words}")
    if not stop.people and not stop.by_itself:
        _say(console, "  the end")


def _say(console: Console, words: str) -> None:
    console.print(words, markup=False, soft_wrap=True)
