"""What arrives in a request, without the one character that no database text may hold: NUL.

PostgreSQL refuses it and SQLite cuts some texts off at it. Nobody types it, though what is pasted
from a broken file may carry it, so it goes and the rest stays. Here and nowhere else, for every
address of the application: fields and their names, file names, queries, and addresses themselves.
What an upload's header says in base64 is read in `resumable`, which asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Request, request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import NotFound

_NUL = "\x00"


def without_nul(text: str) -> str:
    """The text as it can be kept."""
    return text.replace(_NUL, "")


class Fields(ImmutableMultiDict[str, Any]):
    """The fields of a form or a query, in their order, without NUL."""

    def __init__(self, said: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        pairs: Iterable[tuple[str, Any]] = ()
        if isinstance(said, MultiDict):
            pairs = said.items(multi=True)
        elif isinstance(said, Mapping):
            pairs = said.items()
        elif said is not None:
            pairs = said
        super().__init__([(_kept(name), _kept(value)) for name, value in pairs])


class StorableRequest(Request):
    """A request whose fields can be kept as they are."""

    parameter_storage_class = Fields


def refuse_address() -> None:
    """No page has NUL in its address. Raises `NotFound`."""
    if _NUL in request.path:
        raise NotFound


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return without_nul(value) if _NUL in value else value
    if isinstance(value, FileStorage) and value.filename and _NUL in value.filename:
        value.filename = without_nul(value.filename)
    return value
