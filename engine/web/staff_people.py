"""People: the list, adding somebody, and what staff may change of an account.

Roles of staff and administrators are an administrator's to give and to take; the permission
function says so, and this page asks it before it shows the boxes and before it changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine import people
from engine.awards.recognising import recognised
from engine.awards.status import standing
from engine.errors import Problem, Refusal, Refused
from engine.languages import _
from engine.permissions import may, require
from engine.records import audit
from engine.records.tables import Account, Award, Recognition
from engine.submissions import absences, pools
from engine.web import staff_story, staff_submissions
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching
from engine.web.paging import PAGE_ROWS, Page, cut, later_name
from engine.web.staff_roles import ROLES

blueprint = Blueprint("people", __name__, url_prefix="/people")


class Asked(NamedTuple):
    """The form for a new account, as typed; the password is never shown again."""

    email: str
    name: str
    password: str
    roles: tuple[str, ...]


class PersonLine(NamedTuple):
    """One row of the list."""

    id: str
    name: str
    email: str
    roles: Sequence[str]
    active: bool


@blueprint.get("")
def everyone() -> ResponseReturnValue:
    """Everybody who can sign in, by name."""
    asked = request.args.get("q", "").strip()[:100]
    with read_session() as session:
        page = listed(session, asked, request.args.get("after", ""))
    return render_template("web/staff/people.html", page=page, asked=asked)


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new account."""
    return _new_page(Asked("", "", "", ("candidate",)))


@blueprint.post("/new")
def add() -> ResponseReturnValue:
    """Add an account with its first password."""
    require(me(), "people.manage")
    said = request.form
    asked = Asked(
        said.get("email", ""),
        said.get("name", ""),
        said.get("password", ""),
        tuple(said.getlist("roles")),
    )
    if switching():
        return _new_page(asked)
    _require_for(asked.roles)
    with read_session() as session:
        problems = people.problems_of(session, *asked)
    if problems:
        return _new_page(asked, problems, 422)
    with transaction() as session:
        account = people.add(session, *asked, now(), me())
    flash(
        _("%(name)s can sign in now. Tell them the password in person.", name=account.name),
        "good",
    )
    return redirect(_address(account.id), 303)


@blueprint.get("/<account_id>")
def person(account_id: str) -> ResponseReturnValue:
    """One person: account, work, what they hold."""
    return _page(account_id)


@blueprint.post("/<account_id>/roles")
def roles(account_id: str) -> ResponseReturnValue:
    """Give and take roles."""
    wanted = request.form.getlist("roles")
    if switching():
        return _page(account_id, ticked=wanted)
    try:
        with transaction() as session:
            account = changeable(session, account_id)
            if may(me(), "people.manage-staff") is not None:
                # Boxes that were not on the page can't have been ticked off.
                wanted += [
                    role.name for role in ROLES if role.for_admins and role.name in account.roles
                ]
            _require_for(set(wanted) ^ set(account.roles))
            changed = people.set_roles(session, account_id, wanted, me(), now())
            if "reviewer" not in changed.roles:
                absences.leave(session, house().settings, account_id, now())
    except Refused as refused:
        if refused.refusal.code != "roles":
            raise
        return _page(account_id, {"roles": Problem("roles", "enum", str(refused))}, 422)
    flash(_("The roles are changed."), "good")
    return redirect(_address(account_id), 303)


@blueprint.post("/<account_id>/place")
def place(account_id: str) -> ResponseReturnValue:
    """Say which groups somebody belongs to and where they work."""
    said = request.form
    new = [one.strip() for one in said.get("new_groups", "").split(",")]
    try:
        with transaction() as session:
            changeable(session, account_id)
            groups = [*said.getlist("groups"), *new]
            people.set_place(session, account_id, groups, said.get("school", ""), me(), now())
    except Refused as refused:
        if refused.refusal.code != "groups":
            raise
        return _page(account_id, {"groups": Problem("new_groups", "groups", str(refused))}, 422)
    flash(_("The groups and the school are saved."), "good")
    return redirect(_address(account_id), 303)


