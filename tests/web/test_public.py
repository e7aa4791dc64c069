"""What anybody may see: the catalogue, credentials, examples, and whether a certificate is good."""

from __future__ import annotations

import pytest

from engine.awards import issuing
from engine.people import SYSTEM
from tests.conftest import TERM, School

COACH = "instructional-coach"
GARDEN = "school-garden-steward"


def test_the_catalogue_shows_every_published_credential(school: School) -> None:
    page = school.browser().get("/")
    assert page.status_code == 200
    missing = [id for id in school.library.credentials() if f"/credentials/{id}" not in page.text]
    assert missing == []


def test_the_catalogue_says_where_i_stand(school: School) -> None:
    school.hold("ana", "standards-ambassador")
    assert "1 of 3 prerequisites held" in school.browser("ana").get("/").text
    assert "prerequisites held" not in school.browser().get("/").text


def test_every_credential_has_a_page(school: School) -> None:
    for browser in (school.browser(), school.browser("ana")):
        for id in school.library.credentials():
            assert browser.get(f"/credentials/{id}").status_code == 200, id


def test_a_credential_page_shows_its_scoring_guides_openly(school: School) -> None:
    page = school.browser().get(f"/credentials/{GARDEN}").text
    assert "Children did the work, not only the watching." in page


def test_an_unknown_credential_is_not_found(school: School) -> None:
    assert school.browser().get("/credentials/nothing-like-it").status_code == 404


def test_an_example_is_readable_without_an_account(school: School) -> None:
    page = school.browser().get(f"/credentials/{GARDEN}/examples/plot")
    assert page.status_code == 200
    assert "What do you call the garden?" in page.text


def test_files_of_an_example_are_names_that_lead_nowhere(school: School) -> None:
    page = school.browser().get(f"/credentials/{GARDEN}/examples/handover").text
    assert "garden-in-june.jpg" in page
    assert "/evidence/" not in page


def test_a_valid_certificate_verifies_as_a_page_and_as_json(school: School) -> None:
    serial = school.award("ana", GARDEN)
    page = school.browser().get(f"/verify/{serial}")
    assert (page.status_code, "Awarded to Ana Ruiz on 2 March 2026" in page.text) == (200, True)
    said = school.browser().json(f"/verify/{serial}").get_json()
    assert (said["status"], said["recipient"]) == ("valid", "Ana Ruiz")


def test_a_serial_may_be_typed_in_small_letters_without_hyphens(school: School) -> None:
    serial = school.award("ana", GARDEN)
    typed = serial.replace("-", " ").lower()
    assert school.browser().get(f"/verify/{typed}").status_code == 200


def test_a_revoked_certificate_says_when_and_why(school: School) -> None:
    serial = school.award("ana", GARDEN)
    with school.database.transaction() as session:
        issuing.revoke(session, school.award_of(session, serial), "A mix-up.", SYSTEM, TERM)
    page = school.browser().get(f"/verify/{serial}").text
    assert "Revoked." in page
    assert "A mix-up." in page
    said = school.browser().get(f"/verify/{serial}?format=json").get_json()
    assert (said["status"], said["revoked_reason"]) == ("revoked", "A mix-up.")


def test_an_unknown_serial_answers_in_the_same_shape(school: School) -> None:
    serial = school.award("ana", GARDEN)
    known = school.browser().json(f"/verify/{serial}").get_json()
    answer = school.browser().json("/verify/0000-0000-0000-0000")
    assert answer.status_code == 404
    assert answer.get_json().keys() == known.keys()
    assert answer.get_json()["status"] == "unknown"
    assert "Unknown." in school.browser().get("/verify/0000-0000-0000-0000").text


def test_a_certificate_is_for_its_holder_and_staff(school: School) -> None:
    path = f"/certificates/{school.award('ana', GARDEN)}.pdf"
    assert school.browser().get(path).status_code == 303
    assert school.browser("ben").get(path).status_code == 404
    answer = school.browser("ana").get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert school.browser("sam").get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", f"/credentials/{COACH}"])
def test_public_pages_answer_head_and_options(school: School, path: str) -> None:
    client = school.app.test_client()
    head = client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert set(client.options(path).headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_list_costs_the_same_queries_for_a_visitor_and_a_candidate_with_work(
    school: School, count_queries: list[str]
) -> None:
    visitor = school.browser()
    visitor.get("/")
    visitors = len(count_queries)
    school.open("ana", GARDEN)
    browser = school.browser("ana")
    browser.get("/")
    count_queries.clear()
    browser.get("/")
    assert visitors <= 5
    assert len(count_queries) <= 5


def test_a_number_typed_off_a_certificate_leads_to_its_page(school: School) -> None:
    serial = school.award("ana", GARDEN)
    browser = school.browser()

    asked = browser.get("/verify")
    found = browser.get("/verify", query_string={"serial": serial.lower().replace("-", " ")})

    assert asked.status_code == 200
    assert 'name="serial"' in asked.text
    assert (found.status_code, found.location) == (303, f"/verify/{serial}")
