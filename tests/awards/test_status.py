"""How an award stands, in one word and one sentence."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy.orm import Session

from engine.awards import issuing, status
from tests.awards.conftest import NOON, Greenhouse


def test_new_award_is_valid(greenhouse: Greenhouse, session: Session) -> None:
    told = status.standing(greenhouse.award(session), NOON)
    assert told.word == "valid"
    assert told.sentence == (
        "Awarded to Ana Ruiz on 12 March 2026. It is valid until 12 March 2029."
    )


def test_award_without_end_says_nothing_of_one(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    award.expires_at = None
    told = status.standing(award, NOON + timedelta(days=20_000))
    assert (told.word, told.sentence) == ("valid", "Awarded to Ana Ruiz on 12 March 2026.")


def test_award_expires_after_its_last_day(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    last = award.expires_at
    assert last is not None
    assert status.standing(award, last).word == "valid"
    told = status.standing(award, last + timedelta(seconds=1))
    assert (told.word, told.since) == ("expired", last)


def test_revoked_says_more_than_expired(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    issuing.revoke(session, award, "The evidence was copied.", greenhouse.office, NOON)
    told = status.standing(award, NOON + timedelta(days=20_000))
    assert (told.word, told.since, told.reason) == ("revoked", NOON, "The evidence was copied.")
    assert told.sentence == "This award was revoked on 12 March 2026. It no longer counts."


def test_unknown_serial_tells_nothing_but_that(greenhouse: Greenhouse) -> None:
    told = status.standing(None, NOON)
    answer = status.as_json(None, told, "https://awards.example.org")
    nothing = dict.fromkeys(status.MEMBERS)
    assert answer == nothing | {
        "status": "unknown",
        "message": "No award has this serial number.",
    }


def test_json_says_what_the_certificate_says(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    answer = status.as_json(award, status.standing(award, NOON), "https://awards.example.org")
    assert json.loads(json.dumps(answer)) == {
        "status": "valid",
        "message": "Awarded to Ana Ruiz on 12 March 2026. It is valid until 12 March 2029.",
        "serial": award.serial,
        "credential": {"id": "window-garden", "title": "Window Garden"},
        "statement": "Grows things in windows.",
        "recipient": "Ana Ruiz",
        "issuer": "Garden School",
        "issued_at": "2026-03-12T12:00:00+00:00",
        "expires_at": "2029-03-12T23:59:59+00:00",
        "since": "2026-03-12T12:00:00+00:00",
        "reason": None,
        "revoked_at": None,
        "revoked_reason": None,
        "suspended_at": None,
        "suspended_reason": None,
        "replaced_at": None,
        "replaced_by": None,
        "renewed_by": None,
        "address": f"https://awards.example.org/verify/{award.serial}",
    }
