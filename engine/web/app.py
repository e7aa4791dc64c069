"""The application: one factory that puts the house together.

What lives here: configuration, sessions, security headers, templates, static files, the parts by
audience. What stays out: every decision about a submission, which the floors below make.
"""

from __future__ import annotations

import hashlib
import importlib
import secrets
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import NotFound, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.middleware.proxy_fix import ProxyFix

from engine import languages
from engine.credentials.library import Library
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.permissions import may
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.settings import Settings
from engine.web import (
    added_kinds,
    asking,
    failures,
    fonts,
    language_choice,
    origins,
    proofs,
    resumable,
    storable,
    time_zone,
    words,
)
from engine.web.api import programs
from engine.web.asking import House

__all__ = ["House", "create_app"]

FORM_TEXT_BYTES = 4 * 1024 * 1024
"""The most text that one post may carry, files aside; far above any form that people fill."""
FORM_PARTS = 6000
"""The most fields and files in one post; a page with a dozen long rows has some hundreds."""
WHOLE_FILE_BYTES = 100 * 1024 * 1024
"""The largest file that goes in one post; larger ones come in pieces (`resumable`)."""
_AROUND_A_FILE = 2 * 1024 * 1024
_A_YEAR = 31_536_000

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

PARTS = (
    *("public", "badges", "account", "candidate", "advancing", "reviewer", "practice", "staff"),
    *("api.letting_in", "api.oauth", "api.open_badges"),
)
"""The modules by audience; each holds one blueprint, `blueprint` or by the module's own name."""

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The web application for one installation.

    `database` is opened from the settings when not given. Of a proxy's headers only the address
    that it heard from is believed, and only of as many proxies as the settings name: all else that
    they tell is in the public address.
    """
    app = bare_app(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        SESSION_COOKIE_NAME="accolade",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        # A page may stay open for weeks of work; its token lives as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    database = database or Database(settings.database_url)
    app.extensions["accolade"] = House(
        settings=settings,
        database=database,
        store=EvidenceStore.of(settings),
        library=Library(settings.documents, settings.workflows),
    )
    app.wsgi_app = origins.Told(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )
    app.session_interface = _PageSessions()
    app.before_request(_number_the_request)
    app.before_request(_only_from_here)
    app.before_request(_only_forms)
    csrf = CSRFProtect(app)
    app.before_request(language_choice.switch)
    app.context_processor(_frame)
    failures.register(app)
    for name in PARTS:
        app.register_blueprint(_blueprint(name))
    # Pieces of files are no forms and carry no form's token; `resumable` says what holds instead.
    csrf.exempt(resumable.resumable)
    # A token needs a session, and nobody should get one for having looked at a page. Whether the
    # switch was pressed on a page of ours is still asked (`asking.from_here`).
    csrf.exempt(language_choice.language_choice)
    # A mail program that stops letters for its reader has no page of ours, and no cookie: the
    # signed address is the proof (RFC 8058). It can do nothing else.
    csrf.exempt("engine.web.mail_choices.stop")
    # A certificate's file is checked for anybody, without a session; nothing of it is kept.
    csrf.exempt("engine.web.file_verification.check_file")
    # Programs come with a token of their own, and no cookie means anything there.
    for name in programs.BLUEPRINTS:
        csrf.exempt(app.blueprints[name])
    programs.register(app)
    return app


def bare_app(settings: Settings) -> Flask:
    """Templates, filters, static files, fonts and headers: what the preview needs too."""
    app = Flask("engine.web", static_folder=str(Path(__file__).parent / "static"))
    app.request_class = storable.StorableRequest
    app.before_request(storable.refuse_address)
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in settings.templates])
    languages.into_templates(app.jinja_env)
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.globals["settings"] = settings
    app.config.update(
        MAX_CONTENT_LENGTH=min(settings.evidence_max_bytes, WHOLE_FILE_BYTES) + _AROUND_A_FILE,
        MAX_FORM_MEMORY_SIZE=FORM_TEXT_BYTES,
        MAX_FORM_PARTS=FORM_PARTS,
    )
    app.jinja_env.globals["faces"] = fonts.faces()
    _serve_fonts(app, settings.fonts)
    language_choice.register(app)
    time_zone.register(app)
    app.register_blueprint(proofs.proofs)
    added_kinds.check(app)
    app.url_defaults(_with_version)
    app.after_request(_headers)
    return app


def _serve_fonts(app: Flask, folder: Path) -> None:
    """The pages' fonts, made at the first request; their names carry a hash of their content."""

    @app.get("/fonts/faces.css")
    def font_faces() -> Response:
        response = make_response(fonts.style_sheet(fonts.faces()))
        response.mimetype = "text/css"
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    @app.get("/fonts/<name>")
    def font_file(name: str) -> Response:
        # Making fonts takes seconds: only a name that a page may have given is worth them.
        if name not in {face.file for face in fonts.faces()}:
            raise NotFound
        fonts.ensure_fonts(folder)
        response = send_from_directory(folder, name)
        response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
        return response


