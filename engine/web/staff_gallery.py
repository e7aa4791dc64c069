"""Shared work, for program staff: what is public, what was reported, what is taken down."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine.errors import Refused
from engine.languages import _
from engine.records.tables import Account, GalleryItem
from engine.submissions import gallery as sharing
from engine.submissions import gallery_reading, gallery_reports
from engine.web.asking import me, now, read_session, transaction
from engine.web.paging import PAGE_ROWS, cut, older

blueprint = Blueprint("gallery", __name__)


@blueprint.get("/gallery")
def everything() -> ResponseReturnValue:
    """Reports that wait for a decision, then everything that was ever shared, the newest first."""
    with read_session() as session:
        conditions = older(GalleryItem.published_at, GalleryItem.id, request.args.get("after", ""))
        rows = session.execute(
            select(GalleryItem, Account.name)
            .join(Account, Account.id == GalleryItem.candidate_id)
            .where(*conditions)
            .order_by(GalleryItem.published_at.desc(), GalleryItem.id.desc())
            .limit(PAGE_ROWS + 1)
        ).all()
        page = cut(rows, lambda row: (row[0].published_at, row[0].id))
        public = sharing.public_among(session, [row[0] for row in page.rows])
        waiting = gallery_reports.waiting(session) if not conditions else []
    return render_template(
        "web/staff/gallery.html",
        page=page,
        public=public,
        waiting=waiting,
        reasons={name: _(words) for name, words in gallery_reports.REASONS.items()},
        next_url=url_for(".everything", after=page.following) if page.following else "",
        first_url=url_for(".everything") if conditions else "",
    )


@blueprint.get("/gallery/<item_id>")
def item(item_id: str) -> ResponseReturnValue:
    """One item as visitors see it, public or not, with its reports and what can be done."""
    return _page(item_id)


@blueprint.post("/gallery/<item_id>")
def decide(item_id: str) -> ResponseReturnValue:
    """Dismiss reports, take the page down with a reason, or put it back."""
    asked = request.form.get("_do", "")
    try:
        with transaction() as session:
            found = sharing.item_of(session, item_id)
            if asked == "dismiss":
                gallery_reports.dismiss(session, found, me(), now())
                flash(_("The reports are dismissed. The page stays as it is."), "good")
            elif asked == "take-down":
                reason = request.form.get("reason", "")
                gallery_reports.uphold(session, found, reason, me(), now())
                flash(_("The page is down, and the teacher is told why."), "good")
            elif asked == "put-back":
                sharing.put_back(session, found, me(), now())
                flash(_("The page is back, unless its teacher or a consent keeps it off."), "good")
    except Refused as refused:
        if refused.refusal.code not in ("reason", "decided"):
            raise
        return _page(item_id, f"{refused.refusal.reason} {refused.refusal.remedy}".strip(), 422)
    return redirect(url_for(".item", item_id=item_id), 303)


def _page(item_id: str, problem: str = "", status: int = 200) -> ResponseReturnValue:
    with read_session() as session:
        found = sharing.item_of(session, item_id)
        page = gallery_reading.preview(session, found)
        public = sharing.public_now(session, found)
        reports = gallery_reports.of_item(session, found)
        teacher = session.get_one(Account, found.candidate_id)
    rendered = render_template(
        "web/staff/gallery-item.html",
        page=page,
        item=found,
        public=public,
        reports=reports,
        waiting=[one for one in reports if one.decided_at is None],
        teacher=teacher,
        reasons={name: _(words) for name, words in gallery_reports.REASONS.items()},
        problem=problem,
        typed=request.form,
    )
    return rendered, status
