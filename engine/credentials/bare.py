"""A JSON Schema by itself: a file that is no document of ours, to be looked at as a form.

Any dialect and any root will do. What a form of a credential may not have (keywords that nobody
knows, answers that only a server gives) is a warning here, since schemas of the world are full of
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.credentials.documents import Document, read
from engine.credentials.form_faults import faults
from engine.credentials.references import bundle
from engine.errors import Finding

_LENIENT = frozenset(("never-answered", "unknown-key", "unknown-property"))
_BOOLEANS = {"true": True, "false": False}


def is_bare(document: Document) -> bool:
    """Whether a document is a schema rather than a credential, a workflow or a framework."""
    return not {"credential", "workflow", "framework"} & document.data.keys()


def schema_of(path: Path, folders: Sequence[Path]) -> tuple[Any, list[Finding]]:
    """The schema in a file, with what it refers to brought inside, and everything wrong with it.

    The schema is None when the file holds none.
    """
    document, found = read(path)
    if document is None:
        root = _boolean(path)
        return (root, []) if root is not None else (None, found)
    bundled = bundle(document, "", folders)
    found = [*found, *faults(document, "", bundled, frozenset(), bare=True)]
    lenient = [
        replace(one, severity="warning") if one.code in _LENIENT else one
        for one in dict.fromkeys(found)
    ]
    return bundled.schema, sorted(lenient)


def _boolean(path: Path) -> bool | None:
    """The root of a schema that allows everything or nothing (JSON Schema 2020-12 §4.3.2)."""
    try:
        text = path.read_text("utf-8-sig")[:1000]
    except (OSError, UnicodeDecodeError):
        return None
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return _BOOLEANS.get("".join(line for line in lines if line not in ("", "---", "...")))
