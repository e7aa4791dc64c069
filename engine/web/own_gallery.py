"""A teacher's own shared work: what is public, taking it off, and visitors' questions."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Problem, Refused
from engine.languages import _
from engine.submissions import gallery as sharing
from engine.submissions import gallery_questions
from engine.submissions.gallery_questions import Talk
from engine.web.asking import me, now, read_session, transaction
from engine.web.language_choice import switching

mine = Blueprint("gallery", __name__)


@mine.get("/my-work/shared")
def shared() -> ResponseReturnValue:
    """What one shares, and the questions about it, those that wait first."""
    with read_session() as session:
        items = sharing.own_items(session, me())
        public = sharing.public_among(session, items)
        talks = gallery_questions.own_talks(session, me())
    return render_template("web/candidate/shared.html", items=items, public=public, talks=talks)


@mine.post("/my-work/shared/<item_id>")
def change(item_id: str) -> ResponseReturnValue:
    """Take it off, share it again, stop questions or take them again: at once."""
    asked = request.form.get("_do", "")
    with transaction() as session:
        item = sharing.own_item(session, item_id, me())
        if asked == "hide":
            sharing.hide(session, item, me(), now())
            flash(_("It is off the gallery. You can share it again whenever you wish."), "good")
        elif asked == "share":
            sharing.share_again(session, item, me(), now())
            session.flush()
            if sharing.public_now(session, item):
                flash(_("It is in the gallery again."), "good")
            else:
                flash(_("You share it again, but it is not public: see below why."), "info")
        elif asked in ("stop", "take"):
            sharing.let_ask(session, item, asked == "take", me(), now())
            flash(
                _("Visitors can ask questions about it again.")
                if asked == "take"
                else _("Nobody can ask new questions about it now."),
                "good",
            )
    return redirect(url_for(".shared"), 303)


@mine.get("/my-work/shared/questions/<question_id>")
def question(question_id: str) -> ResponseReturnValue:
    """One talk with a visitor, and where the answer is written."""
    with read_session() as session:
        return _page(gallery_questions.own_talk(session, question_id, me()))


@mine.post("/my-work/shared/questions/<question_id>")
def answer(question_id: str) -> ResponseReturnValue:
    """Send an answer, or leave it at that."""
    with read_session() as session:
        talk = gallery_questions.own_talk(session, question_id, me())
    if switching():
        return _page(talk)
    if request.form.get("_do") == "close":
        with transaction() as session:
            talk = gallery_questions.own_talk(session, question_id, me())
            gallery_questions.close(session, talk, me(), now())
        flash(_("This talk is closed. Nobody was written to."), "good")
        return redirect(url_for(".shared"), 303)
    words = request.form.get("words", "")
    if problems := gallery_questions.words_problems(words, _("Write your answer.")):
        return _page(talk, problems, 422)
    try:
        with transaction() as session:
            found = gallery_questions.own_talk(session, question_id, me())
            gallery_questions.answer(session, found, words, me(), now())
    except Refused as refused:
        return _page(talk, [Problem("words", "over", refused.refusal.reason)], 409)
    flash(_("Your answer is on its way. Your address is not in it."), "good")
    return redirect(url_for(".question", question_id=question_id), 303)


def _page(talk: Talk, problems: Sequence[Problem] = (), status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "web/candidate/shared-question.html",
        talk=talk,
        typed=request.form,
        problems=problems,
        wrong={one.pointer: one.message for one in problems},
    )
    return page, status
