"""Who may do what in a workflow: powers that nobody should have, and effects that come to
nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials import rules
from engine.credentials.documents import Document, joined
from engine.credentials.guard_names import GUARD_NAMES, conditions
from engine.credentials.workflow_graph import ENDS, Graph, by_itself, effects, listed, targets
from engine.errors import Finding


def faults(document: Document, graph: Graph) -> Iterator[Finding]:
    kinds = [str(role.get("kind")) for role in graph.roles.values()]
    if graph.roles and "owner" not in kinds:
        message = "No role is the owner, so nobody could fill anything in."
        yield document.finding("/roles", "no-owner", message, key=True)
    for name, one in graph.transitions.items():
        yield from _powers(document, graph, name, one)
        yield from _effects(document, graph, name, one)
    done = {effect for one in graph.transitions.values() for _, effect, _ in effects(one)}
    for name in graph.states:
        yield from _reviews(document, graph, name, "assign" in done)


def _powers(
    document: Document, graph: Graph, name: str, one: Mapping[str, Any]
) -> Iterator[Finding]:
    here = joined("/transitions", name)
    # Renewing what one holds goes from an outcome to the same, and decides nothing.
    leads = {graph.kind(state) for state in targets(one) if [state] != listed(one.get("from"))}
    if "outcome" in leads and "owner" in graph.role_kinds(one.get("by")):
        message = "The owner may decide on their own submission here."
        yield document.finding(joined(here, "by"), "own-decision", message, severity="warning")
    if not by_itself(one):
        return
    for key in ("undo", "require", "form", "confirm"):
        if key in one:
            message = f"This happens by itself, so there is nobody for `{key}`."
            yield document.finding(joined(here, key), "by-itself", message, key=True)


def _effects(
    document: Document, graph: Graph, name: str, one: Mapping[str, Any]
) -> Iterator[Finding]:
    def warned(number: int, code: str, message: str, hint: str = "") -> Finding:
        place = joined("/transitions", name, "do", number)
        return document.finding(place, code, message, hint, severity="warning")

    leads = {graph.kind(state) for state in targets(one)}
    seen: set[str] = set()
    for number, effect, arguments in effects(one):
        if effect == "issue" and leads - {"outcome"}:
            message = "The credential is awarded here, but the state that follows is no outcome."
            yield warned(number, "issue-elsewhere", message)
        if effect == "renew" and leads - set(ENDS):
            message = "A renewal is a submission of its own, but this one goes on as well."
            hint = "Let it stay in the state that it comes from."
            yield warned(number, "renew-elsewhere", message, hint)
        if effect == "assign" and by_itself(one):
            message = "Whoever takes this becomes the reviewer, but it happens by itself."
            hint = "Let the review say how reviewers are found: `pick`."
            place = joined("/transitions", name, "do", number)
            yield document.finding(place, "assigns-nobody", message, hint)
        if effect == "assign" and "owner" in graph.role_kinds(one.get("by")):
            yield warned(number, "own-decision", "The owner would review their own work.")
        if effect == "close_review" and not any(
            graph.blocks(state) for state in listed(one.get("from"))
        ):
            yield warned(number, "nothing-to-close", "There is no review where this begins.")
        if isinstance(arguments, Mapping) and not arguments and effect in seen:
            yield warned(number, "twice", f"{effect!r} is here already.")
        seen.add(effect)


def _reviews(document: Document, graph: Graph, state: str, assigns: bool) -> Iterator[Finding]:
    for block, said in graph.blocks(state).items():
        here = joined("/states", state)
        place = joined(here, "reviews", block) if block else joined(here, "review")
        if "owner" in graph.role_kinds(said.get("by")):
            message = "The owner would score their own work."
            yield document.finding(joined(place, "by"), "own-decision", message, severity="warning")
        if not assigns and graph.kind(state) in ENDS:
            message = "Only an assigned reviewer scores, but no transition assigns one."
            hint = "Add `assign` to the `do` of the transition by which a reviewer takes it up."
            yield document.finding(place, "nobody-assigned", message, hint, key=True)
        elif graph.kind(state) not in ENDS and not _counts(graph, state, listed(said.get("by"))):
            message = "Nothing that the reviewers do here leads anywhere."
            hint = "Let them or staff take a way out, or add one with `auto: reviews.missing == 0`."
            yield document.finding(place, "no-way-on", message, hint, key=True, severity="warning")


def _counts(graph: Graph, state: str, reviewers: list[str]) -> bool:
    """Whether what a review comes to can move the submission on."""
    for _, one in graph.leaving(state):
        if set(listed(one.get("by"))) & set(reviewers) or "staff" in graph.role_kinds(
            one.get("by")
        ):
            return True
        for _, source in conditions(one):
            try:
                names = rules.free_names(rules.compile(str(source), GUARD_NAMES).tree)
            except rules.BadRule:
                return True  # it is reported as it is
            if names & {"scores", "reviews"}:
                return True
    return not graph.leaving(state)  # that is reported as a state without a way out
