"""Keeping a list's filters under a name, and forgetting them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound, Refused
from engine.languages import _
from engine.submissions import views
from engine.submissions.narrowing import Asked, ListName
from engine.web import lists
from engine.web.asking import me, now, transaction

blueprint = Blueprint("views", __name__, url_prefix="/views")


def list_named(said: str) -> ListName:
    """The list that a request names. Raises `NotFound`."""
    if said == "queue":
        return "queue"
    if said == "staff":
        return "staff"
    raise NotFound(_("There is no such list."))


@blueprint.post("")
def save() -> ResponseReturnValue:
    """Keep the filters that came along, under the name that was given."""
    name, asked = list_named(request.form.get("list", "")), Asked.of(request.form)
    try:
        with transaction() as session:
            title, shared = request.form.get("_view", ""), "_shared" in request.form
            views.save(session, me(), name, title, asked, shared, now())
    except Refused as refused:
        if refused.refusal.code != "view":
            raise
        flash(str(refused), "bad")
    else:
        flash(_("This view is kept."), "good")
    return redirect(lists.url(name, asked), 303)


@blueprint.post("/<view_id>/remove")
def remove(view_id: str) -> ResponseReturnValue:
    """Forget a view; the list stays as it is."""
    name = list_named(request.form.get("list", ""))
    with transaction() as session:
        views.remove(session, me(), view_id)
    flash(_("The view is gone. What it showed is still here."), "good")
    return redirect(lists.url(name, Asked.of(request.form)), 303)
