"""Answering a survey: by a one-time link (`/s/…`) or by a class code (`/c/…`).

Nobody signs in, and nothing here asks who somebody is, even where they are signed in. The page is
drawn by the same engine as every form; whatever was typed comes back with what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine.errors import NotFound, Problem, Refused
from engine.forms.answers import Draft
from engine.forms.revealing import conditions_of
from engine.submissions import survey_answering
from engine.submissions.survey_answering import Asked
from engine.web import tasks
from engine.web.asking import house, now, read_session, transaction
from engine.web.language_choice import switching

answering = Blueprint("answering", __name__)


@answering.get("/s/<token>")
def by_link(token: str) -> ResponseReturnValue:
    """The survey that a one-time link leads to, or why it can't be answered with it."""
    with read_session() as session:
        asked = survey_answering.by_token(session, token, now())
    return _page(asked, Draft.of({asked.survey.id: {}}))


@answering.post("/s/<token>")
def answer_by_link(token: str) -> ResponseReturnValue:
    """Keep the answers of whoever has the link; it is used then."""
    with read_session() as session:
        asked = survey_answering.by_token(session, token, now())
    return _take(asked)


@answering.get("/c")
def ask_code() -> ResponseReturnValue:
    """Asks for the code on the board; with one, leads to its survey."""
    typed = survey_answering.typed_code(request.args.get("code", ""))
    if not typed:
        return render_template("web/public/survey-code.html", typed="", problem="")
    try:
        with read_session() as session:
            survey_answering.by_code(session, typed, now())
    except NotFound as missing:
        page = render_template(
            "web/public/survey-code.html", typed=request.args["code"], problem=str(missing)
        )
        return page, 404
    return redirect(url_for("public.answering.by_code", code=typed), 303)


@answering.get("/c/<code>")
def by_code(code: str) -> ResponseReturnValue:
    """The survey of a class code, which anybody who has the code may answer."""
    with read_session() as session:
        asked = survey_answering.by_code(session, code, now())
    return _page(asked, Draft.of({asked.survey.id: {}}))


@answering.post("/c/<code>")
def answer_by_code(code: str) -> ResponseReturnValue:
    """Keep one more answer."""
    with read_session() as session:
        asked = survey_answering.by_code(session, code, now())
    return _take(asked)


@answering.get("/thanks")
def thanks() -> ResponseReturnValue:
    """The same page for everybody: its address says nothing of which survey it was."""
    return render_template("web/public/survey-thanks.html")


@answering.after_request
def tell_nobody(response: Response) -> Response:
    """The link is somebody's own: no search engine keeps it. (No other site is told of it, as of
    no page here: `Referrer-Policy: same-origin`.)"""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _take(asked: Asked) -> ResponseReturnValue:
    if asked.closed:
        return _page(asked, Draft())
    draft, problems = survey_answering.checked(asked, MultiDict(request.form))
    if switching():
        return _page(asked, draft)
    if problems:
        return _page(asked, draft, problems, 422)
    try:
        with transaction() as session:
            survey_answering.take(session, house().settings, asked, draft, now())
    except Refused as refused:
        return render_template("web/public/survey-closed.html", refusal=refused.refusal), 409
    return redirect(url_for("public.answering.thanks"), 303)


def _page(
    asked: Asked, draft: Draft, problems: Sequence[Problem] = (), status: int = 200
) -> ResponseReturnValue:
    if asked.closed:
        refusal = survey_answering.refusal(asked.closed)
        found = 410 if request.method == "GET" else 409
        return render_template("web/public/survey-closed.html", refusal=refusal), found
    pages = asked.forms.pages
    with read_session() as session:
        asker = survey_answering.asker_of(session, asked)
    rendered = render_template(
        "web/public/survey.html",
        asked=asked,
        asker=asker,
        pages=pages,
        draft=draft,
        problems=problems,
        problems_by_pointer=tasks.by_pointer(problems),
        conditions=[conditions_of(page) for page in pages],
    )
    return rendered, status
