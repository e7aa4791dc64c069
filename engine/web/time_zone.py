"""Which time zone a page says its times in: the reader's own, or the installation's."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy.exc import SQLAlchemyError

from engine import phrases
from engine.web import asking
from engine.web.language_choice import FOR_EVERYBODY


def register(app: Flask) -> None:
    """Say times in the right zone during each request of `app`."""
    app.before_request(_begin)
    app.teardown_request(_end)


def is_chosen() -> bool:
    """Whether the reader has said which zone is theirs, so that their device need not."""
    return has_request_context() and bool(g.get("zone_chosen"))


def _begin() -> None:
    setting: str = current_app.jinja_env.globals["settings"].zone  # type: ignore[attr-defined]
    own = _own()
    g.zone_chosen = bool(own)
    g.in_zone = ExitStack()
    g.in_zone.enter_context(phrases.in_zone(own, setting))


def _own() -> str:
    if "accolade" not in current_app.extensions or request.endpoint in FOR_EVERYBODY:
        return ""
    try:
        return asking.actor().zone
    except SQLAlchemyError:
        return ""  # the page itself will say that the database is away


def _end(error: BaseException | None) -> None:
    if spoken := g.pop("in_zone", None):
        spoken.close()
