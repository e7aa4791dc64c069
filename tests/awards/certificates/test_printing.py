"""Certificates are printed once, kept, and printed again when the file is gone or outdated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from engine.awards.badges import awarded
from engine.awards.certificates import printing
from engine.awards.certificates.certificate import facts_of, render, work
from engine.awards.certificates.printing import NotPrinted, Sheet
from engine.credentials.credential import editions_from
from engine.credentials.library import Library
from engine.records import jobs
from engine.records.files import EvidenceStore
from engine.records.tables import Award
from engine.settings import SHIPPED, Settings
from tests.awards.conftest import BUNDLE, NOON, Greenhouse


def test_queued_job_prints_the_certificate(greenhouse: Greenhouse) -> None:
    sheet = granted(greenhouse)
    jobs.drain(context(greenhouse.settings, greenhouse))
    path = sheet.path(greenhouse.settings)
    assert path.read_bytes().startswith(b"%PDF-")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_missing_file_is_printed_anew_with_the_same_bytes_besides_its_signature(
    greenhouse: Greenhouse,
) -> None:
    sheet = granted(greenhouse)
    path = printing.path_of(sheet, greenhouse.settings)
    first, printed_at = path.read_bytes(), path.stat().st_mtime_ns
    assert printing.path_of(sheet, greenhouse.settings).stat().st_mtime_ns == printed_at
    path.unlink()
    plain = render(sheet.facts, greenhouse.settings, sheet.credential)
    again = printing.path_of(sheet, greenhouse.settings).read_bytes()
    assert first[: len(plain)] == plain == again[: len(plain)]
    assert first != again


def test_file_brings_the_signed_credential_to_the_letter(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        path = printing.path_for(session, award, greenhouse.edition, greenhouse.settings)
        signed = awarded.credential_of(session, award, greenhouse.settings)
    with pikepdf.open(path) as pdf:
        assert list(pdf.attachments) == ["credential.json"]
        assert pdf.attachments["credential.json"].get_file().read_bytes() == signed.encode()


def test_credential_signed_anew_is_printed_anew_and_the_old_file_goes(
    greenhouse: Greenhouse,
) -> None:
    sheet = granted(greenhouse)
    old = printing.path_of(sheet, greenhouse.settings)
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, sheet.facts.serial)
        awarded.renew(session, award, greenhouse.settings, NOON.replace(hour=13))
        renewed = printing.sheet_of(session, award, greenhouse.edition, greenhouse.settings)
    path = printing.path_of(renewed, greenhouse.settings)
    assert path != old
    assert list(greenhouse.settings.certificates.rglob("*.*")) == [path]


def test_files_of_other_awards_are_not_read_through(greenhouse: Greenhouse) -> None:
    sheet = granted(greenhouse)
    path = sheet.path(greenhouse.settings)
    assert path.parent == greenhouse.settings.certificates / sheet.facts.serial[:2]
    old, other = (
        path.with_name(f"{serial}-en-0123.pdf")
        for serial in (sheet.facts.serial, sheet.facts.serial[:18] + "~")
    )
    path.parent.mkdir(parents=True)
    for file in (old, other):
        file.write_bytes(b"%PDF-")
    assert printing.path_of(sheet, greenhouse.settings) == path
    assert set(path.parent.iterdir()) == {path, other}


def test_other_language_of_the_document_is_a_file_of_its_own(greenhouse: Greenhouse) -> None:
    words = {
        "/credential/title": "Jardín de ventana",
        "/credential/certificate/statement": "Cultiva cosas en ventanas.",
    }
    in_spanish = editions_from(greenhouse.edition.digest, {**BUNDLE, "translations": {"es": words}})
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        own, spanish = (
            printing.sheet_of(session, award, in_spanish.said(language), greenhouse.settings)
            for language in ("en", "es")
        )
    said = (spanish.facts.language, spanish.facts.title, spanish.facts.statement)
    assert said == ("es", "Jardín de ventana", "Cultiva cosas en ventanas.")
    assert (own.facts.title, own.credential) == ("Window Garden", spanish.credential)
    paths = {printing.path_of(sheet, greenhouse.settings) for sheet in (own, spanish)}
    assert set(greenhouse.settings.certificates.rglob("*.*")) == paths
    assert len(paths) == 2


def test_certificate_in_spanish_names_the_signatory_in_spanish(greenhouse: Greenhouse) -> None:
    library = Library((SHIPPED / "schemas",), (SHIPPED / "workflows",))
    coach = editions_from(*library.bundle("instructional-coach"))
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        facts = [facts_of(award, coach.said(language)) for language in ("en", "es")]
    assert [(one.signatory, one.signatory_title) for one in facts] == [
        ("Program Director", "Teacher Leadership Program"),
        ("Dirección del Programa", "Programa de Liderazgo Docente"),
    ]
    page = work(facts[1], greenhouse.settings).html
    assert "Dirección del Programa" in page
    assert "Program Director" not in page


def test_faulty_template_holds_up_the_file_and_never_the_award(
    greenhouse: Greenhouse, tmp_path: Path
) -> None:
    sheet = granted(greenhouse)
    own, template = with_template(greenhouse.settings, tmp_path, "{% block %}")
    with pytest.raises(NotPrinted, match=r"certificates/certificate\.html, line 1"):
        jobs.drain(context(own, greenhouse))
    with greenhouse.database.read() as session:
        assert session.get_one(Award, sheet.facts.serial).revoked_at is None
        assert list(own.certificates.glob("*")) == []
    template.unlink()
    assert printing.path_of(sheet, own).exists()


OWN = r"\(certificates/certificate\.html, line 1\): "


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"{{ 1 / 0 }}", OWN + "division by zero"),
        (b"{{ facts.name + 1 }}", OWN + "can only concatenate str"),
        (b"{{ facts.name() }}", OWN + "'str' object is not callable"),
        (b"{{ facts.nothing }}", OWN + ".*has no attribute 'nothing'"),
        (b"{{ facts.name|shout }}", OWN + "No filter named 'shout'"),
        (b"{% include 'certificates/certificate.html' %}", OWN + "It includes itself"),
        (
            b"{% extends 'certificates/base.html' %}",
            OWN + "There is no template “certificates/base",
        ),
        (b"caf\xe9", r"\(certificates/certificate\.html\): It is not written in UTF-8"),
        (b"{{ " + b"(" * 3000 + b"1" + b")" * 3000 + b" }}", "nested too deeply"),
        (b"<img src='file:///etc/hostname' alt=''>", 'Error fetching "file:///etc/hostname"'),
        # Where it went wrong, and not where the document pointed.
        (b"{% extends 'certificates/middle.html' %}", r"certificates/middle\.html, line 3"),
    ],
)
def test_whatever_a_template_does_wrong_is_told_with_its_place(
    greenhouse: Greenhouse, tmp_path: Path, written: bytes, told: str
) -> None:
    sheet = granted(greenhouse)
    own, template = with_template(greenhouse.settings, tmp_path, "")
    template.write_bytes(written)
    template.with_name("middle.html").write_text("\n\n{{ 1 + '1' }}")
    with pytest.raises(NotPrinted, match=told):
        printing.path_of(sheet, own)
    assert list(own.certificates.glob("*")) == []


def test_staff_are_told_of_a_fault_until_the_next_try_prints_it(
    greenhouse: Greenhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAUSES", ())
    sheet = granted(greenhouse)
    serial = sheet.facts.serial
    own, template = with_template(greenhouse.settings, tmp_path, "{{ nobody.knows.this }}")
    said = jobs.run(
        context(own, greenhouse), f"certificate/{serial}", "certificate", {"serial": serial}
    )
    assert "'nobody' is undefined" in said
    template.unlink()
    jobs.drain(context(own, greenhouse), at=NOON.replace(year=2100))
    with greenhouse.database.read() as session:
        assert printing.stuck(session, serial) is None
    assert sheet.path(own).exists()


def test_certificate_that_cannot_sign_holds_up_the_file(greenhouse: Greenhouse) -> None:
    sheet = granted(greenhouse)
    (greenhouse.settings.instance / "ours.p12").write_bytes(b"no certificate")
    own = replace(greenhouse.settings, signing_pfx="ours.p12")
    with pytest.raises(NotPrinted, match=r"ours\.p12 cannot be opened"):
        printing.path_of(sheet, own)
    assert list(own.certificates.glob("*")) == []


def granted(greenhouse: Greenhouse) -> Sheet:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        return printing.sheet_of(session, award, greenhouse.edition, greenhouse.settings)


def with_template(settings: Settings, folder: Path, words: str) -> tuple[Settings, Path]:
    """Settings with a template of their own instead of the shipped one, and its file."""
    template = folder / "own" / "certificates" / "certificate.html"
    template.parent.mkdir(parents=True)
    template.write_text(words)
    return replace(settings, templates=(folder / "own", *settings.templates)), template


def context(settings: Settings, greenhouse: Greenhouse) -> jobs.JobContext:
    return jobs.JobContext(settings, greenhouse.database, EvidenceStore(settings.evidence))
