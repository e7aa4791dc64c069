"""A badge counts for the person it names, from issuers that a document accepts, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.badges.badge import Badge, Recipient
from engine.awards.recognising import presenting
from engine.errors import Refused
from engine.people import Actor
from engine.records.tables import Account, Event, Evidence, Recognition, new_id
from tests import editions
from tests.awards.conftest import NOON, Greenhouse

STATE = "https://state.example.org/issuer"
BADGE = Badge(
    "3.0",
    "urn:uuid:1",
    STATE,
    "State University",
    "https://state.example.org/watering",
    "Watering",
    datetime(2025, 6, 1, tzinfo=UTC),
    None,
    (Recipient("grower@example.org"),),
)


def publish(session: Session, id: str, *accepts: dict[str, str]) -> None:
    document: dict[str, Any] = {
        "credential": id,
        "version": 1,
        "kind": "recognised",
        "title": id.title(),
        "accepts": list(accepts),
    }
    editions.put(session, {"credential": document}, NOON)


@pytest.fixture
def accepting(greenhouse: Greenhouse) -> Greenhouse:
    with greenhouse.database.transaction() as session:
        publish(
            session,
            "watering",
            {"issuer": STATE, "achievement": BADGE.achievement, "name": "The State University"},
        )
        publish(session, "weeding", {"issuer": STATE, "achievement": "urn:weeding"})
    return greenhouse


def proof() -> Evidence:
    return Evidence(
        id=new_id(),
        submission_id=None,
        name="badge.png",
        media_type="image/png",
        bytes=3,
        sha256="a" * 64,
        uploaded_by="grower",
        uploaded_at=NOON,
    )


def show(house: Greenhouse, badge: Badge = BADGE, wanted: str = "", **said: Any) -> Recognition:
    with house.database.transaction() as session:
        grower = session.get_one(Account, "grower")
        who = said.get("actor") or Actor(grower.id, grower.name, grower.email, frozenset())
        at = said.get("at", NOON)
        made, _counted = presenting.record(session, badge, grower, proof(), who, at, wanted)
        return made


def fault(house: Greenhouse, badge: Badge, wanted: str = "", **said: Any) -> str:
    with pytest.raises(Refused) as caught:
        show(house, badge, wanted, **said)
    with house.database.read() as session:
        kept = list(session.scalars(select(Evidence)))
        assert len(kept) == len(list(session.scalars(select(Recognition))))
    return caught.value.refusal.code


def held(house: Greenhouse, at: datetime = NOON) -> set[str]:
    with house.database.read() as session:
        return issuing.held(session, "grower", at)


def test_a_good_badge_is_recorded_with_its_issuer_and_its_file(accepting: Greenhouse) -> None:
    made = show(accepting)
    assert (made.credential_id, made.source) == ("watering", "The State University")
    assert (made.earned_on.isoformat(), made.badge_id) == ("2025-06-01", "urn:uuid:1")
    assert made.proof_id
    assert held(accepting) == {"watering"}
    with accepting.database.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "recognised")).one()
    assert event.facts["badge"] == {
        "id": "urn:uuid:1",
        "version": "3.0",
        "issuer": STATE,
        "achievement": BADGE.achievement,
    }


def test_a_badge_that_ends_counts_until_then(accepting: Greenhouse) -> None:
    ends = NOON + timedelta(days=30)
    show(accepting, replace(BADGE, expires_at=ends))
    assert held(accepting, ends) == {"watering"}
    assert held(accepting, ends + timedelta(seconds=1)) == set()
    # And the renewed one counts again.
    renewed = replace(BADGE, id="urn:uuid:2", expires_at=ends + timedelta(days=365))
    show(accepting, renewed, at=ends + timedelta(days=1))
    assert held(accepting, ends + timedelta(days=1)) == {"watering"}


def test_a_badge_shown_twice_is_recorded_once(accepting: Greenhouse) -> None:
    show(accepting)
    assert fault(accepting, BADGE) == "held"


def test_somebody_elses_badge_does_not_count(accepting: Greenhouse) -> None:
    other = replace(BADGE, recipients=(Recipient("another@example.org"),))
    assert fault(accepting, other) == "not-yours"
    assert fault(accepting, replace(BADGE, recipients=())) == "no-recipient"
    assert held(accepting) == set()


def test_an_issuer_that_no_document_names_does_not_count(accepting: Greenhouse) -> None:
    assert fault(accepting, replace(BADGE, issuer="did:key:z6Mk")) == "unknown-issuer"


def test_another_achievement_of_a_known_issuer_does_not_count(accepting: Greenhouse) -> None:
    assert fault(accepting, replace(BADGE, achievement="urn:raking")) == "other-achievement"
    assert fault(accepting, replace(BADGE, achievement="")) == "other-achievement"


def test_a_badge_counts_as_what_it_is_for_and_not_as_what_is_asked(accepting: Greenhouse) -> None:
    assert fault(accepting, BADGE, "weeding") == "other-achievement"
    assert show(accepting, BADGE, "watering").credential_id == "watering"


def test_a_record_that_staff_ended_is_not_made_anew_with_the_same_badge(
    accepting: Greenhouse,
) -> None:
    made = show(accepting)
    with accepting.database.transaction() as session:
        row = session.get_one(Recognition, made.id)
        issuing.revoke_recognition(session, row, "A mix-up.", accepting.office, NOON)
    with pytest.raises(Refused) as caught:
        show(accepting)
    assert caught.value.refusal.code == "ended-here"
    assert "A mix-up." in caught.value.refusal.reason


def test_nobody_but_staff_shows_a_badge_for_somebody_else(accepting: Greenhouse) -> None:
    stranger = Actor("stranger", "A stranger", "x@example.org", frozenset({"reviewer"}))
    assert fault(accepting, BADGE, actor=stranger) == "role"
    assert show(accepting, actor=accepting.office).recorded_by == accepting.office.id
