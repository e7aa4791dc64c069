"""A list of who holds what, through the pages: seen row by row, then recorded as it was seen."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.awards.lists import recognised_lists
from engine.awards.lists.columns import headings
from engine.languages import speaking
from engine.people import add
from engine.records.tables import Event, Evidence, Recognition
from tests.conftest import PASSWORD, TERM, Browser, School
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE  # lists are recorded on both engines in tests/awards

LIST = "/staff/recognitions/list"
TEXT = (
    "E-mail address;Credential;Earned on;Source\n"
    "ana@example.org;Standards Ambassador;2025-06-01;Registro estatal, n.º 7\n"
    "ben@example.org;Learning Facilitater;2025-06-01;State\n"
    "late@example.org;learning-facilitator;2025-06-01;State\n"
)


def look(browser: Browser, data: bytes, **said: str) -> TestResponse:
    return browser.post(LIST, {"list": (BytesIO(data), "holders.csv"), **said})


def hidden(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(waiting|digest)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


def words(answer: TestResponse) -> str:
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def recorded(school: School) -> list[tuple[str, str, str | None]]:
    with school.database.read() as session:
        found = session.scalars(select(Recognition).order_by(Recognition.credential_id))
        return [(one.credential_id, one.source, one.proof_id) for one in found]


def test_what_is_shown_is_recorded_with_the_file_as_its_proof(school: School) -> None:
    office = school.browser("sam")
    assert f'href="{LIST}"' in office.get("/staff/recognitions").text
    data = TEXT.encode("cp1252")
    page = look(office, data)
    assert page.status_code == 200
    said = words(page)
    assert "Nothing is recorded yet." in said
    assert "Ana Ruiz ana@example.org 2 Standards Ambassador" in said
    assert "Registro estatal, n.º 7" in said
    assert "Did you mean “Learning Facilitator”?" in said
    assert "Nobody has an account with this address. Add the person first." in said
    assert "2 rows can’t be recorded" in said
    assert recorded(school) == []
    answer = office.post(f"{LIST}/record", hidden(page))
    assert (answer.status_code, answer.location) == (303, "/staff/recognitions")
    ((credential, source, proof_id),) = recorded(school)
    assert (credential, source) == ("standards-ambassador", "Registro estatal, n.º 7")
    with school.database.read() as session:
        proof = session.scalars(select(Evidence)).one()
        events = list(session.scalars(select(Event).where(Event.kind == "recognised")))
    assert (proof.id, proof.name) == (proof_id, "holders.csv")
    assert [event.actor_id for event in events] == [school.cast["sam"].id]
    assert office.get(f"/evidence/{proof.id}").data == data


def test_pressed_twice_it_is_recorded_once(school: School) -> None:
    office = school.browser("sam")
    form = hidden(look(office, TEXT.encode()))
    office.post(f"{LIST}/record", form)
    again = office.post(f"{LIST}/record", form)
    assert again.status_code == 409
    assert "Already recorded, so nothing happens." in words(again)
    assert "There is nothing to record" in words(again)
    assert len(recorded(school)) == 1


def test_what_changed_in_between_is_shown_before_anything_is_recorded(school: School) -> None:
    office = school.browser("sam")
    form = hidden(look(office, TEXT.encode()))
    with school.database.transaction() as session:
        add(session, "late@example.org", "Late Comer", PASSWORD, ["candidate"], TERM)
    answer = office.post(f"{LIST}/record", form)
    assert answer.status_code == 409
    assert "Something changed since you looked at the list." in words(answer)
    assert recorded(school) == []
    assert office.post(f"{LIST}/record", hidden(answer)).status_code == 303
    assert len(recorded(school)) == 2


def test_a_list_that_somebody_else_looked_at_is_not_recorded(school: School) -> None:
    form = hidden(look(school.browser("ada"), TEXT.encode()))
    answer = school.browser("sam").post(f"{LIST}/record", form)
    assert answer.status_code == 422
    assert "Choose the file once more." in words(answer)
    assert recorded(school) == []


def test_a_file_that_can_not_be_read_keeps_what_was_typed(school: School) -> None:
    office = school.browser("sam")
    for data in (b"", b"PK\x03\x04", b"Name;School\nAna;Hill\n", b"\x00\x01"):
        answer = look(office, data, source="State register")
        assert answer.status_code == 422
        assert 'href="#list"' in answer.text
        assert 'value="State register"' in answer.text
    missing = office.post(LIST, {"source": "State register"})
    assert 'href="#list"' in missing.text


def test_columns_that_mean_nothing_are_named(school: School) -> None:
    text = "Email,Credential,Earned on,School\nana@example.org,learning-facilitator,6/1/2025,Hill\n"
    answer = look(school.browser("sam"), text.encode(), source="State register")
    assert "They mean nothing here: School." in words(answer)
    assert "State register" in words(answer)


def test_a_list_with_headings_of_one_language_is_read_in_every_other(school: School) -> None:
    office = school.browser("sam")
    with speaking("es"):
        first = ";".join(headings(recognised_lists.COLUMNS))
    text = TEXT.replace(TEXT.partition("\n")[0], first)
    assert first not in TEXT
    page = look(office, text.encode())
    assert "2 rows can’t be recorded" in words(page)
    spanish = office.post(f"{LIST}/record", {**hidden(page), "_language": "es"})
    assert spanish.status_code == 200
    assert office.post(f"{LIST}/record", hidden(spanish)).status_code == 303
    assert [one[0] for one in recorded(school)] == ["standards-ambassador"]


def test_a_list_that_can_not_be_read_any_more_is_said_at_its_field(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer rows are taken since a new version came, say."""
    office = school.browser("sam")
    form = hidden(look(office, TEXT.encode(), source="State register"))
    monkeypatch.setattr(recognised_lists, "MOST", 1)
    for more in ({}, {"_language": "es"}):
        answer = office.post(f"{LIST}/record", {**form, **more})
        assert answer.status_code == 422
        assert 'href="#list"' in answer.text
        assert 'value="State register"' in answer.text
    assert recorded(school) == []
