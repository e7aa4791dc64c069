"""Certificates of many awards as one file: asked for, watched while it is made, and downloaded.

Which awards are meant comes from a list that was awarded, or from the list of all awards as it is
narrowed there. How the file is made is the business of `awards.bundles`.
"""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine.awards.certificates import bundles
from engine.awards.certificates.bundles import Kind
from engine.awards.lists import award_list_rows
from engine.errors import NotFound
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.files import readable_size
from engine.web import staff_awards
from engine.web.asking import house, me, now, read_session, transaction, wants_json

blueprint = Blueprint("bundles", __name__, url_prefix="/awards/certificates")


@blueprint.post("")
def ask() -> ResponseReturnValue:
    """Have the certificates put together."""
    require(me(), "award.list")
    kind: Kind = "pdf" if request.form.get("kind") == "pdf" else "zip"
    with transaction() as session:
        if list_id := request.form.get("list", ""):
            listed = award_list_rows.find(session, me(), list_id)
            rows = award_list_rows.rows_with(session, list_id, "awarded")
            serials = [row.serial for row in rows if row.serial]
            edition = catalogue.edition(session, listed.edition_digest)
            file_name = listed.name.rpartition(".")[0] or listed.name
            title = f"{edition.credential.title}, {file_name}"
        else:
            name = request.form.get("name", "").strip()[:100]
            standing = request.form.get("standing", "")
            serials = staff_awards.serials(session, name, standing, bundles.MOST + 1, now())
            title = _("Certificates, %(name)s", name=name) if name else _("Certificates")
        id = bundles.ask(session, kind, title, serials, me(), now())
    return redirect(url_for(".one", bundle_id=id), 303)


@blueprint.get("/<bundle_id>")
def one(bundle_id: str) -> ResponseReturnValue:
    """How far it has come, and the file once it is there."""
    with read_session() as session:
        found = bundles.find(session, me(), bundle_id)
        stuck = bundles.stuck(session, found)
    ready, total = found.ready_at is not None, len(found.serials)
    if wants_json():
        return jsonify(done=found.done, refused=0, total=total, ready=ready)
    there = ready and bundles.path_of(found, house().settings).exists()
    page = render_template(
        "web/staff/certificate-bundle.html",
        bundle=found,
        total=total,
        there=there,
        stuck=stuck,
        name=bundles.file_name(found),
        size=readable_size(found.bytes),
        left_out=bundles.left_out(found),
        until=found.asked_at + bundles.KEPT_FOR,
    )
    headers = {}
    if "watch" in request.args and not ready:
        headers["Refresh"] = f"3; url={url_for('.one', bundle_id=bundle_id, watch=1)}"
    return page, 200, headers


@blueprint.get("/<bundle_id>/file")
def file(bundle_id: str) -> ResponseReturnValue:
    """The file itself, a piece at a time."""
    with read_session() as session:
        found = bundles.find(session, me(), bundle_id)
    path = bundles.path_of(found, house().settings)
    if found.ready_at is None or not path.exists():
        raise NotFound(_("This file is no longer here. Have it made again."))
    response = send_file(
        path,
        mimetype="application/pdf" if found.kind == "pdf" else "application/zip",
        as_attachment=True,
        download_name=bundles.file_name(found),
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
