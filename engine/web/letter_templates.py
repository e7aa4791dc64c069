"""The words of letters: staff read them, change them, and see beside them how they arrive."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import notices
from engine.errors import Conflict, DocumentFaulty, Finding
from engine.languages import LANGUAGES, _, speaking
from engine.mail import wordings
from engine.mail.posting import JOB
from engine.permissions import require
from engine.phrases import in_zone
from engine.records import jobs
from engine.records.tables import Account, EditionRow, Letter, Submission, new_id
from engine.submissions import drafting
from engine.submissions.letters import values_of
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching
from engine.web.staff_outgoing import as_mail

blueprint = Blueprint("letters", __name__, url_prefix="/letters")

OFFERED = 20
"""Submissions that a preview may be about: those that moved last."""


@blueprint.get("")
def shelf() -> ResponseReturnValue:
    """Every letter there is, and which have words of their own here."""
    with read_session() as session:
        letters = wordings.described(session, house().settings)
    return render_template("web/staff/letters.html", letters=letters, languages=LANGUAGES)


@blueprint.get("/<name>/<language>")
def desk(name: str, language: str) -> ResponseReturnValue:
    """One letter in one language: its words, and beside them how it arrives."""
    wordings.known(house().settings, name, language)
    return _desk(name, language)


@blueprint.post("/<name>/<language>")
def change(name: str, language: str) -> ResponseReturnValue:
    """Keep new words, or go back to the letter's own, or send oneself what is written here."""
    settings = house().settings
    wordings.known(settings, name, language)
    text, seen = request.form.get("text", ""), request.form.get("seen", 0, type=int)
    if switching():
        return _desk(name, language, text=text, seen=seen)
    asked = request.form.get("_go", "keep")
    try:
        if asked == "reset":
            with transaction() as session:
                wordings.reset(session, settings, name, language, seen, me(), now())
            flash(_("The letter has its own words again."), "good")
        elif asked == "test":
            with speaking(language):
                _refuse_faults(name, text)
            with transaction() as session:
                _send_to_me(session, name, language, text)
            flash(_("It is on its way to %(address)s.", address=me().email), "good")
            return _desk(name, language, text=text, seen=seen)
        else:
            with transaction() as session:
                wordings.keep(session, settings, name, language, text, seen, me(), now())
            flash(_("The letter goes out in these words from now on."), "good")
    except DocumentFaulty as faulty:
        return _desk(name, language, text=text, seen=seen, findings=faulty.findings), 422
    except Conflict as conflict:
        return _desk(name, language, text=text, seen=seen, conflict=str(conflict)), 409
    return redirect(url_for(".desk", name=name, language=language), 303)


@blueprint.get("/<name>/<language>/preview")
def preview(name: str, language: str) -> ResponseReturnValue:
    """The letter as it goes out now, for the frame beside it."""
    wordings.known(house().settings, name, language)
    with read_session() as session:
        return _preview(session, name, language, wordings.text_of(session, name, language))


@blueprint.post("/<name>/<language>/preview")
def preview_of_what_is_written(name: str, language: str) -> ResponseReturnValue:
    """The same with the words that are being written. Nothing is kept."""
    wordings.known(house().settings, name, language)
    with read_session() as session:
        return _preview(session, name, language, request.form.get("text", ""))


def _desk(
    name: str,
    language: str,
    *,
    text: str | None = None,
    seen: int | None = None,
    findings: Any = (),
    conflict: str = "",
) -> str:
    settings = house().settings
    with read_session() as session:
        kept = wordings.edited(session, name, language)
        history = wordings.history(session, name, language)
        submissions = _offered(session)
        titles = {one.name: one.title for one in wordings.described(session, settings)}
    shipped = wordings.shipped(settings, name, language)
    stands = kept.text if kept is not None else shipped
    return render_template(
        "web/staff/letter-desk.html",
        name=name,
        title=titles[name],
        language=language,
        languages=LANGUAGES,
        text=stands if text is None else text,
        stands=stands,
        shipped=shipped,
        kept=kept,
        seen=(kept.revision if kept else 0) if seen is None or conflict else seen,
        findings=findings,
        conflict=conflict,
        history=history,
        submissions=submissions,
    )


