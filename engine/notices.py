"""Letters: e-mail composed from a template, kept, and sent by a job.

A letter is written in the transaction of what it tells about, and sent after the commit. Whoever
writes one says what it is called, to whom it goes and what it tells; in which words, language and
time zone, whether it waits for a digest, and whether it is wanted at all is settled here. How a
letter is put together is in `mail.composing`, how it leaves in `mail.posting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine import languages, phrases
from engine.mail import composing, muting, wordings
from engine.mail.composing import Composed, Footer, compose
from engine.mail.posting import JOB, message, send
from engine.records import jobs
from engine.records.tables import Account, Letter, new_id
from engine.settings import Settings

__all__ = [
    "JOB",
    "Composed",
    "Visitor",
    "compose",
    "message",
    "preview",
    "send",
    "write",
    "write_to_visitor",
]

_KEEP = insert(Letter.__table__)  # type: ignore[arg-type]


def write(
    session: Session,
    settings: Settings,
    letter: str,
    to: Account,
    values: Mapping[str, Any],
    at: datetime,
    id: str = "",
    submission_id: str | None = None,
) -> str:
    """Compose the letter called `letter`, keep it and queue it, in the caller's transaction.

    It is in the person's language and time zone, and in the words that staff gave it. Returns the
    letter's id. With an `id` that is kept already, nothing is written again. Where the person
    wants none of its kind it is kept and not sent; where they want their letters together it
    waits for `digests`. For what `values` may hold see `compose`.

    Raises `DocumentFaulty` when there is no such template or it does not render.
    """
    if id and session.get(Letter, id) is not None:
        return id
    language = to.language or settings.language
    with languages.speaking(language), phrases.in_zone(to.zone, settings.zone):
        composed = _composed(session, settings, letter, to.name, values)
        html = composing.framed(settings, composed, _footer(settings, composed, letter, to.id))
    row = _row(id or new_id(), letter, to.email, values, composed, html, at)
    row |= {
        "account_id": to.id,
        "submission_id": submission_id,
        "optional": not composed.always,
        "status": _status(to, letter, composed),
    }
    return _keep(session, row)


class Visitor(NamedTuple):
    """Somebody without an account, who is written to because a person here named them."""

    name: str
    email: str
    language: str


def write_to_visitor(
    session: Session,
    settings: Settings,
    letter: str,
    to: Visitor,
    values: Mapping[str, Any],
    at: datetime,
    id: str,
    submission_id: str | None = None,
) -> None:
    """Compose the letter called `letter` to somebody without an account, keep it and queue it.

    It is written once for each `id`; for what `values` may hold see `compose`.
    """
    if session.get(Letter, id) is not None:
        return
    with languages.speaking(to.language), phrases.in_zone(settings.zone):
        composed = _composed(session, settings, letter, to.name, values)
        html = composing.framed(settings, composed, Footer("", ""))
    row = _row(id, letter, to.email, values, composed, html, at)
    _keep(session, row | {"submission_id": submission_id, "status": "waiting"})


def preview(
    settings: Settings,
    letter: str,
    to: Account,
    values: Mapping[str, Any],
    words: str | None,
    language: str,
) -> tuple[Composed, str]:
    """A letter as `to` would get it now, in `language`, and its HTML. Nothing is kept."""
    with languages.speaking(language), phrases.in_zone(to.zone, settings.zone):
        composed = compose(settings, letter, to.name, values, words)
        footer = Footer(_choices(settings), "" if composed.always else _choices(settings))
        return composed, composing.framed(settings, composed, footer)


def _composed(
    session: Session, settings: Settings, letter: str, name: str, values: Mapping[str, Any]
) -> Composed:
    """In the language of the moment, in the words that staff gave the letter."""
    words = wordings.text_of(session, letter, languages.current())
    return compose(settings, letter, name, values, words)


def _row(
    id: str,
    letter: str,
    address: str,
    values: Mapping[str, Any],
    composed: Composed,
    html: str,
    at: datetime,
) -> dict[str, Any]:
    return {
        "id": id,
        "to_address": address,
        "subject": composed.subject,
        "text": composed.text,
        "html": html,
        "name": letter,
        "path": str(values.get("path", ""))[:500],
        "written_at": at,
    }


def _keep(session: Session, row: Mapping[str, Any]) -> str:
    """Keep a letter and queue it if it waits for nothing; returns its id."""
    id = str(row["id"])
    session.connection().execute(_KEEP, row)
    if row["status"] == "waiting":
        jobs.enqueue(session, JOB, {"letter": id}, key=id)
    return id


def _status(to: Account, letter: str, composed: Composed) -> str:
    if composed.always:
        return "waiting"
    if letter in to.muted:
        return "muted"
    return "waiting" if to.mail_rhythm == "each" else "held"


def _footer(settings: Settings, composed: Composed, letter: str, account_id: str) -> Footer:
    stop = "" if composed.always else muting.link(settings, account_id, letter)
    return Footer(_choices(settings), stop)


def _choices(settings: Settings) -> str:
    return f"{settings.base_url}/account/letters"
