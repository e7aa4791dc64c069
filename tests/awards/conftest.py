"""A database with one small credential, its holder and staff; and the facts of a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.certificates.certificate import CertificateFacts
from engine.credentials import documents
from engine.credentials.credential import Edition, edition_from
from engine.people import Actor
from engine.records.database import Database
from engine.records.tables import Account, Award, EditionRow, Submission
from engine.settings import Settings

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)

BUNDLE: dict[str, Any] = {
    "credential": {
        "credential": "window-garden",
        "version": 1,
        "kind": "micro-credential",
        "title": "Window Garden",
        "certificate": {
            "statement": "Grows things in windows.",
            "valid_for": "P3Y",
            "signatory": "Rosa Field",
            "signatory_title": "Head Gardener",
            "glyph": "W",
        },
    },
}


@dataclass(frozen=True)
class Greenhouse:
    """Where awards are granted in these tests."""

    database: Database
    settings: Settings
    edition: Edition
    office: Actor

    def submission(self, session: Session, id: str, holder: str = "grower") -> Submission:
        submission = Submission(
            id=id,
            edition_digest=self.edition.digest,
            credential_id=self.edition.credential.id,
            candidate_id=holder,
            state="awarded",
            state_kind="outcome",
            state_since=NOON,
            opened_at=NOON,
            submitted_at=NOON,
            reviewer_id=None,
        )
        session.add(submission)
        session.flush()
        return submission

    def award(
        self,
        session: Session,
        submission: str = "first",
        holder: str = "grower",
        at: datetime = NOON,
    ) -> Award:
        return issuing.issue(
            session,
            self.submission(session, submission, holder),
            self.edition,
            session.get_one(Account, holder),
            self.settings,
            self.office,
            at,
        )


@pytest.fixture
def settings(tmp_path: Path, migrated_url: str) -> Settings:
    return Settings(
        instance=tmp_path,
        database_url=migrated_url,
        secret_key="secret",
        base_url="https://awards.example.org",
        site_name="Garden School",
    )


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    """Where certificates are printed of given facts: no database, nothing made yet."""
    return Settings(
        instance=tmp_path,
        database_url="",
        secret_key="secret",
        base_url="https://awards.example.org",
    )


@pytest.fixture
def greenhouse(settings: Settings) -> Iterator[Greenhouse]:
    database = Database(settings.database_url)
    digest = documents.digest(BUNDLE)
    with database.transaction() as session:
        session.add(
            EditionRow(
                digest=digest,
                credential_id="window-garden",
                version=1,
                kind="micro-credential",
                title="Window Garden",
                bundle=BUNDLE,
                published_at=NOON,
                published_by="command line",
            )
        )
        for id, name in (("grower", "Ana Ruiz"), ("stranger", "Li Wei"), ("office", "Office")):
            session.add(
                Account(
                    id=id,
                    email=f"{id}@example.org",
                    name=name,
                    password_hash="",
                    roles=["candidate"],
                    active=True,
                    created_at=NOON,
                )
            )
    office = Actor("office", "Office", "office@example.org", frozenset({"staff"}))
    yield Greenhouse(database, settings, edition_from(digest, BUNDLE), office)
    database.dispose()


@pytest.fixture
def session(greenhouse: Greenhouse) -> Iterator[Session]:
    with greenhouse.database.transaction() as session:
        yield session


@pytest.fixture
def facts() -> CertificateFacts:
    return CertificateFacts(
        serial="7K3M-Q2XH-9DTV-4WPC",
        name="Ana Ruiz",
        title="Window Garden",
        statement="Grows basil, mint and thyme in a window all year and shares them in class.",
        kind="micro-credential",
        issuer="Garden School",
        issued_on=date(2026, 3, 12),
        expires_on=date(2029, 3, 12),
        signatory="Rosa Field",
        signatory_title="Head Gardener",
        glyph="W",
    )
