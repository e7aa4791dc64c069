"""The kinds of question that an installation adds can be drawn: checked before it serves anyone."""

from __future__ import annotations

from flask import Flask
from jinja2 import TemplateError

from engine.errors import BadKind
from engine.forms.installed import installed
from engine.languages import _


def check(app: Flask) -> None:
    """Every kind that was added can be drawn. Raises `BadKind`, which names the one that can't."""
    for kind in installed():
        if kind.macro != "installed":
            continue
        name = f"web/kinds/{kind.kind}.html"
        try:
            macros = app.jinja_env.get_template(name).module
        except TemplateError as error:
            reason = _("its template %(name)s can't be used: %(error)s", name=name, error=error)
            raise BadKind(kind.kind, reason) from error
        if not hasattr(macros, "field"):
            raise BadKind(kind.kind, _("%(name)s has no macro named field.", name=name))
