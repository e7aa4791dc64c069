"""What would tell a candidate of a decision that a workflow says is not announced yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.credentials.documents import Document, joined
from engine.credentials.workflow_graph import ENDS, Graph, effects, targets
from engine.errors import Finding


def faults(document: Document, graph: Graph) -> Iterator[Finding]:
    quiet = {name for name, state in graph.states.items() if state.get("announced") is False}
    for name in quiet:
        kind = graph.kind(name)
        if kind == "open" or kind in ENDS:
            message = f"The candidate would see from a state of the kind {kind!r} what was decided."
            hint = "Give it the kind decide, and let another transition announce it."
            place = joined("/states", name, "kind")
            yield document.finding(place, "not-announced", message, hint)
    for name, one in graph.transitions.items():
        if not quiet.intersection(targets(one)):
            continue
        for number, effect, arguments in effects(one):
            place = joined("/transitions", name, "do", number)
            if effect == "issue":
                message = "An award is public at once, but the state that follows is not announced."
                hint = "Issue it with the transition that announces the decision."
                yield document.finding(place, "not-announced", message, hint)
            to = arguments.get("to") if isinstance(arguments, Mapping) else None
            if effect == "notify" and "owner" in graph.role_kinds(to):
                message = "This letter is not sent: the state that follows is not announced."
                hint = "Write it with the transition that announces the decision."
                yield document.finding(place, "not-announced", message, hint, severity="warning")
