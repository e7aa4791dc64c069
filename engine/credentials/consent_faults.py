"""What is wrong in a credential's consents: people whom no form asks for, and files that are none;
and in its `before_submitting`: checklists that nobody can tick.

Everything that a consent hangs on is somewhere in the candidate's answers, so every path is
followed there; one that leads nowhere would ask nobody, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials import form_faults
from engine.credentials.documents import Document, joined, listing, mapping, tokens
from engine.credentials.field_paths import Shape, pointer_fault
from engine.credentials.references import Bundled
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding

_FILES = frozenset(("evidence", "video"))


def faults(document: Document, forms: Mapping[str, Bundled], whole: Shape) -> Iterator[Finding]:
    """Everything that is wrong in `consents`; `whole` are the answers of every form together."""
    for id, said in mapping(document.data.get("consents")).items():
        here = joined("/consents", id)
        if not isinstance(said, Mapping):
            continue  # the meta-schema has said so
        for number, one in enumerate(listing(said.get("people"))):
            yield from _named(document, joined(here, "people", number), one, forms, whole)
        needed = said.get("needed")
        if isinstance(needed, str):
            place = joined(here, "needed")
            for fault in form_faults.rule_faults(needed, {"self": whole}, place):
                yield document.finding(fault.pointer, fault.code, fault.message, fault.suggestion)

    for number, pointer in enumerate(listing(document.data.get("before_submitting"))):
        if isinstance(pointer, str):
            yield from _checklist(document, joined("/before_submitting", number), pointer, whole)


def _checklist(document: Document, at: str, pointer: str, whole: Shape) -> Iterator[Finding]:
    steps = tokens(pointer)
    forms = whole.names
    if not steps or steps[0] not in forms:
        message = f"There is no form {steps[0] if steps else pointer!r}."
        yield document.finding(at, "unknown-form", message, did_you_mean(pointer, forms))
    elif fault := pointer_fault(pointer, whole):
        yield document.finding(at, "unknown-path", fault.message, fault.suggestion)
    elif (found := _at(whole, pointer)) is not None and found.types != {"array"}:
        message = f"{pointer!r} is no list of points to tick."
        hint = "Give it $ref: shared/people.yaml#/names_and_faces, or a list of choices."
        yield document.finding(at, "no-checklist", message, hint)


def _named(
    document: Document, here: str, said: Any, forms: Mapping[str, Bundled], whole: Shape
) -> Iterator[Finding]:
    one: Mapping[str, Any] = said if isinstance(said, Mapping) else {"at": said}
    at = one.get("at")
    place = joined(here, "at") if isinstance(said, Mapping) else here
    if not isinstance(at, str) or len(steps := tokens(at)) < 2:
        return  # the meta-schema has said so
    if steps[0] not in forms:
        message = f"There is no form {steps[0]!r}."
        yield document.finding(place, "unknown-form", message, did_you_mean(steps[0], forms))
        return
    if fault := pointer_fault(at, whole):
        yield document.finding(place, "unknown-path", fault.message, fault.suggestion)
        return
    row = _at(whole, at)
    if row is not None and row.types == {"array"}:
        row = row.item()
    if row is None:
        return  # the form leaves open what stands there
    if row.types and not row.types & {"object", "string"}:
        yield document.finding(place, "bad-type", f"{at!r} is nobody's name, nor a person or row.")
        return
    is_text = "string" in row.types
    for key in ("name", "attested"):
        path = one.get(key, "name" if key == "name" and not is_text else "")
        if path:
            at_key = joined(here, key) if key in one else place
            yield from _path(document, at_key, path, row)
    name = _at(row, f"/{one.get('name', 'name')}") if not is_text else row
    if name is not None and name.types and "string" not in name.types:
        message = "A person's name is a text, and this is none."
        yield document.finding(
            joined(here, "name") if "name" in one else place, "bad-type", message
        )
    for number, path in enumerate(listing(one.get("covers"))):
        if isinstance(path, str):
            at_path = joined(here, "covers", number)
            yield from _files(document, at_path, path, whole if path.startswith("/") else row)


def _path(document: Document, at: str, path: Any, row: Shape) -> Iterator[Finding]:
    if isinstance(path, str) and (fault := pointer_fault(f"/{path}", row)):
        yield document.finding(at, "unknown-path", fault.message, fault.suggestion)


def _files(document: Document, at: str, path: str, shape: Shape) -> Iterator[Finding]:
    pointer = path if path.startswith("/") else f"/{path}"
    if fault := pointer_fault(pointer, shape):
        yield document.finding(at, "unknown-path", fault.message, fault.suggestion)
        return
    found = _at(shape, pointer)
    if found is not None and not _holds_files(found, 4):
        message = f"There are no files in {path!r}, so the consent would cover nothing."
        yield document.finding(at, "no-files", message, "Name a question for files or a video.")


def _holds_files(shape: Shape, depth: int) -> bool:
    if _FILES & {str(one.get("widget")) for one in shape.schemas} or not depth:
        return True
    if any("format" in one and one.get("format") == "evidence" for one in shape.schemas):
        return True
    inner = [shape.field(name) for name in dict.fromkeys(shape.names)]
    if shape.types == {"array"}:
        inner.append(shape.item())
    return any(one is not None and _holds_files(one, depth - 1) for one in inner)


def _at(shape: Shape | None, pointer: str) -> Shape | None:
    for step in tokens(pointer):
        if shape is None:
            return None
        shape = shape.item() if shape.types == {"array"} else shape.field(step)
    return shape
