"""The page that says whether a certificate is good, and the same as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.awards import issuing, suspending
from engine.awards.badges import awarded, own
from engine.awards.badges.own import Signature
from engine.credentials.library import Library
from engine.people import SYSTEM
from engine.records import signing
from engine.records.tables import Account, AwardCredential, EditionRow
from engine.web import kept_answers, verification
from tests.conftest import TERM, School

GARDEN = "school-garden-steward"
NOBODYS = "0000-0000-0000-0000"
"""Passes the check character, and nobody was given it."""
FORGED = "0000-0000-0000-0001"


def signed(school: School, name: str = "ana") -> str:
    """The serial of an award whose badge is signed."""
    serial = school.award(name, GARDEN)
    with school.database.transaction() as session:
        awarded.credential_of(session, school.award_of(session, serial), school.settings)
    return serial


def at(school: School, moment: datetime) -> None:
    """Set the school's clock."""
    here = school.app.extensions["accolade"]
    school.app.extensions["accolade"] = replace(here, clock=lambda: moment)


def page(school: School, serial: str) -> str:
    """The page as it reads."""
    answer = school.browser().get(f"/verify/{serial}")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_the_page_says_that_the_signature_was_checked_just_now(school: School) -> None:
    said = page(school, signed(school))
    assert "Signature checked just now: it is good." in said
    assert re.search(r"Key: z6Mk\w{44}", said)


def test_an_award_whose_badge_nobody_fetched_yet_says_so_calmly(school: School) -> None:
    said = page(school, school.award("ana", GARDEN))
    assert "Valid." in said
    assert "is signed when somebody first fetches it" in said
    assert "does not fit" not in said


