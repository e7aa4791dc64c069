"""Awarding a credential to everybody on a list: looked at first, then done by a job, and watched.

How the file waits between the two pages is in `brought_lists`; what a list does is the business of
`awards.award_lists` and its job.
"""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.awards.lists import award_list_job, award_list_rows, award_lists, columns
from engine.awards.lists.award_lists import Asked, Rehearsal
from engine.errors import Conflict, EvidenceRejected, NotFound, Problem, Refused
from engine.forms.spreadsheet import BadSheet
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.tables import Account, AwardList
from engine.web.asking import house, me, now, read_session, transaction, wants_json
from engine.web.brought_lists import SHOWN, Brought, bring, bytes_of, opened, sealed
from engine.web.language_choice import switching
from engine.web.paging import PAGE_ROWS, cut, older

blueprint = Blueprint("award_lists", __name__, url_prefix="/awards/lists")

_PURPOSE = "award list"


@blueprint.get("")
def begun() -> ResponseReturnValue:
    """The lists that were awarded, the latest first."""
    earlier = older(AwardList.begun_at, AwardList.id, request.args.get("after", ""))
    with read_session() as session:
        found = award_list_rows.latest(session, me(), PAGE_ROWS + 1, earlier)
        page = cut(found, lambda one: (one.begun_at, one.id))
        done = award_list_rows.progress_of_each(session, [one.id for one in page.rows])
        rows = [(one, _title(session, one), done[one.id]) for one in page.rows]
    return render_template("web/staff/award-lists.html", lists=rows, page=page)


@blueprint.get("/new")
def ask() -> ResponseReturnValue:
    """The form for a list."""
    return _form(Asked("", "", False, True))


@blueprint.post("/new")
def look() -> ResponseReturnValue:
    """What would come of the list, row by row. Nobody is awarded anything."""
    require(me(), "award.list")
    asked = _asked()
    if switching():
        return _form(asked)
    if problems := _problems(asked):
        return _form(asked, problems)
    try:
        brought = bring(asked.credential_id, asked.source, *_ticked(asked))
        with read_session() as session:
            found = award_lists.rehearse(session, bytes_of(brought), asked, now())
    except (EvidenceRejected, BadSheet, NotFound) as error:
        return _form(asked, [_problem(error)])
    return _shown(brought, found)


@blueprint.post("/begin")
def begin() -> ResponseReturnValue:
    """Have it awarded as it was shown."""
    require(me(), "award.list")
    try:
        brought, data = opened(_PURPOSE)
    except EvidenceRejected as rejected:
        return _form(Asked("", "", False, True), [_problem(rejected)])
    asked = _asked_with(brought)
    try:
        return _begun_or_shown(brought, data, asked)
    except (BadSheet, NotFound) as error:
        return _form(asked, [_problem(error)])


@blueprint.get("/<list_id>")
def one(list_id: str) -> ResponseReturnValue:
    """How far a list has come, and what became of its rows."""
    with read_session() as session:
        found = award_list_rows.find(session, me(), list_id)
        done = award_list_rows.progress_of(session, list_id)
        resting = bool(found.ended_at or found.stopped_at or found.waits)
        if wants_json():
            refused = done.left
            settled = done.awarded + done.held
            return jsonify(done=settled, refused=refused, total=done.total, ready=resting)
        page = render_template(
            "web/staff/award-list.html",
            listed=found,
            title=_title(session, found),
            by=session.get_one(Account, found.begun_by).name,
            done=done,
            left=award_list_rows.rows_with(session, list_id, "left", SHOWN),
            held=award_list_rows.rows_with(session, list_id, "held", SHOWN),
            awarded=award_list_rows.rows_with(session, list_id, "awarded", SHOWN),
        )
    headers = {}
    if "watch" in request.args and not resting:
        # Asked for by a link, so that no page moves under somebody who reads it.
        headers["Refresh"] = f"3; url={url_for('.one', list_id=list_id, watch=1)}"
    return page, 200, headers


