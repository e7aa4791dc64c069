"""Following a document's pointer into its own forms, and what is wrong where it leads nowhere.

Surveys, statements and the gallery name places in the candidate's answers. Each says for itself
what it needs to find there; that there is such a place is asked here.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping

from engine.credentials.documents import Document, joined, tokens
from engine.credentials.field_paths import Shape, pointer_fault
from engine.credentials.references import Bundled
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding


def followed(
    document: Document, at: str, pointer: str, forms: Mapping[str, Bundled]
) -> Generator[Finding, None, tuple[bool, Shape | None]]:
    """What is wrong with `pointer`, `/FORM/FIELD…`, that stands at `at`. Returns whether it
    leads anywhere, and to what: None where the form leaves open what stands there."""
    form, *steps = tokens(pointer)
    if form not in forms:
        message = f"There is no form {form!r}."
        yield document.finding(at, "unknown-form", message, did_you_mean(form, forms))
        return False, None
    schema = forms[form].schema
    shape = Shape.of(schema, schema)
    if fault := pointer_fault(joined("", *steps), shape):
        yield document.finding(at, "unknown-path", fault.message, fault.suggestion)
        return False, None
    found: Shape | None = shape
    for step in steps:
        found = found.field(step) if found is not None else None
    return True, found
