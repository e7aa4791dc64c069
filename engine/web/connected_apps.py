"""The programs that one let in to one's account: which they are, and letting them in no longer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.connections import letting_in, scopes
from engine.languages import _
from engine.web.api.letting_in import shown
from engine.web.asking import me, now, read_session, transaction

blueprint = Blueprint("connected_apps", __name__, url_prefix="/account/apps")


@blueprint.get("")
def all_of_them() -> ResponseReturnValue:
    """The programs that can come now."""
    person = me()
    with read_session() as session:
        apps = [
            {
                "id": one.client.id,
                "program": shown(one.client),
                "may": [_(scopes.WORDS[scope]) for scope in one.scopes],
                "since": one.since,
                "seen_at": one.seen_at,
            }
            for one in letting_in.own(session, person, now())
        ]
    return render_template("web/account/apps.html", apps=apps)


@blueprint.post("/<client_id>/shut-out")
def shut_out(client_id: str) -> ResponseReturnValue:
    """Let a program in no longer."""
    person = me()
    with transaction() as session:
        client = letting_in.disconnect(session, person, client_id, now())
    flash(_("“%(name)s” is not let in any more.", name=client.name), "good")
    return redirect(url_for("account.connected_apps.all_of_them"), 303)
