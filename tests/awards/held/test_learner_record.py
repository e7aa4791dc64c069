"""A Comprehensive Learner Record holds the badges as they were signed, and verifies elsewhere."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from openbadgeslib.ob3.clr import bundled_clr_contexts
from openbadgeslib.ob3.ldp import verify_data_integrity_proof
from openbadgeslib.ob3.verifier import OB3VerificationError
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.badges import awarded, issuer, own, proofs
from engine.awards.held import learner_record
from engine.errors import Refused
from engine.records.tables import Account, Award
from tests.awards.conftest import NOON, Greenhouse
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


def record(session: Session, greenhouse: Greenhouse, part: int = 1) -> dict[str, Any]:
    found = learner_record.members(session, "grower")
    account = session.get_one(Account, "grower")
    said = learner_record.unsigned(session, account, found, part, greenhouse.settings, NOON)
    signed: dict[str, Any] = json.loads(learner_record.signed(said, greenhouse.settings, NOON))
    return signed


def elsewhere(greenhouse: Greenhouse, signed: dict[str, Any]) -> None:
    """Verify with an implementation that is not ours."""
    key = issuer.of(greenhouse.settings).signer.key.public_key()
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    verify_data_integrity_proof(signed, pem, extra_contexts=bundled_clr_contexts())


def test_record_verifies_and_so_does_each_badge_in_it(
    session: Session, greenhouse: Greenhouse
) -> None:
    for id in ("first", "second"):
        greenhouse.award(session, id)
    signed = record(session, greenhouse)
    key = issuer.of(greenhouse.settings).signer.key.public_key()
    elsewhere(greenhouse, signed)
    proofs.verify(signed, signed["proof"], key)
    members = signed["credentialSubject"]["verifiableCredential"]
    assert len(members) == 2
    for one in members:
        elsewhere(greenhouse, one)


def test_record_holds_the_badges_as_they_were_signed(
    session: Session, greenhouse: Greenhouse
) -> None:
    award = greenhouse.award(session)
    kept = json.loads(awarded.credential_of(session, award, greenhouse.settings))
    assert record(session, greenhouse)["credentialSubject"]["verifiableCredential"] == [kept]


@pytest.mark.parametrize("where", ["record", "badge"])
def test_changed_letter_shows(session: Session, greenhouse: Greenhouse, where: str) -> None:
    greenhouse.award(session)
    signed = record(session, greenhouse)
    changed = copy.deepcopy(signed)
    if where == "record":
        changed["name"] += "!"
    else:
        changed["credentialSubject"]["verifiableCredential"][0]["name"] += "!"
    with pytest.raises(OB3VerificationError):
        elsewhere(greenhouse, changed)
    key = issuer.of(greenhouse.settings).signer.key.public_key()
    with pytest.raises(Refused):
        proofs.verify(changed, changed["proof"], key)


def test_word_that_no_context_defines_is_not_signed(
    session: Session, greenhouse: Greenhouse
) -> None:
    greenhouse.award(session)
    found = learner_record.members(session, "grower")
    account = session.get_one(Account, "grower")
    for place in ("record", "subject", "badge"):
        said = learner_record.unsigned(session, account, found, 1, greenhouse.settings, NOON)
        subject = said["credentialSubject"]
        where = {"record": said, "subject": subject, "badge": subject["verifiableCredential"][0]}
        where[place]["undefined"] = "words"
        with pytest.raises(Refused):
            learner_record.signed(said, greenhouse.settings, NOON)


def test_members_of_a_record_bring_no_contexts_of_strangers(
    session: Session, greenhouse: Greenhouse
) -> None:
    greenhouse.award(session)
    found = learner_record.members(session, "grower")
    account = session.get_one(Account, "grower")
    for contexts in (["https://evil.example/context"], [{"name": "https://evil.example/"}], "x"):
        said = learner_record.unsigned(session, account, found, 1, greenhouse.settings, NOON)
        said["credentialSubject"]["verifiableCredential"][0]["@context"] = contexts
        with pytest.raises(Refused):
            learner_record.signed(said, greenhouse.settings, NOON)


def test_revoked_and_replaced_awards_are_not_in_it(
    session: Session, greenhouse: Greenhouse
) -> None:
    kept, revoked, replaced = (greenhouse.award(session, id) for id in ("a", "b", "c"))
    issuing.revoke(session, revoked, "A mistake.", greenhouse.office, NOON)
    replaced.replaced_by, replaced.replaced_at = kept.serial, NOON
    session.flush()
    assert [one.award for one in learner_record.members(session, "grower")] == [kept]


def test_record_is_one_persons(session: Session, greenhouse: Greenhouse) -> None:
    own = greenhouse.award(session)
    greenhouse.award(session, "other", "stranger")
    assert [one.award for one in learner_record.members(session, "grower")] == [own]


def test_long_record_comes_in_parts(
    session: Session, greenhouse: Greenhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner_record, "MOST", 2)
    for number in range(3):
        greenhouse.award(session, str(number), at=NOON + timedelta(days=number))
    parts = [record(session, greenhouse, part) for part in (1, 2)]
    assert [one["partial"] for one in parts] == [True, True]
    assert [len(one["credentialSubject"]["verifiableCredential"]) for one in parts] == [2, 1]
    assert parts[0]["id"] != parts[1]["id"]
    for one in parts:
        elsewhere(greenhouse, one)


def test_record_of_as_many_badges_as_a_part_holds_is_small_enough_for_others(
    session: Session, greenhouse: Greenhouse
) -> None:
    for number in range(learner_record.MOST):
        greenhouse.award(session, str(number))
    signed = record(session, greenhouse)
    assert len(json.dumps(signed)) < 256 * 1024
    elsewhere(greenhouse, signed)
    us = issuer.of(greenhouse.settings)
    here = json.dumps(signed), us.did, us.did_document(), NOON, learner_record.WORK
    assert own.check(*here).word == "good"


def test_record_names_its_person_by_their_did(session: Session, greenhouse: Greenhouse) -> None:
    greenhouse.award(session)
    subject = record(session, greenhouse)["credentialSubject"]
    assert "grower@example.org" not in json.dumps(subject)
    assert subject["identifier"][0]["hashed"] is True
    session.get_one(Account, "grower").did = "did:web:grower.example.org"
    assert record(session, greenhouse)["credentialSubject"]["id"] == "did:web:grower.example.org"


def test_record_says_what_leads_to_what(session: Session, greenhouse: Greenhouse) -> None:
    from dataclasses import replace

    from engine.credentials.credential import Prerequisites

    award = greenhouse.award(session)
    later = Award(edition_digest="later")
    (first,) = learner_record.members(session, "grower")
    leads = replace(
        first.credential, id="later", prerequisites=Prerequisites(("window-garden", "none"), 1)
    )
    found = [first, learner_record.Member(later, leads)]
    assert learner_record.associations(found, greenhouse.settings) == [
        {
            "type": "Association",
            "associationType": "precedes",
            "sourceId": f"https://awards.example.org/badges/achievements/{award.edition_digest}",
            "targetId": "https://awards.example.org/badges/achievements/later",
        }
    ]
