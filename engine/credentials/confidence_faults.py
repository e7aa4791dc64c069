"""What is wrong in a credential that is kept in confidence: whatever else in it needs somebody
other than its owner to read the work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.documents import Document, mapping
from engine.credentials.holdings import Holdings
from engine.credentials.parameters import workflow_for
from engine.credentials.workflow_graph import Graph, effects
from engine.errors import Finding

_HINT = "Take `confidential: true` out, or let nobody else have a part in it."


def faults(document: Document, holdings: Holdings) -> Iterator[Finding]:
    """Everything that contradicts `confidential: true`, at its own line where the document has
    it, otherwise where the document names its workflow."""
    if document.data.get("confidential") is not True:
        return
    for key, message in (
        ("scoring_guides", "It is kept in confidence, so nobody could score it."),
        ("gallery", "It is kept in confidence, so nothing of it can become public."),
    ):
        if mapping(document.data.get(key)):
            yield document.finding(f"/{key}", "in-confidence", message, _HINT, key=True)
    workflow = workflow_for(document, holdings) if "workflow" in document.data else None
    if workflow is None:
        return  # reported as it is
    for message in _others(Graph(workflow.data)):
        yield document.finding("/workflow", "in-confidence", message, _HINT, key=True)


def _others(graph: Graph) -> Iterator[str]:
    reviewers = [name for name in graph.roles if "reviewer" in graph.role_kinds(name)]
    if reviewers:
        named = ", ".join(map(repr, reviewers))
        yield f"It is kept in confidence, but its workflow has reviewers: {named}."
    if any(_awards(one) for one in graph.transitions.values()):
        yield "It is kept in confidence, but its workflow awards something for it."


def _awards(transition: Mapping[str, Any]) -> bool:
    return any(effect == "issue" for _, effect, _ in effects(transition))