def test_a_kept_badge_that_was_changed_does_not_pass(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        kept = session.get_one(AwardCredential, serial)
        kept.signed = kept.signed.replace("Garden", "Gardens", 1)
    assert "Signature checked just now: it does not fit." in page(school, serial)


def test_keys_that_cannot_be_read_leave_the_page_standing(school: School) -> None:
    serial = signed(school)
    (school.settings.keys / "issuer.pub").write_text("no key at all")
    said = page(school, serial)
    assert "Valid." in said
    assert "can’t be checked at this moment" in said


def test_an_award_of_twenty_years_ago_is_told_from_what_was_signed(school: School) -> None:
    serial = signed(school)
    before = school.browser().json(f"/verify/{serial}").get_json()
    signing.rotate(school.settings.keys, TERM + timedelta(days=4_000), "issuer")
    at(school, TERM + timedelta(days=20 * 365))
    here = school.app.extensions["accolade"]
    gone = replace(here.settings, documents=())
    school.app.extensions["accolade"] = replace(here, settings=gone, library=Library((), ()))

    found = school.browser().get(f"/verify/{serial}")

    assert found.status_code == 200
    assert "Signature checked just now: it is good." in page(school, serial)
    now = school.browser().json(f"/verify/{serial}").get_json()
    assert now["signature"]["key"] == before["signature"]["key"]
    assert now["standards"] == before["standards"]
    assert now["criteria"] == before["criteria"] != {"id": None, "narrative": None}


def test_what_stands_on_the_page_does_not_need_the_document(
    school: School, count_queries: list[str]
) -> None:
    serial = signed(school)
    count_queries.clear()
    school.browser().get(f"/verify/{serial}")
    assert [one for one in count_queries if EditionRow.__tablename__ in one] == []


def test_a_holder_who_hides_their_name_is_not_named(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        award.names_holder = False
        awarded.renew(session, award, school.settings, TERM)
    said = page(school, serial)
    assert re.search(r"\bAna\b", said) is None
    assert "The holder chose not to show the name here." in said
    assert "ask for the certificate’s file and check it below" in said
    assert school.browser().json(f"/verify/{serial}").get_json()["recipient"] is None


def test_a_suspended_award_says_since_when_and_why(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        suspending.suspend(session, award, "A question is open.", SYSTEM, TERM)
    said = page(school, serial)
    assert "Suspended." in said
    assert "A question is open." in said


def test_a_renewed_award_leads_on_to_its_renewal(school: School) -> None:
    first = signed(school)
    second = signed(school, "ben")
    with school.database.transaction() as session:
        school.award_of(session, second).renews = first
    assert f"/verify/{second}" in school.browser().get(f"/verify/{first}").text
    assert f"/verify/{first}" not in school.browser().get(f"/verify/{second}").text


def test_every_number_gets_the_same_members(school: School) -> None:
    known = school.browser().json(f"/verify/{signed(school)}")
    for serial in (NOBODYS, FORGED, "nothing like one"):
        answer = school.browser().json(f"/verify/{serial}")
        assert answer.status_code == 404
        assert tuple(answer.get_json()) == tuple(known.get_json())
        assert set(answer.get_json()) == set(verification.MEMBERS)


def test_a_guess_costs_the_same_work_as_a_revoked_award(
    school: School, count_queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not measured by the clock, which would tell the truth only sometimes: the same queries with
    other values, and one check of a signature each."""
    serial = signed(school)
    with school.database.transaction() as session:
        issuing.revoke(session, school.award_of(session, serial), "A mix-up.", SYSTEM, TERM)
    checks: list[str] = []
    check = own.check

    def counted(*given: object) -> Signature:
        checks.append("one")
        return check(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(own, "check", counted)
    own.check_nobodys(TERM)  # makes its badge once for each process

    def work(asked: str, kind: str) -> tuple[list[str], int]:
        count_queries.clear()
        checks.clear()
        school.browser().get(f"/verify/{asked}", headers={"Accept": kind})
        return list(count_queries), len(checks)

    for kind in ("text/html", "application/json"):
        at(school, TERM + timedelta(days=1 if kind == "text/html" else 2))
        revoked = work(serial, kind)
        assert (len(revoked[0]), revoked[1]) == (2, 1)
        assert work(NOBODYS, kind) == work(FORGED, kind) == revoked
        # A second time each is answered by the one query that tells whether anything changed.
        again = work(serial, kind)
        assert (len(again[0]), again[1]) == (1, 0)
        assert work(NOBODYS, kind) == work(FORGED, kind) == again


def test_a_kept_answer_ends_with_the_award_that_it_tells_of(school: School) -> None:
    serial = signed(school)
    assert "Valid." in page(school, serial)
    with school.database.transaction() as session:
        issuing.revoke(session, school.award_of(session, serial), "A mix-up.", SYSTEM, TERM)
    assert "Revoked." in page(school, serial)


def test_a_signature_is_checked_anew_after_a_minute(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = signed(school)
    checked: list[str] = []
    check = own.check

    def noted(*given: object) -> Signature:
        checked.append("once")
        return check(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(own, "check", noted)
    start = TERM + timedelta(days=1)
    for seconds, times in ((0, 1), (59, 1), (61, 2)):
        at(school, start + timedelta(seconds=seconds))
        page(school, serial)
        assert len(checked) == times


def test_a_kept_answer_is_told_in_the_language_of_whoever_asks(school: School) -> None:
    serial = signed(school)

    def told(language: str) -> str:
        said = {"Accept": "application/json", "Accept-Language": language}
        found: str = school.browser().get(f"/verify/{serial}", headers=said).get_json()["message"]
        return found

    english, spanish = told("en"), told("es")
    assert english != spanish
    assert (told("en"), told("es")) == (english, spanish)


def test_the_badges_own_words_are_told_to_be_in_its_language(school: School) -> None:
    serial = signed(school)

    def marked(language: str) -> list[str]:
        answer = school.browser().get(f"/verify/{serial}", headers={"Accept-Language": language})
        return re.findall(r'<(a|dd|div)[^>]* lang="en"', answer.text.partition("<main")[2])

    assert marked("en") == []
    assert marked("es") == ["a", "dd", "div"]


@pytest.mark.parametrize("kind", ["text/html", "application/json", "application/vc"])
def test_what_is_kept_of_an_address_is_kept_by_what_was_asked_for(
    school: School, kind: str
) -> None:
    for serial in (signed(school), NOBODYS):
        answer = school.browser().get(f"/verify/{serial}", headers={"Accept": kind})
        assert {"Accept", "Accept-Language", "Cookie"} <= set(answer.vary)


def test_a_kept_page_is_for_visitors_only(school: School) -> None:
    serial = signed(school)
    visitors = school.browser().get(f"/verify/{serial}").text
    assert "Ana Ruiz</a>" in school.browser("ana").get(f"/verify/{serial}").text
    assert "Open the certificate (PDF)" in school.browser("ana").get(f"/verify/{serial}").text
    assert school.browser().get(f"/verify/{serial}").text == visitors
    assert "Open the certificate (PDF)" not in visitors
    spanish = school.browser().get(f"/verify/{serial}", headers={"Accept-Language": "es"})
    assert 'lang="es"' in spanish.text


def test_what_one_visitor_adds_to_the_address_reaches_nobody_else(school: School) -> None:
    serial = signed(school)
    odd = {"Tus-Resumable": "1.0.0"}
    for address in (f"/verify/{serial}?from=evil", f"/verify/{serial.lower()}"):
        assert school.browser().get(address, headers=odd).status_code == 200
    found = school.browser().get(f"/verify/{serial}")
    assert found.mimetype == "text/html"
    assert "evil" not in found.text
    assert serial.lower() not in found.text


def test_a_page_that_did_not_change_is_not_sent_again(school: School) -> None:
    serial = signed(school)
    browser = school.browser()
    first = browser.get(f"/verify/{serial}")
    again = browser.get(f"/verify/{serial}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_program_that_asks_for_the_badge_gets_it_as_it_was_signed(school: School) -> None:
    serial = signed(school)
    with school.database.read() as session:
        kept = session.scalars(select(AwardCredential.signed)).one()
    for kind in ("application/vc", "application/vc+ld+json", "application/ld+json"):
        answer = school.browser().get(f"/verify/{serial}", headers={"Accept": kind})
        assert (answer.status_code, answer.mimetype) == (200, "application/vc")
        assert answer.text == kept


def test_a_badge_that_its_holder_shows_to_nobody_is_not_given_away(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        school.award_of(session, serial).names_holder = False
    wanted = {"Accept": "application/vc"}
    hidden = school.browser().get(f"/verify/{serial}", headers=wanted)
    unknown = school.browser().get(f"/verify/{NOBODYS}", headers=wanted)
    assert hidden.status_code == unknown.status_code == 404
    assert len(hidden.text) == len(unknown.text)
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        award.on_page = True
    # There is no page, so it stands on none.
    assert school.browser().get(f"/verify/{serial}", headers=wanted).status_code == 404
    with school.database.transaction() as session:
        session.get_one(Account, award.recipient_id).handle = "ana-teaches"
    assert school.browser().get(f"/verify/{serial}", headers=wanted).status_code == 200


def test_standards_criteria_and_evidence_are_told_as_they_were_signed(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        kept = session.get_one(AwardCredential, serial)
        said = json.loads(kept.signed)
        said["credentialSubject"]["achievement"]["alignment"] = [
            {
                "type": ["Alignment"],
                "targetCode": "4.b",
                "targetName": "4.b: Grows things",
                "targetDescription": "Grows things",
                "targetFramework": "Garden standards",
                "targetUrl": "https://standards.example/4b",
            }
        ]
        said["evidence"] = [
            {
                "id": "https://school.example/garden.png",
                "type": ["Evidence"],
                "name": "The bed",
            },
            {"id": "javascript:alert(1)", "type": ["Evidence"], "name": "A trap"},
        ]
        kept.signed = json.dumps(said)
    answer = school.browser().get(f"/verify/{serial}").text
    assert '<a href="https://standards.example/4b">Grows things</a>' in answer
    assert "(Garden standards)" in answer
    assert '<a href="https://school.example/garden.png" rel="nofollow">The bed</a>' in answer
    assert "A trap" in answer
    assert "javascript:" not in answer


def test_kept_answers_forget_the_oldest(school: School) -> None:
    kept: kept_answers.KeptAnswers[str] = kept_answers.KeptAnswers(most=2)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for asked in ("one", "two", "three"):
        kept.keep(asked, None, now, asked)
    assert [kept.get(asked, None, now) for asked in ("one", "two", "three")] == [
        None,
        "two",
        "three",
    ]
    assert kept.get("three", "changed", now) is None
    assert kept.get("three", None, now - timedelta(seconds=1)) is None


def test_a_kept_answer_ends_with_the_calendar() -> None:
    kept: kept_answers.KeptAnswers[str] = kept_answers.KeptAnswers()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ends = now + timedelta(seconds=10)
    kept.keep("award", None, now, "valid", ends)
    assert kept.get("award", None, ends - timedelta(seconds=1)) == "valid"
    assert kept.get("award", None, ends) is None
