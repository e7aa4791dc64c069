"""The key that signs badges: where it is wanted, rotated, lost, stolen, and not there."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import func, select

from engine.awards.badges import awarded, issuer, own, rekeying
from engine.awards.badges.issuer import did_web
from engine.cli import main
from engine.errors import NotFound, Refused
from engine.people import SYSTEM
from engine.records import audit, jobs, signing
from engine.records.files import EvidenceStore
from engine.records.tables import Award, AwardCredential, Event
from tests.awards.conftest import NOON, Greenhouse
from tests.databases import settle

LATER = NOON + timedelta(days=400)


def _badge(greenhouse: Greenhouse, submission: str = "first") -> tuple[str, str]:
    """Serial and signed badge of a new award."""
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session, submission)
        return award.serial, awarded.credential_of(session, award, greenhouse.settings)


def _kept(greenhouse: Greenhouse, serial: str) -> str:
    with greenhouse.database.read() as session:
        return awarded.credential_of(session, session.get_one(Award, serial), greenhouse.settings)


def _word(greenhouse: Greenhouse, signed: str) -> str:
    ours = issuer.of(greenhouse.settings)
    return own.check(signed, ours.did, ours.did_document(), LATER).word


def _method(signed: str) -> str:
    return str(json.loads(signed)["proof"]["verificationMethod"])


def _drain(greenhouse: Greenhouse) -> None:
    store = EvidenceStore(greenhouse.settings.evidence)
    jobs.drain(jobs.JobContext(greenhouse.settings, greenhouse.database, store))


@pytest.mark.parametrize(
    ("address", "did"),
    [
        ("https://awards.example.org", "did:web:awards.example.org"),
        ("https://example.org:8443", "did:web:example.org%3A8443"),
        ("https://example.org/awards/here", "did:web:example.org:awards:here"),
    ],
)
def test_the_did_is_made_of_the_public_address(address: str, did: str) -> None:
    assert did_web(address) == did


def test_the_keys_address_ends_in_the_key_itself(greenhouse: Greenhouse) -> None:
    document = issuer.of(greenhouse.settings).did_document()
    (method,) = document["verificationMethod"]
    assert method["id"] == f"did:web:awards.example.org#{method['publicKeyMultibase']}"
    assert method["publicKeyMultibase"].startswith("z6Mk")
    assert document["assertionMethod"] == [method["id"]]


def test_the_private_key_is_the_owners_alone(greenhouse: Greenhouse) -> None:
    issuer.of(greenhouse.settings).did_document()
    assert (greenhouse.settings.keys / "issuer.pem").stat().st_mode & 0o777 == 0o600


def test_a_rotated_key_keeps_old_badges_good(greenhouse: Greenhouse) -> None:
    serial, old = _badge(greenhouse)
    with greenhouse.database.transaction() as session:
        new_key = rekeying.rotate(session, greenhouse.settings, SYSTEM, LATER)
    assert _kept(greenhouse, serial) == old
    assert _word(greenhouse, old) == "good"
    _serial, new = _badge(greenhouse, "second")
    assert _method(new).endswith(f"#{new_key}")
    assert _word(greenhouse, new) == "good"
    with greenhouse.database.read() as session:
        assert [one.kind for one in audit.story(session, rekeying.CHAIN)] == ["key-rotated"]


def test_what_a_stolen_key_signed_counts_no_more_and_ours_is_signed_anew(
    greenhouse: Greenhouse,
) -> None:
    serial, stolen = _badge(greenhouse)
    other, _signed = _badge(greenhouse, "second")
    key_id = _method(stolen).partition("#")[2]
    with greenhouse.database.transaction() as session:
        new_key = rekeying.declare_stolen(session, greenhouse.settings, key_id, SYSTEM, LATER)
    assert _word(greenhouse, stolen) == "wrong"
    document = issuer.of(greenhouse.settings).did_document()
    marked = {one["publicKeyMultibase"]: "revoked" in one for one in document["verificationMethod"]}
    assert marked == {key_id: True, new_key: False}
    assert [one.partition("#")[2] for one in document["assertionMethod"]] == [new_key]
    # Asked for before the job comes to it, it is signed anew at once.
    assert _method(_kept(greenhouse, serial)).endswith(new_key)
    _drain(greenhouse)
    with greenhouse.database.read() as session:
        rows = {one.serial: one for one in session.scalars(select(AwardCredential))}
    assert {serial: one.key_id for serial, one in rows.items()} == {serial: new_key, other: new_key}
    assert all(_word(greenhouse, one.signed) == "good" for one in rows.values())


def test_only_a_key_that_signed_here_can_be_declared_stolen(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session, pytest.raises(NotFound):
        rekeying.declare_stolen(session, greenhouse.settings, "z6MkNobody", SYSTEM, LATER)


def test_a_lost_key_gives_way_to_a_new_one_and_stays_listed(greenhouse: Greenhouse) -> None:
    _serial, old = _badge(greenhouse)
    (greenhouse.settings.keys / "issuer.pem").unlink()
    with greenhouse.database.transaction() as session:
        rekeying.replace_lost(session, greenhouse.settings, SYSTEM, LATER)
    assert _word(greenhouse, old) == "good"
    _serial, new = _badge(greenhouse, "second")
    assert _word(greenhouse, new) == "good"
    assert _method(new) != _method(old)


def test_a_lost_folder_of_keys_is_listed_again_from_the_badges(greenhouse: Greenhouse) -> None:
    _serial, old = _badge(greenhouse)
    for file in greenhouse.settings.keys.iterdir():
        file.unlink()
    issuer.of(greenhouse.settings).did_document()  # asked meanwhile, so a first key is made
    with greenhouse.database.transaction() as session, pytest.raises(Refused) as caught:
        greenhouse.award(session, "second")
    assert caught.value.refusal.code == "issuer-key"
    with greenhouse.database.transaction() as session:
        rekeying.replace_lost(session, greenhouse.settings, SYSTEM, LATER)
    assert _word(greenhouse, old) == "good"


def test_a_key_that_is_there_is_not_lost(greenhouse: Greenhouse) -> None:
    _badge(greenhouse)
    with greenhouse.database.transaction() as session, pytest.raises(Refused) as caught:
        rekeying.replace_lost(session, greenhouse.settings, SYSTEM, LATER)
    assert caught.value.refusal.code == "not-lost"


@pytest.mark.parametrize("fault", ["missing", "damaged", "another kind", "list damaged", "stolen"])
def test_without_its_key_nothing_is_granted(greenhouse: Greenhouse, fault: str) -> None:
    _badge(greenhouse)
    _spoil(greenhouse.settings.keys, fault)
    with pytest.raises(Refused) as caught, greenhouse.database.transaction() as session:
        greenhouse.award(session, "second")
    refusal = caught.value.refusal
    assert refusal.code == "issuer-key"
    assert "accolade key lost" in refusal.remedy
    with greenhouse.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Award)) == 1
        assert session.scalar(select(func.count()).where(Event.kind == "awarded")) == 1
    with greenhouse.database.transaction() as session:
        rekeying.replace_lost(session, greenhouse.settings, SYSTEM, LATER)
        greenhouse.award(session, "third")


def test_where_the_folder_of_keys_is_gone_nobody_is_shown_or_given_a_new_one(
    greenhouse: Greenhouse,
) -> None:
    serial, signed = _badge(greenhouse)
    settings = greenhouse.settings
    settings.instance.mkdir(parents=True, exist_ok=True)
    settle(settings.instance, settings.database_url)
    kept = settings.keys.rename(settings.instance / "elsewhere")
    for words in (["key"], ["key", "rotate"]):
        ran = CliRunner().invoke(main, ["--instance", str(settings.instance), *words])
        assert ran.exit_code == 1
        assert "The folder of the keys that sign badges is not the one that it was" in ran.output
        assert "accolade key lost" in ran.output
    assert not settings.keys.exists()
    kept.rename(settings.keys)
    assert _word(greenhouse, _kept(greenhouse, serial)) == _word(greenhouse, signed) == "good"


def _spoil(keys: Path, fault: str) -> None:
    private, public = keys / "issuer.pem", keys / "issuer.pub"
    if fault == "missing":
        private.unlink()
    elif fault == "damaged":
        private.write_bytes(private.read_bytes()[:60])
    elif fault == "another kind":
        private.write_bytes(pem_of(SECP256R1()))
    elif fault == "list damaged":
        public.write_bytes(b"\xff\x00 not a list\n")
    else:
        id = public.read_text("ascii").split()[0]
        signing.declare_stolen(keys, id, LATER, "issuer")


def pem_of(curve: SECP256R1) -> bytes:
    return generate_private_key(curve).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def test_the_command_shows_rotates_and_declares(tmp_path: Path) -> None:
    def said(*words: str, fails: bool = False) -> list[str]:
        ran = CliRunner().invoke(main, ["--instance", str(tmp_path), "key", *words])
        assert (ran.exit_code != 0) is fails, ran.output
        return ran.output.splitlines()

    first = said()[1].removeprefix("Signs now: ")
    assert first.startswith("z6Mk")
    second = said("rotate")[1].removeprefix("Signs now: ")
    assert second != first
    assert [line.split(",")[0] for line in said()[2:]] == [f"Before:    {first}"]
    assert "nothing was changed" in said("lost", fails=True)[-1]
    after = said("stolen", second, "--yes")
    assert [line.split(",")[0] for line in after[2:4]] == [
        f"Before:    {first}",
        f"Stolen:    {second}",
    ]
    assert said("stolen", "z6MkNobody", "--yes", fails=True)
