"""Every error becomes a page, or RFC 9457 JSON, here and nowhere else.

A page says what happened, what it means and what to do, and offers one way on. Text that a
person sent with a request that failed is carried along wherever it can be used again. What went
wrong inside is in the log under the request's number, and never on the page.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.exceptions import NotFound as NotFoundHere

from engine.errors import (
    AccoladeError,
    Conflict,
    DocumentFaulty,
    EvidenceRejected,
    NotFound,
    Refused,
)
from engine.languages import N_, _
from engine.web import asking
from engine.web.api import programs
from engine.web.asking import SignInNeeded, wants_json

log = logging.getLogger("accolade.web")

_READ_AWAY = 256 * 1024 * 1024

MEANT_FOR_SIGN_IN = ("_email", "_password", "_next", "_repost", "_language")
"""The sign-in page's own fields, which are never carried on to where the text was going."""


@dataclass(frozen=True)
class Failure:
    """One error as a reader meets it. `way_on` is a label and a local address."""

    status: int
    title: str
    means: str
    remedy: str = ""
    way_on: tuple[str, str] = (N_("Go to the catalogue"), "/")
    code: str = ""
    details: tuple[str, ...] = field(default_factory=tuple)


WORDS: dict[int, Failure] = {
    400: Failure(
        400,
        N_("That request did not make sense"),
        N_("Something in it was missing or damaged on the way, so nothing was changed."),
        N_("Go back, load the page again and try once more."),
    ),
    401: Failure(401, N_("Please sign in"), N_("This page is for people who are signed in.")),
    403: Failure(403, N_("This is not open to you"), N_("Your account may not do this.")),
    404: Failure(
        404,
        N_("There is nothing here"),
        N_("The address may be mistyped, or what it led to may belong to somebody else."),
        N_("If somebody sent you this address, ask them to check it."),
    ),
    405: Failure(
        405,
        N_("That can't be done at this address"),
        N_("The page exists, but it does not answer this kind of request. Nothing was changed."),
        N_("Go back and use the buttons of the page."),
    ),
    409: Failure(
        409,
        N_("Somebody was faster"),
        N_("This changed while you had it open, so nothing of yours was written over it."),
        N_("Look at where it stands now, then decide again."),
    ),
    413: Failure(
        413,
        N_("That is too large"),
        N_("What you sent is larger than this site takes in one go, so it was not kept."),
        N_(
            "Go back: the page still has what you typed. Choose a smaller file, or send fewer at"
            " once."
        ),
    ),
    415: Failure(
        415,
        N_("That can't be used here"),
        N_("It is of another kind than what is asked for, and was not kept."),
        N_("Go back and choose something else. Everything that was saved is as it was."),
    ),
    422: Failure(422, N_("That could not be used"), N_("Nothing was changed.")),
    429: Failure(
        429,
        N_("Too many tries"),
        N_("To keep accounts safe, we wait a little after several tries in a row."),
        N_("Wait some minutes, then try again."),
        (N_("Back to sign-in"), "/sign-in"),
    ),
    500: Failure(
        500,
        N_("Something broke on our side"),
        N_("It is not your fault, and nothing that was saved before is lost."),
        N_("Go back and try again. If it happens twice, tell us the number below."),
    ),
    410: Failure(
        410,
        N_("That is no longer here"),
        N_("It waited too long and was cleared away."),
        N_("Begin again."),
    ),
    412: Failure(
        412, N_("That program can't talk to this site"), N_("It speaks another version of tus.")
    ),
    507: Failure(
        507,
        N_("There is no room left"),
        N_("The disk of this site is full, so nothing more can be stored for now."),
        N_("Tell program staff, and try again later."),
    ),
    503: Failure(
        503,
        N_("We are busy for a moment"),
        N_("Your request could not be finished, and nothing was changed."),
        N_("Go back and try again in a minute: the page still has what you typed."),
    ),
}


_FILE_STATUSES = {
    "too-large": 413,
    "no-room": 413,
    "wrong-type": 415,
    "unscanned": 503,
    "full": 507,
}


def register(app: Flask) -> None:
    """Let `app` answer every error from here."""
    app.register_error_handler(SignInNeeded, _sign_in_needed)
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(AccoladeError, _on_purpose)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, _no_text)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _by_accident)


def show(failure: Failure) -> Response:
    """The failure as a page, or as `application/problem+json` when JSON is preferred; in the words
    of its own standard where only programs come."""
    words = " ".join(part for part in (failure.means, failure.remedy) if part)
    if (told := programs.failure(failure.status, words)) is not None:
        return told
    number = g.get("request_number", "")
    if wants_json():
        said: dict[str, object] = {
            "type": "about:blank",
            "title": failure.title,
            "status": failure.status,
            "detail": words,
            "instance": f"{request.path}#{number}",
        }
        if failure.code:
            said["code"] = failure.code
        if failure.details:
            said["details"] = list(failure.details)
        response = jsonify(said)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template("web/failures/failure.html", failure=failure, number=number)
        )
    response.status_code = failure.status
    return response


