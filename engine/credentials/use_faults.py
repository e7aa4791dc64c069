"""What is wrong in how a credential uses its workflow: the values that it gives, what the workflow
comes to with them, and what it says of earlier versions.

A workflow is checked by itself with its defaults (`lint`); only what a credential's own values
bring about is found here, at the credential's own line.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.credentials import parameters, workflow_faults
from engine.credentials.documents import Document, joined, mapping, tokens
from engine.credentials.holdings import Holdings
from engine.credentials.meta import document_faults
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding


def faults(document: Document, holdings: Holdings) -> Iterator[Finding]:
    workflow = holdings.workflows.get(parameters.used_workflow(document.data))
    if workflow is not None and parameters.given(document.data):
        wrong = list(parameters.given_faults(document, workflow))
        yield from wrong
        if not any(one.severity == "error" for one in wrong):
            yield from _come_to(document, workflow, holdings)
    yield from _moves(document)


def _come_to(document: Document, workflow: Document, holdings: Holdings) -> Iterator[Finding]:
    used = parameters.workflow_for(document, holdings)
    assert used is not None
    for one in sorted(_all(used) - _all(parameters.filled(workflow))):
        yield document.finding(
            "/workflow/with",
            one.code,
            f"With these values {one.path}:{one.line} is wrong: {one.message}",
            one.suggestion,
            severity=one.severity,
        )


def _all(workflow: Document) -> set[Finding]:
    return {*document_faults(workflow, "workflow"), *workflow_faults.faults(workflow)}


def _moves(document: Document) -> Iterator[Finding]:
    """The forms of this version that `migrate` names."""
    forms = mapping(document.data.get("forms"))
    moves = mapping(document.data.get("migrate"))
    for old, new in mapping(moves.get("forms")).items():
        if isinstance(new, str) and new not in forms:
            message = f"There is no form {new!r}."
            place = joined("/migrate/forms", old)
            yield document.finding(place, "unknown-form", message, did_you_mean(new, forms))
    for old, new in mapping(moves.get("fields")).items():
        form = next(iter(tokens(new)), "") if isinstance(new, str) else ""
        if form and form not in forms:
            message = f"There is no form {form!r}."
            place = joined("/migrate/fields", old)
            yield document.finding(place, "unknown-form", message, did_you_mean(form, forms))
