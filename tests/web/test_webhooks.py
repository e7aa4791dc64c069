"""Staff add webhooks, try them and see what became of each message."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from engine.records.tables import Delivery, Webhook
from engine.submissions import hooks
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]

URL = "https://records.example/hooks"


def added(house: GardenHouse) -> Webhook:
    with house.garden.database.read() as session:
        return session.scalars(select(Webhook)).one()


def add(house: GardenHouse, **more: object) -> str:
    answer = house.browser("office").post("/staff/webhooks", data={"url": URL, **more})
    assert answer.status_code == 200
    return answer.text


def test_a_secret_is_shown_once(house: GardenHouse) -> None:
    page = add(house, events=["award.awarded"], named="harvest, frost")
    secret = added(house).secret
    assert secret in page
    assert added(house).events == ["award.awarded", "hook.harvest", "hook.frost"]
    office = house.browser("office")
    for path in ("/staff/webhooks", f"/staff/webhooks/{added(house).id}"):
        assert secret not in office.get(path).text
    renewed = office.post(f"/staff/webhooks/{added(house).id}", data={"_go": "renew"}).text
    assert added(house).secret != secret
    assert added(house).secret in renewed
    assert secret not in renewed


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "http://records.example/hooks"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://user:password@records.example/"}, "url"),
        ({"url": URL, "events": "everything"}, "events"),
        ({"url": URL, "named": "Not A Name!"}, "named"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    house: GardenHouse, asked: dict[str, str], field: str
) -> None:
    answer = house.browser("office").post("/staff/webhooks", data=asked)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    with house.garden.database.read() as session:
        assert session.scalars(select(Webhook)).all() == []


def test_there_are_only_so_many(house: GardenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "MOST", 1)
    add(house)
    answer = house.browser("office").post("/staff/webhooks", data={"url": URL})
    assert answer.status_code == 422


def test_a_test_message_is_queued_and_shown(house: GardenHouse) -> None:
    add(house)
    id = added(house).id
    office = house.browser("office")
    assert office.post(f"/staff/webhooks/{id}", data={"_go": "ping"}).status_code == 303
    page = office.get(f"/staff/webhooks/{id}")
    assert "ping" in words(page)
    assert "Waiting" in words(page)


def test_pausing_and_letting_it_hear_again(house: GardenHouse) -> None:
    add(house)
    id = added(house).id
    office = house.browser("office")
    office.post(f"/staff/webhooks/{id}", data={"_go": "pause"})
    assert not added(house).active
    assert office.post(f"/staff/webhooks/{id}", data={"_go": "ping"}).status_code == 403
    office.post(f"/staff/webhooks/{id}", data={"_go": "resume"})
    assert added(house).active
    story = words(office.get(f"/staff/webhooks/{id}"))
    for deed in ("added it", "paused it", "let it hear again"):
        assert deed in story


def test_a_removed_webhook_has_no_secret_and_nothing_to_press(house: GardenHouse) -> None:
    add(house)
    id = added(house).id
    office = house.browser("office")
    office.post(f"/staff/webhooks/{id}", data={"_go": "ping"})
    assert "Remove it for good" in words(office.get(f"/staff/webhooks/{id}"))
    answer = office.post(f"/staff/webhooks/{id}", data={"_go": "remove"})
    assert (answer.status_code, answer.location) == (303, "/staff/webhooks")
    gone = added(house)
    assert (gone.active, gone.secret, gone.old_secret) == (False, "", "")
    page = office.get(f"/staff/webhooks/{id}")
    assert f'action="/staff/webhooks/{id}' not in page.text
    assert "The webhook was removed before this arrived." in words(page)
    assert "removed it" in words(page)
    assert "Removed webhooks" in words(office.get("/staff/webhooks"))
    for asked in ("ping", "pause", "resume", "renew", "remove"):
        assert office.post(f"/staff/webhooks/{id}", data={"_go": asked}).status_code == 403
    assert added(house).secret == ""


def test_a_removed_webhook_takes_nobodys_place(
    house: GardenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "MOST", 1)
    add(house)
    house.browser("office").post(f"/staff/webhooks/{added(house).id}", data={"_go": "remove"})
    add(house)


def test_a_message_is_sent_again_from_its_row(house: GardenHouse) -> None:
    add(house)
    id = added(house).id
    with house.garden.database.transaction() as session:
        delivery = hooks.ping(session, session.get_one(Webhook, id), NOON)
        session.execute(update(Delivery).values(done_at=NOON, error="It answered 500.", tries=7))
    office = house.browser("office")
    page = office.get(f"/staff/webhooks/{id}")
    assert "It answered 500." in words(page)
    address = re.search(r'action="(/staff/webhooks/[^"]*/deliveries/[^"]*)"', page.text)
    assert address
    for _press in range(2):
        assert office.post(address[1]).status_code == 303
    with house.garden.database.read() as session:
        again = session.get_one(Delivery, delivery)
    assert (again.done_at, again.tries) == (None, 0)
    assert office.post(f"/staff/webhooks/other/deliveries/{delivery}").status_code == 404


def test_an_address_never_becomes_markup(house: GardenHouse) -> None:
    add(house)
    with house.garden.database.transaction() as session:
        session.execute(update(Webhook).values(url="https://x.example/<script>alert(1)"))
    page = house.browser("office").get("/staff/webhooks")
    assert "<script>alert" not in page.text
