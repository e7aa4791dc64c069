"""What staff do with an award after it was granted: each page says what follows before anything is
done, and the list finds awards by how they stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.awards import correcting, finding, issuing, places, suspending
from engine.records import audit
from engine.records.tables import Account, Award, Recognition
from engine.web import staff_awards
from tests.databases import ON_SQLITE
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, house, words
from tests.web.test_staff_awards import held, publish_recognised, ribbon

__all__ = ["garden", "house"]

REASON = "We look into the photos."
NOW = datetime.now(UTC)


def find(house: GardenHouse, serial: str) -> Award:
    with house.garden.database.read() as session:
        return session.get_one(Award, serial)


def kinds(house: GardenHouse, serial: str) -> list[str]:
    with house.garden.database.read() as session:
        return [one.kind for one in audit.story(session, f"award:{serial}")]


def granted(
    house: GardenHouse,
    serial: str,
    credential: str,
    holder: str = "grower",
    ends: datetime | None = None,
    gone: bool = False,
) -> str:
    """An award of one of the recognised credentials, as a list of people might bring it."""
    with house.garden.database.transaction() as session:
        session.add(
            Award(
                serial=serial,
                edition_digest=credential.ljust(64, "0"),
                credential_id=credential,
                recipient_id=holder,
                recipient_name=session.get_one(Account, holder).name,
                title=credential.title(),
                statement="",
                issuer="Garden School",
                issued_at=NOON,
                expires_at=ends,
                revoked_at=NOW if gone else None,
                status_list=1,
                status_index=places.free(session).entry,
            )
        )
    return serial


def unrecognise(house: GardenHouse, credential: str) -> None:
    with house.garden.database.transaction() as session:
        for one in session.scalars(
            select(Recognition).where(Recognition.credential_id == credential)
        ):
            issuing.revoke_recognition(session, one, "A mix-up.", house.garden.office, NOON)


def test_every_deed_says_what_follows_and_what_stands_on_it(house: GardenHouse) -> None:
    publish_recognised(house)
    earned = ribbon(house)
    watering = granted(house, "W-1", "watering")
    office = house.browser("office")
    for deed in ("suspend", "correct", "revoke"):
        page = office.get(f"/staff/awards/{watering}/{deed}")
        assert page.status_code == 200
        assert "What follows" in words(page)
        assert f'href="/staff/awards/{earned.serial}"' in page.text
    assert kinds(house, watering) == []
    assert office.get(f"/staff/awards/{watering}/lift").status_code == 303


def test_staff_suspend_an_award_and_lift_it_again(house: GardenHouse) -> None:
    award, office = ribbon(house), house.browser("office")
    path = f"/staff/awards/{award.serial}"
    assert office.post(f"{path}/suspend", data={"reason": REASON}).status_code == 303
    assert "window-garden" not in held(house)
    page = words(office.get(path))
    assert "Suspended since" in page
    assert REASON in page
    assert "Lift the suspension" in page
    public = words(house.browser().get(f"/verify/{award.serial}"))
    assert "Suspended." in public
    assert REASON in public
    assert office.post(f"{path}/lift").status_code == 303
    assert "window-garden" in held(house)
    assert REASON not in words(house.browser().get(f"/verify/{award.serial}"))
    assert kinds(house, award.serial)[-2:] == ["suspended", "lifted"]


def test_staff_correct_the_name_and_the_old_page_leads_to_the_new(house: GardenHouse) -> None:
    award, office = ribbon(house), house.browser("office")
    path = f"/staff/awards/{award.serial}"
    form = {"name": "Grower Hall", "reason": "She married."}
    answer = office.post(f"{path}/correct", data=form)
    new = find(house, award.serial).replaced_by
    assert new is not None
    assert answer.headers["Location"].endswith(f"/staff/awards/{new}")
    assert f'href="/staff/awards/{award.serial}"' in office.get(f"/staff/awards/{new}").text
    visitor = house.browser()
    assert f"/verify/{new}" in visitor.get(f"/verify/{award.serial}").text
    fresh = visitor.get(f"/verify/{new}").text
    assert "Grower Hall" in fresh
    assert award.serial not in fresh
    assert award.recipient_name not in fresh.replace("Grower Hall", "")
    assert "married" not in fresh + visitor.get(f"/verify/{award.serial}").text


def test_a_correction_begins_with_the_name_that_the_person_has_now(house: GardenHouse) -> None:
    award = ribbon(house)
    with house.garden.database.transaction() as session:
        session.get_one(Account, "grower").name = "Ana Hall"
    page = house.browser("office").get(f"/staff/awards/{award.serial}/correct")
    assert 'value="Ana Hall"' in page.text


def test_the_second_who_corrects_sees_that_it_is_corrected(house: GardenHouse) -> None:
    award, office = ribbon(house), house.browser("office")
    path = f"/staff/awards/{award.serial}/correct"
    office.post(path, data={"name": "Grower Hall", "reason": "Typo"})
    second = office.post(path, data={"name": "Grower Hill", "reason": "Another typo"})
    assert second.status_code == 409
    assert "It was corrected already" in words(second)
    assert "Another typo</textarea>" in second.text
    assert 'value="Grower Hill"' in second.text
    assert kinds(house, award.serial)[-1] == "corrected"
    assert office.get(path).status_code == 303


@ON_SQLITE
@pytest.mark.parametrize("deed", ["suspend", "revoke", "correct"])
@pytest.mark.parametrize("reason", ["", "  \n", "\u202e", "x" * 2_001])
def test_a_reason_that_will_not_do_is_asked_for_again(
    house: GardenHouse, deed: str, reason: str
) -> None:
    award = ribbon(house)
    form = {"reason": reason, "name": "Grower Hall"}
    answer = house.browser("office").post(f"/staff/awards/{award.serial}/{deed}", data=form)
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.text
    assert "window-garden" in held(house)
    assert kinds(house, award.serial) == ["awarded"]


@ON_SQLITE
@pytest.mark.parametrize("name", ["", "\u200b", "{own}"])
def test_a_name_that_will_not_do_is_asked_for_again(house: GardenHouse, name: str) -> None:
    award = ribbon(house)
    form = {"reason": "Typo", "name": name.format(own=award.recipient_name)}
    answer = house.browser("office").post(f"/staff/awards/{award.serial}/correct", data=form)
    assert answer.status_code == 422
    assert 'href="#name"' in answer.text
    assert "Typo</textarea>" in answer.text


def test_a_revoked_award_can_neither_be_suspended_nor_corrected(house: GardenHouse) -> None:
    award, office = ribbon(house), house.browser("office")
    path = f"/staff/awards/{award.serial}"
    office.post(f"{path}/revoke", data={"reason": "Bought."})
    for deed in ("suspend", "correct", "lift"):
        answer = office.post(f"{path}/{deed}", data={"reason": REASON, "name": "Hall"})
        assert answer.status_code == 409
        assert "It is revoked already" in words(answer)
        assert office.get(f"{path}/{deed}").status_code == 303


def test_markup_in_a_reason_is_shown_as_it_was_typed(house: GardenHouse) -> None:
    award, office = ribbon(house), house.browser("office")
    nasty = "<script>alert(1)</script>"
    office.post(f"/staff/awards/{award.serial}/suspend", data={"reason": nasty})
    for page in (f"/staff/awards/{award.serial}", f"/verify/{award.serial}"):
        text = office.get(page).text
        assert nasty not in text
        assert "&lt;script&gt;alert(1)" in text


@ON_SQLITE
@pytest.mark.parametrize("deed", ["suspend", "lift", "revoke", "correct"])
def test_there_is_nothing_to_decide_about_a_number_of_nobodys(
    house: GardenHouse, deed: str
) -> None:
    office = house.browser("office")
    form = {"reason": REASON, "name": "Hall"}
    assert office.post(f"/staff/awards/NO-SUCH/{deed}", data=form).status_code == 404
    assert office.get(f"/staff/awards/NO-SUCH/{deed}").status_code == 404


@ON_SQLITE
@pytest.mark.parametrize("who", ["grower", "judge"])
def test_only_staff_decide_about_awards(house: GardenHouse, who: str) -> None:
    award = ribbon(house)
    browser = house.browser(who)
    form = {"reason": REASON, "name": "Hall"}
    for deed in ("suspend", "lift", "revoke", "correct"):
        path = f"/staff/awards/{award.serial}/{deed}"
        assert (browser.get(path).status_code, browser.post(path, data=form).status_code) == (
            403,
            403,
        )
    assert kinds(house, award.serial) == ["awarded"]


def test_switching_the_language_keeps_half_a_correction_and_changes_nothing(
    house: GardenHouse,
) -> None:
    award = ribbon(house)
    said = {"name": "Grower H", "reason": "She ma", "_language": "es"}
    answer = house.browser("office").post(f"/staff/awards/{award.serial}/correct", data=said)
    assert answer.status_code == 200
    assert 'value="Grower H"' in answer.text
    assert "She ma</textarea>" in answer.text
    assert find(house, award.serial).replaced_by is None


def test_awards_are_found_by_how_they_stand(house: GardenHouse) -> None:
    publish_recognised(house)
    serials = {name: granted(house, name, "watering") for name in "ABCDEF"}
    with house.garden.database.transaction() as session:
        one = {name: session.get_one(Award, serial) for name, serial in serials.items()}
        suspending.suspend(session, one["A"], REASON, house.garden.office, NOON)
        issuing.revoke(session, one["B"], REASON, house.garden.office, NOON)
        new = correcting.correct(
            session, house.garden.settings, one["C"], "Hall", "Typo", house.garden.office, NOON
        )
        one["D"].expires_at = NOW - timedelta(days=1)
        one["E"].expires_at = NOW + timedelta(days=20)
        fresh = new.serial
    office = house.browser("office")
    for kind, expected in {
        "suspended": {"A"},
        "revoked": {"B"},
        "replaced": {"C"},
        "expired": {"D"},
        "soon": {"E"},
        "valid": {"E", "F", fresh},
        "": {*"ABCDEF", fresh},
        "nonsense": {*"ABCDEF", fresh},
    }.items():
        page = office.get(f"/staff/awards?standing={kind}").text
        shown = {serial for serial in (*"ABCDEF", fresh) if f'/staff/awards/{serial}"' in page}
        assert shown == expected, kind


def test_a_lists_pages_follow_one_another_whichever_way_it_is_ordered(house: GardenHouse) -> None:
    publish_recognised(house)
    for number in range(5):
        granted(house, f"S-{number}", "watering", ends=NOW + timedelta(days=1 + number % 3))
        granted(house, f"E-{number}", "watering", ends=NOW - timedelta(days=1 + number % 3))
    with house.garden.database.read() as session:
        lists: list[tuple[finding.Kind, str]] = [("soon", "S-0"), ("expired", "E-3")]
        for kind, first in lists:
            seen: list[str] = []
            after = ""
            while True:
                page = staff_awards.listed(session, "", after, 2, kind, NOW)
                seen += [one.serial for one in page.rows]
                if not (after := page.following):
                    break
            assert seen[0] == first
            assert sorted(seen) == [f"{first[0]}-{number}" for number in range(5)]


def test_awards_that_stand_on_a_lost_one_are_listed(house: GardenHouse) -> None:
    publish_recognised(house)
    earned = ribbon(house)
    office = house.browser("office")
    listing = "/staff/awards/standing-on-lost"
    watering = granted(house, "W-1", "watering")
    stranger = granted(house, "W-2", "watering", holder="judge")
    for serial in (watering, stranger):
        office.post(f"/staff/awards/{serial}/suspend", data={"reason": REASON})
    assert earned.serial not in office.get(listing).text  # held otherwise: it was recognised
    unrecognise(house, "watering")
    page = office.get(listing)
    assert f'href="/staff/awards/{earned.serial}"' in page.text
    assert f'href="/staff/awards/{watering}"' in page.text
    assert f'href="/staff/awards/{stranger}"' not in page.text
    assert "Not enough" in words(page)
    office.post(f"/staff/awards/{watering}/lift")
    assert earned.serial not in office.get(listing).text
    office.post(f"/staff/awards/{watering}/revoke", data={"reason": REASON})
    assert earned.serial in office.get(listing).text
    granted(house, "W-3", "watering")
    assert earned.serial not in office.get(listing).text


def test_the_lists_ask_as_often_for_many_as_for_few(house: GardenHouse) -> None:
    publish_recognised(house)
    ribbon(house)
    unrecognise(house, "watering")
    office = house.browser("office")
    numbers: dict[str, set[int]] = {}
    for rows in (3, 30):
        for number in range(rows):
            granted(house, f"R-{rows}-{number}", "watering", gone=True)
        for path in ("/staff/awards?standing=revoked", "/staff/awards/standing-on-lost"):
            office.get(path)
            with house.counted() as statements:
                assert office.get(path).status_code == 200
            numbers.setdefault(path, set()).add(len(statements))
    assert all(len(one) == 1 for one in numbers.values()), numbers
