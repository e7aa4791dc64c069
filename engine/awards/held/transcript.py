"""A transcript: everything that a person was awarded, on paper, for whoever asks them for it.

What it says are copies of what stands in the awards; each has its serial, by which anybody checks
it. Awards that a corrected one took the place of are not in it, since they may bear a former name,
nor is what a document keeps in confidence. The same facts of the same day give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import status
from engine.awards.held import own_page
from engine.awards.status import Standing
from engine.awards.typesetting import template_faults
from engine.awards.typesetting.drawing import Drawing
from engine.awards.typesetting.lent import faces_for, settable
from engine.awards.typesetting.lettering import printable
from engine.awards.typesetting.press import ACCESSIBLE, press
from engine.awards.typesetting.qr import qr
from engine.awards.typesetting.sheets import filled
from engine.awards.typesetting.typefaces import sans_faces
from engine.awards.wording import kind_in_words
from engine.credentials.credential import Edition
from engine.languages import current
from engine.phrases import figure, record_day
from engine.records import catalogue
from engine.records.tables import Account, Award, Recognition
from engine.settings import Settings

INK = "#1C1B19"
TEMPLATE = "records/transcript.html"


@dataclass(frozen=True)
class Standard:
    """One that awards are aligned to, by its framework's id and its code."""

    framework: str
    code: str
    statement: str

    @property
    def name(self) -> str:
        return f"{self.framework.upper()} {self.code}"


@dataclass(frozen=True)
class Entry:
    """One award."""

    serial: str
    title: str
    kind: str
    statement: str
    issuer: str
    issued_at: datetime
    expires_at: datetime | None
    standing: Standing
    credits: float | None
    """Credit hours that it is worth, as its badge says; None where the document does not say."""
    standards: tuple[Standard, ...]


@dataclass(frozen=True)
class Elsewhere:
    """One credential that was earned elsewhere and is recognized here."""

    title: str
    source: str
    earned_on: date
    expires_at: datetime | None
    expired: bool


@dataclass(frozen=True)
class Transcript:
    """Everything that one transcript says."""

    name: str
    made_on: date
    entries: tuple[Entry, ...]
    elsewhere: tuple[Elsewhere, ...]
    page: str = ""
    """The address of the person's own page of awards; empty where there is none."""

    @property
    def standards(self) -> Sequence[Standard]:
        """Each standard once, as they come."""
        return list(dict.fromkeys(one for entry in self.entries for one in entry.standards))


def of(session: Session, account_id: str, settings: Settings, at: datetime) -> Transcript:
    """The person's transcript at `at`, the oldest award first, in the language of the moment."""
    account = session.get_one(Account, account_id)
    awards = session.scalars(
        select(Award)
        .where(Award.recipient_id == account_id, Award.replaced_by.is_(None))
        .order_by(Award.issued_at, Award.serial)
    )
    entries = tuple(one for award in awards if (one := _entry(session, award, at)) is not None)
    return Transcript(
        printable(account.name),
        at.date(),
        entries,
        tuple(_elsewhere(session, account_id, at)),
        own_page.address(account.handle, settings) if account.handle else "",
    )


def render(transcript: Transcript, settings: Settings) -> bytes:
    """The transcript as a PDF file: upright, on the paper of the settings, tagged for screen
    readers (PDF/UA-1). Raises `TemplateFault`."""
    html, style_sheet, drawings = composed(transcript, settings)
    with template_faults.shown_files(TEMPLATE):
        return press(style_sheet).print(html, drawings, ACCESSIBLE)


def composed(transcript: Transcript, settings: Settings) -> tuple[str, str, Mapping[str, Drawing]]:
    """The transcript before printing: its HTML, its style sheet, and its drawings by name."""
    html = filled(
        settings.templates,
        TEMPLATE,
        transcript=transcript,
        language=current(),
        site=settings.site_name,
        base=settings.base_url,
        address=settings.base_url.partition("://")[2],
        day=record_day,
        figure=figure,
        kind_in_words=kind_in_words,
        printable=printable,
        settable=settable,
    )
    lent = faces_for([html])
    families = [face.family for face in lent]
    drawings = {"qr": qr(transcript.page or f"{settings.base_url}/verify", INK)}
    style = "records/transcript.css"
    design = filled(settings.templates, style, lent=families, paper=settings.paper)
    return html, "\n".join([sans_faces(), *(face.rule for face in lent), design]), drawings


def _entry(session: Session, award: Award, at: datetime) -> Entry | None:
    edition = catalogue.edition(session, award.edition_digest)
    credential = edition.credential
    if credential.confidential:
        return None
    return Entry(
        serial=award.serial,
        title=printable(award.title),
        kind=credential.kind,
        statement=printable(award.statement),
        issuer=printable(award.issuer),
        issued_at=award.issued_at,
        expires_at=award.expires_at,
        standing=status.standing(award, at),
        credits=credential.badge.credits,
        standards=tuple(_standards(edition)),
    )


def _standards(edition: Edition) -> Iterator[Standard]:
    items = {one.code: one for one in edition.alignment}
    for named in edition.credential.aligned_to:
        framework, _colon, code = named.partition(":")
        if item := items.get(code):
            yield Standard(framework, code, printable(item.statement))


def _elsewhere(session: Session, account_id: str, at: datetime) -> list[Elsewhere]:
    newest = catalogue.newest_title(Recognition.credential_id)
    rows = session.execute(
        select(Recognition, newest)
        .where(Recognition.account_id == account_id, Recognition.revoked_at.is_(None))
        .order_by(Recognition.earned_on, Recognition.id)
    )
    return [
        Elsewhere(
            printable(title or one.credential_id),
            printable(one.source),
            one.earned_on,
            one.expires_at,
            one.expires_at is not None and one.expires_at < at,
        )
        for one, title in rows
    ]
