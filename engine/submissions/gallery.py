"""Shared work: whether it is public, and how it is taken off and shared again.

Whether something is public is asked of the database each time (`is_public`): the award or the state
stands, everybody whose consent is needed gives it, and neither the teacher nor program staff took
it off. What is public was copied by `gallery_publishing`; how visitors read it, `gallery_reading`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.awards import status
from engine.credentials.gallery import AWARD
from engine.errors import NotFound, Refusal, Refused
from engine.forms.offers import key_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records import audit
from engine.records.tables import (
    Award,
    GalleryItem,
    GalleryQuestion,
    Submission,
)
from engine.settings import Settings
from engine.submissions import consents, drafting, letters

MARKS: Final = ("subject", "grade", "standard")
"""What shared work is found by, besides its words."""
LONGEST_REASON: Final = 2_000


class Shares(NamedTuple):
    """A teacher's part in the gallery."""

    items: int
    waiting: int
    """Questions that wait for an answer."""


def is_public() -> ColumnElement[bool]:
    """The condition, in a query of `GalleryItem`, of what anybody may see now."""
    awarded = (
        select(Award.serial)
        .where(Award.submission_id == GalleryItem.submission_id, *status.in_force())
        .correlate(GalleryItem)
        .exists()
    )
    arrived = (
        select(Submission.id)
        .where(Submission.id == GalleryItem.submission_id, Submission.state == GalleryItem.after)
        .correlate(GalleryItem)
        .exists()
    )
    return and_(
        GalleryItem.hidden_at.is_(None),
        GalleryItem.not_agreed_at.is_(None),
        GalleryItem.taken_down_at.is_(None),
        GalleryItem.consents_stand,
        or_(
            and_(GalleryItem.after == AWARD, awarded),
            and_(GalleryItem.after != AWARD, arrived),
        ),
    )


def public_now(session: Session, item: GalleryItem) -> bool:
    """Whether anybody may see it now. Consents are asked for themselves once more."""
    found = session.scalar(select(GalleryItem.id).where(GalleryItem.id == item.id, is_public()))
    return found is not None and consents_stand(session, item)


def public_among(session: Session, items: Sequence[GalleryItem]) -> set[str]:
    """The ids of those of the items that anybody may see now, for a list: one query."""
    ids = [one.id for one in items]
    return set(session.scalars(select(GalleryItem.id).where(GalleryItem.id.in_(ids), is_public())))


def item_of(session: Session, item_id: str) -> GalleryItem:
    """Raises `NotFound`."""
    item = session.get(GalleryItem, item_id)
    if item is None:
        raise _nothing()
    return item


def own_item(session: Session, item_id: str, actor: Actor) -> GalleryItem:
    """An item of the actor's own. Raises `NotFound` for everything else."""
    item = session.get(GalleryItem, item_id)
    if item is None or not actor.id or item.candidate_id != actor.id:
        raise _nothing()
    return item


def own_items(session: Session, actor: Actor) -> list[GalleryItem]:
    """Everything that the actor shares or shared, the newest first."""
    return list(
        session.scalars(
            select(GalleryItem)
            .where(GalleryItem.candidate_id == actor.id)
            .order_by(GalleryItem.published_at.desc(), GalleryItem.id.desc())
        )
    )


def shares(session: Session, actor: Actor) -> Shares | None:
    """What the actor has in the gallery, in numbers; None where that is nothing. One query."""
    asked = (
        select(func.count(GalleryQuestion.id))
        .join(GalleryItem, GalleryItem.id == GalleryQuestion.item_id)
        .where(GalleryItem.candidate_id == actor.id, GalleryQuestion.state == "waiting")
        .scalar_subquery()
    )
    counted = select(func.count(), asked).where(GalleryItem.candidate_id == actor.id)
    found = Shares(*session.execute(counted).one())
    return found if found.items else None


def hide(session: Session, item: GalleryItem, actor: Actor, at: datetime) -> None:
    """The teacher takes it off, at once. Doing it twice changes nothing."""
    own_item(session, item.id, actor)
    if item.hidden_at is None:
        item.hidden_at = at
        audit.record(session, chain(item), "gallery-hidden", {"item": item.id}, actor, at)


def share_again(session: Session, item: GalleryItem, actor: Actor, at: datetime) -> None:
    """The teacher publishes it again. Raises `Refused` where program staff took it down, where the
    latest round is not agreed to be shared, or where somebody's consent is missing."""
    own_item(session, item.id, actor)
    if item.taken_down_at is not None:
        raise Refused(
            Refusal(
                _("Program staff took this page down."),
                _("Talk to them: only they can put it back."),
                "taken-down",
            )
        )
    if item.not_agreed_at is not None:
        raise Refused(
            Refusal(
                _("When you worked on it again, you did not agree to share it."),
                _("It is public again once you agree in a later round that ends well."),
                "not-agreed",
            )
        )
    stands = item.consents_stand = consents_stand(session, item)
    if not stands:
        raise Refused(
            Refusal(
                _("Somebody whose consent this needs does not give it."),
                _("It stays off the public page as long as that is so."),
                "consent",
            )
        )
    if item.hidden_at is not None:
        item.hidden_at, item.changed_at = None, at
        audit.record(session, chain(item), "gallery-shared-again", {"item": item.id}, actor, at)


