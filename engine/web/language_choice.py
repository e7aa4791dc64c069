"""Which language a page is in, and the switch at its head.

A person's own choice comes first, then this browser's, then what the browser asks for, then the
installation's setting. The switch is a button of the form that a page is about, where it has one:
whatever is typed travels with it and is kept, with scripts or without; but no password. The view
that gets such a post asks `switching()` and shows the same page again. What an address asks for,
such as a list's filters, stays in it.
"""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from flask import Blueprint, Flask, Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import people
from engine.languages import LANGUAGES, current, speaking
from engine.records.tables import Account
from engine.web import asking
from engine.web.api import programs

FIELD = "_language"
"""The switch's name in a post; its value is a key of `LANGUAGES`."""
COOKIE = "language"
_A_YEAR = 31_536_000
_IN_QUERIES = "%&=+;/?:@!$'()*,~"
FOR_EVERYBODY = ("static", "font_faces", "font_file")

language_choice = Blueprint("language", __name__)


@language_choice.post("/language")
def change() -> ResponseReturnValue:
    """The switch of a page that holds nothing to keep: the same page, in the other language."""
    return redirect(asking.local_path(request.form.get("_next", ""), "/"), 303)


def register(app: Flask) -> None:
    """Speak the right language during each request of `app`."""
    app.before_request(_begin)
    app.teardown_request(_end)
    app.after_request(_remember)
    app.register_blueprint(language_choice)
    app.jinja_env.globals.update(other_languages=others, here=here)


def switch() -> None:
    """Registered after whatever may refuse a post: from here on the new language is spoken."""
    if not switching():
        return
    g.language_chosen = request.form[FIELD]
    g.speaking.enter_context(speaking(g.language_chosen))
    if "accolade" in current_app.extensions and (person := asking.actor()).id:
        with asking.transaction() as session:
            people.speak(session, person.id, g.language_chosen)


def keep_with(session: Session, account: Account) -> None:
    """Somebody signs in: what this browser chose becomes theirs, if they have chosen nothing."""
    language = request.cookies.get(COOKIE, "")
    if not account.language and language in LANGUAGES:
        people.speak(session, account.id, language)


def switching() -> bool:
    """Whether this post came from the switch, so that nothing but keeping it is asked for."""
    if request.method != "POST" or programs.asked():
        return False
    return request.form.get(FIELD) in LANGUAGES


def chosen() -> str:
    """What this request should be answered in."""
    known = [_own(), request.cookies.get(COOKIE, "")]
    for language in known:
        if language in LANGUAGES:
            return language
    asked = request.accept_languages.best_match(list(LANGUAGES))
    setting: str = current_app.jinja_env.globals["settings"].language  # type: ignore[attr-defined]
    return asked or setting


def others() -> list[tuple[str, str]]:
    """The languages that the page is not in, each with its own name for itself."""
    return [(key, name) for key, name in LANGUAGES.items() if key != current()]


def here() -> str:
    """The address that shows this page again, with whatever it was asked for (a list's filters);
    a page that answers a post may have none, or says which it is (`g.shown_at`)."""
    if told := g.get("shown_at", ""):
        return str(told)
    if request.method != "GET":
        ways = current_app.create_url_adapter(request)
        if ways is None or not ways.test(request.path, method="GET"):
            return "/"
    asked = quote(request.query_string, safe=_IN_QUERIES)
    return quote(request.path) + (f"?{asked}" if asked else "")


def _own() -> str:
    if "accolade" not in current_app.extensions or request.endpoint in FOR_EVERYBODY:
        return ""
    if programs.asked():
        return ""  # nobody's cookie means anything there
    try:
        return asking.actor().language
    except SQLAlchemyError:
        return ""  # the page itself will say that the database is away


def _begin() -> None:
    g.speaking = ExitStack()
    g.speaking.enter_context(speaking(chosen()))


def _end(error: BaseException | None) -> None:
    if spoken := g.pop("speaking", None):
        spoken.close()


def _as_asked(response: Response) -> None:
    """Lead back to the page as it was asked for: what a post answers with knows its path only."""
    back, came = urlsplit(response.location or ""), urlsplit(request.referrer or "")
    if came.netloc != request.host or unquote(came.path) != unquote(back.path):
        return
    if set(parse_qsl(back.query)) <= set(parse_qsl(came.query)):
        response.location = back._replace(query=came.query).geturl()


def _remember(response: Response) -> Response:
    if request.endpoint not in FOR_EVERYBODY:
        response.headers.setdefault("Content-Language", current())
        response.vary.update(("Accept-Language", "Cookie"))
    if language := g.get("language_chosen"):
        _as_asked(response)
        response.set_cookie(
            COOKIE,
            language,
            max_age=_A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response
