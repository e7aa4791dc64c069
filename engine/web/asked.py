"""What somebody without an account is asked, by their own link (`/a/…`), and what they say.

Nobody signs in. The same link shows afterwards what was said and, where a yes may be taken back,
the button for it. What each kind of asking shows and reads is `Asks`; the frame is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.errors import Conflict, Refusal, Refused
from engine.languages import LANGUAGES, _, current, speaking
from engine.submissions import askings
from engine.submissions.askings import Asked, Said
from engine.web.asking import house, now, read_session, transaction
from engine.web.language_choice import COOKIE, switching

asked = Blueprint("asked", __name__)

_TRIES = 3
"""The candidate may be saving at the same moment: nobody who answers should hear of that."""


class Read(NamedTuple):
    """What was posted: what they say, what they wrote, and what is wrong by field."""

    said: Said | None
    answer: Mapping[str, Any] | None
    problems: Mapping[str, str]


class Asks(NamedTuple):
    """How one kind of asking is drawn and read."""

    template: str
    """Extends `web/public/asking.html`."""
    read: Callable[[MultiDict[str, str], Asked], Read]
    shown: Callable[[Session, Asked], Mapping[str, Any]] = lambda _session, _asked: {}
    """What else the template prints."""


_kinds: dict[str, Asks] = {}


def show_with(kind: askings.Kind, asks: Asks) -> None:
    """Say how a kind is drawn and read. Once, when the kind's module is imported."""
    _kinds[kind] = asks


@asked.get("/a/<token>")
def by_link(token: str) -> ResponseReturnValue:
    """What is asked, and afterwards what was said."""
    with read_session() as session, _speaking(session, token):
        return _page(session, askings.by_token(session, token, now()))


@asked.post("/a/<token>")
def answer(token: str) -> ResponseReturnValue:
    """Keep what they say, or show it again with what is wrong with it."""
    with read_session() as session, _speaking(session, token):
        found = askings.by_token(session, token, now())
        if switching():
            return _page(session, found, request.form)
        read = _kinds[found.asking.kind].read(request.form, found)
        if read.problems or read.said is None:
            return _page(session, found, request.form, read.problems), 422
        language = current()
    with speaking(language):
        try:
            _keep(token, read)
        except (Refused, Conflict) as error:
            return _again(token, error)
    return redirect(url_for("public.asked.by_link", token=token, thanks="1"), 303)


@asked.after_request
def tell_nobody(response: Response) -> Response:
    """The link is somebody's own: no search engine, no other site and no cache gets to know it."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _again(token: str, error: Refused | Conflict) -> ResponseReturnValue:
    """The page as it stands now, with why it could not be kept."""
    with read_session() as session:
        found = askings.by_token(session, token, now())
        if isinstance(error, Refused):
            return _page(session, found, request.form, refusal=error.refusal), 409
        return _page(session, found, request.form, {"": str(error)}), 409


def _speaking(session: Session, token: str) -> AbstractContextManager[None]:
    """The person's language, unless this browser has chosen one."""
    if switching() or request.cookies.get(COOKIE) in LANGUAGES:
        return nullcontext()
    return speaking(askings.by_token(session, token, now()).asking.language)


def _keep(token: str, read: Read) -> None:
    assert read.said is not None
    for tried in range(_TRIES):
        try:
            with transaction() as session:
                askings.take(
                    session,
                    house().settings,
                    token,
                    read.said,
                    request.form.get("wording", ""),
                    now(),
                    read.answer,
                )
            return
        except Conflict:
            if tried == _TRIES - 1:
                raise


def _page(
    session: Session,
    found: Asked,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> str:
    asks = _kinds[found.asking.kind]
    return render_template(
        asks.template,
        asked=found,
        asking=found.asking,
        words=found.words,
        credential=found.subject.edition.credential,
        typed=typed or {},
        problems=problems or {},
        refusal=refusal,
        may_say=found.may_say,
        thanks=request.method == "GET" and "thanks" in request.args,
        **asks.shown(session, found),
    )


def _read_consent(form: MultiDict[str, str], found: Asked) -> Read:
    said = form.get("say", "")
    if said == "withdrawn" and "withdrawn" in found.may_say:
        return Read("withdrawn", None, {})
    problems = {}
    if said not in ("given", "refused"):
        problems["say"] = _("Choose yes or no.")
    elif said == "given" and form.get("me") != "yes":
        problems["me"] = _("Please tick that this is you.")
    return Read(said if said in ("given", "refused") else None, None, problems)  # type: ignore[arg-type]


show_with("consent", Asks("web/public/consent.html", _read_consent))
