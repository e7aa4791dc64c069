"""A link as evidence: an address with a title, kept like a file so that an answer can name it.

Whether it answers is asked by a job, after the change is committed, and shown in words; a link that
does not answer keeps nobody from handing in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.errors import EvidenceRejected
from engine.forms.answers import EvidenceFacts
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import addresses, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Evidence, new_id
from engine.submissions import drafting

CHECK: Final = "links.check"
MEDIA_TYPE: Final = "text/uri-list"
MOST_LINKS: Final = 2000
"""Links in one submission: each makes this server ask somebody else's."""
_LONGEST_TITLE = 200


def add(
    session: Session,
    subject: SubmissionSubject,
    pointer: str,
    url: str,
    title: str,
    actor: Actor,
    at: datetime,
) -> EvidenceFacts:
    """Keep a link for the field at `pointer`, and have it asked whether it answers.

    Without a title, the link is called by its address until its page says what it is called.
    Raises `Refused`, and `EvidenceRejected`: `no-field` or `bad-link`.
    """
    form_id = pointer.split("/")[1] if pointer.startswith("/") else ""
    require(actor, "submission.edit", subject, form_id, pointer)
    asked = form_set_of(subject.edition).evidence_field(pointer)
    if asked is None or not asked.takes_links:
        raise EvidenceRejected("no-field", _("This form has no place for that link."))
    address = readable_address(url)
    count = select(func.count()).where(
        Evidence.submission_id == subject.submission.id, Evidence.url != ""
    )
    if (session.scalar(count) or 0) >= MOST_LINKS:
        words = _("There are %(count)s links here already, which is all we keep.", count=MOST_LINKS)
        raise EvidenceRejected("no-room", words)
    name = " ".join(title.split())[:_LONGEST_TITLE] or called(address)
    facts = EvidenceFacts(new_id(), _plain(name), MEDIA_TYPE, 0, "", url=address)
    drafting.attach(session, subject, facts, actor, at)
    jobs.enqueue(session, CHECK, {"id": facts.id})
    return facts


def readable_address(url: str) -> str:
    """What somebody typed, as an address. Raises `EvidenceRejected` (`bad-link`)."""
    address = addresses.tidy_address(url)
    if not address:
        raise EvidenceRejected(
            "bad-link",
            _(
                "This is not the address of a web page. Copy the whole address from your browser;"
                " it begins with https://."
            ),
        )
    return address


def called(address: str) -> str:
    """A link's name while nobody gave it one: `example.org/films/week-3`."""
    parts = urlsplit(address)
    return (parts.netloc + parts.path).rstrip("/")[:_LONGEST_TITLE]


def check_again(
    session: Session, subject: SubmissionSubject, evidence_id: str, actor: Actor
) -> None:
    """Have a link of this submission asked once more. Raises `Refused`; others' do nothing."""
    require(actor, "submission.edit", subject)
    known = session.get(Evidence, evidence_id)
    if known is None or known.submission_id != subject.submission.id or not known.url:
        return
    known.link_state, known.checked_at = "", None
    jobs.enqueue(session, CHECK, {"id": evidence_id})


def check(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Ask the address, outside any transaction, and keep what it said."""
    id = str(payload["id"])
    with context.database.read() as session:
        link = session.get(Evidence, id)
        if link is None or not link.url:
            return
        url, name = link.url, link.name
    answer = addresses.ask(url, private=context.settings.links_to_private_networks)
    values: dict[str, Any] = {"link_state": answer.state, "checked_at": datetime.now(UTC)}
    if answer.title and name == _plain(called(url)):
        values["name"] = _plain(answer.title)
    with context.database.transaction() as session:
        session.execute(update(Evidence).where(Evidence.id == id).values(**values))


def _plain(name: str) -> str:
    """A title on one line, without control characters and what turns the reading direction."""
    seen = (char for char in name if unicodedata.category(char)[0] != "C")
    return unicodedata.normalize("NFC", "".join(seen))[:_LONGEST_TITLE]


jobs.register(CHECK, check)
