"""What stands at the addresses that badges name, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from engine.awards import issuing
from engine.awards.badges import achievement, awarded, contexts
from engine.awards.badges.canonical import canonical
from engine.awards.serial import new_serial
from engine.awards.status import Standing
from engine.errors import Refused
from engine.records.tables import Account, Award, AwardCredential
from engine.web.app import create_app
from tests.awards.conftest import NOON, Greenhouse
from tests.awards.issued.installation import Issued, OnlyOurs

pytestmark = pytest.mark.xdist_group("issued")  # the installation is slow to make

JSON = {"Accept": "application/json"}


@pytest.fixture
def client(greenhouse: Greenhouse) -> FlaskClient:
    app = create_app(greenhouse.settings, greenhouse.database)
    app.testing = False
    return app.test_client()


@pytest.fixture
def statements(greenhouse: Greenhouse) -> Iterator[list[str]]:
    """Every statement that the database runs, as it runs."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(greenhouse.database.engine, "before_cursor_execute", note)
    yield said
    event.remove(greenhouse.database.engine, "before_cursor_execute", note)


def _shape(answer: Any) -> tuple[Any, ...]:
    kept = {name for name, _value in answer.headers if name != "X-Request-Number"}
    return answer.status_code, answer.mimetype, sorted(answer.get_json(force=True)), sorted(kept)


def test_a_badge_stands_at_its_own_id(issued: Issued) -> None:
    web = OnlyOurs(issued)
    for serial, expected in list(issued.expectations.items())[:3]:
        assert expected == "valid"
        signed = issued.signed(serial)
        assert web.read(json.loads(signed)["id"]).decode() == signed


def test_what_a_badge_is_for_stands_at_its_id_as_the_badge_says_it(issued: Issued) -> None:
    web = OnlyOurs(issued)
    for serial in issued.serials.values():
        said = json.loads(issued.signed(serial))["credentialSubject"]["achievement"]
        there = json.loads(web.read(said["id"]))
        assert there.pop("@context") == [contexts.CREDENTIALS, contexts.BADGES]
        assert there == said
        assert canonical({"@context": [contexts.CREDENTIALS, contexts.BADGES], **there})


def test_it_says_standards_results_and_credits(issued: Issued) -> None:
    coach = json.loads(issued.signed(issued.serials["instructional-coach"]))
    subject = coach["credentialSubject"]
    said = subject["achievement"]
    assert said["achievementType"] == "Certificate"
    assert said["alignment"][0]["targetUrl"].startswith("https://awards.example.org/frameworks/")
    assert said["criteria"]["narrative"].count("\n- ") == 7
    described = [one["id"] for one in said["resultDescription"]]
    assert [one["resultDescription"] for one in subject["result"]] == described
    assert {one["value"] for one in subject["result"]} == {"100"}
    assert coach["evidence"][0]["name"] == "Notes, first week.pdf"
    assert "creditsAvailable" not in said
    film = json.loads(issued.signed(issued.serials["filmed-lesson"]))["credentialSubject"]
    assert (film["creditsEarned"], film["achievement"]["creditsAvailable"]) == (2.5, 2.5)
    assert film["achievement"]["tag"] == ["film", "teaching"]


def test_every_framework_item_that_a_badge_points_at_is_there(issued: Issued) -> None:
    client = issued.app.test_client()
    pages: dict[str, str] = {}
    for serial in issued.serials.values():
        said = json.loads(issued.signed(serial))["credentialSubject"]["achievement"]
        for one in said.get("alignment", ()):
            page, _hash, place = one["targetUrl"].partition("#")
            path = page.removeprefix(issued.settings.base_url)
            pages.setdefault(path, client.get(path).text)
            assert f'id="{place}"' in pages[path], one


