"""Reports of abuse: a visitor says that something is wrong, program staff decide.

Nobody's work goes offline because somebody pressed a button: staff look, and dismiss the reports or
take the page down with a reason that its teacher reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.errors import Problem, Refusal, Refused
from engine.languages import N_, _
from engine.people import Actor, normal_email
from engine.permissions import require
from engine.records import audit
from engine.records.tables import Account, GalleryItem, GalleryReport, new_id
from engine.submissions import gallery, gallery_limits, letters
from engine.submissions.gallery_questions import LONGEST_WORDS, VISITOR, plain, words_problems

REASONS: Final[Mapping[str, str]] = {
    "students": N_("It shows who students are: names, faces or other details"),
    "rights": N_("It is somebody else’s work, shared without permission"),
    "harm": N_("It is insulting, hateful or harmful"),
    "spam": N_("It is advertising, or has nothing to do with teaching"),
    "other": N_("Something else"),
}
"""Why somebody reports shared work, in words."""


class Reported(NamedTuple):
    """One item with the reports that wait for a decision, the oldest first."""

    item: GalleryItem
    reports: Sequence[GalleryReport]

    @property
    def number(self) -> int:
        return len(self.reports) + self.item.reports_beyond


def problems(reason: str, words: str, email: str) -> list[Problem]:
    """What is wrong with what was typed, by the names of the fields."""
    found = []
    if reason not in REASONS:
        found.append(Problem("reason", "required", _("Choose what is wrong.")))
    found += words_problems(words, _("Say in a few words what is wrong, and where."))
    if email.strip() and not normal_email(email):
        said = _("Enter an e-mail address like name@school.org, or leave this empty.")
        found.append(Problem("email", "email", said))
    return found


def report(
    session: Session,
    item: GalleryItem,
    reason: str,
    words: str,
    email: str,
    place: str,
    at: datetime,
) -> None:
    """Keep a report, and tell staff of the first that waits. Where many wait already it is counted.

    Raises `Refused` where too many come from one place.
    """
    gallery_limits.may_report(session, place, at)
    waiting = _waiting(session, item.id)
    if waiting >= gallery_limits.OPEN_REPORTS:
        session.execute(
            update(GalleryItem)
            .where(GalleryItem.id == item.id)
            .values(reports_beyond=GalleryItem.reports_beyond + 1)
        )
        return
    row = GalleryReport(
        id=new_id(),
        item_id=item.id,
        reason=reason,
        words=plain(words)[:LONGEST_WORDS],
        email=normal_email(email),
        reported_from=place,
        reported_at=at,
    )
    session.add(row)
    session.flush()
    facts = {"item": item.id, "report": row.id, "reason": reason}
    with audit.coming_from(None):  # no network of a visitor is kept for ever
        audit.record(session, _chain(item), "gallery-reported", facts, VISITOR, at)
    if not waiting:
        _tell_staff(session, item, row)


def waiting(session: Session, limit: int = 100) -> list[Reported]:
    """Items with reports that wait, those that wait longest first; two queries."""
    rows = list(
        session.scalars(
            select(GalleryReport)
            .where(GalleryReport.decided_at.is_(None))
            .order_by(GalleryReport.reported_at, GalleryReport.id)
            .limit(limit * gallery_limits.OPEN_REPORTS)
        )
    )
    by_item: dict[str, list[GalleryReport]] = {}
    for row in rows:
        by_item.setdefault(row.item_id, []).append(row)
    ids = list(by_item)[:limit]
    items = {
        one.id: one for one in session.scalars(select(GalleryItem).where(GalleryItem.id.in_(ids)))
    }
    return [Reported(items[id], by_item[id]) for id in ids]


def of_item(session: Session, item: GalleryItem) -> list[GalleryReport]:
    """Every report of an item that is kept, the newest first."""
    return list(
        session.scalars(
            select(GalleryReport)
            .where(GalleryReport.item_id == item.id)
            .order_by(GalleryReport.reported_at.desc(), GalleryReport.id)
            .limit(200)
        )
    )


def dismiss(session: Session, item: GalleryItem, actor: Actor, at: datetime) -> None:
    """Nothing is wrong: every report that waits is settled."""
    require(actor, "staff.see")
    _must_wait(session, item)
    _decide(session, item, "dismissed", actor, at)
    audit.record(session, _chain(item), "gallery-reports-dismissed", {"item": item.id}, actor, at)


def uphold(session: Session, item: GalleryItem, reason: str, actor: Actor, at: datetime) -> None:
    """Take the page down with a reason; that settles every report that waits."""
    gallery.take_down(session, item, reason, actor, at)
    _decide(session, item, "taken-down", actor, at)


def _waiting(session: Session, item_id: str) -> int:
    counted = select(func.count()).where(
        GalleryReport.item_id == item_id, GalleryReport.decided_at.is_(None)
    )
    return session.scalar(counted) or 0


def _must_wait(session: Session, item: GalleryItem) -> None:
    if not _waiting(session, item.id):
        raise Refused(
            Refusal(_("No report about this waits for a decision any more."), code="decided")
        )


def _decide(session: Session, item: GalleryItem, decision: str, actor: Actor, at: datetime) -> None:
    session.execute(
        update(GalleryReport)
        .where(GalleryReport.item_id == item.id, GalleryReport.decided_at.is_(None))
        .values(decided_at=at, decided_by=actor.id, decision=decision)
    )
    item.reports_beyond = 0


def _tell_staff(session: Session, item: GalleryItem, row: GalleryReport) -> None:
    everybody = session.execute(
        select(Account.id, Account.roles)
        .where(Account.active)
        .order_by(Account.created_at, Account.id)
    )
    staff = [id for id, roles in everybody if {"staff", "admin"} & set(roles)]
    values = {"path": f"/staff/gallery/{item.id}", "title": item.title, "reason": row.reason}
    for id in staff[: letters.MOST_READERS]:
        letters.tell(session, id, "gallery-reported", key=row.id, values=values)


def _chain(item: GalleryItem) -> str:
    return f"submission:{item.submission_id}"