def from_words(
    status: int,
    means: str = "",
    remedy: str | None = None,
    code: str = "",
    details: Iterable[str] = (),
    way_on: tuple[str, str] | None = None,
) -> Failure:
    """The failure for a status, with its own words where they are given."""
    base = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    return Failure(
        status,
        _(base.title),
        means or _(base.means),
        _(base.remedy) if remedy is None else remedy,
        way_on or _way_on(base),
        code,
        tuple(details),
    )


def carried() -> list[tuple[str, str]]:
    """What a person typed into this post, to be sent again; never a password or a token."""
    return [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name not in ("csrf_token", *MEANT_FOR_SIGN_IN) and "password" not in name.lower()
    ]


def _sign_in_needed(error: SignInNeeded) -> ResponseReturnValue:
    if wants_json():
        return show(from_words(401, _("You have been signed out."), _("Sign in again."), "sign-in"))
    if request.method in ("GET", "HEAD"):
        target = request.full_path.rstrip("?")
        return redirect(f"/sign-in?next={quote(target)}", 303)
    # A post that arrives after the session ended: its text goes along to the sign-in page.
    page = render_template(
        "web/account/sign-in.html",
        next=request.path,
        repost=True,
        carried=carried(),
        lost_files=_chosen_files(),
        email="",
        problem="",
        waits=_(
            "You have been signed out. Nothing that you typed is lost: sign in and it goes on."
        ),
    )
    return page, 401


def _stale_page(error: CSRFError) -> ResponseReturnValue:
    if not asking.somebody().id and request.path != "/sign-in":
        return _sign_in_needed(SignInNeeded())
    if wants_json():
        return show(
            from_words(
                400, _("This page was open for a long time."), _("Load it again."), "stale-page"
            )
        )
    page = render_template(
        "web/failures/stale.html",
        path=request.full_path.rstrip("?"),
        carried=carried() + _again_at_sign_in(),
        lost_files=_chosen_files(),
    )
    return page, 400


def _again_at_sign_in() -> list[tuple[str, str]]:
    # A sign-in page that lost its cookie: the e-mail and what it carries go round once more.
    if request.path != "/sign-in":
        return []
    return [
        (name, request.form[name])
        for name in ("_email", "_next", "_repost")
        if name in request.form
    ]


def _chosen_files() -> list[str]:
    return [
        file.filename for files in request.files.listvalues() for file in files if file.filename
    ]


def _on_purpose(error: AccoladeError) -> ResponseReturnValue:
    match error:
        case NotFound():
            return show(from_words(404, str(error)))
        case Refused():
            refusal = error.refusal
            if refusal.code == "sign-in":
                return _sign_in_needed(SignInNeeded())
            status = {"throttled": 429, "issuer-key": 503, "not-printed": 503}.get(
                refusal.code, 403
            )
            return show(
                from_words(status, refusal.reason, refusal.remedy, refusal.code, refusal.details)
            )
        case Conflict():
            return show(from_words(409, str(error), code="conflict"))
        case EvidenceRejected():
            status = _FILE_STATUSES.get(error.code, 422)
            return show(from_words(status, str(error), code=error.code))
        case DocumentFaulty():
            log.error("request %s: a document is faulty\n%s", g.get("request_number"), error)
            return show(
                from_words(
                    500,
                    _("A document of this site can't be read, so this page can't be shown."),
                    _("Program staff can see what is wrong under Documents."),
                )
            )
    return show(from_words(422, str(error)))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    if isinstance(error, RequestEntityTooLarge):
        _read_the_rest()
    # Only this one is raised by us with words of its own.
    means = error.description if isinstance(error, UnsupportedMediaType) else ""
    response = show(from_words(error.code or 500, means or ""))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "Content-Range"):
            response.headers[name] = value
    return response


def _read_the_rest() -> None:
    # Closing on a browser that is still sending shows it a broken connection instead of our page,
    # so what it said it would send is read and thrown away first, up to a bound.
    said = request.content_length or 0
    most = request.max_content_length
    try:
        if most is None or said <= most:
            # The parser stopped half-way; this stream knows where.
            while request.stream.read(1024 * 1024):
                pass
            return
        stream, left = request.environ["wsgi.input"], min(said, _READ_AWAY)
        while left > 0 and (chunk := stream.read(min(left, 1024 * 1024))):
            left -= len(chunk)
    except (OSError, ValueError, HTTPException):
        pass


def _database_away(error: OperationalError) -> ResponseReturnValue:
    log.exception("request %s: the database did not answer", g.get("request_number"))
    response = show(from_words(503))
    response.headers["Retry-After"] = "30"
    return response


def _no_text(error: DataError) -> ResponseReturnValue:
    """PostgreSQL has no NUL in a text, so that nothing by such a name can be there."""
    return _http(NotFoundHere() if request.method in ("GET", "HEAD") else BadRequest())


def _by_accident(error: Exception) -> ResponseReturnValue:
    # A one-time link is somebody's own: of those the log has the pattern alone.
    by_link = "token" in (request.view_args or {})
    where = str(request.url_rule) if by_link else request.path
    log.exception("request %s: %s %s", g.get("request_number"), request.method, where)
    return show(from_words(500))


def _way_on(base: Failure) -> tuple[str, str]:
    if base.status in (403, 404, 409) and asking.somebody().id:
        return (_("Go to my work"), "/my-work")
    label, address = base.way_on
    return _(label), address