def _offered(session: Session) -> list[tuple[str, str]]:
    """Submissions to preview with: the id, and words to choose it by."""
    rows = session.execute(
        select(Submission.id, Account.name, EditionRow.title)
        .join(Account, Account.id == Submission.candidate_id)
        .join(EditionRow, EditionRow.digest == Submission.edition_digest)
        .order_by(Submission.state_since.desc(), Submission.id.desc())
        .limit(OFFERED)
    )
    return [(id, f"{who}: {title}") for id, who, title in rows]


def _preview(session: Session, name: str, language: str, text: str | None) -> ResponseReturnValue:
    """A letter for the frame. One that does not render says why, there."""
    settings = house().settings
    about = request.values.get("about", "")
    to = session.get_one(Account, me().id)
    with speaking(language), in_zone(to.zone, settings.zone):
        values, reader = _values(session, about, to)
    try:
        composed, html = notices.preview(settings, name, reader, values, text, language)
    except DocumentFaulty as faulty:
        lines = "".join(f"<li>{escape(_said(one))}</li>" for one in faulty.findings)
        return as_mail(f"<!doctype html><title>{escape(name)}</title><ul>{lines}</ul>")
    if request.values.get("as") == "text":
        shown = escape(f"{_('Subject')}: {composed.subject}\n\n{composed.text}")
        head = f'<!doctype html><html lang="{language}"><head><title>{escape(composed.subject)}'
        style = "white-space:pre-wrap;font:15px/1.5 ui-monospace,monospace;padding:8px"
        colors = '<meta name="color-scheme" content="light dark">'
        return as_mail(f'{head}</title>{colors}</head><body style="{style}">{shown}</body></html>')
    subject = f'<p style="font:600 15px/1.4 sans-serif;margin:12px">{escape(composed.subject)}</p>'
    table = '<table role="presentation" class="page"'
    return as_mail(html.replace(table, f"{subject}{table}", 1))


def _values(session: Session, about: str, to: Account) -> tuple[dict[str, Any], Account]:
    """What the letter tells: of a real submission, to the person whose work it is; or made up."""
    sample = wordings.sample()
    if not about or session.get(Submission, about) is None:
        return sample, to
    subject = drafting.subject_of(session, about)
    require(me(), "submission.read", subject)
    round = subject.submission.round
    real = values_of(session, house().settings, subject, "", round)
    reader = session.get_one(Account, subject.submission.candidate_id)
    # What only some letters are told, and a submission does not say, stays made up.
    return {**sample, **real, "comment": sample["comment"]}, reader


def _refuse_faults(name: str, text: str) -> None:
    if found := wordings.findings(house().settings, name, text):
        raise DocumentFaulty(found)


def _send_to_me(session: Session, name: str, language: str, text: str) -> None:
    """A test: to whoever asks and nobody else, with made-up values or a submission's."""
    settings = house().settings
    mine = session.get_one(Account, me().id)
    with speaking(language), in_zone(mine.zone, settings.zone):
        values, _reader = _values(session, request.form.get("about", ""), mine)
    composed, html = notices.preview(settings, name, mine, values, text, language)
    with speaking(language):
        subject = _("Test: %(subject)s", subject=composed.subject)
    letter = Letter(
        id=new_id(),
        to_address=mine.email,
        subject=subject[:500],
        text=composed.text,
        html=html,
        name=name,
        account_id=mine.id,
        written_at=now(),
    )
    session.add(letter)
    session.flush()
    jobs.enqueue(session, JOB, {"letter": letter.id}, key=letter.id)


def _said(finding: Finding) -> str:
    return _("Line %(line)s: %(words)s", line=finding.line, words=finding.message)
