"""What visitors of the gallery send: a question to a teacher, a report to program staff.

Nobody signs in. What was typed comes back with what is wrong with it. A field that people do not
see catches programs that fill in everything: they are thanked like everybody else, and nothing is
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.errors import Conflict, Problem, Refused
from engine.languages import _
from engine.records.tables import GalleryItem
from engine.submissions import gallery as sharing
from engine.submissions import gallery_questions, gallery_reports
from engine.submissions.gallery_questions import Talk
from engine.web.asking import house, now, read_session, transaction
from engine.web.language_choice import switching
from engine.web.origins import place

posting = Blueprint("post", __name__)

_TRIES = 3
TRAP = "website"
"""The field that people do not see."""


@posting.get("/gallery/<item_id>/ask")
def ask(item_id: str) -> ResponseReturnValue:
    """Where a question to the teacher is written."""
    with read_session() as session:
        item = _public(session, item_id)
        asks = gallery_questions.takes_questions(session, item)
    return _ask_page(item, asks=asks)


@posting.post("/gallery/<item_id>/ask")
def send_question(item_id: str) -> ResponseReturnValue:
    """Keep a question until its address is confirmed."""
    with read_session() as session:
        item = _public(session, item_id)
    if switching():
        return _ask_page(item)
    said, problems = gallery_questions.typed(_typed("name"), _typed("email"), _typed("words"))
    if problems:
        return _ask_page(item, problems, 422)
    if _typed(TRAP):
        return redirect(url_for(".thanks", what="question"), 303)
    try:
        with transaction() as session:
            found = sharing.item_of(session, item_id)
            gallery_questions.ask(session, house().settings, found, said, place(), now())
    except Refused as refused:
        return _ask_page(item, _as_problem(refused, "words"), _status(refused))
    return redirect(url_for(".thanks", what="question"), 303)


@posting.get("/gallery/<item_id>/report")
def report(item_id: str) -> ResponseReturnValue:
    """Where something wrong with it is reported."""
    with read_session() as session:
        item = _public(session, item_id)
    return _report_page(item)


@posting.post("/gallery/<item_id>/report")
def send_report(item_id: str) -> ResponseReturnValue:
    """Keep a report for program staff."""
    with read_session() as session:
        item = _public(session, item_id)
    if switching():
        return _report_page(item)
    reason, words, address = _typed("reason"), _typed("words"), _typed("email")
    if problems := gallery_reports.problems(reason, words, address):
        return _report_page(item, problems, 422)
    if _typed(TRAP):
        return redirect(url_for(".thanks", what="report"), 303)

    def deed(session: Session) -> None:
        found = sharing.item_of(session, item_id)
        gallery_reports.report(session, found, reason, words, address, place(), now())

    try:
        _done(deed)
    except Refused as refused:
        return _report_page(item, _as_problem(refused, "words"), _status(refused))
    return redirect(url_for(".thanks", what="report"), 303)


@posting.get("/gallery/thanks/<any(question, report):what>")
def thanks(what: str) -> ResponseReturnValue:
    """The same page for everybody: it says nothing of who sent what."""
    return render_template("web/public/gallery-thanks.html", what=what)


@posting.get("/gallery/questions/<token>")
def talk(token: str) -> ResponseReturnValue:
    """The visitor's own link: to confirm the question, then to read the answer.

    Looking changes nothing, since programs that guard mailboxes look at every link.
    """
    with read_session() as session:
        return _talk_page(gallery_questions.by_token(session, token), token)


@posting.post("/gallery/questions/<token>")
def go_on(token: str) -> ResponseReturnValue:
    """Confirm the question, or ask again after an answer."""
    with read_session() as session:
        found = gallery_questions.by_token(session, token)
    if switching():
        return _talk_page(found, token)
    confirming = found.question.state == "unconfirmed"
    words = _typed("words")
    problems = (
        []
        if confirming
        else gallery_questions.words_problems(words, _("Write what you would like to know."))
    )
    if problems:
        return _talk_page(found, token, problems, 422)

    def deed(session: Session) -> None:
        here = gallery_questions.by_token(session, token)
        if confirming:
            gallery_questions.confirm(session, here, now())
        else:
            gallery_questions.ask_again(session, here, words, now())

    try:
        _done(deed)
    except Refused as refused:
        return _talk_page(found, token, _as_problem(refused, "words"), 409)
    return redirect(url_for(".talk", token=token), 303)


@posting.after_request
def tell_nobody(response: Response) -> Response:
    """These pages are somebody's own: no search engine and no cache keeps them, and no other site
    is told of the link."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer" if _by_link() else "same-origin"
    if _by_link():
        response.headers["Cache-Control"] = "no-store"
    return response


def _done(deed: Callable[[Session], None]) -> None:
    """Do it, once more where somebody did something about the same work at the same moment: no
    visitor should hear of that."""
    for turn in range(_TRIES):
        try:
            with transaction() as session:
                deed(session)
            return
        except Conflict:
            if turn == _TRIES - 1:
                raise


class NotPublic(Exception):
    """The work was public once, or will be; now it is not."""


@posting.errorhandler(NotPublic)
def gone(_not_public: NotPublic) -> ResponseReturnValue:
    """Said alike of everything that is not public."""
    return render_template("web/public/gallery-gone.html"), 410


def _public(session: Session, item_id: str) -> GalleryItem:
    item = sharing.item_of(session, item_id)
    if not sharing.public_now(session, item):
        raise NotPublic
    return item


def _by_link() -> bool:
    return "token" in (request.view_args or {})


def _typed(name: str) -> str:
    return request.form.get(name, "")


def _as_problem(refused: Refused, at: str) -> list[Problem]:
    refusal = refused.refusal
    return [Problem(at, refusal.code, f"{refusal.reason} {refusal.remedy}".strip())]


def _status(refused: Refused) -> int:
    return 429 if refused.refusal.code == "throttled" else 409


def _ask_page(
    item: GalleryItem, problems: Sequence[Problem] = (), status: int = 200, asks: bool = True
) -> ResponseReturnValue:
    page = render_template(
        "web/public/gallery-ask.html",
        item=item,
        asks=asks,
        typed=request.form,
        problems=problems,
        wrong={one.pointer: one.message for one in problems},
        trap=TRAP,
    )
    return page, status


def _report_page(
    item: GalleryItem, problems: Sequence[Problem] = (), status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "web/public/gallery-report.html",
        item=item,
        reasons={name: _(words) for name, words in gallery_reports.REASONS.items()},
        typed=request.form,
        problems=problems,
        wrong={one.pointer: one.message for one in problems},
        trap=TRAP,
    )
    return page, status


def _talk_page(
    found: Talk, token: str, problems: Sequence[Problem] = (), status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "web/public/gallery-talk.html",
        talk=found,
        token=token,
        typed=request.form,
        problems=problems,
        wrong={one.pointer: one.message for one in problems},
    )
    return page, status
