"""One installation that has granted every credential of the catalogue, made once for all tests
here, and its badges as a folder of files for programs that are not written in Python.

Tests that change something get a copy of their own (`greenhouse`, `school`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.badges import awarded
from engine.credentials.credential import Edition
from engine.people import SYSTEM
from engine.records import catalogue
from engine.records.database import Database
from engine.records.tables import Account, Award, Evidence, Submission, new_id
from engine.settings import Settings
from engine.web.app import create_app
from tests.awards.issued import folder
from tests.awards.issued.installation import NAMES, Issued
from tests.conftest import TERM, settings_in

GRANTED = datetime.now(UTC).replace(microsecond=0)
"""Those whose verifiers are asked here go by the clock."""


@pytest.fixture(scope="session")
def issued(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    """Every credential that can be earned was awarded once; the last three of them were then
    revoked, suspended and replaced. Nobody changes anything in it."""
    place = tmp_path_factory.mktemp("issued") / "instance"
    shutil.copytree(founded, place)
    settings = replace(settings_in(place), base_url="https://awards.example.org")
    database = Database(settings.database_url)
    serials = _granted(database, settings)
    app = create_app(settings, database)
    app.testing = False
    yield Issued(settings, database, app, serials)
    database.dispose()


@pytest.fixture(scope="session")
def issued_folder(issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as files: see `folder.write`."""
    made = tmp_path_factory.mktemp("issued-files")
    folder.write(issued, made)
    return made


def _granted(database: Database, settings: Settings) -> dict[str, str]:
    with database.transaction() as session:
        names = iter(NAMES)
        granted: list[Award] = []
        for edition in catalogue.current_all(session):
            if edition.workflow is None:
                continue
            one = catalogue.as_written(session, edition.digest)
            granted.append(_award(session, settings, one, next(names, f"Holder {len(granted)}")))
        *_rest, revoked, suspended, replaced = granted
        revoked.revoked_at, revoked.revoked_reason = GRANTED, "Granted to the wrong person."
        suspended.suspended_at, suspended.suspended_reason = GRANTED, "Being looked into."
        replaced.replaced_at, replaced.replaced_by = GRANTED, granted[0].serial
        session.flush()
        for award in granted:
            awarded.credential_of(session, award, settings)
        return {award.credential_id: award.serial for award in granted}


def _award(session: Session, settings: Settings, edition: Edition, name: str) -> Award:
    account = Account(
        id=new_id(),
        email=f"{edition.credential.id}@example.org",
        name=name,
        password_hash="",
        roles=["candidate"],
        created_at=TERM,
    )
    work = Submission(
        id=new_id(),
        edition_digest=edition.digest,
        credential_id=edition.credential.id,
        candidate_id=account.id,
        state="awarded",
        state_kind="outcome",
        state_since=TERM,
        opened_at=TERM,
        submitted_at=TERM,
        reviewer_id=None,
    )
    session.add(account)
    session.flush()
    session.add(work)
    session.flush()
    results = {guide: {"percent": 100.0} for guide in edition.credential.scoring_guides}
    award = issuing.issue(session, work, edition, account, settings, SYSTEM, GRANTED, results)
    shown = Evidence(
        id=new_id(),
        submission_id=work.id,
        name="Notes, first week.pdf",
        media_type="application/pdf",
        bytes=1,
        sha256="0" * 64,
        uploaded_by=account.id,
        uploaded_at=TERM,
    )
    session.add(shown)
    session.flush()
    award.shown_evidence = [shown.id]
    return award
