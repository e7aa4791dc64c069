"""The program staff's desk: who may open it, what its lists cost, and what they say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import notices
from engine.awards import places
from engine.records.tables import Account, Award, Letter, Recognition, Submission, new_id
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]

PAGES = [
    "/staff",
    "/staff/submissions",
    "/staff/people",
    "/staff/people/new",
    "/staff/people/grower",
    "/staff/recognitions",
    "/staff/awards",
    "/staff/documents",
    "/staff/documents/window-garden",
    "/staff/mail",
    "/staff/jobs",
]
LISTS = [
    "/staff",
    "/staff/submissions",
    "/staff/submissions?state=on_show&name=Grower",
    "/staff/people",
    "/staff/recognitions",
    "/staff/awards",
    "/staff/mail",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_staff_and_for_nobody_else(house: GardenHouse, path: str) -> None:
    assert house.browser("office").get(path).status_code == 200
    for other in ("grower", "judge"):
        refused = house.browser(other).get(path)
        assert refused.status_code == 403
        assert "This page is for program staff." in words(refused)
    assert house.browser().get(path).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/staff/people/new",
        "/staff/people/grower/roles",
        "/staff/people/grower/active",
        "/staff/people/grower/password",
        "/staff/recognitions",
        "/staff/recognitions/any/revoke",
        "/staff/awards/any/revoke",
        "/staff/documents/window-garden/publish",
    ],
)
def test_nobody_else_changes_anything(house: GardenHouse, path: str) -> None:
    assert house.browser("judge").post(path, data={"reason": "x"}).status_code == 403
    assert house.browser().post(path, data={"reason": "x"}).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/staff/people/nobody",
        "/staff/submissions/none",
        "/staff/awards/none",
        "/staff/mail/none",
        "/staff/documents/none",
    ],
)
def test_what_is_not_there_is_not_found(house: GardenHouse, path: str) -> None:
    assert house.browser("office").get(path).status_code == 404


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_for_few_and_for_many(house: GardenHouse, path: str) -> None:
    office = house.browser("office")
    _fill(house, 3)
    office.get(path)
    with house.counted() as few:
        office.get(path)
    _fill(house, 297)
    with house.counted() as many:
        assert office.get(path).status_code == 200
    assert len(few) == len(many)
    assert len(many) <= 5


@pytest.mark.parametrize("path", ["/staff/submissions", "/staff/people", "/staff/awards"])
def test_pages_of_a_list_show_every_row_once(house: GardenHouse, path: str) -> None:
    office = house.browser("office")
    _fill(house, 120)
    seen: list[str] = []
    while path:
        text = office.get(path).text
        seen += [row.split('href="')[1].split('"')[0] for row in text.split('<th scope="row">')[1:]]
        before, more, _ = text.partition('" rel="next"')
        path = before.rpartition('href="')[2].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen))
    assert len(seen) >= 120


def test_a_cursor_that_was_tampered_with_starts_at_the_beginning(house: GardenHouse) -> None:
    _fill(house, 3)
    office = house.browser("office")
    for cursor in ("x", "~", "2026-01-01~x", "9999~", "2026-03-12T12:00:00~x", "'~\""):
        for path in ("/staff/submissions", "/staff/awards", "/staff/people"):
            assert office.get(path, query_string={"after": cursor}).status_code == 200


def test_home_counts_submissions_by_credential_and_state(house: GardenHouse) -> None:
    house.crowd(4)
    house.crowd(2, "ribbon", "outcome")
    page = words(house.browser("office").get("/staff"))
    assert "Window Garden 6 submissions" in page
    assert "4 On show" in page
    assert "2 Ribbon" in page


def test_filters_narrow_the_submissions(house: GardenHouse) -> None:
    house.crowd(2)
    house.taken()
    office = house.browser("office")
    assert "Grower 000" in words(office.get("/staff/submissions?state=on_show"))
    assert "Grower 000" not in words(office.get("/staff/submissions?state=judging"))
    assert "Grower 001" not in words(office.get("/staff/submissions?name=r 000"))
    assert "Nothing matches" in words(office.get("/staff/submissions?name=100%25"))


def test_a_submission_tells_its_story_and_what_staff_can_do(house: GardenHouse) -> None:
    id = house.taken()
    with house.garden.database.transaction() as session:
        garden = house.garden
        submission = session.get_one(Submission, id)
        garden.advance(session, garden.judge, submission, "put_back")
        garden.advance(session, garden.grower, submission, "give_up")
    page = house.browser("office").get(f"/staff/submissions/{id}")
    assert "now “Compost”" in words(page)
    assert "Grower began." in words(page)
    assert f'href="/submissions/{id}/advance/dig_up"' in page.text


def test_a_letter_can_be_read(house: GardenHouse) -> None:
    garden = house.garden
    with garden.database.transaction() as session:
        grower = session.get_one(Account, "grower")
        values = {"credential": "Window Garden", "comment": "", "notes": []}
        id = notices.write(session, garden.settings, "submitted", grower, values, NOON)
        letter = session.get_one(Letter, id)
    office = house.browser("office")
    assert letter.subject in words(office.get("/staff/mail"))
    page = office.get(f"/staff/mail/{letter.id}")
    assert "grower@example.org" in words(page)
    assert "1 letter not sent yet" in words(office.get("/staff"))


def test_names_never_become_markup_on_staffs_pages(house: GardenHouse) -> None:
    house.rename("grower", "<script>alert(1)</script>")
    id = house.taken()
    _fill(house, 1, name="<script>alert(1)</script>")
    for path in [*LISTS, f"/staff/submissions/{id}", "/staff/people/grower"]:
        page = house.browser("office").get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def _fill(house: GardenHouse, count: int, name: str = "") -> None:
    """`count` more of everything that staff see in lists."""
    house.crowd(count)
    garden = house.garden
    with garden.database.transaction() as session:
        people = select(Account).where(Account.name.startswith("Grower ")).order_by(Account.id)
        for number, person in enumerate(session.scalars(people.limit(count)).all()):
            at = NOON + timedelta(minutes=number)
            session.add(
                Award(
                    serial=new_id(),
                    edition_digest=garden.edition.digest,
                    credential_id="window-garden",
                    recipient_id=person.id,
                    recipient_name=name or person.name,
                    title="Window Garden",
                    statement="",
                    issuer="Garden School",
                    issued_at=at,
                    status_list=1,
                    status_index=places.free(session).entry,
                )
            )
            session.add(
                Recognition(
                    id=new_id(),
                    account_id=person.id,
                    credential_id="watering",
                    earned_on=NOON.date(),
                    source=name or "Evening school",
                    recorded_by="office",
                    recorded_at=at,
                )
            )
            session.add(
                Letter(
                    id=new_id(),
                    to_address=person.email,
                    subject=name or "Hello",
                    text="Hello",
                    written_at=at,
                )
            )
