"""Certificates are printed once, kept, and printed again when the file is gone."""

from __future__ import annotations

from engine.awards import printing
from engine.records import jobs
from engine.records.files import EvidenceStore
from tests.awards.conftest import Greenhouse


def test_queued_job_prints_the_certificate(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
    drain(greenhouse)
    path = greenhouse.settings.certificates / f"{award.serial}.pdf"
    assert path.read_bytes().startswith(b"%PDF-")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_missing_file_is_printed_anew_with_the_same_bytes(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
    arguments = (award, greenhouse.edition.credential, greenhouse.settings)
    path = printing.path_for(*arguments)
    first, printed_at = path.read_bytes(), path.stat().st_mtime_ns
    assert printing.path_for(*arguments).stat().st_mtime_ns == printed_at
    path.unlink()
    assert printing.path_for(*arguments).read_bytes() == first


def drain(greenhouse: Greenhouse) -> None:
    settings = greenhouse.settings
    store = EvidenceStore(settings.evidence)
    jobs.drain(jobs.JobContext(settings, greenhouse.database, store))