def test_people_who_follow_the_address_come_to_a_page(
    greenhouse: Greenhouse, client: FlaskClient
) -> None:
    with greenhouse.database.transaction() as session:
        serial = greenhouse.award(session).serial
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for address in (f"/badges/{serial}", f"/badges/2.0/{serial}"):
        answer = client.get(address, headers=html)
        assert (answer.status_code, answer.location) == (303, f"/verify/{serial}")
    answer = client.get(f"/badges/achievements/{greenhouse.edition.digest}", headers=html)
    assert answer.location == "/credentials/window-garden"


def test_a_guess_a_revoked_a_replaced_and_a_hidden_badge_look_alike(
    greenhouse: Greenhouse, client: FlaskClient, statements: list[str]
) -> None:
    with greenhouse.database.transaction() as session:
        awards = [greenhouse.award(session, f"work {number}") for number in range(5)]
        for one in awards:
            awarded.credential_of(session, one, greenhouse.settings)
        issuing.revoke(session, awards[0], "A mistake.", greenhouse.office, NOON)
        awards[1].replaced_by, awards[1].replaced_at = awards[2].serial, NOON
        awards[3].names_holder, awards[4].on_page = False, True
        awards[4].names_holder = False  # on a page that there is not
        serials = [awards[number].serial for number in (0, 1, 3, 4)] + [new_serial()]
    shapes, costs = [], []
    for serial in serials:
        statements.clear()
        answer = client.get(f"/badges/{serial}", headers=JSON)
        said = answer.get_json()
        costs.append(list(statements))
        shapes.append((_shape(answer), said["title"], said.get("detail")))
    assert shapes[0][0][0] == 404
    assert all(one == shapes[0] for one in shapes)
    assert all(one == costs[0] for one in costs)


def test_a_hidden_badge_stands_at_its_id_while_it_is_on_a_page(
    greenhouse: Greenhouse, client: FlaskClient
) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        award.names_holder, award.on_page = False, True
        serial = award.serial
        session.get_one(Account, "grower").handle = "grower"
    assert client.get(f"/badges/{serial}", headers=JSON).status_code == 200
    with greenhouse.database.transaction() as session:
        session.get_one(Account, "grower").active = False
        session.get_one(Award, serial).names_holder = True
    assert client.get(f"/badges/{serial}", headers=JSON).status_code == 404


def test_a_hosted_badge_that_was_taken_back_is_gone(
    greenhouse: Greenhouse, client: FlaskClient
) -> None:
    with greenhouse.database.transaction() as session:
        serial = greenhouse.award(session).serial
    assert client.get(f"/badges/2.0/{serial}").status_code == 200
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, serial)
        issuing.revoke(session, award, "The evidence was copied.", greenhouse.office, NOON)
    answer = client.get(f"/badges/2.0/{serial}")
    assert answer.status_code == 410
    said = answer.get_json(force=True)
    assert (said["revoked"], said["revocationReason"]) == (True, "The evidence was copied.")
    guess = client.get(f"/badges/2.0/{new_serial()}")
    assert guess.status_code == 404
    assert _shape(guess)[1:] == _shape(answer)[1:]


def test_a_badge_names_its_holder_only_as_far_as_they_agreed(greenhouse: Greenhouse) -> None:
    def identifiers(award: Award) -> list[tuple[str, bool]]:
        subject = awarded.document_of(session, award, greenhouse.settings)["credentialSubject"]
        found = subject.get("identifier", ())
        return [(one["identityType"], one["hashed"]) for one in found]

    with greenhouse.database.transaction() as session:
        award, other = greenhouse.award(session), greenhouse.award(session, "second")
        assert identifiers(award) == [("emailAddress", True), ("name", False)]
        salts = {
            awarded.identity("grower@example.org", one.serial, greenhouse.settings)["salt"]
            for one in (award, other)
        }
        assert len(salts) == 2
        award.names_holder = False
        assert identifiers(award) == [("emailAddress", True)]
        session.get_one(Account, "grower").did = "did:key:z6MkHolder"
        assert identifiers(award) == [("emailAddress", True)]
        assert "did:key" not in str(awarded.document_of(session, award, greenhouse.settings))
        award.names_holder = True
        assert identifiers(award) == [("name", False)]
        said = awarded.document_of(session, award, greenhouse.settings)
        assert said["credentialSubject"]["id"] == "did:key:z6MkHolder"


