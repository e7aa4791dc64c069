"""Saved views: filters and an order that somebody gave a name, for one of the lists.

A view is its owner's; program staff may share theirs with everybody who sees the list. What it
shows is asked anew each time, by whoever opens it, with what they may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records.prepared import PreparedRows
from engine.records.tables import SavedView, new_id
from engine.submissions.narrowing import Asked, ListName

MOST = 20
"""Views that one person keeps for one list, and that a list shows: more are no shortcut."""
LONGEST_NAME = 80

_SEEN = PreparedRows(  # every list shows them
    select(
        SavedView.id, SavedView.account_id, SavedView.name, SavedView.shared, SavedView.arguments
    )
    .where(
        SavedView.page == bindparam("page"),
        or_(SavedView.account_id == bindparam("me"), SavedView.shared),
    )
    .order_by(SavedView.name, SavedView.id)
    .limit(2 * MOST)
)


class View(NamedTuple):
    """A saved view as lists show it."""

    id: str
    account_id: str
    name: str
    shared: bool
    asked: Asked


def of(session: Session, actor: Actor, name: ListName) -> list[View]:
    """The views that this person sees on a list: their own and the shared ones, by name."""
    require(actor, "staff.see" if name == "staff" else "queue.see")
    rows = _SEEN.all(session, {"page": name, "me": actor.id})
    return [
        View(id, account_id, title, shared, asked_of(arguments))
        for id, account_id, title, shared, arguments in rows
    ]


def save(
    session: Session,
    actor: Actor,
    name: ListName,
    title: str,
    asked: Asked,
    shared: bool,
    at: datetime,
) -> SavedView:
    """Keep a view under a name, in place of one's own of that name. Raises `Refused`."""
    require(actor, "staff.see" if name == "staff" or shared else "queue.see")
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_NAME:
        words = _("Give the view a name of at most %(count)s characters.", count=LONGEST_NAME)
        raise Refused(Refusal(words, code="view"))
    mine = (
        SavedView.account_id == actor.id,
        SavedView.page == name,
    )
    known = list(session.scalars(select(SavedView.name).where(*mine)))
    if title not in known and len(known) >= MOST:
        words = _("You keep %(count)s views of this list already.", count=MOST)
        raise Refused(Refusal(words, _("Remove one that you do not need."), "view"))
    row = SavedView(
        id=new_id(),
        account_id=actor.id,
        page=name,
        name=title,
        arguments=asked.arguments,
        shared=shared,
        made_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # there is one of that name, or the button was pressed twice
        session.execute(
            update(SavedView)
            .where(*mine, SavedView.name == title)
            .values(arguments=asked.arguments, shared=shared, made_at=at)
        )
        row = session.scalars(select(SavedView).where(*mine, SavedView.name == title)).one()
    return row


def remove(session: Session, actor: Actor, view_id: str) -> None:
    """Forget a view: one's own, or for staff a shared one. Raises `NotFound`."""
    view = session.get(SavedView, view_id)
    may = view is not None and (
        view.account_id == actor.id or (view.shared and bool(actor.roles & {"staff", "admin"}))
    )
    if not may:
        raise NotFound(_("There is no such view."))
    session.execute(delete(SavedView).where(SavedView.id == view_id))


def asked_of(arguments: Mapping[str, Any]) -> Asked:
    """What a view shows, of what it keeps."""
    return Asked.of({key: str(value) for key, value in arguments.items()})
