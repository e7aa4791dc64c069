"""Printing certificates and keeping them: once each, by a queued job, in the instance folder.

A file that is missing is printed anew by whoever asks for it, so that folder needs no backup.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.awards.certificate import facts_of, render
from engine.credentials.credential import Credential
from engine.records import catalogue, jobs
from engine.records.tables import Award
from engine.settings import Settings

JOB = "certificate"
"""The queued job that prints one; its payload is `{"serial": …}`."""


def path_for(award: Award, credential: Credential, settings: Settings) -> Path:
    """The certificate's file, printed first when it is missing."""
    path = settings.certificates / f"{award.serial}.pdf"
    if not path.exists():
        _keep(path, render(facts_of(award, credential), settings))
    return path


def _keep(path: Path, content: bytes) -> None:
    # Written beside its place and moved there, so that nobody is ever served half a page.
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(name, path)


def _print_queued(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    with context.database.read() as session:
        award = session.get(Award, payload["serial"])
        if award is None:
            raise jobs.GiveUp(f"there is no award {payload['serial']}")
        edition = catalogue.as_written(session, award.edition_digest)
    # Printed with no transaction open: a page takes long enough to keep others waiting.
    path_for(award, edition.credential, context.settings)


jobs.register(JOB, _print_queued)