def test_the_same_award_is_the_same_text_until_it_is_renewed(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        first = awarded.credential_of(session, award, greenhouse.settings)
        session.get_one(Account, "grower").email = "new@example.org"
        assert awarded.credential_of(session, award, greenhouse.settings) == first
        award.names_holder = False
        later = NOON + timedelta(days=9)
        second = awarded.renew(session, award, greenhouse.settings, later)
        assert second != first
        assert awarded.credential_of(session, award, greenhouse.settings) == second


def _hidden(greenhouse: Greenhouse, serial: str) -> str:
    """The holder takes their name out; the badge that is kept then."""
    with greenhouse.database.transaction() as session:
        award = session.get_one(Award, serial)
        award.names_holder = False
        return awarded.renew(session, award, greenhouse.settings, NOON + timedelta(days=9))


def _kept(greenhouse: Greenhouse, serial: str) -> str:
    with greenhouse.database.read() as session:
        return session.get_one(AwardCredential, serial).signed


@pytest.mark.parametrize("how", ["renewed", "forgotten"])
def test_a_reader_who_began_before_something_was_hidden_brings_nothing_back(
    greenhouse: Greenhouse, how: str
) -> None:
    with greenhouse.database.transaction() as session:
        serial = greenhouse.award(session).serial
    with greenhouse.database.read() as reading:
        award = reading.get_one(Award, serial)
        assert reading.get(AwardCredential, serial) is None  # what it knows from now on
        hidden = _hidden(greenhouse, serial)
        if how == "forgotten":  # as when the issuer's key could not be read
            with greenhouse.database.transaction() as session:
                session.delete(session.get_one(AwardCredential, serial))
        given = awarded.credential_of(reading, award, greenhouse.settings)
    assert given == _kept(greenhouse, serial)
    assert "Ana Ruiz" not in given
    if how == "renewed":
        assert given == hidden


def test_hiding_wins_over_a_badge_that_is_signed_at_the_same_moment(
    greenhouse: Greenhouse,
) -> None:
    with greenhouse.database.transaction() as session:
        serial = greenhouse.award(session).serial
    with ThreadPoolExecutor(1) as another, greenhouse.database.transaction() as session:
        award = session.get_one(Award, serial)
        assert "Ana Ruiz" in awarded.credential_of(session, award, greenhouse.settings)
        hiding = another.submit(_hidden, greenhouse, serial)
        with pytest.raises(TimeoutError):  # it waits for us, and then finds what we signed
            hiding.result(timeout=0.3)
        session.commit()
        hidden = hiding.result(timeout=30)
    assert hidden == _kept(greenhouse, serial)
    assert "Ana Ruiz" not in hidden


def test_words_that_no_context_defines_are_refused_before_signing(
    greenhouse: Greenhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = achievement.of
    monkeypatch.setattr(achievement, "of", lambda *said: {**of(*said), "hourz": 3})
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        with pytest.raises(Refused) as caught:
            awarded.credential_of(session, award, greenhouse.settings)
        assert caught.value.refusal.code == "undefined"


@pytest.mark.parametrize(
    ("typed", "signed"),
    [
        ("Ana\x00\x0b Ruiz\x7f", "Ana   Ruiz"),
        ("\u202eziuR anA\u202c", "ziuR anA"),
        ("Ana\ud800", "Ana"),
        ("<b>Ana</b> & \U0001f33f", "<b>Ana</b> & \U0001f33f"),
        ("مريم", "مريم"),
    ],
)
def test_what_is_signed_has_no_hidden_characters(typed: str, signed: str) -> None:
    assert achievement.plain(typed) == signed


def test_a_standing_without_a_reason_says_its_sentence(greenhouse: Greenhouse) -> None:
    from engine.awards.badges import hosted

    said = hosted.taken_back("X", Standing("replaced", "Corrected."), greenhouse.settings)
    assert said["revocationReason"] == "Corrected."
