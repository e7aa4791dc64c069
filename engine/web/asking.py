"""What every view asks first: which house is this, who is asking, what time is it.

A view parses, asks and renders; these are the questions. The person comes from the signed session
cookie and is looked up once per request, so that a closed account or a raised epoch ends every
session at the next click.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import current_app, g, request, session
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import people
from engine.credentials.library import Library
from engine.errors import AccoladeError, NotFound
from engine.languages import _
from engine.people import ANONYMOUS, Actor
from engine.permissions import Action, SubmissionSubject, require
from engine.records import catalogue
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.tables import Submission
from engine.settings import Settings
from engine.submissions import flagged


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """What one running installation is made of."""

    settings: Settings
    database: Database
    store: EvidenceStore
    library: Library
    clock: Callable[[], datetime] = _utc_now
    """Aware UTC; tests set their own."""


class SignInNeeded(AccoladeError):
    """Nobody is signed in, and this page is for somebody."""


def house() -> House:
    """The installation that serves this request."""
    found = current_app.extensions["accolade"]
    assert isinstance(found, House)
    return found


def now() -> datetime:
    """The time of this request, UTC: one request, one time."""
    if "now" not in g:
        g.now = house().clock()
    moment: datetime = g.now
    return moment


def read_session() -> AbstractContextManager[Session]:
    """A database session for looking."""
    return house().database.read()


def transaction() -> AbstractContextManager[Session]:
    """A database session for changing; commits when the block ends without an error."""
    return house().database.transaction()


def actor() -> Actor:
    """Who is asking; `ANONYMOUS` when nobody is signed in. One query per request at most."""
    if "actor" not in g:
        g.actor = _from_cookie() or ANONYMOUS
    person: Actor = g.actor
    return person


def somebody() -> Actor:
    """Who is asking, for the frame of a page; nobody while the database does not answer.

    An error page must not fail for the reason that it tells of.
    """
    try:
        return actor()
    except SQLAlchemyError:
        g.actor = ANONYMOUS
        return ANONYMOUS


def me() -> Actor:
    """The person who is signed in. Raises `SignInNeeded`."""
    person = actor()
    if not person.id:
        raise SignInNeeded(_("Sign in to go on."))
    return person


def begin_session(account_id: str, epoch: int) -> None:
    """Sign this browser in, keeping the CSRF secret of the page that asked.

    A page that carries somebody's text posts it again after signing in, with the token that it
    already has, so the secret stays; everything else in the old session goes.
    """
    secret = session.get("csrf_token")
    session.clear()
    session.permanent = True
    session["account"] = account_id
    session["epoch"] = epoch
    if secret:
        session["csrf_token"] = secret
    g.pop("actor", None)


def subject_of(
    database: Session, submission_id: str, action: Action = "submission.see", form: str = ""
) -> SubmissionSubject:
    """The submission with its edition, if the person may do `action` to it.

    Raises `SignInNeeded`, `NotFound` or `Refused`. An unknown submission and somebody else's are
    told apart by nothing.
    """
    person = me()
    submission = database.get(Submission, submission_id)
    if submission is None:
        raise NotFound(_("There is no such submission among those you may see."))
    edition = catalogue.edition(database, submission.edition_digest)
    subject = flagged.with_openings(database, SubmissionSubject(submission, edition))
    require(person, action, subject, form)
    return subject


def is_mine(subject: SubmissionSubject) -> bool:
    """Whether this is the person's own work, which they see as its owner and not as a reviewer."""
    return subject.submission.candidate_id == actor().id


def wants_json() -> bool:
    """Whether the answer should be JSON: asked by `?format=json` or preferred by `Accept`; a
    program that sends a file in pieces reads nothing else."""
    if request.args.get("format") == "json" or "Tus-Resumable" in request.headers:
        return True
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"] or (
        accept["application/problem+json"] > accept["text/html"]
    )


def from_here() -> bool:
    """Whether a page of this site made the request, as far as the browser tells.

    The token of a form stops what another site posts by itself; but a post without one is shown
    again to the person, with a button, and what another site wrote must never get that far.
    `Sec-Fetch-Site` is taken at its word where there is one, and `Origin` otherwise; programs
    that send neither are no browsers with somebody's cookies.
    """
    if fetched := request.headers.get("Sec-Fetch-Site"):
        return fetched in ("same-origin", "none")
    if (origin := request.headers.get("Origin")) is None:
        return True
    # The scheme is not compared: a proxy that ends TLS hides it.
    ours = {request.host, urlsplit(house().settings.base_url).netloc}
    return origin.partition("://")[2] in ours


def local_path(path: str, otherwise: str) -> str:
    """`path` if it is a path on this site, else `otherwise`: nobody is sent elsewhere by a link.

    `/my-work?x=1` is kept; `//evil.example`, `/\\evil.example` and `https://…` are not.
    """
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return otherwise
    if any(ord(char) < 0x21 or char == "\\" for char in path):
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc else path


def _from_cookie() -> Actor | None:
    account_id, epoch = session.get("account"), session.get("epoch")
    if not isinstance(account_id, str) or not isinstance(epoch, int):
        return None
    with read_session() as database:
        return people.actor(database, account_id, epoch)
