"""Letters: e-mail composed from a template, kept, and sent by a job.

A letter is written in the transaction of what it tells about, and sent after the commit. It is
rendered from `templates/mail/NAME.txt`: a first line `Subject: …`, an empty line, plain text with
one link to act on. Installations put their own before the shipped ones. Without a mail server the
letters become files in `instance/mail/`, which is all that a demonstration needs.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import FileSystemLoader, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from engine import languages
from engine.errors import DocumentFaulty, Finding
from engine.people import normal_email
from engine.records import jobs
from engine.records.tables import Account, Letter, new_id
from engine.settings import Settings

JOB = "send-letter"
_KEEP = insert(Letter.__table__)  # type: ignore[arg-type]
_PATIENCE = 20.0
"""Seconds that a mail server may be silent."""


def write(
    session: Session,
    settings: Settings,
    letter: str,
    to: Account,
    values: Mapping[str, Any],
    at: datetime,
    id: str = "",
) -> str:
    """Compose the letter called `letter`, keep it and queue it, in the caller's transaction.

    It is in the person's language. Returns the letter's id. With an `id` that is kept already,
    nothing is written again.

    Templates see `values`, and `to` (the person's name), `site_name` and `link` (`values["path"]`
    on this site). Raises `DocumentFaulty` when there is no such template or it does not render.
    """
    if id and session.get(Letter, id) is not None:
        return id
    with languages.speaking(to.language or settings.language):
        subject, text = compose(settings, letter, to.name, values)
    row = {
        "id": id or new_id(),
        "to_address": to.email,
        "subject": subject,
        "text": text,
        "written_at": at,
    }
    session.connection().execute(_KEEP, row)
    jobs.enqueue(session, JOB, {"letter": row["id"]}, key=str(row["id"]))
    return str(row["id"])


def compose(
    settings: Settings, letter: str, name: str, values: Mapping[str, Any]
) -> tuple[str, str]:
    """The subject, one line without control characters, and the text of a letter."""
    told = {
        **values,
        "to": name,
        "site_name": settings.site_name,
        "link": settings.base_url + str(values.get("path", "/")),
    }
    try:
        whole = _templates(settings.templates).get_template(f"{letter}.txt").render(told)
    except TemplateNotFound as error:
        raise _faulty(f"mail/{letter}.txt", 1, f"There is no letter {error.name!r}.") from error
    except TemplateSyntaxError as error:
        raise _faulty(error.filename or letter, error.lineno, error.message or "") from error
    except TemplateError as error:
        raise _faulty(f"mail/{letter}.txt", 1, str(error)) from error
    first, _, text = whole.lstrip().partition("\n")
    if not first.lower().startswith("subject:"):
        raise _faulty(f"mail/{letter}.txt", 1, "The first line of a letter is `Subject: …`.")
    # Templates are written for the eye of whoever edits them; the letter has single empty lines.
    tidy = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))
    return _one_line(first[len("subject:") :]), tidy.strip() + "\n"


def message(settings: Settings, letter: Letter) -> EmailMessage:
    """The letter as it goes over the wire (RFC 5322).

    Nothing in it can add a header: subject and addresses are single lines, and the policy refuses
    whatever is not. Its Message-ID follows from its id, so that a letter sent twice shows as one.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _one_line(settings.mail_from)
    mail["To"] = _one_line(letter.to_address)
    mail["Subject"] = _one_line(letter.subject)
    mail["Date"] = letter.written_at.astimezone(UTC)
    domain = urlsplit(settings.base_url).hostname or "localhost"
    mail["Message-ID"] = f"<{letter.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
    mail.set_content(letter.text)
    return mail


def send(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    """The job: send one letter, unless that was done. Marks when."""
    with context.database.read() as session:
        letter = session.get(Letter, payload["letter"])
    if letter is None or letter.sent_at is not None:
        return
    if not normal_email(letter.to_address):
        raise jobs.GiveUp(f"{letter.to_address!r} is not an e-mail address.")
    mail = message(context.settings, letter)
    if context.settings.mail_url:
        _post(context.settings.mail_url, mail)
    else:
        _put_in_folder(context.settings.mail, letter, mail)
    with context.database.transaction() as session:
        session.execute(
            update(Letter)
            .where(Letter.id == letter.id, Letter.sent_at.is_(None))
            .values(sent_at=datetime.now(UTC))
        )


jobs.register(JOB, send)


def _post(mail_url: str, mail: EmailMessage) -> None:
    """Hand the letter to the mail server: `smtp://` with STARTTLS when offered, or `smtps://`."""
    url = urlsplit(mail_url)
    host = url.hostname or "localhost"
    secure = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=_PATIENCE, context=secure
        )
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=_PATIENCE)
    with server:
        server.ehlo_or_helo_if_needed()
        if url.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=secure)
            server.ehlo()
        elif url.scheme != "smtps" and url.password and host not in ("localhost", "127.0.0.1"):
            raise smtplib.SMTPException(f"{host} offers no TLS; the password was not sent")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            if all(code >= 500 for code in codes):
                raise jobs.GiveUp("The mail server knows no such address.") from error
            raise


def _put_in_folder(folder: Path, letter: Letter, mail: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{letter.written_at:%Y%m%dT%H%M%S}-{letter.id}.eml"
    # A name of its own: the same letter may be on its way twice.
    arriving = place.with_suffix(f".{new_id()}.arriving")
    arriving.write_bytes(mail.as_bytes())
    os.replace(arriving, place)


@lru_cache(maxsize=8)
def _templates(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    # Plain text: nothing to escape. Sandboxed: an installation's templates are data, not code.
    # A value that is missing is left out, rather than stopping the submission it tells about.
    loader = FileSystemLoader([folder / "mail" for folder in folders])
    environment = ImmutableSandboxedEnvironment(
        loader=loader, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    languages.into_templates(environment)
    return environment


def _one_line(text: str) -> str:
    kept = "".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(kept.split())[:500]


def _faulty(path: str, line: int, words: str) -> DocumentFaulty:
    return DocumentFaulty([Finding(path, line, 1, "letter", words)])