@blueprint.post("/<account_id>/active")
def active(account_id: str) -> ResponseReturnValue:
    """Close the account, which ends every session of it, or open it again."""
    opening = request.form.get("active") == "yes"
    with transaction() as session:
        changeable(session, account_id)
        if account_id == me().id:
            raise Refused(
                Refusal(_("This is your own account."), _("Ask another administrator to close it."))
            )
        account = people.set_active(session, account_id, opening, me(), now())
        if not opening:
            absences.leave(session, house().settings, account_id, now())
    flash(
        _("%(name)s can sign in again.", name=account.name)
        if opening
        else _("%(name)s is signed out and can’t sign in.", name=account.name),
        "good",
    )
    return redirect(_address(account_id), 303)


@blueprint.post("/<account_id>/password")
def password(account_id: str) -> ResponseReturnValue:
    """Set a new password, which ends every session of the account."""
    said = request.form.get("password", "")
    if problem := people.password_problem(said):
        return _page(account_id, {"password": Problem("password", "password", problem)}, 422)
    with transaction() as session:
        account = changeable(session, account_id)
        people.set_password(session, account_id, said, me(), now())
    flash(
        _("%(name)s has a new password. Tell it to them in person.", name=account.name),
        "good",
    )
    return redirect(_address(account_id), 303)


def listed(
    session: Session, asked: str = "", after: str = "", limit: int = PAGE_ROWS
) -> Page[PersonLine]:
    """A page of people by name, in one query; `asked` is a part of a name or an address."""
    sort = func.lower(Account.name)
    query = (
        select(Account.id, Account.name, Account.email, Account.roles, Account.active)
        .where(*later_name(sort, Account.id, after))
        .order_by(sort, Account.id)
        .limit(limit + 1)
    )
    if asked:
        query = query.where(
            or_(
                Account.name.icontains(asked, autoescape=True),
                Account.email.icontains(asked, autoescape=True),
            )
        )
    lines = [PersonLine(*row) for row in session.execute(query)]
    return cut(lines, lambda line: (line.name.lower(), line.id), limit)


def _new_page(
    asked: Asked, problems: Mapping[str, Problem] | None = None, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "web/staff/person-new.html", asked=asked, problems=problems or {}, **_choices()
    )
    return page, status


def _page(
    account_id: str,
    problems: Mapping[str, Problem] | None = None,
    status: int = 200,
    ticked: Sequence[str] | None = None,
) -> ResponseReturnValue:
    """A person's page; `ticked` are roles that somebody chose and has not saved."""
    with read_session() as session:
        account = people.get(session, account_id)
        awards = select(Award).where(Award.recipient_id == account_id)
        granted = session.scalars(awards.order_by(Award.issued_at.desc())).all()
        recognitions = select(Recognition).where(Recognition.account_id == account_id)
        page = render_template(
            "web/staff/person.html",
            account=account,
            ticked=account.roles if ticked is None else ticked,
            closed_to_me=account_id != me().id
            and _needs_admin(account.roles)
            and may(me(), "people.manage-staff") is not None,
            submissions=staff_submissions.of_candidate(session, account_id),
            awards=granted,
            standings={one.serial: standing(one, now()) for one in granted},
            recognitions=session.scalars(
                recognitions.order_by(Recognition.recorded_at.desc())
            ).all(),
            titles=recognised.titles(session),
            story=staff_story.told(audit.story(session, f"account:{account_id}")),
            groups=pools.groups_in_use(session),
            schools=pools.schools_in_use(session),
            typed=request.form,
            problems=problems or {},
            **_choices(),
        )
    return page, status


def _choices() -> dict[str, Any]:
    return {
        "roles": [one.said() for one in ROLES],
        "may_manage_staff": may(me(), "people.manage-staff") is None,
        "shortest": people.SHORTEST_PASSWORD,
    }


def changeable(session: Session, account_id: str) -> Account:
    """The account, if this person may change it: staff's own are for administrators."""
    require(me(), "people.manage")
    account = people.get(session, account_id)
    if account_id != me().id:
        _require_for(account.roles)
    return account


def _require_for(roles: Iterable[str]) -> None:
    if _needs_admin(roles):
        require(me(), "people.manage-staff")


def _needs_admin(roles: Iterable[str]) -> bool:
    return any(role.for_admins for role in ROLES if role.name in roles)


def _address(account_id: str) -> str:
    return url_for("staff.people.person", account_id=account_id)
