"""Certificates of many awards in one file: all of them, under their names, and again if need be."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.badges import awarded, issuer
from engine.awards.certificates import binding, bundles, printing
from engine.awards.certificates.bundles import Kind
from engine.errors import NotFound, Refused
from engine.people import Actor
from engine.records import jobs, queueing
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.queueing import OUTPUT
from engine.records.tables import Account, Award, CertificateBundle
from engine.settings import Settings
from tests.awards.conftest import NOON, Greenhouse
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE  # certificates are files; the rows beside them are plain ones


@pytest.fixture
def context(greenhouse: Greenhouse) -> JobContext:
    settings = greenhouse.settings
    return JobContext(settings, greenhouse.database, EvidenceStore(settings.evidence))


@pytest.fixture
def serials(greenhouse: Greenhouse) -> list[str]:
    with greenhouse.database.transaction() as session:
        session.execute(update(Account).where(Account.id == "stranger").values(name="Lê/Wěi"))
        return [
            greenhouse.award(session, "first", "grower", NOON).serial,
            greenhouse.award(session, "second", "stranger", NOON).serial,
        ]


def asked(house: Greenhouse, kind: Kind, serials: list[str]) -> str:
    with house.database.transaction() as session:
        return bundles.ask(session, kind, "Workshop", serials, house.office, NOON)


def found(house: Greenhouse, id: str) -> CertificateBundle:
    with house.database.read() as session:
        return session.get_one(CertificateBundle, id)


def made(house: Greenhouse, context: JobContext, kind: Kind, serials: list[str]) -> Path:
    id = asked(house, kind, serials)
    jobs.drain(context)
    bundle = found(house, id)
    assert bundle.ready_at is not None
    path = bundles.path_of(bundle, house.settings)
    assert bundle.bytes == path.stat().st_size
    return path


def test_a_zip_has_every_certificate_as_it_is_under_its_name(
    greenhouse: Greenhouse, context: JobContext, serials: list[str]
) -> None:
    path = made(greenhouse, context, "zip", serials)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            f"Window Garden, Ana Ruiz ({serials[0]}).pdf",
            f"Window Garden, Lê_Wěi ({serials[1]}).pdf",
        ]
        content = archive.read(archive.namelist()[0])
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, serials[0])
        own = printing.path_for(session, award, greenhouse.edition, greenhouse.settings)
    assert content == own.read_bytes()


def test_the_same_certificates_give_the_same_bytes(
    greenhouse: Greenhouse, context: JobContext, serials: list[str]
) -> None:
    for kind in ("zip", "pdf"):
        one, two = (made(greenhouse, context, kind, serials) for _again in range(2))
        assert one != two
        assert one.read_bytes() == two.read_bytes()


def test_a_pdf_for_the_printer_has_a_page_each_and_what_they_share_once(
    greenhouse: Greenhouse, context: JobContext, serials: list[str]
) -> None:
    path = made(greenhouse, context, "pdf", serials)
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, serials[0])
        single = printing.path_for(session, award, greenhouse.edition, greenhouse.settings)
    with pikepdf.open(single) as one, pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 2 * len(one.pages)
        assert str(pdf.docinfo["/Title"]) == "Workshop: copies for printing"
        assert "/AcroForm" not in pdf.Root
        assert not any("/Annots" in page.obj for page in pdf.pages)
        drawn = [{one.objgen for one in page.obj.Resources.XObject.values()} for page in pdf.pages]
        assert drawn[0] & drawn[1], "the drawings of one credential are the same"
    assert path.stat().st_size < 2 * single.stat().st_size


def test_many_parts_are_one_file(
    greenhouse: Greenhouse,
    context: JobContext,
    serials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(binding, "PART", 1)
    monkeypatch.setattr(bundles, "PIECE", 1)
    with pikepdf.open(BytesIO(made(greenhouse, context, "pdf", serials).read_bytes())) as pdf:
        assert len(pdf.pages) == 2


def test_every_piece_is_a_job_whose_trouble_is_found(
    greenhouse: Greenhouse,
    context: JobContext,
    serials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundles, "PIECE", 2)
    with greenhouse.database.transaction() as session:
        three = [*serials, greenhouse.award(session, "third", "office", NOON).serial]
    id = asked(greenhouse, "zip", three)
    for done in (0, 2, 3):
        bundle = found(greenhouse, id)
        assert bundle.done == done
        with greenhouse.database.read() as session:
            job = jobs.one(session, f"{bundles.JOB}/{bundles._key(bundle)}")
        assert job is not None
        assert job.id == f"{bundles.JOB}/{id}/{done}"
        bundles.run(context, {"bundle": id})
    assert found(greenhouse, id).ready_at is not None


def test_what_no_longer_counts_is_left_out_by_name(
    greenhouse: Greenhouse, context: JobContext, serials: list[str]
) -> None:
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, serials[1])
        issuing.revoke(session, award, "A mistake.", greenhouse.office, NOON)
    id = asked(greenhouse, "zip", serials)
    jobs.drain(context)
    bundle = found(greenhouse, id)
    (left,) = bundles.left_out(bundle)
    assert (left.serial, left.name) == (serials[1], "Lê/Wěi")
    assert left.words.startswith("This award was revoked on ")
    with zipfile.ZipFile(bundles.path_of(bundle, greenhouse.settings)) as archive:
        assert len(archive.namelist()) == 1


def test_a_certificate_that_cannot_be_printed_is_left_out_and_the_others_are_not(
    greenhouse: Greenhouse,
    context: JobContext,
    serials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = printing.path_of

    def faulty(sheet: printing.Sheet, settings: object) -> Path:
        if sheet.facts.serial == serials[0]:
            raise printing.NotPrinted("line 3 of the template")
        return real(sheet, greenhouse.settings)

    monkeypatch.setattr(printing, "path_of", faulty)
    id = asked(greenhouse, "zip", serials)
    for start in (0, 2):
        assert found(greenhouse, id).done == start
        bundles.run(context, {"bundle": id})
    bundle = found(greenhouse, id)
    assert [one.serial for one in bundles.left_out(bundle)] == [serials[0]]


def test_a_badge_that_cannot_be_signed_is_left_out_and_the_others_are_not(
    greenhouse: Greenhouse,
    context: JobContext,
    serials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = awarded.credential_of

    def faulty(session: Session, award: Award, settings: Settings) -> str:
        if award.serial == serials[1]:
            raise KeyError("proof")
        return real(session, award, settings)

    monkeypatch.setattr(awarded, "credential_of", faulty)
    id = asked(greenhouse, "zip", serials)
    for _step in ("print", "bind"):
        bundles.run(context, {"bundle": id})
    bundle = found(greenhouse, id)
    assert bundle.ready_at is not None
    assert bundles.left_out(bundle) == [(serials[1], "Lê/Wěi", "It could not be printed: KeyError")]


def test_a_missing_key_holds_the_file_up_and_staff_are_told_until_it_is_back(
    greenhouse: Greenhouse,
    context: JobContext,
    serials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "PAUSES", ())
    assert issuer.of(greenhouse.settings).signer
    path = greenhouse.settings.keys / "issuer.pem"
    key = path.read_bytes()
    path.unlink()
    id = asked(greenhouse, "zip", serials)
    job = f"{bundles.JOB}/{id}/0"
    said = jobs.run(context, job, bundles.JOB, {"bundle": id})
    with greenhouse.database.transaction() as session:  # as the queue keeps it
        kept = insert(OUTPUT).values(workflow_uuid=job, output=json.dumps(said))
        session.execute(kept, execution_options=queueing.theirs(greenhouse.database))
    with greenhouse.database.read() as session:
        assert bundles.left_out(found(greenhouse, id)) == []
        stuck = bundles.stuck(session, found(greenhouse, id))
        assert stuck is not None
        assert "The file of the key" in stuck.error
    path.write_bytes(key)
    jobs.drain(context, at=NOON.replace(year=2100))
    with greenhouse.database.read() as session:
        assert bundles.stuck(session, found(greenhouse, id)) is None
    assert found(greenhouse, id).ready_at is not None


def test_whoever_takes_over_goes_on_where_it_stopped(
    greenhouse: Greenhouse,
    context: JobContext,
    serials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id = asked(greenhouse, "zip", serials)
    real = printing.path_of
    printed: list[str] = []

    def dying(sheet: printing.Sheet, settings: object) -> Path:
        if printed:
            raise OSError("no room left")
        printed.append(sheet.facts.serial)
        return real(sheet, greenhouse.settings)

    monkeypatch.setattr(printing, "path_of", dying)
    with pytest.raises(OSError, match="no room left"):
        bundles.run(context, {"bundle": id})
    assert (printed, found(greenhouse, id).done) == ([serials[0]], 1)
    monkeypatch.setattr(printing, "path_of", real)
    bundles.run(context, {"bundle": id})
    bundles.run(context, {"bundle": id})
    assert found(greenhouse, id).ready_at is not None
    assert bundles.left_out(found(greenhouse, id)) == []


def test_a_bundle_is_gone_after_a_week(
    greenhouse: Greenhouse, context: JobContext, serials: list[str]
) -> None:
    path = made(greenhouse, context, "zip", serials)
    bundles._tidy(context, NOON + timedelta(days=6))
    assert path.exists()
    bundles._tidy(context, NOON + timedelta(days=8))
    assert not path.exists()
    with greenhouse.database.read() as session, pytest.raises(NotFound):
        bundles.find(session, greenhouse.office, path.stem)


def test_what_a_killed_worker_left_half_done_is_gone_after_a_week(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    folder = greenhouse.settings.certificates
    (folder / "bundles" / "pieces.part").mkdir(parents=True)
    left = [folder / "a.part", folder / "bundles" / "b.part", folder / "bundles" / "pieces.part"]
    for file in (*left[:2], left[2] / "0.pdf", folder / "bundles" / "new.part"):
        file.write_bytes(b"%PDF-")
    for one in left:
        os.utime(one, (NOON.timestamp(), NOON.timestamp()))
    bundles._tidy(context, NOON + timedelta(days=6))
    assert all(one.exists() for one in left)
    bundles._tidy(context, NOON + timedelta(days=8))
    assert list(folder.rglob("*.*")) == [folder / "bundles" / "new.part"]


def test_only_staff_have_bundles_made(greenhouse: Greenhouse, serials: list[str]) -> None:
    grower = Actor("grower", "Ana Ruiz", "", frozenset({"candidate", "reviewer"}))
    with greenhouse.database.transaction() as session, pytest.raises(Refused):
        bundles.ask(session, "zip", "Mine", serials, grower, datetime.now(UTC))


def test_there_is_no_bundle_of_nothing_and_none_of_too_many(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        for serials in ([], ["7K3M-Q2XH-9DTV-4WPC"] * 5_001):
            with pytest.raises(Refused):
                bundles.ask(session, "zip", "Mine", serials, greenhouse.office, NOON)
