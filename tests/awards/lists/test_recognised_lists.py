"""Lists of who holds what: what is shown is what happens, and a second time nothing does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import event, func, select

from engine.awards import issuing
from engine.awards.lists import recognised_lists
from engine.awards.lists.recognised_lists import Line, Rehearsal
from engine.errors import Conflict, Refused
from engine.forms.spreadsheet import BadSheet
from engine.people import ANONYMOUS, Actor
from engine.records.tables import Account, Event, Evidence, Recognition, new_id
from tests.awards.conftest import NOON, Greenhouse
from tests.awards.recognising.test_presenting import proof, publish

HEAD = "E-mail address,Credential,Earned on,Source\n"
GOOD = HEAD + "grower@example.org,Watering,2025-06-01,Evening school\n"


@pytest.fixture
def house(greenhouse: Greenhouse) -> Greenhouse:
    with greenhouse.database.transaction() as session:
        publish(session, "watering")
        publish(session, "weeding")
    return greenhouse


def rehearsed(house: Greenhouse, text: str | bytes, source: str = "") -> Rehearsal:
    data = text.encode() if isinstance(text, str) else text
    with house.database.read() as session:
        return recognised_lists.rehearse(session, data, source, NOON)


def outcomes(found: Rehearsal) -> list[str]:
    return [line.outcome for line in found.lines]


def record(house: Greenhouse, text: str, found: Rehearsal, actor: Actor | None = None) -> int:
    with house.database.transaction() as session:
        return recognised_lists.record(
            session, text.encode(), "", found.digest, proof(), actor or house.office, NOON
        )


def counts(house: Greenhouse) -> tuple[int, int, int]:
    """Recognitions, their events, and files."""
    with house.database.read() as session:
        said = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Recognition, Evidence)
        ]
        events = session.scalar(
            select(func.count()).select_from(Event).where(Event.kind == "recognised")
        )
        return said[0] or 0, events or 0, said[1] or 0


def test_a_rehearsal_writes_nothing_and_recording_does_what_it_said(house: Greenhouse) -> None:
    text = GOOD + "grower@example.org,weeding,3/2/2026,\n"
    found = rehearsed(house, text.replace(",\n", ",Paper seen\n"))
    assert counts(house) == (0, 0, 0)
    assert outcomes(found) == ["record", "record"]
    assert found.lines[1] == Line(
        3,
        "grower@example.org",
        found.lines[0].name,
        "Weeding",
        "2026-03-02",
        "Paper seen",
        "record",
        (),
        "grower",
        "weeding",
    )
    assert record(house, text.replace(",\n", ",Paper seen\n"), found) == 2
    assert counts(house) == (2, 2, 1)
    with house.database.read() as session:
        assert issuing.held(session, "grower", NOON) == {"watering", "weeding"}


def test_the_same_list_twice_records_once(house: Greenhouse) -> None:
    assert record(house, GOOD, rehearsed(house, GOOD)) == 1
    again = rehearsed(house, GOOD)
    assert outcomes(again) == ["held"]
    assert record(house, GOOD, again) == 0
    assert counts(house) == (1, 1, 1)


def test_two_staff_who_press_at_once_record_it_once(house: Greenhouse) -> None:
    found = rehearsed(house, GOOD)
    recorded: list[int] = []
    ready = threading.Barrier(4)

    def press() -> None:
        ready.wait()
        with contextlib.suppress(Conflict):
            recorded.append(record(house, GOOD, found))

    presses = [threading.Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert recorded == [1]
    assert counts(house) == (1, 1, 1)


def test_a_person_who_stands_in_it_twice_is_recorded_once(house: Greenhouse) -> None:
    text = GOOD + "GROWER@example.org ,watering,2025-06-02,Evening school\n"
    found = rehearsed(house, text)
    assert outcomes(found) == ["record", "twice"]
    assert record(house, text, found) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "nobody@example.org,Watering,2025-06-01,x",
            "Nobody has an account with this address. Add the person first.",
        ),
        (",Watering,2025-06-01,x", "There is no e-mail address in this row."),
        ("Grower,Watering,2025-06-01,x", "“Grower” is no whole e-mail address."),
        (
            "grower@example.org,Wattering,2025-06-01,x",
            "No credential is called that. Did you mean “Watering”?",
        ),
        (
            "grower@example.org,Beekeeping,2025-06-01,x",
            "No credential that is earned elsewhere is called that.",
        ),
        ("grower@example.org,,2025-06-01,x", "There is no credential in this row."),
        (
            "grower@example.org,Watering,last summer,x",
            "This is no date. Write it like 2026-03-12.",
        ),
        ("grower@example.org,Watering,2026-03-13,x", "This day is still to come."),
        ("grower@example.org,Watering,2025-06-01,", "Say who awarded it, or how you know."),
        (
            f"grower@example.org,Watering,2025-06-01,{'x' * 501}",
            "Keep the source within 500 characters.",
        ),
    ],
)
def test_a_row_that_can_not_be_recorded_says_why(house: Greenhouse, row: str, words: str) -> None:
    found = rehearsed(house, f"{GOOD}{row}\n")
    assert outcomes(found) == ["record", "wrong"]
    assert found.lines[1].words == (words,)


def test_the_day_itself_is_not_still_to_come(house: Greenhouse) -> None:
    assert outcomes(rehearsed(house, GOOD.replace("2025-06-01", "2026-03-12"))) == ["record"]


def test_spreadsheets_of_all_kinds_are_read(house: Greenhouse) -> None:
    semicolons = GOOD.replace(",", ";").replace("Evening", "École de la soirée, evening")
    for data in (
        b"\xef\xbb\xbf" + semicolons.encode(),
        semicolons.encode("cp1252"),
        semicolons.encode("utf-16"),
        semicolons.replace(";", "\t").replace("\n", "\r\n").encode(),
        semicolons.replace("E-mail address", "email").encode(),
        semicolons.partition("\n")[2].encode(),
    ):
        (line,) = rehearsed(house, data).lines
        assert (line.outcome, line.source) == ("record", "École de la soirée, evening school")


def test_columns_in_any_order_with_others_beside_them(house: Greenhouse) -> None:
    text = "School,Source,Earned on,Credential,Email\nHill,x,2025-06-01,watering,grower@example.org"
    found = rehearsed(house, text)
    assert outcomes(found) == ["record"]
    assert found.left_out == ("School",)


def test_a_source_for_all_stands_in_where_a_row_has_none(house: Greenhouse) -> None:
    text = "E-mail address,Credential,Earned on\ngrower@example.org,watering,2025-06-01\n"
    assert outcomes(rehearsed(house, text)) == ["wrong"]
    (line,) = rehearsed(house, text, "State register").lines
    assert (line.outcome, line.source) == ("record", "State register")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Name,Credential,Earned on\nGrower,watering,2025-06-01\n", "“E-mail address”"),
        ("Name,School\nGrower,Hill\n", "Earned on"),
        ("", "There are no rows in this."),
        ("PK\x03\x04", "This is a workbook."),
        (GOOD + "grower@example.org,weeding,2025-06-01,x\n" * 501, "There are 502 rows"),
    ],
)
def test_a_file_without_what_is_needed_is_refused_in_words(
    house: Greenhouse, text: str, words: str
) -> None:
    with pytest.raises(BadSheet, match=words):
        rehearsed(house, text)


def test_nothing_is_recorded_when_a_row_would_come_to_something_else(house: Greenhouse) -> None:
    text = GOOD + "late@example.org,Watering,2025-06-01,x\n"
    found = rehearsed(house, text)
    assert outcomes(found) == ["record", "wrong"]
    with house.database.transaction() as session:
        grower = session.get_one(Account, "grower")
        values = {column.name: getattr(grower, column.name) for column in Account.__table__.columns}
        session.add(Account(**{**values, "id": new_id(), "email": "late@example.org"}))
    with pytest.raises(Conflict):
        record(house, text, found)
    assert counts(house) == (0, 0, 0)


def test_only_staff_record_lists(house: Greenhouse) -> None:
    with pytest.raises(Refused):
        record(house, GOOD, rehearsed(house, GOOD), ANONYMOUS)


@pytest.fixture
def statements(house: Greenhouse) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    yield said
    event.remove(house.database.engine, "before_cursor_execute", note)


def test_a_long_list_asks_no_more_than_a_short_one(
    house: Greenhouse, statements: list[str]
) -> None:
    rehearsed(house, GOOD)
    few = len(statements)
    statements.clear()
    rehearsed(
        house, HEAD + "".join(f"p{n}@example.org,watering,2025-06-01,x\n" for n in range(450))
    )
    assert len(statements) == few