@blueprint.post("/<list_id>/stop")
def stop(list_id: str) -> ResponseReturnValue:
    """Award no more of it for now."""
    with transaction() as session:
        found = award_list_rows.find(session, me(), list_id)
        award_list_job.stop(session, found, me(), now())
    return redirect(url_for(".one", list_id=list_id), 303)


@blueprint.post("/<list_id>/go-on")
def go_on(list_id: str) -> ResponseReturnValue:
    """Go on with what was stopped, or what waits."""
    with transaction() as session:
        found = award_list_rows.find(session, me(), list_id)
        award_list_job.go_on(session, found, me(), now())
    return redirect(url_for(".one", list_id=list_id), 303)


def _begun_or_shown(brought: Brought, data: bytes, asked: Asked) -> ResponseReturnValue:
    """Raises `BadSheet` and `NotFound`, also when the list is shown once more."""
    if switching():
        return _shown(brought, _rehearsed(data, asked))
    try:
        return _begun(brought, data, asked)
    except Conflict:
        return _shown(brought, _rehearsed(data, asked), changed=True)
    except Refused as refused:
        if refused.refusal.code not in ("issuer-key", "list"):
            raise
        return _shown(brought, _rehearsed(data, asked), refused=refused)


def _begun(brought: Brought, data: bytes, asked: Asked) -> ResponseReturnValue:
    digest = request.form.get("digest", "")
    with transaction() as session:
        settings = house().settings
        id = award_lists.begin(session, settings, data, brought.name, asked, digest, me(), now())
    flash(_("The list is being awarded. It goes on by itself."), "good")
    return redirect(url_for(".one", list_id=id), 303)


def _rehearsed(data: bytes, asked: Asked) -> Rehearsal:
    with read_session() as session:
        return award_lists.rehearse(session, data, asked, now())


def _asked() -> Asked:
    said = request.form
    return Asked(
        said.get("credential", "").strip()[:200],
        said.get("source", "").strip(),
        "adds" in said,
        "tells" in said,
    )


def _ticked(asked: Asked) -> list[str]:
    return ["yes" if one else "" for one in (asked.adds_people, asked.tells_people)]


def _asked_with(brought: Brought) -> Asked:
    credential_id, source, adds, tells = brought.said
    return Asked(credential_id, source, bool(adds), bool(tells))


def _problems(asked: Asked) -> list[Problem]:
    found = []
    if not asked.credential_id:
        words = _("Choose the credential that the list awards.")
        found.append(Problem("credential", "required", words))
    code = "maxLength" if asked.source else "required"
    for words in columns.about_source(asked.source, _("Say where the list comes from.")):
        found.append(Problem("source", code, words))
    file = request.files.get("list")
    if found and (file is None or not file.filename):
        found.append(Problem("list", "required", _("Choose the file with your list.")))
    return found


def _problem(error: EvidenceRejected | BadSheet | NotFound) -> Problem:
    field = "credential" if isinstance(error, NotFound) else "list"
    code = error.code if isinstance(error, EvidenceRejected) else "sheet"
    return Problem(field, code, str(error))


def _title(session: Session, listed: AwardList) -> str:
    return catalogue.edition(session, listed.edition_digest).credential.title


def _form(asked: Asked, problems: list[Problem] | None = None) -> ResponseReturnValue:
    found = problems or []
    with read_session() as session:
        titles = award_lists.awardable(session)
    page = render_template(
        "web/staff/award-list-new.html",
        asked=asked,
        titles=titles,
        headings=columns.headings(award_lists.COLUMNS),
        most=award_lists.MOST,
        problems=found,
        errors={problem.pointer: problem.message for problem in found},
    )
    return page, 422 if found else 200


def _shown(
    brought: Brought, found: Rehearsal, changed: bool = False, refused: Refused | None = None
) -> ResponseReturnValue:
    page = render_template(
        "web/staff/award-list-rehearsal.html",
        name=brought.name,
        asked=_asked_with(brought),
        found=found,
        shown=SHOWN,
        changed=changed,
        refusal=refused.refusal if refused else None,
        waiting=sealed(brought, _PURPOSE),
    )
    return page, 409 if changed else 503 if refused else 200
