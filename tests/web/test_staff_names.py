"""A wish for another name, from the account page to the staff's answer."""

from __future__ import annotations

from engine.records.tables import Account
from tests.submissions.conftest import garden
from tests.web.garden_house import GardenHouse, house, words
from tests.web.test_staff_awards import ribbon
from tests.web.test_staff_standing import find

__all__ = ["garden", "house"]

ANSWER = "/staff/people/grower/name"


def name(house: GardenHouse) -> str:
    with house.garden.database.read() as session:
        return session.get_one(Account, "grower").name


def test_a_person_asks_and_staff_change_the_name_on_certificates_too(house: GardenHouse) -> None:
    award = ribbon(house)
    grower, office = house.browser("grower"), house.browser("office")
    assert "Ask for another name" in words(grower.get("/account"))
    assert grower.post("/account/name", data={"name": "Ana Hall"}).status_code == 303
    assert "You have asked to be called Ana Hall" in words(grower.get("/account/name"))
    assert f'href="{ANSWER}"' in office.get("/staff/people/names").text
    page = office.get(ANSWER)
    assert 'value="Ana Hall"' in page.text
    assert f'href="/staff/awards/{award.serial}"' in page.text
    form = {"name": "Ana Hall", "reason": "She married.", "reissue": "yes"}
    assert office.post(ANSWER, data=form).status_code == 303
    new = find(house, award.serial).replaced_by
    assert new is not None
    assert (name(house), find(house, new).recipient_name) == ("Ana Hall", "Ana Hall")
    assert "Nobody waits" in words(office.get("/staff/people/names"))
    assert "changed the name" in words(office.get("/staff/people/grower"))


def test_staff_leave_the_name_and_say_why(house: GardenHouse) -> None:
    grower, office = house.browser("grower"), house.browser("office")
    grower.post("/account/name", data={"name": "Queen"})
    unsaid = office.post(ANSWER, data={"name": "Queen", "_do": "refuse"})
    assert unsaid.status_code == 422
    form = {"name": "Queen", "reason": "Is it yours?", "_do": "refuse"}
    assert office.post(ANSWER, data=form).status_code == 303
    assert name(house) == "Grower"
    again = office.post(ANSWER, data=form)
    assert again.status_code == 422
    assert "There is no request to answer" in words(again)


def test_a_wish_is_taken_back(house: GardenHouse) -> None:
    grower = house.browser("grower")
    grower.post("/account/name", data={"name": "Ana Hall"})
    grower.post("/account/name", data={"name": "Ana Hall", "_do": "withdraw"})
    assert "Nobody waits" in words(house.browser("office").get("/staff/people/names"))


def test_a_name_that_will_not_do_is_asked_for_again(house: GardenHouse) -> None:
    for path, form, who in (
        ("/account/name", {"name": " "}, "grower"),
        ("/account/name", {"name": "Grower"}, "grower"),
        (ANSWER, {"name": "\u200b", "reason": "Typo"}, "office"),
    ):
        answer = house.browser(who).post(path, data=form)
        assert answer.status_code == 422
        assert 'href="#name"' in answer.text


def test_the_name_that_they_have_is_no_answer_to_a_wish(house: GardenHouse) -> None:
    house.browser("grower").post("/account/name", data={"name": "Ana Hall"})
    said = {"name": "Grower", "reason": "She asked."}
    answer = house.browser("office").post(ANSWER, data=said)
    assert (answer.status_code, 'href="#name"' in answer.text) == (422, True)
    assert "This is the name that they have." in words(answer)
    assert "She asked." in answer.text


def test_what_was_typed_is_kept_while_nothing_can_be_signed(house: GardenHouse) -> None:
    award = ribbon(house)
    keys = house.garden.settings.keys
    keys.mkdir(exist_ok=True)
    (keys / "issuer.pem").write_text("no key at all", "utf-8")
    office = house.browser("office")
    said = {"name": "Ana Hall", "reason": "She married.", "reissue": "yes"}
    for path, place in (
        (ANSWER, "reissue-yes"),
        (f"/staff/awards/{award.serial}/correct", "deed-form"),
    ):
        answer = office.post(path, data=said)
        assert answer.status_code == 503
        assert f'href="#{place}"' in answer.text
        assert f'id="{place}"' in answer.text
        assert 'value="Ana Hall"' in answer.text
        assert "She married." in answer.text
    assert name(house) == "Grower"
    assert office.post(ANSWER, data=said | {"reissue": ""}).status_code == 303
    assert name(house) == "Ana Hall"


def test_switching_the_language_keeps_half_a_name_and_asks_nothing(house: GardenHouse) -> None:
    said = {"name": "Ana H", "reason": "She ma", "_language": "es"}
    for who, path in (("grower", "/account/name"), ("office", ANSWER)):
        page = house.browser(who).post(path, data=said)
        assert page.status_code == 200
        assert 'value="Ana H"' in page.text
    assert name(house) == "Grower"


def test_names_are_staffs_to_change_and_staffs_names_are_an_administrators(
    house: GardenHouse,
) -> None:
    form = {"name": "Hall", "reason": "Typo"}
    assert house.browser("judge").post(ANSWER, data=form).status_code == 403
    with house.garden.database.transaction() as session:
        session.get_one(Account, "judge").roles = ["staff"]
    office = house.browser("office")
    assert office.post("/staff/people/judge/name", data=form).status_code == 403
    assert office.get("/staff/people/nobody/name").status_code == 404
    assert name(house) == "Grower"
