"""The gallery for everybody: lists, pages, files and the feed of what teachers share.

Nobody needs an account, and looking sets no cookie. What is not public now answers 410 in calm
words, at the moment at which it stops being so: nothing here may be kept by a cache unasked. What
visitors send in is in `gallery_post`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine.errors import NotFound
from engine.languages import _
from engine.records import author_marks
from engine.records.tables import Evidence, GalleryItem
from engine.submissions import gallery as sharing
from engine.submissions import gallery_questions, gallery_reading
from engine.submissions.gallery_reading import Wanted
from engine.web import atom
from engine.web.asking import house, read_session
from engine.web.evidence import SHOWN_IN_PLACE, secured
from engine.web.gallery_post import posting
from engine.web.paging import cut, older

blueprint = Blueprint("gallery", __name__)
blueprint.register_blueprint(posting)

PAGE_ITEMS = 20
FEED_ENTRIES = 50
_LONGEST_QUERY = 200


@blueprint.get("/gallery")
def shelf() -> ResponseReturnValue:
    """What is shared, the newest first; by words (`q`), subject, grade and standard."""
    wanted = _wanted(request.args)
    cursor = request.args.get("after", "")
    with read_session() as session:
        conditions = older(GalleryItem.published_at, GalleryItem.id, cursor)
        rows = gallery_reading.listed(session, wanted, conditions, PAGE_ITEMS + 1)
        page = cut(rows, lambda one: (one.published_at, one.id), PAGE_ITEMS)
        cards = gallery_reading.cards(session, page.rows)
        choices = gallery_reading.choices(session, wanted)
    asked = {"q": wanted.text, **wanted.marks}
    known: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return render_template(
        "web/public/gallery.html",
        wanted=wanted,
        cards=cards,
        choices=choices,
        next_url=url_for(".shelf", **known, after=page.following) if page.following else "",
        first_url=url_for(".shelf", **known) if conditions else "",
    )


@blueprint.get("/gallery/feed.atom")
def feed() -> ResponseReturnValue:
    """The newest of it for feed readers (RFC 4287)."""
    with read_session() as session:
        rows = gallery_reading.listed(session, Wanted(), (), FEED_ENTRIES)
        cards = gallery_reading.cards(session, rows)
    response = make_response(atom.feed(house().settings, cards))
    response.mimetype = "application/atom+xml"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/gallery/<item_id>")
def item(item_id: str) -> ResponseReturnValue:
    """One teacher's shared work."""
    with read_session() as session:
        page = gallery_reading.read(session, item_id)
        if page is None:
            return gone()
        asks = gallery_questions.takes_questions(session, page.card.item)
    return render_template(
        "web/public/gallery-item.html",
        page=page,
        card=page.card,
        asks=asks,
        places=places(page.card.item),
        frameworks=house().library.frameworks(),
    )


@blueprint.get("/gallery/<item_id>/files/<evidence_id>")
def file(item_id: str, evidence_id: str) -> ResponseReturnValue:
    """One file of it, as a copy that does not say who made it, when or where."""
    with read_session() as session:
        found = sharing.item_of(session, item_id)
        if not sharing.public_now(session, found):
            return gone()
        kept = gallery_reading.file_of(session, found, evidence_id)
    house().store.open(kept.sha256).close()  # says so in words when the bytes are gone
    in_place = kept.media_type in SHOWN_IN_PLACE and "download" not in request.args
    path = public_copy(kept)
    response = send_file(
        path,
        mimetype=kept.media_type,
        as_attachment=not in_place,
        download_name=kept.name,
        conditional=True,
        etag=path.name,
        max_age=0,
    )
    return secured(response, kept.media_type, in_place)


def gone() -> ResponseReturnValue:
    """What was shared and is not now, whoever took it off and why."""
    return render_template("web/public/gallery-gone.html"), 410


def places(item: GalleryItem) -> dict[str, str]:
    """The public addresses of an item's files, by id."""
    return {
        id: url_for("public.gallery.file", item_id=item.id, evidence_id=id) for id in item.files
    }


@blueprint.after_request
def not_kept(response: Response) -> Response:
    """Whoever kept a page would show it after it was taken off. A page of somebody's own link says
    for itself, before this, that nothing keeps it at all."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _wanted(args: MultiDict[str, str]) -> Wanted:
    marks = {kind: args.get(kind, "")[:_LONGEST_QUERY] for kind in sharing.MARKS}
    return Wanted(args.get("q", "")[:_LONGEST_QUERY].strip(), marks)


def public_copy(kept: Evidence) -> Path:
    """The file without its author's marks: who wrote it, which may be a student, when and where.

    Sound and film, which nobody can clean, come as they are; what else cannot be cleaned is none of
    the page's files. One that is not what it says it is stays in the house: nobody knows what is in
    it.
    """
    store = house().store
    if not gallery_reading.may_be_shown(kept.media_type):
        raise NotFound(_("This file can’t be shown here. Ask the teacher for it."))
    if not author_marks.can_clean(kept.media_type):
        return store.path(kept.sha256)
    name = f"{kept.sha256}-{author_marks.RECIPE}"
    place = house().settings.instance / "blinded" / kept.sha256[:2] / name
    try:
        with store.open(kept.sha256) as source:
            return author_marks.cleaned(source, kept.media_type, place)
    except author_marks.Uncleanable:
        raise NotFound(_("This file can’t be shown here. Ask the teacher for it.")) from None
