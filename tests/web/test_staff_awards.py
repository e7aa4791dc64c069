"""Recognised credentials and awards: recording, revoking, and what follows for prerequisites."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from sqlalchemy import select

from engine.awards import issuing, places
from engine.records.tables import Account, Award, EditionRow, Evidence, Recognition
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]

WATERING: dict[str, Any] = {
    "person": "Grower@example.org",
    "credential": "watering",
    "earned_on": "2025-06-01",
    "source": "Evening school, certificate 12",
}


def publish_recognised(house: GardenHouse) -> None:
    with house.garden.database.transaction() as session:
        for id in ("watering", "weeding"):
            document = {"credential": id, "version": 1, "kind": "recognised", "title": id.title()}
            session.add(
                EditionRow(
                    digest=id.ljust(64, "0"),
                    credential_id=id,
                    version=1,
                    kind="recognised",
                    title=id.title(),
                    bundle={"credential": document},
                    published_at=NOON,
                    published_by="command line",
                )
            )


def records(house: GardenHouse) -> list[Recognition]:
    with house.garden.database.read() as session:
        return list(session.scalars(select(Recognition)))


def held(house: GardenHouse) -> set[str]:
    with house.garden.database.read() as session:
        return issuing.held(session, "grower", NOON)


def ribbon(house: GardenHouse) -> Award:
    with house.garden.database.transaction() as session:
        submission = house.garden.ribbon(session)
        return session.scalars(select(Award).where(Award.submission_id == submission.id)).one()


def test_staff_record_a_recognised_credential_with_its_proof(house: GardenHouse) -> None:
    publish_recognised(house)
    office = house.browser("office")
    proof = (BytesIO(b"Grower may water.\n"), "..\\proof.txt")
    answer = office.post("/staff/recognitions", data={**WATERING, "proof": proof})
    assert answer.status_code == 303
    assert held(house) == {"watering"}
    page = office.get("/staff/recognitions")
    assert "Evening school, certificate 12" in words(page)
    with house.garden.database.read() as session:
        kept = session.scalars(select(Evidence)).one()
    assert kept.name == "proof.txt"
    assert office.get(f"/evidence/{kept.id}").data == b"Grower may water.\n"
    assert house.browser("judge").get(f"/evidence/{kept.id}").status_code == 404


def test_a_record_with_mistakes_keeps_what_was_typed(house: GardenHouse) -> None:
    publish_recognised(house)
    answer = house.browser("office").post(
        "/staff/recognitions",
        data={
            "person": "nobody@example.org",
            "credential": "window-garden",
            "earned_on": "2025-02-31",
            "source": "  ",
        },
    )
    assert answer.status_code == 422
    assert records(house) == []
    for place in ("person", "credential", "earned_on", "source"):
        assert f'href="#{place}"' in answer.text
    assert 'value="nobody@example.org"' in answer.text
    assert 'value="2025-02-31"' in answer.text


def test_a_revoked_recognition_blocks_again(house: GardenHouse) -> None:
    publish_recognised(house)
    with house.garden.database.transaction() as session:
        house.garden.hold_prerequisites(session)
        submission = house.garden.opened(session)
        house.garden.save(session, submission, "plan", goal="Basil all year")
    first = next(one for one in records(house) if one.credential_id == "watering")
    office = house.browser("office")
    unsaid = office.post(f"/staff/recognitions/{first.id}/revoke", data={"reason": " "})
    assert unsaid.status_code == 422
    assert held(house) == {"watering", "weeding"}
    office.post(f"/staff/recognitions/{first.id}/revoke", data={"reason": "It was a mix-up."})
    assert held(house) == {"weeding"}
    assert "It was a mix-up." in words(office.get("/staff/recognitions"))
    blocked = house.browser("grower").post(
        f"/submissions/{submission.id}/advance/enter", data={"revision": "0"}
    )
    assert blocked.status_code in (403, 422)
    assert house.find(submission.id).state == "planting"


def test_staff_revoke_an_award_with_a_reason(house: GardenHouse) -> None:
    award, office = ribbon(house), house.browser("office")
    path = f"/staff/awards/{award.serial}"
    unsaid = office.post(f"{path}/revoke", data={"reason": " \n"})
    assert unsaid.status_code == 422
    assert "window-garden" in held(house)
    assert office.post(f"{path}/revoke", data={"reason": "Plastic plants."}).status_code == 303
    assert "window-garden" not in held(house)
    page = words(office.get(path))
    assert "Revoked on" in page
    assert "Plastic plants." in page
    again = office.post(f"{path}/revoke", data={"reason": "Another reason."})
    assert again.status_code == 303
    assert "Another reason." not in words(office.get(path))


def test_switching_the_language_keeps_a_half_written_reason_and_revokes_nothing(
    house: GardenHouse,
) -> None:
    award, office = ribbon(house), house.browser("office")
    said = {"reason": "Plastic pl", "_language": "es"}
    answer = office.post(f"/staff/awards/{award.serial}/revoke", data=said)
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert "Plastic pl</textarea>" in answer.text
    assert "window-garden" in held(house)


def test_switching_the_language_keeps_a_half_written_record(house: GardenHouse) -> None:
    publish_recognised(house)
    office = house.browser("office")
    said = {"source": "Evening sch", "credential": "watering", "_language": "es"}
    answer = office.post("/staff/recognitions", data=said)
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert 'value="Evening sch"' in answer.text
    assert '<option value="watering" selected' in answer.text
    assert records(house) == []


def test_switching_the_language_keeps_why_a_record_is_to_be_revoked(house: GardenHouse) -> None:
    publish_recognised(house)
    office = house.browser("office")
    office.post("/staff/recognitions", data=WATERING)
    (record,) = records(house)
    said = {"reason": "It was a m", "_language": "es"}
    answer = office.post(f"/staff/recognitions/{record.id}/revoke", data=said)
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert 'value="It was a m"' in answer.text
    assert held(house) == {"watering"}


def test_an_awards_page_shows_what_was_built_on_it(house: GardenHouse) -> None:
    publish_recognised(house)
    earned = ribbon(house)
    with house.garden.database.transaction() as session:
        session.add(
            Award(
                serial="W-1",
                edition_digest="watering".ljust(64, "0"),
                credential_id="watering",
                recipient_id="grower",
                recipient_name=session.get_one(Account, "grower").name,
                title="Watering",
                statement="",
                issuer="Garden School",
                issued_at=NOON,
                status_list=1,
                status_index=places.free(session).entry,
            )
        )
    office = house.browser("office")
    office.post("/staff/awards/W-1/revoke", data={"reason": "It was dry."})
    page = office.get("/staff/awards/W-1")
    assert "What was built on it" in words(page)
    assert f'href="/staff/awards/{earned.serial}"' in page.text


def test_awards_are_found_by_the_recipients_name(house: GardenHouse) -> None:
    ribbon(house)
    office = house.browser("office")
    assert "Window Garden" in words(office.get("/staff/awards?name=grow"))
    assert "Nobody of that name" in words(office.get("/staff/awards?name=zz"))
