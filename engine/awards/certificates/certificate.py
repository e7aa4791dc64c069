"""The certificate of an award: a PDF page that one would frame.

What it says comes from the award and the credential document; how it looks from
`templates/certificates/`. The same facts give the same bytes. When it is printed and where the
file is kept is `printing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from engine.awards.certificates.archival import Enclosure
from engine.awards.certificates.composition import compose
from engine.awards.certificates.standing_type import Work, printed
from engine.awards.typesetting import template_faults
from engine.awards.typesetting.border import dash, ruled, woven
from engine.awards.typesetting.drawing import Drawing
from engine.awards.typesetting.lettering import printable
from engine.awards.typesetting.paper import PAPERS
from engine.awards.typesetting.qr import qr
from engine.awards.typesetting.seal import seal
from engine.awards.typesetting.sheets import filled
from engine.awards.wording import kind_in_words
from engine.credentials.credential import Edition
from engine.languages import _, speaking
from engine.phrases import day
from engine.records.tables import Award
from engine.settings import Settings

INK = "#1C1B19"
ACCENT = "#1F6B4A"
TINT = "#79AB94"
"""The accent at about 60 %, for the finest lines: a tint prints as a lighter line, not as dots."""


@dataclass(frozen=True)
class CertificateFacts:
    """Everything that a certificate says, as values."""

    serial: str
    name: str
    title: str
    statement: str
    """One sentence, or a few: what the holder has shown."""
    kind: str
    issuer: str
    issued_on: date
    expires_on: date | None
    signatory: str
    signatory_title: str
    glyph: str
    template: str = "certificate"
    language: str = "en"
    paper: str = ""
    """A key of `paper.PAPERS`; empty: as the settings say."""

    @property
    def file(self) -> str:
        """The template's name among all templates."""
        return f"certificates/{self.template}.html"


def facts_of(award: Award, edition: Edition) -> CertificateFacts:
    """What the certificate of `award` says, in the language of `edition`.

    `edition` is the one that it was earned with. In the document's own language the words are those
    that the award keeps; in another one those that the edition was published with.
    """
    credential = edition.credential
    design = credential.certificate
    own = edition.language == credential.language
    return CertificateFacts(
        serial=award.serial,
        name=award.recipient_name,
        title=award.title if own else credential.title,
        statement=award.statement if own else design.statement,
        kind=credential.kind,
        issuer=award.issuer,
        issued_on=award.issued_at.date(),
        expires_on=award.expires_at.date() if award.expires_at else None,
        signatory=design.signatory,
        signatory_title=design.signatory_title,
        glyph=design.glyph,
        template=design.template,
        language=edition.language,
        paper=design.paper,
    )


def verification_address(serial: str, settings: Settings) -> str:
    """Where anyone can check the award; what the QR code says."""
    return f"{settings.base_url}/verify/{serial}"


def render(facts: CertificateFacts, settings: Settings, credential: str = "") -> bytes:
    """The certificate as a PDF file: one page, landscape, PDF/A-3a and PDF/UA-1, not yet signed.

    `credential` is the award's signed credential (JSON), which goes along as `credential.json`.
    Raises `TemplateFault` when the template is missing or faulty.
    """
    made = work(facts, settings, credential)
    with template_faults.shown_files(facts.file):
        return printed(made)


def work(facts: CertificateFacts, settings: Settings, credential: str = "") -> Work:
    """What `render` prints."""
    with speaking(facts.language):
        page = composed(facts, settings)
        return Work(
            page.html,
            page.style_sheet,
            page.drawings,
            _("Digital signature of %(issuer)s", issuer=printable(facts.issuer)),
            _enclosure(facts, credential) if credential else None,
        )


def _enclosure(facts: CertificateFacts, credential: str) -> Enclosure:
    return Enclosure(
        "credential.json",
        credential.encode(),
        _("The same award as an Open Badge, for programs."),
        datetime.combine(facts.issued_on, time(), UTC),
    )


@dataclass(frozen=True)
class Page:
    """The page before printing."""

    html: str
    style_sheet: str
    drawings: Mapping[str, Drawing]
    """By name."""


def composed(facts: CertificateFacts, settings: Settings) -> Page:
    """What the press needs to print `facts`, in the language of the moment."""
    address = verification_address(facts.serial, settings)
    paper = PAPERS[facts.paper or settings.paper]
    words = compose(
        issuer=facts.issuer,
        name=facts.name,
        title=facts.title,
        statement=facts.statement,
        signatory=facts.signatory or facts.issuer,
        signatory_title=facts.signatory_title if facts.signatory else _("Authorized signature"),
        address=address.partition("://")[2],
    )
    families = [face.family for face in words.lent]
    html = filled(
        settings.templates,
        facts.file,
        facts=facts,
        words=words,
        kind=kind_in_words(facts.kind),
        plain_name=printable(facts.name),
        plain_title=printable(facts.title),
        plain_issuer=printable(facts.issuer),
        issued_on=day(facts.issued_on),
        expires_on=day(facts.expires_on) if facts.expires_on else "",
        address=address,
    )
    style = "certificates/certificate.css"
    design = filled(settings.templates, style, paper=paper, lent=families)
    style_sheet = "\n".join([*(face.rule for face in words.lent), design])
    drawings = {
        "dash": dash(ACCENT),
        "woven": woven(ACCENT, TINT, paper),
        "ruled": ruled(ACCENT, TINT, paper),
        "seal": seal(facts.glyph, printable(facts.issuer), printable(facts.title), ACCENT, TINT),
        "qr": qr(address, INK),
    }
    return Page(html, style_sheet, drawings)
