"""When a reviewer is away, and who stands in for them: said by themselves or by program staff."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine import people, phrases
from engine.errors import NotFound, Problem
from engine.languages import _
from engine.permissions import require
from engine.records.tables import Account
from engine.submissions import absences
from engine.submissions.absences import Said
from engine.web.asking import house, me, now, read_session, transaction

own_absence = Blueprint("own_absence", __name__)
blueprint = Blueprint("absences", __name__, url_prefix="/people")


@own_absence.get("/account/absence")
def page() -> ResponseReturnValue:
    """One's own absence."""
    return _page(me().id, "/account/absence")


@own_absence.post("/account/absence")
def say() -> ResponseReturnValue:
    """Say when one is away, or that one is back."""
    return _change(me().id, "/account/absence")


@blueprint.get("/<account_id>/absence")
def page_of(account_id: str) -> ResponseReturnValue:
    """Somebody else's absence, for staff."""
    require(me(), "people.manage")
    return _page(account_id, f"/staff/people/{account_id}/absence")


@blueprint.post("/<account_id>/absence")
def say_of(account_id: str) -> ResponseReturnValue:
    """Staff say it for somebody."""
    require(me(), "people.manage")
    return _change(account_id, f"/staff/people/{account_id}/absence")


def _change(account_id: str, address: str) -> ResponseReturnValue:
    form = request.form
    if form.get("_do") == "back":
        with transaction() as session:
            absences.back(session, me(), account_id, now())
        flash(_("New submissions can be given out again."), "good")
        return redirect(address, 303)
    said = Said(
        form.get("since", "").strip(), form.get("until", "").strip(), form.get("delegate", "")
    )
    with transaction() as session:
        account = people.get(session, account_id)
        problems = absences.say(session, me(), account_id, said, _zone(account), now())
    if problems:
        return _page(account_id, address, said, problems)
    flash(_("The absence is noted. Nothing new is given out meanwhile."), "good")
    return redirect(address, 303)


def _page(
    account_id: str,
    address: str,
    said: Said | None = None,
    problems: dict[str, Problem] | None = None,
) -> ResponseReturnValue:
    with read_session() as session:
        account = people.get(session, account_id)
        if "reviewer" not in account.roles:
            raise NotFound(_("There is no such reviewer here."))
        page = render_template(
            "web/account/absence.html",
            account=account,
            own=account_id == me().id,
            address=address,
            said=said or _stored(account),
            others=absences.delegates(session, account),
            delegate=session.get(Account, account.delegate_id) if account.delegate_id else None,
            last_day=_last_day(account),
            problems=problems or {},
        )
    return page, 422 if problems else 200


def _stored(account: Account) -> Said:
    if account.away_from is None:
        return Said()
    since = account.away_from.astimezone(_zone(account)).date().isoformat()
    return Said(since, _last_day(account), account.delegate_id or "")


def _last_day(account: Account) -> str:
    if account.away_until is None:
        return ""
    return (account.away_until - timedelta(hours=1)).astimezone(_zone(account)).date().isoformat()


def _zone(account: Account) -> tzinfo:
    return phrases.zone_named(account.zone, house().settings.zone)
