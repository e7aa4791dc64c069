"""Status lists: right to the bit, signed, new at once, and built once however many ask."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from openbadgeslib.ob3.status import decode_encoded_list, set_indices

from engine.awards import issuing, places
from engine.awards.badges import issued_status, multibase, rekeying, status_lists
from engine.people import SYSTEM
from engine.records.tables import Award
from engine.web.app import create_app
from tests.awards.conftest import NOON, Greenhouse

LIST = "/badges/status/1"


@pytest.fixture
def client(greenhouse: Greenhouse) -> FlaskClient:
    return create_app(greenhouse.settings, greenhouse.database).test_client()


def _set(client: FlaskClient) -> frozenset[int]:
    """As a second implementation reads the list."""
    said = json.loads(client.get(LIST).data)
    return set_indices(decode_encoded_list(said["credentialSubject"]["encodedList"]))


def test_a_list_has_131072_places_and_the_highest_bit_of_a_byte_is_the_first() -> None:
    packed = issued_status.packed([0, 9, 131_071])
    assert packed.startswith("u")
    bits = gzip.decompress(multibase.decode(packed))
    assert len(bits) * 8 == 131_072
    assert bits[0] == 0b1000_0000
    assert bits[1] == 0b0100_0000
    assert bits[-1] == 1
    assert [number for number in range(131_072) if status_lists.bit(packed, number)] == [
        0,
        9,
        131_071,
    ]
    assert issued_status.packed([0, 9, 131_071]) == packed


def test_a_revoked_suspended_or_replaced_award_sets_its_bit_at_once(
    greenhouse: Greenhouse, client: FlaskClient
) -> None:
    with greenhouse.database.transaction() as session:
        awards = [greenhouse.award(session, f"work {number}") for number in range(4)]
        serials = [one.serial for one in awards]
        index = [one.status_index for one in awards]
    assert _set(client) == frozenset()
    with greenhouse.database.transaction() as session:
        first = session.get_one(Award, serials[0])
        issuing.revoke(session, first, "A mistake.", greenhouse.office, NOON)
    assert _set(client) == {index[0]}
    with greenhouse.database.transaction() as session:
        session.get_one(Award, serials[1]).suspended_at = NOON
        session.get_one(Award, serials[2]).replaced_by = serials[3]
    assert _set(client) == set(index[:3])
    with greenhouse.database.transaction() as session:
        session.get_one(Award, serials[1]).suspended_at = None
    assert _set(client) == {index[0], index[2]}


def test_who_has_the_list_is_told_that_it_is_the_same(
    greenhouse: Greenhouse, client: FlaskClient
) -> None:
    with greenhouse.database.transaction() as session:
        serial = greenhouse.award(session).serial
    first = client.get(LIST)
    assert first.headers["Cache-Control"] == "public, max-age=30"
    asked = {"If-None-Match": first.headers["ETag"]}
    assert client.get(LIST, headers=asked).status_code == 304
    assert client.get(LIST).data == first.data
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, serial)
        issuing.revoke(session, award, "A mistake.", greenhouse.office, NOON)
    assert client.get(LIST, headers=asked).status_code == 200


def test_a_storm_of_requests_costs_one_signature(greenhouse: Greenhouse) -> None:
    lists = issued_status.StatusLists()
    with greenhouse.database.transaction() as session:
        greenhouse.award(session)

    def ask(_number: int) -> str:
        with greenhouse.database.read() as session:
            found = lists.listing(session, 1, greenhouse.settings, NOON)
        assert found is not None
        return found.signed

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(200)))
    assert len(answers) == 1
    assert lists.builds == 1


def test_another_key_signs_the_list_anew(greenhouse: Greenhouse, client: FlaskClient) -> None:
    before = json.loads(client.get(LIST).data)
    with greenhouse.database.transaction() as session:
        new = rekeying.rotate(session, greenhouse.settings, SYSTEM, NOON + timedelta(days=1))
    after = json.loads(client.get(LIST).data)
    assert before["proof"]["verificationMethod"] != after["proof"]["verificationMethod"]
    assert after["proof"]["verificationMethod"].endswith(f"#{new}")


def test_there_is_no_list_beyond_the_last_one(greenhouse: Greenhouse, client: FlaskClient) -> None:
    assert client.get(LIST).status_code == 200
    for number in (0, 2, 10**12):
        assert client.get(f"/badges/status/{number}").status_code == 404
    with greenhouse.database.transaction() as session:
        greenhouse.award(session).status_list = 2
    assert client.get("/badges/status/2").status_code == 200
    assert places.ENTRIES == 131_072


def test_without_its_key_no_list_is_given_out(greenhouse: Greenhouse, client: FlaskClient) -> None:
    assert client.get(LIST).status_code == 200
    (greenhouse.settings.keys / "issuer.pem").unlink()
    answer = client.get(LIST, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "issuer-key")


def test_a_wallet_on_another_site_may_read_it_and_nobody_gets_a_cookie(
    greenhouse: Greenhouse, client: FlaskClient
) -> None:
    answer = client.get(LIST)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert answer.mimetype == "application/vc"
