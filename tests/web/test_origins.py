"""Where a change came from is in the trail, as a network and never as an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.records.tables import Event
from engine.settings import Settings
from engine.web.app import create_app
from engine.web.origins import origin, place_of
from tests.conftest import School
from tests.web.conftest import GARDEN


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "web 192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "web 2001:db8:1::/48"),
        ("fe80::1%eth0", "web fe80::/48"),
        ("::ffff:192.0.2.77", "web 192.0.2.0/24"),
        ("", "web"),
        ("/run/server.sock", "web"),
    ],
)
def test_an_address_is_kept_as_its_network(address: str, kept: str) -> None:
    assert origin(address) == kept


def test_what_a_page_changes_says_where_the_request_came_from(school: School) -> None:
    browser = school.browser("ana")
    browser.client.environ_base["REMOTE_ADDR"] = "198.51.100.23"
    browser.post(f"/credentials/{GARDEN}/open")
    with school.database.read() as session:
        events = session.execute(select(Event.source).where(Event.chain.like("submission:%")))
        assert set(events.scalars()) == {"web 198.51.100.0/24"}


def test_the_next_request_of_the_same_thread_says_its_own(school: School) -> None:
    browser = school.browser("ada")
    for address in ("198.51.100.23", "203.0.113.9"):
        browser.client.environ_base["REMOTE_ADDR"] = address
        browser.post(
            f"/staff/people/{school.cast['ben'].id}/active",
            {"active": "no" if address.startswith("198") else "yes"},
        )
    with school.database.read() as session:
        events = session.execute(
            select(Event.kind, Event.source).where(Event.kind.in_(("closed", "opened")))
        )
        assert [tuple(row) for row in events] == [
            ("closed", "web 198.51.100.0/24"),
            ("opened", "web 203.0.113.0/24"),
        ]


def test_one_household_is_one_place_and_another_day_another(school: School) -> None:
    today = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def place(address: str, at: datetime = today, settings: Settings = school.settings) -> str:
        return place_of(settings, address, at)

    here = place("2001:db8:1:2:3::4")
    assert here == place("2001:db8:1:2:ffff::1")
    assert place("192.0.2.7") == place("::ffff:192.0.2.7")
    others = [
        place("2001:db8:1:3::1"),
        place("192.0.2.7"),
        place("192.0.2.8"),
        place("no address"),
        place("2001:db8:1:2:3::4", today + timedelta(days=1)),
        place("2001:db8:1:2:3::4", settings=replace(school.settings, secret_key="another")),
    ]
    assert len({here, *others}) == 7


@pytest.mark.parametrize(
    ("proxies", "told", "kept"),
    [
        (0, "198.51.100.23", "web 127.0.0.0/24"),
        (1, "198.51.100.23", "web 198.51.100.0/24"),
        # What a visitor adds comes before what one's own server adds, and is not believed.
        (1, "203.0.113.9, 198.51.100.23", "web 198.51.100.0/24"),
        (2, "203.0.113.9, 198.51.100.23", "web 203.0.113.0/24"),
        (2, "198.51.100.23", "web 127.0.0.0/24"),
        (1, "", "web 127.0.0.0/24"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(
    school: School, proxies: int, told: str, kept: str
) -> None:
    settings = replace(school.settings, trusted_proxies=proxies)
    browser = school.browser("ana")
    browser.client.application = create_app(settings, school.database)
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = told
    browser.post(f"/credentials/{GARDEN}/open")
    with school.database.read() as session:
        events = session.execute(select(Event.source).where(Event.chain.like("submission:%")))
        assert set(events.scalars()) == {kept}
