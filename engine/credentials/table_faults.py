"""What is wrong with tables, data series and reused answers: columns that no cell has room for, a
series whose date or value nobody can tell, and sources that there are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.credentials.documents import Document, joined, mapping
from engine.credentials.field_paths import Shape, pointer_fault
from engine.credentials.holdings import Holdings
from engine.credentials.references import Bundled, bundle
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.errors import Finding

_ROOMY = {
    "evidence": "files",
    "video": "a video",
    "link": "a link",
    "markdown": "text with a preview",
    "agreement": "an agreement",
    "checkbox": "a box to tick",
    "checkboxes": "several choices",
    "choice-or-other": "a choice with words of one's own",
    "date-time": "a date with its time",
    "duration": "a duration",
    "person": "a person",
    "rating": "a scale",
    "matrix": "a matrix",
    "framework-items": "items of a framework",
    "reuse": "an earlier answer",
}
_COLUMNS = {"at": "date", "value": "number", "note": "text", "unusual": "yes or no"}
_NEEDED = ("at", "value")


class _Fault(NamedTuple):
    pointer: str
    code: str
    message: str
    suggestion: str = ""


def table_faults(
    document: Document, forms: Mapping[str, Bundled], holdings: Holdings
) -> Iterator[Finding]:
    """Findings at every `widget: table`, `data-series` and `reuse` of the credential's forms."""
    for bundled in forms.values():
        for _relative, schema in walk(bundled.schema):
            if not isinstance(schema, Mapping) or id(schema) not in bundled.origins:
                continue
            for fault in _faults(schema, bundled.schema, holdings):
                # A table that is none is asked as rows, so nothing keeps it from being published.
                yield bundled.finding(
                    schema, *fault, severity="warning" if fault.code == "not-flat" else "error"
                )


def _faults(
    schema: Mapping[str, Any], root: Mapping[str, Any], holdings: Holdings
) -> Iterator[_Fault]:
    widget = schema.get("widget")
    if widget in ("table", "data-series"):
        item = Shape.of(schema, root).item()
        yield from _not_flat(item)
        if widget == "data-series" and item is not None:
            yield from _series(schema, item)
    if widget == "reuse":
        said = schema.get("from") or mapping(schema.get("items")).get("from")
        if not said:
            yield _Fault(
                "/widget",
                "bad-reuse",
                "Nothing says where earlier answers come from.",
                "Add from: {credential: …, form: …, at: /…}.",
            )
    sources = schema.get("from")
    for number, one in enumerate(sources if isinstance(sources, list) else [sources]):
        if isinstance(one, Mapping):
            here = joined("/from", number) if isinstance(sources, list) else "/from"
            yield from _source(one, here, holdings)


def _not_flat(item: Shape | None) -> Iterator[_Fault]:
    if item is None or not item.names:
        yield _Fault(
            "/widget",
            "not-flat",
            "A table needs items with properties: each is a column. It is asked as rows.",
        )
        return
    for name in dict.fromkeys(item.names):
        field = item.field(name)
        what = _too_roomy(field) if field is not None else ""
        if what:
            yield _Fault(
                "/widget",
                "not-flat",
                f"A cell has no room for {name!r}, which is {what}. It is asked as rows.",
            )


def _too_roomy(field: Shape) -> str:
    for schema in field.schemas:
        if (widget := schema.get("widget")) in _ROOMY:
            return _ROOMY[str(widget)]
    found = field.types & {"object", "array"}
    return {"object": "a group of questions", "array": "a list"}[min(found)] if found else ""


def _series(schema: Mapping[str, Any], item: Shape) -> Iterator[_Fault]:
    said = mapping(schema.get("series"))
    fitting: dict[str, list[str]] = {kind: [] for kind in _COLUMNS.values()}
    for name in dict.fromkeys(item.names):
        field = item.field(name)
        if field is not None and (kind := _kind(field)):
            fitting[kind].append(name)
    for part, kind in _COLUMNS.items():
        named = said.get(part)
        if isinstance(named, str) and named not in fitting[kind]:
            there = f"{named!r} is no {kind}" if named in item.names else f"There is no {named!r}"
            message = f"{there}, so it can't be the series' {part}."
            yield _Fault(f"/series/{part}", "bad-series", message, did_you_mean(named, item.names))
        elif named is None and part in _NEEDED and len(fitting[kind]) != 1:
            many = "more than one" if fitting[kind] else "no"
            yield _Fault(
                "/widget",
                "bad-series",
                f"The items have {many} {kind}, so nobody can tell the series' {part}.",
                f"Say which it is: series: {{{part}: …}}." if fitting[kind] else "",
            )


def _kind(field: Shape) -> str:
    if field.types & {"number", "integer"}:
        return "number"
    if "boolean" in field.types:
        return "yes or no"
    if "string" not in field.types:
        return ""
    dated = any(
        schema.get("format") == "date" or schema.get("widget") == "date" for schema in field.schemas
    )
    return "date" if dated else "text"


def _source(said: Mapping[str, Any], here: str, holdings: Holdings) -> Iterator[_Fault]:
    id = said.get("credential")
    other = holdings.credentials.get(str(id))
    if other is None:
        near = did_you_mean(str(id), holdings.credentials)
        yield _Fault(f"{here}/credential", "bad-reuse", f"There is no credential {id!r}.", near)
        return
    names = mapping(other.data.get("forms"))
    form = str(said.get("form"))
    if form not in names:
        message = f"{id!r} has no form {form!r}."
        yield _Fault(f"{here}/form", "bad-reuse", message, did_you_mean(form, list(names)))
        return
    there = bundle(other, joined("/forms", form), holdings.folders).schema
    at = said.get("at")
    if isinstance(at, str) and (fault := pointer_fault(at, Shape.of(there, there))):
        yield _Fault(f"{here}/at", "bad-reuse", fault.message, fault.suggestion)
