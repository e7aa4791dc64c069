"""Moving work to a newer version of its credential: the dry run as a list, and doing it.

What is moved is what was on the list: each line carries the token of its plan, and one that has
changed since is left alone and listed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import Conflict, Refused
from engine.languages import _, ngettext
from engine.permissions import require
from engine.submissions import migrating
from engine.submissions.migrating import Line
from engine.web.asking import house, me, now, read_session, transaction

blueprint = Blueprint("migrating", __name__, url_prefix="/documents")


class Chosen(NamedTuple):
    """One submission that was ticked, with the plan that was shown."""

    submission_id: str
    token: str


@blueprint.get("/<credential_id>/move")
def dry_run(credential_id: str) -> ResponseReturnValue:
    """Each running submission of an earlier version, and what would become of it."""
    require(me(), "catalogue.publish")
    with read_session() as session:
        to = migrating.target_of(session, credential_id)
        return _page(to, migrating.plan(session, to))


@blueprint.post("/<credential_id>/move")
def move(credential_id: str) -> ResponseReturnValue:
    """Move those that were chosen, each in a transaction of its own."""
    require(me(), "catalogue.publish")
    chosen = [Chosen(*value.partition(" ")[::2]) for value in request.form.getlist("submission")]
    with read_session() as session:
        to = migrating.target_of(session, credential_id)
    if str(to.credential.version) != request.form.get("version"):
        flash(_("A newer version was published meanwhile. This is what it would do."), "warn")
        return redirect(url_for(".dry_run", credential_id=credential_id), 303)
    moved, words = _moved(chosen, to)
    if moved:
        flash(
            ngettext(
                "%(count)s submission is now on version %(version)s.",
                "%(count)s submissions are now on version %(version)s.",
                moved,
                version=to.credential.version,
            ),
            "good",
        )
    for said in words:
        flash(said, "warn")
    if not chosen:
        flash(_("Nothing was chosen, so nothing was moved."), "warn")
    return redirect(url_for(".dry_run", credential_id=credential_id), 303)


def _moved(chosen: Iterable[Chosen], to: Edition) -> tuple[int, list[str]]:
    """How many were moved, and in words why others were not, each reason once."""
    moved, words = 0, dict[str, None]()
    for one in chosen:
        try:
            with transaction() as session:
                _apply(session, one, to)
        except (Conflict, Refused) as error:
            words[str(error)] = None
        else:
            moved += 1
    return moved, list(words)


def _apply(session: Session, one: Chosen, to: Edition) -> None:
    migrating.apply(session, house().settings, me(), one.submission_id, to, one.token, now())


def _page(to: Edition, lines: list[Line]) -> ResponseReturnValue:
    return render_template(
        "web/staff/move.html",
        credential=to.credential,
        lines=lines,
        ready=sum(not one.problems for one in lines),
    )
