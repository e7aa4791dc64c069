"""Badges as files: pictures for everybody, and the badge itself for those whom it concerns."""

from __future__ import annotations

import json
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from engine.awards import issuing
from engine.awards.badges import awarded, picture
from engine.awards.badges.carriers import unbake
from engine.people import SYSTEM
from engine.records import catalogue
from engine.records.tables import Account
from tests.conftest import TERM, School
from tests.web.conftest import GARDEN

ENDINGS = {"svg": "image/svg+xml", "png": "image/png", "json": "application/ld+json"}


def digest(school: School, credential: str = GARDEN) -> str:
    with school.database.read() as session:
        found = catalogue.current(session, credential)
        assert found is not None
        return found.digest


def signed(school: School, serial: str) -> str:
    with school.database.read() as session:
        return awarded.credential_of(session, school.award_of(session, serial), school.settings)


def show(school: School, serial: str) -> None:
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        award.on_page = True
        session.get_one(Account, award.recipient_id).handle = "ana-teaches"


def test_anybody_sees_the_picture_of_a_credential_and_may_keep_it(school: School) -> None:
    with school.database.read() as session:
        garden = catalogue.as_written(session, digest(school)).credential
    for ending, drawn in (("svg", picture.svg), ("png", picture.png)):
        answer = school.browser().get(f"/badges/pictures/{digest(school)}.{ending}")
        assert answer.data == drawn(garden, "Hill School")
        assert answer.mimetype == ENDINGS[ending]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000"
        headers = {"If-None-Match": answer.headers["ETag"]}
        again = school.browser().get(answer.request.path, headers=headers)
        assert (again.status_code, again.data) == (304, b"")


def test_a_picture_has_the_words_of_a_language_that_there_are(school: School) -> None:
    whole = digest(school, "building-will")
    titles = {}
    for name in (whole, f"{whole}.es", f"{whole}.fr"):
        drawn = school.browser().get(f"/badges/pictures/{name}.svg").data
        titles[name.removeprefix(whole)] = ElementTree.fromstring(drawn)[0].text
    assert titles[""] == titles[".fr"] == "Building Will · Hill School"
    assert titles[".es"] not in (None, titles[""])


@pytest.mark.parametrize("name", ["0" * 64 + ".svg", "x.png", "..svg", "%00.svg"])
def test_what_was_never_published_has_no_picture(school: School, name: str) -> None:
    assert school.browser().get(f"/badges/pictures/{name}").status_code in (400, 404)


def test_the_page_of_a_credential_shows_its_badge(school: School) -> None:
    page = school.browser().get(f"/credentials/{GARDEN}").text
    assert f'src="/badges/pictures/{digest(school)}.svg" alt=""' in page
    assert "/badges/pictures/" not in school.browser().get("/credentials/water-safety").text


def test_the_holder_takes_the_badge_home_in_every_form(school: School) -> None:
    serial = school.award("ana", GARDEN)
    for ending, kind in ENDINGS.items():
        answer = school.browser("ana").get(f"/badges/{serial}.{ending}")
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert unbake(answer.data) == signed(school, serial)
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Cache-Control"] == "private, no-cache"
    assert json.loads(signed(school, serial))["id"].endswith(f"/badges/{serial}")


def test_a_file_is_named_for_what_it_is(school: School) -> None:
    serial = school.award("ana", GARDEN)
    with school.database.transaction() as session:
        school.award_of(session, serial).title = '../../Gärten "für"\r\nX-Evil: 1‮ alle'
    said = school.browser("ana").get(f"/badges/{serial}.png").headers
    assert "X-Evil" not in said
    assert unquote(said["Content-Disposition"]).endswith("Gärten _für_X-Evil_ 1 alle.png")


def test_staff_may_have_it_and_strangers_are_told_nothing(school: School) -> None:
    serial = school.award("ana", GARDEN)
    assert school.browser("sam").get(f"/badges/{serial}.json").status_code == 200
    other, never = (
        school.browser("ben").get(f"/badges/{one}.png") for one in (serial, "AAAA-AAAA-AAAA-AAAA")
    )
    assert (other.status_code, never.status_code) == (404, 404)
    for one in (serial, "AAAA-AAAA-AAAA-AAAA"):
        visitor = school.browser().get(f"/badges/{one}.png")
        assert visitor.status_code == 303
        assert visitor.location.startswith("/sign-in")


def test_anybody_has_what_its_holder_shows_until_they_show_it_no_more(school: School) -> None:
    serial = school.award("ana", GARDEN)
    show(school, serial)
    answer = school.browser().get(f"/badges/{serial}.svg")
    assert unbake(answer.data) == signed(school, serial)
    with school.database.transaction() as session:
        session.get_one(Account, school.cast["ana"].id).active = False
    assert school.browser().get(f"/badges/{serial}.svg").status_code == 303


def test_what_stands_on_no_page_or_was_taken_back_is_not_given_to_anybody(school: School) -> None:
    serial = school.award("ana", GARDEN)
    show(school, serial)
    with school.database.transaction() as session:
        session.get_one(Account, school.cast["ana"].id).handle = None
    assert school.browser().get(f"/badges/{serial}.svg").status_code == 303
    show(school, serial)
    with school.database.transaction() as session:
        issuing.revoke(session, school.award_of(session, serial), "A mistake.", SYSTEM, TERM)
    assert school.browser().get(f"/badges/{serial}.json").status_code == 303
    assert school.browser("ana").get(f"/badges/{serial}.json").status_code == 200


def test_a_file_is_found_however_its_number_is_typed(school: School) -> None:
    serial = school.award("ana", GARDEN)
    for typed in (serial.lower(), serial.replace("-", "")):
        answer = school.browser("ana").get(f"/badges/{typed}.json")
        assert answer.text == signed(school, serial)