def _blueprint(name: str) -> Blueprint:
    module = importlib.import_module(f"engine.web.{name}")
    found = getattr(module, "blueprint", None) or getattr(module, name)
    assert isinstance(found, Blueprint)
    return found


class _PageSessions(SecureCookieSessionInterface):
    """Sessions in signed cookies, renewed by pages and never by files that anyone may cache."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        for_everybody = request.endpoint in (
            *("static", "font_faces", "font_file"),
            "public.people.frame",  # stands in other sites' pages
        )
        for_programs = request.blueprint == "badges" or programs.asked()
        return not (for_everybody or for_programs) and super().should_set_cookie(app, session)


def _number_the_request() -> None:
    # Read over the telephone: no 0, O, 1, I or L.
    g.request_number = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(8))


def _only_from_here() -> None:
    if programs.asked():
        return
    if request.method not in ("GET", "HEAD", "OPTIONS") and not asking.from_here():
        raise Refused(
            Refusal(
                _("Another site sent you here with something to change, so nothing was changed."),
                _("If you meant to, open the page here and do it there."),
                "elsewhere",
            )
        )


def _only_forms() -> None:
    """Pages are changed by the fields of a form; JSON or anything else is refused in words."""
    if request.blueprint == "candidate.resumable" or programs.asked():
        return
    sent = request.mimetype
    if request.method == "POST" and sent and sent not in FORM_TYPES:
        raise UnsupportedMediaType(
            _("This address takes the fields of a form, not %(sent)s.", sent=sent)
        )
    # Werkzeug counts the parts of a multipart post only, and a page that carries a hundred
    # thousand fields along takes seconds to write.
    if sent == FORM_TYPES[0] and sum(map(len, request.form.listvalues())) > FORM_PARTS:
        raise RequestEntityTooLarge


def _frame() -> dict[str, Any]:
    """What base.html shows on every page."""
    person = asking.somebody()
    places = [(_("Catalogue"), "/")]
    if person.id:
        places.append((_("My work"), "/my-work"))
        places += [
            (label, url)
            for label, url, action in (
                (_("Review queue"), "/queue", "queue.see"),
                (_("Program"), "/staff", "staff.see"),
            )
            if may(person, action) is None  # type: ignore[arg-type]
        ]
    nav = [(label, url, _is_current(url)) for label, url in places]
    return {"actor": person, "nav": nav, "now": asking.now()}


def _is_current(url: str) -> bool:
    return request.path == url or (url != "/" and request.path.startswith(url + "/"))


@lru_cache(maxsize=512)
def _content_hash(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def _with_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values:
        path = Path(__file__).parent / "static" / values["filename"]
        if path.is_file():
            values["v"] = _content_hash(str(path), path.stat().st_mtime_ns)


def _headers(response: Response) -> Response:
    said = response.headers
    policy = CONTENT_POLICY
    if elsewhere := g.get("form_leads_to"):
        policy = policy.replace("form-action 'self'", f"form-action 'self' {elsewhere}")
    said.setdefault("Content-Security-Policy", policy)
    said.setdefault("X-Content-Type-Options", "nosniff")
    said.setdefault("Referrer-Policy", "same-origin")
    said.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    said.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint == "static":
        # Modules import one another by plain names, so only an address that carries the content's
        # hash may be kept for ever; the others are asked for again, which costs a 304.
        if "v" in request.args and response.status_code == 200:
            said["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
        else:
            said["Cache-Control"] = "no-cache"
    else:
        # Not `no-store`: that would keep the browser from bringing back what a person typed.
        said.setdefault("Cache-Control", "private, no-cache")
    if number := g.get("request_number"):
        said["X-Request-Number"] = number
    return response
