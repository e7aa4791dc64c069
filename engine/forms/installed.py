"""Kinds that this installation adds, through the entry point group `accolade.field_kinds`.

A kind is a class like those in `engine.forms.fields`; its macro is called `field` and stands in
`web/kinds/NAME.html` in one of the installation's folders of templates, where NAME is its `kind`.
A kind that looks like a shipped one names that in `macro` instead.
One that can't be used is an error that names it, when the installation starts.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from engine.errors import BadKind
from engine.forms.nodes import Node
from engine.languages import _

GROUP = "accolade.field_kinds"


@cache
def installed() -> tuple[type[Node], ...]:
    """The kinds that were added, by the names of their entry points. Raises `BadKind`."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple(_loaded(point) for point in points)


def _loaded(point: EntryPoint) -> type[Node]:
    try:
        found = point.load()
    except Exception as error:
        raise BadKind(point.name, _("it can't be loaded: %(error)s", error=error)) from error
    if not (isinstance(found, type) and issubclass(found, Node)):
        raise BadKind(point.name, _("%(value)s is not a kind of question.", value=point.value))
    if found.__dict__.get("fits") is None:
        raise BadKind(point.name, _("it does not say which questions it fits."))
    if not found.kind.isidentifier():
        raise BadKind(point.name, _("its kind needs a name that a file may have."))
    if not found.macro:
        found.macro = "installed"
    return found
