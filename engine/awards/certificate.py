"""The certificate of an award: a PDF page that one would frame.

What it says comes from the award and the credential document; how it looks from
`templates/certificates/`. The same facts give the same bytes. When it is printed and where the
file is kept is `printing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.awards.border import dash, ruled, woven
from engine.awards.composition import compose
from engine.awards.drawing import Drawing
from engine.awards.lettering import printable
from engine.awards.press import press
from engine.awards.qr import qr
from engine.awards.seal import seal
from engine.awards.sheets import templates
from engine.awards.wording import kind_in_words
from engine.credentials.credential import Credential
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


def facts_of(award: Award, credential: Credential) -> CertificateFacts:
    """What the certificate of `award` says; `credential` is the edition that it was earned with."""
    design = credential.certificate
    return CertificateFacts(
        serial=award.serial,
        name=award.recipient_name,
        title=award.title,
        statement=award.statement,
        kind=credential.kind,
        issuer=award.issuer,
        issued_on=award.issued_at.date(),
        expires_on=award.expires_at.date() if award.expires_at else None,
        signatory=design.signatory,
        signatory_title=design.signatory_title,
        glyph=design.glyph,
        template=design.template,
        language=credential.language,
    )


def verification_address(serial: str, settings: Settings) -> str:
    """Where anyone can check the award; what the QR code says."""
    return f"{settings.base_url}/verify/{serial}"


def render(facts: CertificateFacts, settings: Settings) -> bytes:
    """The certificate as a PDF file: one page, US letter, landscape, PDF/A-3a.

    Raises `jinja2.TemplateError` when the template is missing or faulty.
    """
    with speaking(facts.language):
        html, style_sheet, drawings = composed(facts, settings)
    return press(style_sheet).print(html, drawings)


def composed(facts: CertificateFacts, settings: Settings) -> tuple[str, str, Mapping[str, Drawing]]:
    """The page before printing: its HTML, its style sheet, and its drawings by name."""
    address = verification_address(facts.serial, settings)
    shop = templates(settings.templates)
    words = compose(
        issuer=facts.issuer,
        name=facts.name,
        title=facts.title,
        statement=facts.statement,
        signatory=facts.signatory or facts.issuer,
        signatory_title=facts.signatory_title if facts.signatory else _("Authorized signature"),
        address=address.partition("://")[2],
    )
    html = shop.get_template(f"certificates/{facts.template}.html").render(
        facts=facts,
        words=words,
        kind=kind_in_words(facts.kind),
        plain_name=printable(facts.name),
        issued_on=day(facts.issued_on),
        expires_on=day(facts.expires_on) if facts.expires_on else "",
        address=address,
    )
    style_sheet = shop.get_template("certificates/certificate.css").render()
    drawings = {
        "dash": dash(ACCENT),
        "woven": woven(ACCENT, TINT),
        "ruled": ruled(ACCENT, TINT),
        "seal": seal(facts.glyph, printable(facts.issuer), printable(facts.title), ACCENT, TINT),
        "qr": qr(address, INK),
    }
    return html, style_sheet, drawings
