"""What the documents' folders hold at this moment: found, read and sorted by kind.

As long as no file changes, every look gives the same `Holdings`, which remembers what was worked
out of it: a page that tells what is wrong in eighty documents asks for the same things often.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from engine.credentials.documents import ENDINGS, Document, read, shown, translates
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding

KINDS = ("credential", "framework", "workflow", "flows")
DATA_FOLDERS = ("examples", "shared")
"""Folders whose files other documents refer to, and which are no documents themselves."""


_Found = TypeVar("_Found")
_MOST_KNOWN = 8
_known: dict[Hashable, tuple[Hashable, Holdings]] = {}
"""By folders: the state of their files, and what they held in it."""
_lock = Lock()


@dataclass(frozen=True, eq=False)
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
    _worked_out: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, what: Hashable, work: Callable[[], _Found]) -> _Found:
        """What `work` gives, which looks at nothing but these documents: at the first time it is
        asked under the name `what`, and that again afterwards. Nobody may change it."""
        if what not in self._worked_out:
            self._worked_out[what] = work()
        found: _Found = self._worked_out[what]
        return found

    def said_in(self, language: str) -> Holdings:
        """The same documents with their texts in `language`, where they have them."""
        return self.once(
            ("said in", language),
            lambda: replace(
                self,
                credentials={id: one.said_in(language) for id, one in self.credentials.items()},
                frameworks={id: one.said_in(language) for id, one in self.frameworks.items()},
                workflows={id: one.said_in(language) for id, one in self.workflows.items()},
            ),
        )


def held(
    documents: Sequence[Path], workflows: Sequence[Path], extra: Iterable[Path] = ()
) -> Holdings:
    """Everything below the folders, and the `extra` files as though they were there too."""
    extra = tuple(extra)
    if extra:
        return _held(documents, workflows, extra)
    # Findings name their files as one would type them in the working folder.
    where = (tuple(documents), tuple(workflows), os.getcwd())
    state = tuple(entry for folder in (*documents, *workflows) for entry in _state(folder))
    known = _known.get(where)
    if known is not None and known[0] == state:
        return known[1]
    made = _held(documents, workflows, ())
    with _lock:
        _known.pop(where, None)
        while len(_known) >= _MOST_KNOWN:
            del _known[next(iter(_known))]
        _known[where] = state, made
    return made


def _state(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    """Each document's file below `folder`, when it changed last, by its own word and by the file
    system's, which no copy brings along, and its size."""
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.endswith(ENDINGS):
                path = os.path.join(where, name)
                with suppress(OSError):  # gone since
                    stat = os.stat(path)
                    yield path, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size


def _held(documents: Sequence[Path], workflows: Sequence[Path], extra: Sequence[Path]) -> Holdings:
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
