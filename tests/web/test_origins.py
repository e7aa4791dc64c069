"""Where a change came from is in the trail, as a network and never as an address."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.records.tables import Event
from engine.web.origins import origin
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
