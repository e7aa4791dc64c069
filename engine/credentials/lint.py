"""Every fault of the documents, each with its line and column; never only the first.

One pass: the text (`reading`), the meta-schemas (`meta`), then what only the documents together
can tell (`credential_faults`, `form_faults`, `workflow_faults`, `use_faults`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from engine.credentials import (
    credential_faults,
    flows,
    outside_faults,
    parameters,
    translation_faults,
    use_faults,
    workflow_faults,
)
from engine.credentials.documents import Document, joined, listing, mapping, read, shown
from engine.credentials.holdings import Holdings, files_below, held
from engine.credentials.meta import document_faults
from engine.credentials.references import bundle, offered_frameworks
from engine.errors import Finding


class Shelves(Protocol):
    """Where documents are kept: a `Library`, or anything else that names its folders."""

    @property
    def documents(self) -> tuple[Path, ...]: ...
    @property
    def workflows(self) -> tuple[Path, ...]: ...


def check(
    library: Shelves, paths: Sequence[Path] = (), letters: Collection[str] | None = None
) -> list[Finding]:
    """All findings in the library's documents, sorted by place.

    With `paths` (files or folders), only the findings in those; what is not in the library's
    folders is checked as though it were. `letters` are the names of all that can be sent; without
    them no letter is looked for.
    """
    files = {file.resolve() for path in paths for file in _files(path)}
    holdings = held(library.documents, library.workflows, sorted(files))
    findings = set(findings_in(holdings))
    if letters is not None:
        findings.update(_letter_findings(holdings, letters))
    missing = [path for path in paths if not path.exists()]
    if not paths:
        return sorted(findings)
    findings = {one for one in findings if Path(one.path).resolve() in files}
    for path in missing:
        findings.update(read(path)[1])
    return sorted(findings)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return files_below(path)
    return [path] if path.exists() else []


def findings_in(holdings: Holdings) -> Iterator[Finding]:
    """Everything that is wrong in what is held, in no order; the same thing perhaps twice."""
    yield from holdings.findings
    for id in holdings.frameworks:
        yield from _framework_findings(holdings, id)
    for id in holdings.workflows:
        yield from _workflow_findings(holdings, id)
    for id in holdings.credentials:
        yield from _credential_findings(holdings, id)
    for document in holdings.flows.values():
        yield from document_faults(document, "flows")
        yield from flows.faults(document, holdings)


def findings_of(
    holdings: Holdings, credential_id: str, letters: Collection[str] | None = None
) -> list[Finding]:
    """What is wrong in one credential and in what it is made of: its workflow, the definitions
    and examples that it takes in, and the frameworks that it is aligned to. `letters`: `check`."""
    document = holdings.credentials[credential_id]
    found = set(_credential_findings(holdings, credential_id))
    made_of = [document]
    uses = parameters.used_workflow(document.data)
    if uses in holdings.workflows:
        made_of.append(holdings.workflows[uses])
        found.update(_workflow_findings(holdings, uses))
        used = parameters.workflow_for(document, holdings)
        if used is not None and letters is not None:
            found.update(outside_faults.letter_faults(used, letters))
    for id in _frameworks_of(document, holdings):
        if (framework := holdings.frameworks.get(id)) is not None:
            made_of.append(framework)
            found.update(_framework_findings(holdings, id))
    files = {shown(one.path) for one in made_of}
    found.update(one for one in holdings.findings if one.path in files)
    return sorted(found)


def _credential_findings(holdings: Holdings, id: str) -> frozenset[Finding]:
    document = holdings.credentials[id]
    return holdings.once(
        ("credential", id),
        lambda: frozenset(
            (
                *document_faults(document, "credential"),
                *credential_faults.faults(document, holdings),
                *use_faults.faults(document, holdings),
                *translation_faults.faults(document, holdings),
            )
        ),
    )


def _framework_findings(holdings: Holdings, id: str) -> frozenset[Finding]:
    document = holdings.frameworks[id]
    return holdings.once(
        ("framework", id),
        lambda: frozenset(
            (
                *document_faults(document, "framework"),
                *credential_faults.framework_faults(document),
            )
        ),
    )


def _workflow_findings(holdings: Holdings, id: str) -> frozenset[Finding]:
    """What is wrong in a workflow by itself, its parameters at their defaults."""
    document = holdings.workflows[id]

    def found() -> frozenset[Finding]:
        whole = parameters.filled(document)
        faults = (*document_faults(whole, "workflow"), *workflow_faults.faults(whole))
        return frozenset((*parameters.faults(document), *faults))

    return holdings.once(("workflow", id), found)


def _letter_findings(holdings: Holdings, letters: Collection[str]) -> Iterator[Finding]:
    """Letters that nobody wrote, a workflow's parameters at their defaults and as credentials
    give them."""
    for document in holdings.workflows.values():
        yield from outside_faults.letter_faults(parameters.filled(document), letters)
    for document in holdings.credentials.values():
        if (used := parameters.workflow_for(document, holdings)) is not None:
            yield from outside_faults.letter_faults(used, letters)


def _frameworks_of(document: Document, holdings: Holdings) -> set[str]:
    """The frameworks that a credential is aligned to, or whose items its questions offer."""
    aligned = {str(one).partition(":")[0] for one in listing(document.data.get("aligned_to"))}
    forms = {
        id: bundle(document, joined("/forms", id), holdings.folders).schema
        for id in mapping(document.data.get("forms"))
    }
    return aligned | set(offered_frameworks(forms))
