"""Printing certificates and keeping them: once each, by a queued job, in the instance folder.

A file's name follows from what it says, so that a badge signed anew or a new wording is printed
anew, and what it said before goes. A file that is missing is printed by whoever asks for it, so
that folder needs no backup.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engine.awards.badges import awarded
from engine.awards.certificates import signature
from engine.awards.certificates.certificate import CertificateFacts, facts_of, render
from engine.awards.typesetting.template_faults import TemplateFault
from engine.credentials.credential import Edition
from engine.errors import AccoladeError
from engine.records import catalogue, jobs
from engine.records.tables import Award
from engine.records.whole_files import whole
from engine.settings import Settings

JOB = "certificate"
"""The queued job that prints one; its payload is `{"serial": …}`, with a `language` where it is
wanted in another than its document's own."""
_RECIPE = "2"
"""Raised when the look of certificates changes, so that the next one asked for is made anew."""


class NotPrinted(AccoladeError):
    """A certificate could not be printed, though its award stands. Its text is for staff."""


@dataclass(frozen=True)
class Sheet:
    """Everything that one file says, besides its signature."""

    facts: CertificateFacts
    credential: str
    """The award's signed credential, as JSON."""

    def path(self, settings: Settings) -> Path:
        """Where its file is, or will be."""
        said = [_RECIPE, asdict(self.facts), settings.base_url, settings.paper, self.credential]
        text = json.dumps(said, ensure_ascii=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        # Folders by the first two letters: in one with all of them, every print would read through
        # the names of all the others.
        folder = settings.certificates / self.facts.serial[:2]
        return folder / f"{self._stem}{digest}.pdf"

    @property
    def _stem(self) -> str:
        """How the names of all files begin that ever said this, of one language."""
        return f"{self.facts.serial}-{self.facts.language}-"

    def outdated(self, settings: Settings) -> list[Path]:
        """Files that said it before, in other words."""
        current = self.path(settings)
        found = current.parent.glob(f"{self._stem}*.pdf")
        return [path for path in found if path != current]


def sheet_of(session: Session, award: Award, edition: Edition, settings: Settings) -> Sheet:
    """What the certificate says now, in the language of `edition`, the one it was earned with.

    Raises `Refused` (`issuer-key`) when its badge cannot be signed.
    """
    credential = awarded.credential_of(session, award, settings)
    return Sheet(facts_of(award, edition), credential)


def path_of(sheet: Sheet, settings: Settings) -> Path:
    """The certificate's file, printed and signed first when it is missing. Wants no transaction:
    a page takes long enough to keep others waiting.

    Raises `NotPrinted` when its template has a fault, or what signs it cannot be read.
    """
    path = sheet.path(settings)
    if not path.exists():
        try:
            content = signature.sign(render(sheet.facts, settings, sheet.credential), settings)
        except (TemplateFault, signature.CertificateUnreadable) as error:
            raise NotPrinted(str(error)) from error
        with whole(path, settings.certificates) as part:
            part.write_bytes(content)
        for old in sheet.outdated(settings):
            old.unlink(missing_ok=True)
    return path


def try_again(session: Session, serial: str, language: str) -> None:
    """Have a worker print what somebody asked for and did not get, so that staff see why."""
    jobs.renew(session, JOB, {"serial": serial, "language": language}, serial)


def stuck(session: Session, serial: str) -> jobs.JobRow | None:
    """The job that was to print the certificate of an award and could not, for staff."""
    return jobs.stuck(session, f"{JOB}/{serial}")


def path_for(session: Session, award: Award, edition: Edition, settings: Settings) -> Path:
    """The same for a single one: see `sheet_of` and `path_of`."""
    return path_of(sheet_of(session, award, edition, settings), settings)


def _print_queued(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    with context.database.read() as session:
        award = session.get(Award, payload["serial"])
        if award is None:
            raise jobs.GiveUp(f"there is no award {payload['serial']}")
        editions = catalogue.editions(session, award.edition_digest)
        edition = editions.said(payload.get("language", editions.own))
        sheet = sheet_of(session, award, edition, context.settings)
    # Printed with no transaction open: a page takes long enough to keep others waiting.
    path_of(sheet, context.settings)


jobs.register(JOB, _print_queued)
