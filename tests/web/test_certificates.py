"""A certificate that can't be printed: its holder reads that the award stands, staff read why."""

from __future__ import annotations

import shutil

import pytest

from engine.awards.certificates import printing
from engine.awards.certificates.printing import NotPrinted, Sheet
from engine.awards.typesetting.template_faults import TemplateFault
from engine.records import jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.settings import Settings
from tests.web.conftest import GARDEN, School
from tests.web.garden_house import words
from tests.web.stuck_jobs import STUCK, stuck

FAULT = "The template has a fault (certificates/house.html, line 3): unexpected '}'"


def test_holder_reads_that_the_award_stands(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(sheet: Sheet, settings: Settings) -> None:
        raise NotPrinted(FAULT)

    monkeypatch.setattr(printing, "path_of", fails)
    serial = school.award("ana", GARDEN)
    answer = school.browser("ana").get(f"/certificates/{serial}.pdf")
    assert answer.status_code == 503
    assert "The award itself stands." in words(answer)
    assert "house.html" not in answer.text
    assert "Valid." in school.browser().get(f"/verify/{serial}").text


def test_staff_read_what_is_wrong_on_the_page_of_the_award(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = school.award("ana", GARDEN)
    for state, words_of_it in STUCK.items():
        job = stuck(state, FAULT)
        monkeypatch.setattr(printing, "stuck", lambda _session, _serial, job=job: job)
        page = words(school.browser("sam").get(f"/staff/awards/{serial}"))
        assert f"Its certificate is not printed yet The award stands. {words_of_it}" in page
        assert f"What went wrong: {FAULT}" in page


def test_what_somebody_asked_for_in_vain_is_a_job_that_staff_see(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = school.award("ana", GARDEN)
    context = JobContext(school.settings, school.database, EvidenceStore(school.settings.evidence))
    jobs.drain(context)
    shutil.rmtree(school.settings.certificates)
    with monkeypatch.context() as broken:
        broken.setattr(printing, "render", render_with_a_fault)
        for _time in range(3):
            assert school.browser("ana").get(f"/certificates/{serial}.pdf").status_code == 503
        with school.database.read() as session:
            job = jobs.one(session, f"certificate/{serial}")
            assert job is not None
            assert (job.state, job.attempt) == ("waiting", 2)
        with pytest.raises(NotPrinted, match="'nobody' is undefined"):
            jobs.drain(context)
        school.browser("ana").get(f"/certificates/{serial}.pdf")
        with school.database.read() as session:
            job = jobs.one(session, f"certificate/{serial}")
            assert job is not None
            assert (job.state, job.attempt) == ("failed", 2)  # from here on it is up to staff
    with school.database.transaction() as session:
        jobs.again(session, f"certificate/{serial}")
    jobs.drain(context)
    assert list(school.settings.certificates.rglob(f"{serial}-*.pdf"))


def render_with_a_fault(*_said: object) -> None:
    raise TemplateFault("'nobody' is undefined")


def test_language_that_the_document_has_not_gives_its_own(school: School) -> None:
    serial = school.award("ana", GARDEN)
    browser = school.browser("ana")
    for asked in ("", "?language=en", "?language=fr", "?language=<b>"):
        assert browser.get(f"/certificates/{serial}.pdf{asked}").mimetype == "application/pdf"
    assert len(list(school.settings.certificates.rglob(f"{serial}-*.pdf"))) == 1
