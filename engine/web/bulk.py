"""Acting on many submissions: choose what to do, see who is affected, begin, watch it go on.

The choice of rows comes from a list's page, as ticked rows or as everything that matches. What is
done, and how, is `submissions.bulk`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Refusal, Refused
from engine.languages import _
from engine.permissions import SubmissionSubject, may, plays
from engine.records import catalogue
from engine.records.tables import Account, BulkItem, BulkRun
from engine.submissions import bulk, listing
from engine.submissions.bulk_deeds import ActionName
from engine.submissions.listing import Row
from engine.submissions.narrowing import Asked, ListName
from engine.web import lists
from engine.web.asking import house, me, now, read_session, transaction, wants_json
from engine.web.saved_views import list_named

blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")

MOST_TICKED = 200


class Way(NamedTuple):
    """A transition that some of the chosen could take."""

    name: str
    label: str
    number: int
    wants_words: bool


class Telling(NamedTuple):
    """One submission of a run: who, what, and why not."""

    submission_id: str
    candidate: str
    credential: str
    words: str


@blueprint.get("")
def runs() -> ResponseReturnValue:
    """What was done to many, the latest first."""
    with read_session() as session:
        found = [
            (run, what(session, run), bulk.progress_of(session, run.id))
            for run in bulk.latest(session, me(), 20)
        ]
    return render_template("web/bulk/runs.html", runs=found)


@blueprint.get("/new")
def choose() -> ResponseReturnValue:
    """What should be done with the chosen ones?"""
    return _choose(200, None)


@blueprint.post("")
def prepare() -> ResponseReturnValue:
    """Put the run together, and show who is affected."""
    name, asked = list_named(request.form.get("list", "")), Asked.of(request.form)
    action, arguments = _asked_action()
    try:
        with transaction() as session:
            chosen = bulk.revisions(session, _ids(session, name, asked))
            origin = {"list": name, "asked": asked.arguments}
            run_id = bulk.prepare(session, me(), action, {**arguments, **origin}, chosen, now())
    except Refused as refused:
        if refused.refusal.code != "bulk":
            raise
        return _choose(422, refused.refusal)
    return redirect(url_for(".run", run_id=run_id), 303)


@blueprint.get("/<run_id>")
def run(run_id: str) -> ResponseReturnValue:
    """Before it is begun, who is affected; afterwards, how far it has come."""
    with read_session() as session:
        found = bulk.find(session, me(), run_id)
        done = bulk.progress_of(session, run_id)
        words = what(session, found)
        if found.begun_at is not None:
            if wants_json():
                ready = found.ended_at is not None or found.stopped_at is not None
                return jsonify(done=done.done, refused=done.refused, total=done.total, ready=ready)
            refused = _tell(session, _list_of(found), bulk.refused(session, run_id))
            page = render_template(
                "web/bulk/progress.html", run=found, done=done, words=words, refused=refused
            )
            headers = {}
            if "watch" in request.args and found.ended_at is None and found.stopped_at is None:
                # Asked for by a link, so that no page moves under somebody who reads it.
                headers["Refresh"] = f"3; url={url_for('.run', run_id=run_id, watch=1)}"
            return page, 200, headers
    rehearsed = bulk.rehearse(house().database, house().settings, me(), run_id, now())
    with read_session() as session:
        tellings = _tell(session, _list_of(found), rehearsed)
    return render_template(
        "web/bulk/preview.html",
        run=found,
        words=words,
        can=[one for one in tellings if not one.words],
        cannot=[one for one in tellings if one.words],
        unseen=done.total - len(rehearsed),
        total=done.total,
        back=lists.url(_list_of(found), Asked.of(found.arguments.get("asked", {}))),
    )


@blueprint.post("/<run_id>/begin")
def begin(run_id: str) -> ResponseReturnValue:
    """Have it done."""
    with transaction() as session:
        bulk.begin(session, me(), run_id, now())
    return redirect(url_for(".run", run_id=run_id), 303)


@blueprint.post("/<run_id>/stop")
def stop(run_id: str) -> ResponseReturnValue:
    """Do no more of it."""
    with transaction() as session:
        bulk.stop(session, me(), run_id, now())
    return redirect(url_for(".run", run_id=run_id), 303)


def what(session: Session, run: BulkRun) -> str:
    """What a run does, in words."""
    said = run.arguments
    match run.action:
        case "advance":
            return _("“%(label)s”", label=said.get("label") or said["transition"])
        case "remind" if said.get("to") == "reviewers":
            return _("A letter to those who review")
        case "remind":
            return _("A letter to the candidates")
        case "assign":
            name = session.scalar(select(Account.name).where(Account.id == said["reviewer"]))
            return _("%(name)s reviews", name=name or "")
        case _:
            return _("Hand back to the queue")


def _choose(status: int, refusal: Refusal | None) -> ResponseReturnValue:
    said = request.values
    name, asked = list_named(said.get("list", "")), Asked.of(said)
    staff = may(me(), "staff.see") is None
    with read_session() as session:
        ids = _ids(session, name, asked)
        rows = listing.some(session, me(), name, ids[: bulk.REHEARSED])
        page = render_template(
            "web/bulk/choose.html",
            name=name,
            asked=asked,
            everything="all" in said,
            ids=ids if "all" not in said else [],
            number=len(ids),
            ways=_ways(session, rows),
            reviewers=_reviewers(session) if staff else [],
            staff=staff,
            said=said,
            refusal=refusal,
            back=lists.url(name, asked),
        )
    return page, status


def _ids(session: Session, name: ListName, asked: Asked) -> list[str]:
    """The submissions that are meant, as far as this person sees them in the list."""
    if "all" in request.values:
        rows = listing.everything(session, me(), name, asked, now(), bulk.MOST + 1)
        return [row.submission.id for row in rows]
    ticked = request.values.getlist("item")[:MOST_TICKED]
    known = {row.submission.id for row in listing.some(session, me(), name, ticked)}
    return [id for id in dict.fromkeys(ticked) if id in known]


def _asked_action() -> tuple[ActionName, Mapping[str, str]]:
    said = request.form
    words = said.get("message", "").replace("\r\n", "\n")
    chosen, _colon, which = said.get("action", "").partition(":")
    match chosen:
        case "advance":
            label = said.get(f"label:{which}", "")[:200]
            return "advance", {"transition": which, "label": label, "words": words}
        case "remind":
            return "remind", {"to": which, "words": words}
        case "assign":
            return "assign", {"reviewer": said.get("reviewer", ""), "words": words}
        case "hand_back":
            return "hand_back", {"words": words}
    return "advance", {"words": words}


def _ways(session: Session, rows: Sequence[Row]) -> list[Way]:
    """The transitions that this person could try on some of the rows, the most common first."""
    found: dict[str, Way] = {}
    for row in rows:
        edition = catalogue.edition(session, row.submission.edition_digest)
        subject = SubmissionSubject(row.submission, edition)
        for one in subject.workflow.leaving(row.submission.state):
            roles = [subject.workflow.roles[name] for name in one.by]
            if one.form or not any(plays(me(), role, row.submission) for role in roles):
                continue  # a form is filled for one submission, never for many
            known = found.get(one.name)
            wants = "comment" in one.require or bool(known and known.wants_words)
            found[one.name] = Way(one.name, one.label, (known.number if known else 0) + 1, wants)
    return sorted(found.values(), key=lambda way: -way.number)


def _reviewers(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Account.id, Account.name, Account.roles).where(Account.active).order_by(Account.name)
    )
    return [(id, name) for id, name, roles in rows if "reviewer" in roles][:500]


def _list_of(run: BulkRun) -> ListName:
    return list_named(str(run.arguments.get("list", "queue")))


def _tell(
    session: Session, name: ListName, items: Sequence[BulkItem | bulk.Rehearsed]
) -> list[Telling]:
    """The submissions of a run as this reader may know them; a reviewer who no longer sees one in
    the queue reads its outcome without a name."""
    rows = {row.submission.id: row for row in _known(session, name, items)}
    found = []
    for item in items:
        row = rows.get(item.submission_id)
        title = ""
        if row is not None:
            edition = catalogue.edition(session, row.submission.edition_digest)
            title = edition.credential.title
        found.append(
            Telling(
                item.submission_id,
                row.candidate_name if row else _("No longer in your queue"),
                title,
                item.words,
            )
        )
    return found


def _known(
    session: Session, name: ListName, items: Sequence[BulkItem | bulk.Rehearsed]
) -> list[Row]:
    return listing.some(session, me(), name, [item.submission_id for item in items])
