"""Other systems that are told of what happens here: add one, try it, see what it was sent."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Problem, Refusal, Refused
from engine.languages import _
from engine.records import addresses, audit
from engine.records.tables import Delivery, Webhook, new_id
from engine.submissions import hooks
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching
from engine.web.paging import PAGE_ROWS, Page, cut, older

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@blueprint.get("")
def all_of_them() -> ResponseReturnValue:
    """Every webhook, and the form for a new one."""
    return _list_page()


@blueprint.post("")
def add() -> ResponseReturnValue:
    """Add one. Its secret is shown on the page that answers, and never again."""
    url = request.form.get("url", "").strip()
    events = request.form.getlist("events")
    named = request.form.get("named", "")
    if switching():
        return _list_page(url, events, named)
    with transaction() as session:
        problems = _problems(session, url, events, named)
        if not problems:
            webhook = Webhook(
                id=new_id(),
                url=addresses.tidy_address(url),
                secret=hooks.new_secret(),
                events=[*events, *_hooks_in(named)],
                made_by=me().id,
                made_at=now(),
            )
            session.add(webhook)
            session.flush()
            facts = {"url": webhook.url, "events": webhook.events}
            hooks.record(session, webhook, "added", facts, me(), now())
    if problems:
        return _list_page(url, events, named, problems), 422
    return _page(webhook.id, secret=webhook.secret)


@blueprint.get("/<webhook_id>")
def one(webhook_id: str) -> ResponseReturnValue:
    """One webhook: what it hears of, and what it was sent."""
    return _page(webhook_id)


@blueprint.post("/<webhook_id>")
def act(webhook_id: str) -> ResponseReturnValue:
    """Try it, pause it, let it hear again, give it a new secret, or remove it."""
    asked = request.form.get("_go", "")
    secret = ""
    with transaction() as session:
        webhook = _there(session, webhook_id)
        if asked == "ping":
            if not webhook.active:
                raise Refused(Refusal(_("It is paused."), _("Let it hear again first."), "paused"))
            hooks.ping(session, webhook, now())
        elif asked == "pause" and webhook.active:
            hooks.pause(session, webhook, me(), now())
        elif asked == "resume" and not webhook.active:
            hooks.resume(session, webhook)
            hooks.record(session, webhook, "resumed", {}, me(), now())
        elif asked == "renew":
            secret = hooks.renew_secret(session, webhook, now())
            hooks.record(session, webhook, "secret-renewed", {}, me(), now())
        elif asked == "remove":
            hooks.remove(session, webhook, me(), now())
    if asked == "remove":
        flash(_("It is removed. Nothing is sent to it any more."), "good")
        return redirect(url_for(".all_of_them"), 303)
    if secret:
        return _page(webhook_id, secret=secret)
    said = {
        "ping": _("A test message is on its way. Look below whether it arrives."),
        "pause": _("Nothing is sent to it any more."),
        "resume": _("It hears again, beginning with what waited for it."),
    }.get(asked)
    if said:
        flash(said, "good")
    return redirect(_address(webhook_id), 303)


@blueprint.post("/<webhook_id>/deliveries/<delivery_id>")
def send_again(webhook_id: str, delivery_id: str) -> ResponseReturnValue:
    """Send a message once more."""
    with transaction() as session:
        webhook = _there(session, webhook_id)
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise NotFound(_("There is no such message."))
        again = hooks.send_again(session, delivery_id)
        if again:
            facts = {"message": delivery_id}
            hooks.record(session, webhook, "sent-again", facts, me(), now())
    flash(
        _("The message is on its way again.") if again else _("It is on its way already."), "good"
    )
    return redirect(_address(webhook_id), 303)


def deliveries(
    session: Session, webhook_id: str, after: str = "", limit: int = PAGE_ROWS
) -> Page[Delivery]:
    """What a webhook was sent, the latest first, in one query."""
    found = session.scalars(
        select(Delivery)
        .where(Delivery.webhook_id == webhook_id, *older(Delivery.queued_at, Delivery.id, after))
        .order_by(Delivery.queued_at.desc(), Delivery.id.desc())
        .limit(limit + 1)
    ).all()
    return cut(found, lambda row: (row.queued_at, row.id), limit)


def _list_page(
    url: str = "",
    events: list[str] | None = None,
    named: str = "",
    problems: dict[str, Problem] | None = None,
) -> str:
    with read_session() as session:
        webhooks = session.scalars(select(Webhook).order_by(Webhook.made_at, Webhook.id)).all()
    return render_template(
        "web/staff/webhooks.html",
        webhooks=[one for one in webhooks if one.removed_at is None],
        removed=[one for one in webhooks if one.removed_at is not None],
        events=hooks.EVENTS,
        url=url,
        ticked=events or [],
        named=named,
        problems=problems or {},
    )


def _page(webhook_id: str, secret: str = "") -> str:
    with read_session() as session:
        webhook = _found(session, webhook_id)
        page = deliveries(session, webhook_id, request.args.get("after", ""))
        story = audit.story(session, f"webhook:{webhook_id}")[::-1]
    return render_template(
        "web/staff/webhook.html",
        webhook=webhook,
        page=page,
        secret=secret,
        events=hooks.EVENTS,
        story=story,
        kept=hooks.KEPT.days,
    )


def _problems(session: Session, url: str, events: list[str], named: str) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    private = house().settings.links_to_private_networks
    address = addresses.tidy_address(url)
    if not address or "#" in address:
        words = _("Enter the address that messages go to, like https://records.school.org/hooks.")
        found["url"] = Problem("url", "address", words)
    elif not private and not address.startswith("https://"):
        words = _("Use an address that begins with https://, so that nobody reads along.")
        found["url"] = Problem("url", "address", words)
    elif _how_many(session) >= hooks.MOST:
        words = _("There are %(count)s webhooks already, which is all we keep.", count=hooks.MOST)
        found["url"] = Problem("url", "many", words)
    if not set(events) <= set(hooks.EVENTS):
        found["events"] = Problem("events", "enum", _("Choose from what is offered."))
    if any(not hooks.is_name(one) for one in _named(named)):
        words = _("Names have small letters, digits, dots, hyphens and underscores.")
        found["named"] = Problem("named", "pattern", words)
    return found


def _named(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _hooks_in(text: str) -> list[str]:
    return [f"hook.{one}" for one in _named(text)]


def _found(session: Session, id: str) -> Webhook:
    if (webhook := session.get(Webhook, id)) is None:
        raise NotFound(_("There is no such webhook."))
    return webhook


def _there(session: Session, id: str) -> Webhook:
    """One that something can still be done with. Raises `NotFound` and `Refused`."""
    webhook = _found(session, id)
    hooks.require_there(webhook)
    return webhook


def _how_many(session: Session) -> int:
    here = select(func.count()).where(Webhook.removed_at.is_(None))
    return session.scalar(here) or 0


def _address(webhook_id: str) -> str:
    return url_for("staff.webhooks.one", webhook_id=webhook_id)
