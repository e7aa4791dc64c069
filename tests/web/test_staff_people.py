"""Staff add people and change their accounts; administrators decide who is staff."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import people
from engine.records.tables import Account
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]

ANA: dict[str, Any] = {
    "name": "Ana Ruiz",
    "email": "Ana@School.org",
    "password": "three calm green hills",
    "roles": ["candidate", "reviewer"],
}


@pytest.fixture
def admin(house: GardenHouse) -> GardenHouse:
    with house.garden.database.transaction() as session:
        session.execute(update(Account).where(Account.id == "stranger").values(roles=["admin"]))
    return house


def account(house: GardenHouse, **by: str) -> Account | None:
    with house.garden.database.read() as session:
        return session.scalars(select(Account).filter_by(**by)).first()


def test_staff_add_a_person_who_can_then_sign_in(house: GardenHouse) -> None:
    answer = house.browser("office").post("/staff/people/new", data=ANA)
    added = account(house, email="ana@school.org")
    assert added is not None
    assert (answer.status_code, answer.location) == (303, f"/staff/people/{added.id}")
    assert added.roles == ["candidate", "reviewer"]
    with house.garden.database.transaction() as session:
        found = people.authenticate(session, "ana@school.org", "three calm green hills", NOON)
    assert found is not None


def test_a_new_person_keeps_what_was_typed_when_something_is_wrong(house: GardenHouse) -> None:
    answer = house.browser("office").post(
        "/staff/people/new", data={**ANA, "email": "grower@example.org", "password": "short"}
    )
    assert answer.status_code == 422
    assert "There is an account with this address already." in words(answer)
    assert 'value="Ana Ruiz"' in answer.text
    assert 'href="#email"' in answer.text
    assert 'value="short"' not in answer.text
    assert account(house, name="Ana Ruiz") is None


def test_switching_the_language_keeps_a_half_written_person_and_adds_nobody(
    house: GardenHouse,
) -> None:
    said = {**ANA, "name": "Ana", "email": "ana@", "_language": "es"}
    answer = house.browser("office").post("/staff/people/new", data=said)
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert 'value="Ana"' in answer.text
    assert 'value="ana@"' in answer.text
    assert re.search(r'value="reviewer"[^>]* checked', answer.text)
    assert ANA["password"] not in answer.text
    assert account(house, name="Ana") is None


def test_switching_the_language_keeps_ticked_roles_and_gives_none(house: GardenHouse) -> None:
    said = {"roles": ["candidate", "reviewer"], "_language": "es"}
    answer = house.browser("office").post("/staff/people/grower/roles", data=said)
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert re.search(r'value="reviewer"[^>]* checked', answer.text)
    assert getattr(account(house, id="grower"), "roles", None) == ["candidate"]


@pytest.mark.parametrize("role", ["staff", "admin"])
def test_only_an_administrator_makes_staff(admin: GardenHouse, role: str) -> None:
    refused = admin.browser("office").post("/staff/people/new", data={**ANA, "roles": [role]})
    assert refused.status_code == 403
    assert account(admin, email="ana@school.org") is None
    made = admin.browser("stranger").post("/staff/people/new", data={**ANA, "roles": [role]})
    assert made.status_code == 303


def test_staff_do_not_promote_anybody_nor_demote_an_administrator(admin: GardenHouse) -> None:
    office = admin.browser("office")
    for id, roles in (("grower", ["staff"]), ("office", ["admin"]), ("stranger", ["candidate"])):
        assert office.post(f"/staff/people/{id}/roles", data={"roles": roles}).status_code == 403
    assert [getattr(account(admin, id=id), "roles", None) for id in ("grower", "stranger")] == [
        ["candidate"],
        ["admin"],
    ]


def test_staff_do_not_take_over_an_administrators_account(admin: GardenHouse) -> None:
    office = admin.browser("office")
    data = {"password": "a brand new long one", "active": "no"}
    assert office.post("/staff/people/stranger/password", data=data).status_code == 403
    assert office.post("/staff/people/stranger/active", data=data).status_code == 403
    assert "Only an administrator changes this account." in words(
        office.get("/staff/people/stranger")
    )


def test_roles_change_from_the_next_click(house: GardenHouse) -> None:
    grower, office = house.browser("grower"), house.browser("office")
    assert grower.get("/queue").status_code == 403
    office.post("/staff/people/grower/roles", data={"roles": ["candidate", "reviewer"]})
    assert grower.get("/queue").status_code == 200


def test_an_account_keeps_at_least_one_role_that_exists(house: GardenHouse) -> None:
    office = house.browser("office")
    for roles in ([], ["emperor"]):
        answer = office.post("/staff/people/grower/roles", data={"roles": roles})
        assert answer.status_code == 422


def test_closing_an_account_ends_its_sessions(house: GardenHouse) -> None:
    grower = house.browser("grower")
    assert grower.get("/my-work").status_code == 200
    house.browser("office").post("/staff/people/grower/active", data={"active": "no"})
    assert grower.get("/my-work").status_code == 303
    assert "This account is closed" in words(house.browser("office").get("/staff/people/grower"))


def test_nobody_closes_their_own_account(house: GardenHouse) -> None:
    answer = house.browser("office").post("/staff/people/office/active", data={"active": "no"})
    assert answer.status_code == 403


def test_a_new_password_ends_the_sessions_of_the_account(house: GardenHouse) -> None:
    grower, office = house.browser("grower"), house.browser("office")
    weak = office.post("/staff/people/grower/password", data={"password": "aaaaaaaaaaaa"})
    assert weak.status_code == 422
    assert grower.get("/my-work").status_code == 200
    office.post("/staff/people/grower/password", data={"password": "a brand new long one"})
    assert grower.get("/my-work").status_code == 303


def test_people_are_found_by_name_and_address(house: GardenHouse) -> None:
    office = house.browser("office")
    found = words(office.get("/staff/people?q=JUDGE@"))
    assert "judge@example.org" in found
    assert "grower@example.org" not in found
    assert "Nobody fits" in words(office.get("/staff/people?q=%25"))
