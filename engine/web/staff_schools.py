"""Staff's page of schools: when the school year ends at each of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Problem
from engine.languages import _
from engine.permissions import require
from engine.submissions import school_years
from engine.web.asking import house, me, now, read_session, transaction

blueprint = Blueprint("schools", __name__, url_prefix="/schools")


@blueprint.get("")
def everything() -> ResponseReturnValue:
    """Every school, with the window of its surveys at the end of the school year; with `?school=`
    the form for one of them."""
    return _page(request.args.get("school", ""))


@blueprint.post("")
def change() -> ResponseReturnValue:
    """Set a school's window, or with `_do=forget` let it have the installation's again."""
    require(me(), "people.manage")
    said, settings = request.form, house().settings
    key, first, last = (said.get(name, "") for name in ("school", "first", "last"))
    problems: dict[str, Problem] = {}
    with transaction() as session:
        if said.get("_do") == "forget":
            school_years.forget_window(session, settings, key, me(), now())
            done = _("This school has the program’s school year again.")
        else:
            problems = school_years.set_window(session, settings, key, first, last, me(), now())
            done = _("The end of this school’s year is saved.")
    if problems:
        return _page(key, (first, last), problems)
    flash(done, "good")
    return redirect(url_for("staff.schools.everything"), 303)


def _page(
    key: str, typed: tuple[str, str] | None = None, problems: dict[str, Problem] | None = None
) -> ResponseReturnValue:
    settings = house().settings
    require(me(), "people.manage")
    with read_session() as session:
        schools = school_years.everything(session, settings, now())
        chosen = school_years.one_of(session, settings, key, now()) if key else None
    if chosen is not None and typed is None:
        typed = chosen.window.first.isoformat(), chosen.window.last.isoformat()
    page = render_template(
        "web/staff/schools.html",
        schools=schools,
        chosen=chosen,
        typed=typed,
        problems=problems or {},
    )
    return page, 422 if problems else 200