def let_ask(session: Session, item: GalleryItem, on: bool, actor: Actor, at: datetime) -> None:
    """The teacher stops visitors' questions, or takes them again."""
    own_item(session, item.id, actor)
    if item.takes_questions != on:
        item.takes_questions = on
        kind = "gallery-questions-taken" if on else "gallery-questions-stopped"
        audit.record(session, chain(item), kind, {"item": item.id}, actor, at)


def take_down(session: Session, item: GalleryItem, reason: str, actor: Actor, at: datetime) -> None:
    """Program staff take it down; the teacher is told why. Raises `Refused` without a reason."""
    require(actor, "staff.see")
    why = reason.strip()[:LONGEST_REASON]
    if not why:
        raise Refused(
            Refusal(
                _("The reason is missing."), _("The teacher reads it. Please give one."), "reason"
            )
        )
    if item.taken_down_at is not None:
        return
    item.taken_down_at, item.taken_down_reason = at, why
    facts = {"item": item.id, "reason": why}
    audit.record(session, chain(item), "gallery-taken-down", facts, actor, at)
    values = {"path": "/my-work/shared", "title": item.title, "reason": why}
    key = f"{item.id}.{at:%Y%m%d%H%M%S}"
    letters.tell(
        session,
        item.candidate_id,
        "gallery-taken-down",
        key=key,
        submission_id=item.submission_id,
        values=values,
    )


def put_back(session: Session, item: GalleryItem, actor: Actor, at: datetime) -> None:
    """Program staff put back what they took down; the teacher is told if it is public then."""
    require(actor, "staff.see")
    if item.taken_down_at is None:
        return
    item.taken_down_at, item.taken_down_reason = None, ""
    item.changed_at = at
    audit.record(session, chain(item), "gallery-put-back", {"item": item.id}, actor, at)
    session.flush()
    if public_now(session, item):
        tell_published(session, item, f"{at:%Y%m%d%H%M%S}")


def sources_of(item: GalleryItem) -> set[str]:
    """The earlier submissions that shared answers were picked from."""
    return set(_picked(item.answers))


def _picked(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if key_of(value) is not None:
            yield str(value["submission"])
        for one in value.values():
            yield from _picked(one)
    elif isinstance(value, list):
        for one in value:
            yield from _picked(one)


def consents_stand(session: Session, item: GalleryItem) -> bool:
    """Whether everybody consents: for this work, and for earlier work that it shows."""
    return all(
        consents.publication_stands(session, id)
        for id in (item.submission_id, *sorted(_known_submissions(session, item)))
    )


def hidden_files(session: Session, item: GalleryItem) -> frozenset[str]:
    """The files of an item that nobody may open any more, since somebody whom they show said no,
    in whatever round of the work that has them."""
    works = (item.submission_id, *sorted(_known_submissions(session, item)))
    subjects = (drafting.subject_of(session, id) for id in works if item.files)
    return frozenset[str]().union(*(consents.hidden_files(session, one) for one in subjects))


def _known_submissions(session: Session, item: GalleryItem) -> set[str]:
    named = sources_of(item)
    if not named:
        return set()
    theirs = select(Submission.id).where(
        Submission.id.in_(named), Submission.candidate_id == item.candidate_id
    )
    return set(session.scalars(theirs))


def _on_withdrawal(session: Session, _: Settings, submission_id: str, at: datetime) -> None:
    """Somebody took their consent back: what shows them is public no more from this moment."""
    owner = select(Submission.candidate_id).where(Submission.id == submission_id)
    items = session.scalars(
        select(GalleryItem).where(GalleryItem.candidate_id == owner.scalar_subquery())
    )
    for item in items:
        if submission_id == item.submission_id or submission_id in sources_of(item):
            item.consents_stand = consents_stand(session, item)
    session.flush()


def tell_published(session: Session, item: GalleryItem, occasion: str) -> None:
    """Queue the letter that says so to its teacher, once for each `occasion`."""
    values = {"path": f"/gallery/{item.id}", "title": item.title}
    letters.tell(
        session,
        item.candidate_id,
        "gallery-published",
        key=f"{item.id}.{occasion}",
        submission_id=item.submission_id,
        values=values,
    )


def chain(item: GalleryItem) -> str:
    """The trail that its events are in: that of the work."""
    return f"submission:{item.submission_id}"


def _nothing() -> NotFound:
    return NotFound(_("There is no such page in the gallery."))


consents.on_withdrawal(_on_withdrawal)
