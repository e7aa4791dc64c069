"""How one is written to: each letter as it comes or together, and of what kind none at all; and
one's calendar of due dates.

The link in a letter stops its kind without signing in. A browser is shown a button first, since
programs follow links to look what is there; what a mail program posts by itself (RFC 8058) is done
at once.
"""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine import people
from engine.errors import NotFound
from engine.languages import _
from engine.mail import muting, wordings
from engine.mail.wordings import Described
from engine.people import Actor
from engine.records.tables import Account
from engine.submissions import calendar_feed
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching

blueprint = Blueprint("mail_choices", __name__)

FRESH = 900
"""Seconds for which a calendar program need not ask again."""


@blueprint.get("/account/letters")
def choices() -> ResponseReturnValue:
    """The letters that one may get, and how."""
    with read_session() as session:
        account = session.get_one(Account, me().id)
        offered = _offered(me())
    return render_template(
        "web/account/letters.html",
        offered=offered,
        rhythms=muting.RHYTHMS,
        rhythm=account.mail_rhythm,
        muted=set(account.muted),
    )


@blueprint.post("/account/letters")
def choose() -> ResponseReturnValue:
    """Keep what somebody chose."""
    person, wanted = me(), set(request.form.getlist("wanted"))
    rhythm = request.form.get("rhythm", "each")
    offered = _offered(person)
    may_stop = {one.name for one in offered if not one.always}
    if switching():
        return render_template(
            "web/account/letters.html",
            offered=offered,
            rhythms=muting.RHYTHMS,
            rhythm=rhythm,
            muted=may_stop - wanted,
        )
    with transaction() as session:
        account = session.get_one(Account, person.id)
        # What is not on the page, such as a reviewer's letters, stays as it was.
        muted = (set(account.muted) - may_stop) | (may_stop - wanted)
        muting.choose(session, person, rhythm, muted, now())
    flash(_("We write to you like this from now on."), "good")
    return redirect("/account/letters", 303)


@blueprint.get("/letters/stop/<token>")
def stop_page(token: str) -> ResponseReturnValue:
    """What a letter's link does, and the button that does it."""
    choice = muting.chosen_by(house().settings, token)
    return _stop_page(token, choice, done=False)


@blueprint.post("/letters/stop/<token>")
def stop(token: str) -> ResponseReturnValue:
    """No more letters of this kind. The link itself is the proof of who asks."""
    choice = muting.chosen_by(house().settings, token)
    if switching():
        return _stop_page(token, choice, done=False)
    with transaction() as session:
        muting.mute(session, choice, now())
    return _stop_page(token, choice, done=True)


@blueprint.get("/account/calendar")
def calendar() -> ResponseReturnValue:
    """One's calendar, and its address."""
    return _calendar_page()


@blueprint.post("/account/calendar")
def change_calendar() -> ResponseReturnValue:
    """Make the calendar, give it a new address, or end it."""
    asked = request.form.get("_go", "")
    with transaction() as session:
        if asked == "make":
            calendar_feed.make_key(session, me(), now())
        elif asked == "stop":
            calendar_feed.stop(session, me(), now())
    if asked == "make":
        flash(_("Your calendar has a new address. Subscribe to it below."), "good")
    elif asked == "stop":
        flash(_("Your calendar is gone. Programs that subscribed to it get nothing more."), "good")
    return redirect("/account/calendar", 303)


@blueprint.get("/calendar/<account_id>/<key>.ics")
def feed(account_id: str, key: str) -> ResponseReturnValue:
    """The calendar itself, for a calendar program: the address is all that it needs."""
    with read_session() as session:
        account = calendar_feed.owner(session, account_id, key)
        content = calendar_feed.feed(session, house().settings, account)
    response = make_response(content)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'inline; filename="due-dates.ics"'
    response.headers["Cache-Control"] = f"private, max-age={FRESH}"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.set_etag(calendar_feed.tag(content))
    return response.make_conditional(request)


@blueprint.post("/account/zone")
def zone() -> ResponseReturnValue:
    """Keep which time zone somebody is in."""
    with transaction() as session:
        people.live_in(session, me(), request.form.get("zone", ""), now())
    flash(_("Times are in your zone from now on."), "good")
    return redirect("/account", 303)


def _offered(person: Actor) -> list[Described]:
    """The letters that somebody in these roles may get, those that can't be stopped last."""
    with read_session() as session:
        known = wordings.described(session, house().settings)
    roles = person.roles | ({"staff"} if "admin" in person.roles else set())
    mine = [one for one in known if not one.readers or one.readers in roles]
    return sorted(mine, key=lambda one: one.always)


def _stop_page(token: str, choice: muting.Choice, done: bool) -> ResponseReturnValue:
    with read_session() as session:
        account = session.get(Account, choice.account_id)
        if account is None:
            raise NotFound(_("There is no such person here."))
        titles = {one.name: one.title for one in wordings.described(session, house().settings)}
    return render_template(
        "web/account/letters-stop.html",
        token=token,
        done=done,
        letter=titles.get(choice.letter, choice.letter.replace("-", " ")),
    )


def _calendar_page() -> str:
    with read_session() as session:
        account = session.get_one(Account, me().id)
    base = house().settings.base_url
    address = f"{base}/calendar/{account.id}/{account.calendar_key}.ics"
    return render_template(
        "web/account/calendar.html",
        address=address if account.calendar_key else "",
        webcal=address.replace("https://", "webcal://").replace("http://", "webcal://"),
    )
