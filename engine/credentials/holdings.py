"""What the documents' folders hold at this moment: found, read and sorted by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.credentials.documents import ENDINGS, Document, read, shown, translates
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding

KINDS = ("credential", "framework", "workflow", "flows")
DATA_FOLDERS = ("examples", "shared")
"""Folders whose files other documents refer to, and which are no documents themselves."""


@dataclass(frozen=True)
class Holdings:
    """Documents by id. Later folders win: an installation may replace what was shipped."""

    credentials: Mapping[str, Document]
    frameworks: Mapping[str, Document]
    workflows: Mapping[str, Document]
    findings: tuple[Finding, ...]
    """Faults of the files' text, files that are no document, and ids that are used twice."""
    folders: tuple[Path, ...]
    """Where references may lead."""
    flows: Mapping[str, Document] = field(default_factory=dict)
    """Flow tests, by their file."""

    def said_in(self, language: str) -> Holdings:
        """The same documents with their texts in `language`, where they have them."""
        return replace(
            self,
            credentials={id: one.said_in(language) for id, one in self.credentials.items()},
            frameworks={id: one.said_in(language) for id, one in self.frameworks.items()},
            workflows={id: one.said_in(language) for id, one in self.workflows.items()},
        )


def held(
    documents: Sequence[Path], workflows: Sequence[Path], extra: Iterable[Path] = ()
) -> Holdings:
    """Everything below the folders, and the `extra` files as though they were there too."""
    shelves: dict[str, dict[str, Document]] = {kind: {} for kind in KINDS}
    findings: list[Finding] = []
    seen: set[Path] = set()
    for folder in (*documents, *workflows):
        here: dict[tuple[str, str], Document] = {}
        for path in files_below(folder):
            seen.add(path.resolve())
            is_data = any(part in DATA_FOLDERS for part in path.relative_to(folder).parts[:-1])
            _put(path, is_data, shelves, here, findings)
    for path in extra:
        if path.resolve() not in seen:
            _put(path, path.parent.name in DATA_FOLDERS, shelves, {}, findings)
    folders = tuple(dict.fromkeys((*documents, *workflows)))
    return Holdings(
        shelves["credential"],
        shelves["framework"],
        shelves["workflow"],
        tuple(findings),
        folders,
        shelves["flows"],
    )


def files_below(folder: Path) -> list[Path]:
    """The documents' files below `folder`, in a fixed order: without `meta` and hidden folders,
    and without the files that only translate another one."""
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix in ENDINGS
        and not any(
            part == "meta" or part.startswith(".") for part in path.relative_to(folder).parts
        )
        and path.is_file()
        and translates(path) is None
    ]
    return sorted(found)


def _put(
    path: Path,
    is_data: bool,
    shelves: dict[str, dict[str, Document]],
    here: dict[tuple[str, str], Document],
    findings: list[Finding],
) -> None:
    document, faults = read(path)
    findings.extend(faults)
    if document is None or is_data:
        return
    kind = next((kind for kind in KINDS if kind in document.data), "")
    id = document.data.get(kind)
    if not kind:
        first = next(iter(document.data), "")
        findings.append(
            document.finding(
                "",
                "unknown-document",
                "None of the keys credential, framework, workflow and flows is here.",
                did_you_mean(first, KINDS)
                or "Definitions for others belong in a folder named `shared`.",
            )
        )
    elif kind == "flows":
        shelves[kind][str(path)] = document  # a workflow may have several files of them
    elif isinstance(id, str):
        if (other := here.get((kind, id))) is not None:
            line = other.at(f"/{kind}")[0]
            findings.append(
                document.finding(
                    f"/{kind}",
                    "duplicate-id",
                    f"The {kind} {id!r} is already described in {shown(other.path)}:{line}.",
                )
            )
        here[kind, id] = document
        shelves[kind][id] = document
    else:
        # Still checked, under a name that nothing can refer to.
        shelves[kind][f"?{path}"] = document
