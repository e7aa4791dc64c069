"""Lists of people who are awarded a credential: what is shown is what happens, once for each."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from engine.awards import issuing, telling
from engine.awards.badges import issuer
from engine.awards.lists import award_list_job, award_list_rows, award_lists
from engine.awards.lists.award_list_rows import Progress
from engine.awards.lists.award_lists import Asked, Rehearsal
from engine.errors import Conflict, NotFound, Refused
from engine.forms.spreadsheet import BadSheet
from engine.people import ANONYMOUS, Actor
from engine.records import audit, jobs
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Account, Award, AwardList, AwardListRow, Event, Letter
from tests.awards.conftest import NOON, Greenhouse

HEAD = "E-mail address,Name,Awarded on\n"
TWO = HEAD + "grower@example.org,,\nstranger@example.org,,2025-06-01\n"
ASKED = Asked("window-garden", "Workshop, June 2026", False, False)
ADDING = ASKED._replace(adds_people=True)


@pytest.fixture
def context(greenhouse: Greenhouse) -> JobContext:
    with greenhouse.database.transaction() as session:
        session.execute(update(Account).where(Account.id == "office").values(roles=["staff"]))
    settings = greenhouse.settings
    return JobContext(settings, greenhouse.database, EvidenceStore(settings.evidence))


def rehearsed(
    house: Greenhouse, text: str | bytes, asked: Asked = ASKED, at: datetime = NOON
) -> Rehearsal:
    data = text.encode() if isinstance(text, str) else text
    with house.database.read() as session:
        return award_lists.rehearse(session, data, asked, at)


def outcomes(found: Rehearsal) -> list[str]:
    return [line.outcome for line in found.lines]


def begin(
    house: Greenhouse,
    text: str,
    asked: Asked = ASKED,
    digest: str = "",
    actor: Actor | None = None,
) -> str:
    seen = digest or rehearsed(house, text, asked).digest
    with house.database.transaction() as session:
        return award_lists.begin(
            session,
            house.settings,
            text.encode(),
            "people.csv",
            asked,
            seen,
            actor or house.office,
            NOON,
        )


def work(context: JobContext) -> None:
    """Award whatever waits; certificates are printed elsewhere."""
    with context.database.read() as session:
        ids = session.scalars(
            select(AwardList.id).where(AwardList.ended_at.is_(None), AwardList.waits == "")
        ).all()
    for id in ids:
        award_list_job.run(context, {"list": id})


def held(house: Greenhouse) -> dict[str, int]:
    """How many awards each person has, by address."""
    with house.database.read() as session:
        rows = session.execute(
            select(Account.email, func.count())
            .join(Award, Award.recipient_id == Account.id)
            .group_by(Account.email)
        )
        return dict(rows.all())


def progress(house: Greenhouse, id: str) -> Progress:
    with house.database.read() as session:
        return award_list_rows.progress_of(session, id)


def crowd(number: int) -> str:
    return HEAD + "".join(f"p{one:04}@example.org,Person {one},\n" for one in range(number))


def test_a_rehearsal_writes_nothing_and_awarding_does_what_it_said(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    assert outcomes(rehearsed(greenhouse, TWO)) == ["award", "award"]
    assert held(greenhouse) == {}
    id = begin(greenhouse, TWO)
    assert held(greenhouse) == {}  # a job's to do
    work(context)
    assert held(greenhouse) == {"grower@example.org": 1, "stranger@example.org": 1}
    assert progress(greenhouse, id) == (2, 2, 0, 0)
    with greenhouse.database.read() as session:
        early = session.scalars(select(Award).where(Award.recipient_id == "stranger")).one()
        assert early.submission_id is None
        assert early.issued_at == datetime(2025, 6, 1, 12, tzinfo=UTC)
        assert early.expires_at == datetime(2028, 6, 1, 23, 59, 59, tzinfo=UTC)
        assert "window-garden" in issuing.held(session, "grower", NOON)
        assert session.get_one(AwardList, id).ended_at is not None
        assert audit.verify(session) is None


def test_every_award_and_the_list_keep_where_it_comes_from(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    work(context)
    with greenhouse.database.read() as session:
        facts = session.scalars(select(Event.facts).where(Event.kind == "awarded")).all()
        assert [(one["list"], one["source"]) for one in facts] == [(id, ASKED.source)] * 2
        (begun,) = audit.story(session, f"award-list:{id}")
        assert (begun.kind, begun.facts["rows"], begun.facts["awards"]) == ("begun", 2, 2)
        serial = session.scalars(select(Award.serial)).first()
        assert serial is not None
        found = award_list_rows.list_of(session, serial)
        assert found is not None
        assert found.id == id


def test_the_same_list_twice_awards_once(greenhouse: Greenhouse, context: JobContext) -> None:
    begin(greenhouse, TWO)
    work(context)
    again = rehearsed(greenhouse, TWO)
    assert outcomes(again) == ["held", "held"]
    assert again.lines[0].words[0].startswith("Holds it already, since ")
    assert [one.time for one in again.before] == [0]
    with pytest.raises(Refused, match="There is nobody to award it to"):
        begin(greenhouse, TWO)
    assert held(greenhouse) == {"grower@example.org": 1, "stranger@example.org": 1}


def test_what_another_list_is_about_to_award_is_not_awarded_again(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    digest = rehearsed(greenhouse, TWO).digest
    begin(greenhouse, TWO)
    more = TWO + "office@example.org,,\n"
    assert outcomes(rehearsed(greenhouse, more)) == ["held", "held", "award"]
    with pytest.raises(Conflict):
        begin(greenhouse, TWO, digest=digest)
    begin(greenhouse, more)
    work(context)
    assert set(held(greenhouse).values()) == {1}


def test_what_stopped_keeps_nobody_from_being_awarded_by_another_list(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    with greenhouse.database.transaction() as session:
        award_list_job.stop(session, session.get_one(AwardList, id), greenhouse.office, NOON)
    more = TWO + "office@example.org,,\n"
    assert outcomes(rehearsed(greenhouse, more)) == ["award"] * 3
    begin(greenhouse, more)
    work(context)
    with greenhouse.database.transaction() as session:
        award_list_job.go_on(session, session.get_one(AwardList, id), greenhouse.office, NOON)
    work(context)
    assert progress(greenhouse, id) == (2, 0, 2, 0)
    assert set(held(greenhouse).values()) == {1}


def test_a_list_can_be_awarded_again_after_a_revocation(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    text = HEAD + "grower@example.org,,\n"
    begin(greenhouse, text)
    work(context)
    with greenhouse.database.transaction() as session:
        award = session.scalars(select(Award)).one()
        issuing.revoke(session, award, "The wrong workshop.", greenhouse.office, NOON)
    (line,) = rehearsed(greenhouse, text.replace("org,,", "org,Ana R.,")).lines
    assert line.words == (
        "An earlier one was revoked on 12 March 2026.",
        "Your list says “Ana R.”. The name here is used.",
    )
    begin(greenhouse, text)
    work(context)
    assert held(greenhouse) == {"grower@example.org": 2}


def test_a_name_that_a_certificate_has_no_room_for_is_not_cut(greenhouse: Greenhouse) -> None:
    (fits, too_long) = rehearsed(
        greenhouse,
        HEAD + f"a@example.org,{'N' * 200},\nb@example.org,{'N' * 201},\n",
        ADDING,
    ).lines
    assert fits.outcome == "award"
    assert (too_long.outcome, too_long.words) == (
        "wrong",
        ("This name has 201 characters; at most 200 have room.",),
    )


def test_rows_are_numbered_as_the_spreadsheet_numbers_them(greenhouse: Greenhouse) -> None:
    text = HEAD + "\n,,\na@example.org,Ana,\n\nb@example.org,Ben,\nb@example.org,Ben,\n"
    lines = rehearsed(greenhouse, text, ADDING).lines
    assert [line.number for line in lines] == [4, 6, 7]
    assert lines[2].words == ("The same person as in row 6.",)
    bare = rehearsed(greenhouse, "\na@example.org,Ana,2026-03-01\n", ADDING)
    assert [line.number for line in bare.lines] == [2]


@pytest.mark.parametrize("heading", ["E-Mail", "email", "Mail", "Correo electrónico", "E_MAIL"])
def test_usual_headings_of_addresses_are_known(greenhouse: Greenhouse, heading: str) -> None:
    found = rehearsed(greenhouse, f"{heading};Full name\na@example.org;Ana\n", ADDING)
    assert [(line.email, line.name) for line in found.lines] == [("a@example.org", "Ana")]


def test_a_list_whose_columns_are_called_otherwise_is_no_list_of_wrong_people(
    greenhouse: Greenhouse,
) -> None:
    with pytest.raises(BadSheet, match="No e-mail address stands where it is looked for"):
        rehearsed(greenhouse, "Surname,Given,Post\nRuiz,Ana,ana@example.org\n", ADDING)


def test_a_date_that_may_be_two_days_says_which_it_was_taken_for(greenhouse: Greenhouse) -> None:
    american = rehearsed(greenhouse, HEAD + "grower@example.org,,3/2/2026\n")
    assert american.read_as == ("3/2/2026", "2026-03-02")
    plain = rehearsed(greenhouse, HEAD + "grower@example.org,,3/14/2025\n")
    assert plain.read_as is None


@pytest.mark.parametrize(
    ("row", "outcome", "words"),
    [
        ("nobody@example.org,No Body,", "unknown", "Nobody has an account with this address."),
        (",Grower,", "wrong", "There is no e-mail address in this row."),
        ("Grower,,", "wrong", "“Grower” is no whole e-mail address."),
        (
            "grower@example.org,,31.02.2026",
            "wrong",
            "No day of the calendar can be told from this. Write it like 2026-03-12.",
        ),
        ("grower@example.org,,2026-03-13", "wrong", "This day is still to come."),
        ("grower@example.org,,spring", "wrong", "This is no date. Write it like 2026-03-12."),
        ("grower@example.org,,1900-01-01", "wrong", "This day is too long ago."),
        (
            "grower@example.org,,2020-01-01",
            "wrong",
            "It would have ended on 1 January 2023 already.",
        ),
        ("grower@example.org,Ana R.,", "award", "Your list says “Ana R.”. The name here is used."),
    ],
)
def test_a_row_says_what_comes_of_it(
    greenhouse: Greenhouse, row: str, outcome: str, words: str
) -> None:
    (line,) = rehearsed(greenhouse, HEAD + row + "\n").lines
    assert (line.outcome, line.words) == (outcome, (words,))


def test_somebody_who_stands_in_it_twice_is_awarded_once(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    text = TWO + " GROWER@example.org ,,\n"
    assert outcomes(rehearsed(greenhouse, text)) == ["award", "award", "twice"]
    id = begin(greenhouse, text)
    work(context)
    assert progress(greenhouse, id) == (3, 2, 1, 0)


def test_two_names_with_one_address_need_another_look(greenhouse: Greenhouse) -> None:
    text = HEAD + "ida@example.org,Ida Berg,\nida@example.org,IDA  Berg,\nida@example.org,Bo Li,\n"
    found = rehearsed(greenhouse, text, ADDING)
    assert outcomes(found) == ["award", "twice", "wrong"]
    assert found.lines[2].words == (
        "Row 2 has the same address with another name, “Ida Berg”. If they are two people, each"
        " needs an address of their own.",
    )


def test_a_suspended_award_and_a_closed_account_are_left_alone(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        award.suspended_at, award.suspended_reason = NOON, "We look into it."
        session.get_one(Account, "stranger").active = False
    found = rehearsed(greenhouse, TWO)
    assert outcomes(found) == ["wrong", "wrong"]
    assert [line.words for line in found.lines] == [
        ("Their award is suspended. Lift that instead, or revoke it first.",),
        ("This person’s account is closed.",),
    ]


def test_an_award_that_is_suspended_after_the_rehearsal_gets_no_other_beside_it(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        award.suspended_at, award.suspended_reason = NOON, "We look into it."
        theirs = session.get_one(Account, award.recipient_id).email
    work(context)
    assert progress(greenhouse, id) == (2, 1, 0, 1)
    assert set(held(greenhouse).values()) == {1}
    with greenhouse.database.read() as session:
        (left,) = award_list_rows.rows_with(session, id, "left")
    assert (left.email, left.words) == (
        theirs,
        "Their award is suspended. Lift that instead, or revoke it first.",
    )


def test_a_row_that_goes_wrong_unforeseen_is_left_and_the_others_are_not(
    greenhouse: Greenhouse, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = issuing.issue_listed

    def faulty(session: Any, edition: Any, account: Account, *rest: Any) -> Award:
        if account.id == "grower":
            raise LookupError("nobody thought of this")
        return real(session, edition, account, *rest)

    monkeypatch.setattr(issuing, "issue_listed", faulty)
    id = begin(greenhouse, TWO)
    work(context)
    assert progress(greenhouse, id) == (2, 1, 0, 1)
    assert held(greenhouse) == {"stranger@example.org": 1}
    with greenhouse.database.read() as session:
        (left,) = award_list_rows.rows_with(session, id, "left")
        assert session.get_one(AwardList, id).ended_at is not None
    assert left.words == "It could not be awarded: LookupError. The log says more."


def test_a_disk_that_is_away_leaves_the_rows_to_the_next_try(
    greenhouse: Greenhouse, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_said: Any) -> Award:
        raise OSError("no room left")

    id = begin(greenhouse, TWO)
    monkeypatch.setattr(issuing, "issue_listed", full)
    with pytest.raises(OSError, match="no room left"):
        work(context)
    assert progress(greenhouse, id) == (2, 0, 0, 0)


def test_people_without_an_account_are_added_when_that_is_asked_for(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    text = HEAD + "Mai@Example.org,Nguyễn Thị Mai,\nx@example.org,,\ny@example.org,=1+1,\n"
    assert outcomes(rehearsed(greenhouse, text)) == ["unknown"] * 3
    found = rehearsed(greenhouse, text, ADDING)
    assert [(line.outcome, line.words) for line in found.lines] == [
        ("award", ("An account is made for this person.",)),
        ("wrong", ("There is no name in this row, so nobody can be added.",)),
        ("wrong", ("There is a formula where the name should be.",)),
    ]
    begin(greenhouse, text, ADDING)
    work(context)
    with greenhouse.database.read() as session:
        account = session.scalars(select(Account).where(Account.email == "mai@example.org")).one()
        assert (account.name, account.roles) == ("Nguyễn Thị Mai", ["candidate"])
        added = audit.story(session, f"account:{account.id}")
        assert [one.actor_id for one in added if one.kind == "added"] == ["office"]
        award = session.scalars(select(Award)).one()
        assert award.recipient_name == "Nguyễn Thị Mai"


def test_a_list_without_the_column_that_adding_people_needs_says_so(
    greenhouse: Greenhouse,
) -> None:
    with pytest.raises(BadSheet, match="no column called “Name”"):
        rehearsed(greenhouse, "E-mail address\ngrower@example.org\n", ADDING)
    assert outcomes(rehearsed(greenhouse, "E-mail address\ngrower@example.org\n")) == ["award"]


@pytest.mark.parametrize(
    "data",
    [
        TWO.encode("utf-8-sig"),
        TWO.encode("utf-16"),
        TWO.replace(",", ";").encode("cp1252"),
        TWO.replace("grower@example.org,,", '"grower@example.org","Ana ""Ñ"" Ruiz",').encode(
            "cp1252"
        ),
        TWO.replace(",", "\t").replace("\n", "\r\n").encode(),
        TWO.removeprefix(HEAD).replace("2025-06-01", "").encode(),
    ],
)
def test_whatever_a_spreadsheet_writes_is_read(greenhouse: Greenhouse, data: bytes) -> None:
    assert outcomes(rehearsed(greenhouse, data)) == ["award", "award"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"E-mail address\nana\0@example.org\n", "no text"),
        (b"PK\x03\x04", "workbook"),
        (b"\n\n", "no rows"),
        (b"Email,E-Mail,Name\na@x.org,b@x.org,Ana\n", "“Email” and “E-Mail” are the same column"),
        (TWO.removeprefix(HEAD).encode(), "The first row of this list names no columns"),
        (crowd(5_001).encode(), "There are 5,001 rows in this; up to 5,000"),
        (b"a@b.org\n" * 100_000, "There are 100,000 rows in this; up to 5,000"),
        (b"a@example.org\n" * 200_000, "too large"),
    ],
)
def test_what_is_no_list_is_refused_at_once_in_words(
    greenhouse: Greenhouse, data: bytes, words: str
) -> None:
    began = time.thread_time()
    with pytest.raises(BadSheet, match=words):
        rehearsed(greenhouse, data)
    assert time.thread_time() - began < 2


def test_a_credential_that_no_list_awards_is_not_found(greenhouse: Greenhouse) -> None:
    with greenhouse.database.read() as session:
        assert award_lists.awardable(session) == {"window-garden": "Window Garden"}
    with pytest.raises(NotFound):
        rehearsed(greenhouse, TWO, ASKED._replace(credential_id="driving"))


def test_only_staff_award_lists(greenhouse: Greenhouse) -> None:
    for actor in (ANONYMOUS, Actor("grower", "Ana", "", frozenset({"candidate", "reviewer"}))):
        with pytest.raises(Refused):
            begin(greenhouse, TWO, actor=actor)


def test_a_rehearsal_asks_the_database_the_same_for_3_rows_and_for_300(
    greenhouse: Greenhouse,
) -> None:
    def queries(number: int) -> int:
        asked: list[str] = []
        listen: Callable[..., None] = lambda *said: asked.append(said[2])  # noqa: E731
        event.listen(greenhouse.database.engine, "before_cursor_execute", listen)
        rehearsed(greenhouse, crowd(number), ADDING)
        event.remove(greenhouse.database.engine, "before_cursor_execute", listen)
        return len(asked)

    queries(1)
    assert queries(3) == queries(300)


def test_a_letter_tells_each_of_them_once_when_that_is_asked_for(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    begin(greenhouse, TWO, ASKED._replace(tells_people=True))
    work(context)
    payloads: list[Any] = []
    with greenhouse.database.read() as session:
        serials = session.scalars(select(Award.serial)).all()
    for serial in serials:
        id = f"award-listed.{serial}."
        payloads.append({"id": id, "serial": serial, "letter": "award-listed"})
        telling.compose(context, {**payloads[-1], "reason": ASKED.source})
        telling.compose(context, {**payloads[-1], "reason": ASKED.source})
    with greenhouse.database.read() as session:
        letters = session.scalars(select(Letter)).all()
    assert sorted(one.to_address for one in letters) == [
        "grower@example.org",
        "stranger@example.org",
    ]
    assert "It was awarded for: Workshop, June 2026" in letters[0].text
    assert f"/verify/{serials[0]}" in "".join(one.text for one in letters)


def test_a_missing_key_keeps_a_list_from_beginning(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    lose_the_key(greenhouse)
    with pytest.raises(Refused) as refused:
        begin(greenhouse, TWO)
    assert refused.value.refusal.code == "issuer-key"
    with greenhouse.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AwardList)) == 0


def test_a_key_that_goes_missing_stops_a_list_and_it_goes_on_afterwards(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    key = lose_the_key(greenhouse)
    jobs.drain(context)
    assert progress(greenhouse, id) == (2, 0, 0, 0)
    assert held(greenhouse) == {}
    with greenhouse.database.read() as session:
        assert "key" in session.get_one(AwardList, id).waits
    (greenhouse.settings.keys / "issuer.pem").write_bytes(key)
    ran = jobs.drain(context, datetime.now(UTC) + timedelta(minutes=6))
    assert award_list_job.JOB in ran
    assert progress(greenhouse, id) == (2, 2, 0, 0)
    with greenhouse.database.read() as session:
        assert session.get_one(AwardList, id).waits == ""


def test_however_often_somebody_says_go_on_one_job_waits_for_the_key(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    lose_the_key(greenhouse)
    jobs.drain(context)
    for minute in range(3):
        with greenhouse.database.transaction() as session:
            listed = session.get_one(AwardList, id)
            at = NOON + timedelta(minutes=minute)
            award_list_job.go_on(session, listed, greenhouse.office, at)
        jobs.drain(context)
    # One, or two when the clock came to the next turn meanwhile: they are one again after it.
    (first, *_rest) = waiting = waiting_jobs(greenhouse)
    assert len(waiting) <= 2
    with greenhouse.database.transaction() as session:
        jobs.run_now(session, first)  # early: it is not taken for the one that comes next
    jobs.drain(context)
    assert waiting_jobs(greenhouse)
    assert first not in waiting_jobs(greenhouse)


def waiting_jobs(house: Greenhouse) -> list[str]:
    with house.database.read() as session:
        found = jobs.listing(session, state="delayed")
    return [one.id for one in found if one.name == award_list_job.JOB]


def lose_the_key(house: Greenhouse) -> bytes:
    assert issuer.of(house.settings).signer
    path = house.settings.keys / "issuer.pem"
    key = path.read_bytes()
    path.unlink()
    return key


def test_a_stopped_list_goes_on_in_the_name_of_whoever_says_so(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    with greenhouse.database.transaction() as session:
        award_list_job.stop(session, session.get_one(AwardList, id), greenhouse.office, NOON)
    work(context)
    assert progress(greenhouse, id) == (2, 0, 0, 0)
    with greenhouse.database.transaction() as session:
        session.execute(update(Account).where(Account.id == "stranger").values(roles=["staff"]))
        other = Actor("stranger", "Li Wei", "", frozenset({"staff"}))
        award_list_job.go_on(session, session.get_one(AwardList, id), other, NOON)
    work(context)
    assert progress(greenhouse, id) == (2, 2, 0, 0)
    with greenhouse.database.read() as session:
        actors = session.scalars(select(Event.actor_id).where(Event.kind == "awarded")).all()
        assert set(actors) == {"stranger"}


def test_a_list_waits_when_whoever_began_it_may_do_so_no_more(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, TWO)
    with greenhouse.database.transaction() as session:
        session.execute(update(Account).where(Account.id == "office").values(roles=["reviewer"]))
    work(context)
    assert progress(greenhouse, id) == (2, 0, 0, 0)
    with greenhouse.database.read() as session:
        waits = session.get_one(AwardList, id).waits
    assert waits == "Whoever began this may not award lists any more."


def test_pieces_follow_one_another(
    greenhouse: Greenhouse, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(award_list_job, "PIECE", 2)
    id = begin(greenhouse, crowd(5), ADDING)
    for _piece in range(3):
        work(context)
    assert progress(greenhouse, id) == (5, 5, 0, 0)


def test_two_staff_who_press_at_once_award_once(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    digest = rehearsed(greenhouse, TWO).digest
    found: list[str] = []
    ready = threading.Barrier(4)

    def press() -> None:
        ready.wait()
        try:
            found.append(begin(greenhouse, TWO, digest=digest))
        except Conflict:
            found.append("")

    at_once(*[press] * 4)
    assert sorted(map(bool, found)) == [False, False, False, True]
    at_once(*[lambda: work(context)] * 3)
    assert held(greenhouse) == {"grower@example.org": 1, "stranger@example.org": 1}
    with greenhouse.database.read() as session:
        assert audit.verify(session) is None


# A second transaction that writes would wait on SQLite until the first has ended.
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_there_is_no_moment_at_which_the_same_list_is_begun_twice(greenhouse: Greenhouse) -> None:
    """Somebody else presses before the first question that beginning it asks, before the second,
    and so on until it writes."""
    moment = 0
    while somebody_presses(greenhouse, f"{TWO}nobody{moment}@example.org,,\n", moment):
        with greenhouse.database.transaction() as session:  # what is under way is in nobody's way
            session.execute(update(AwardListRow).values(outcome="left"))
        moment += 1
    assert moment > 5


def somebody_presses(house: Greenhouse, text: str, moment: int) -> bool:
    """Whether there was such a moment; the list was begun by them alone then."""
    digest = rehearsed(house, text).digest
    asked: list[str] = []
    begun: list[str] = []

    def press(*said: Any) -> None:
        asked.append(said[2])
        reading = all(one.startswith("SELECT") for one in asked)
        if reading and not begun and len(asked) > moment:
            begun.append("by them")
            begin(house, text, digest=digest)

    event.listen(house.database.engine, "before_cursor_execute", press)
    try:
        begin(house, text, digest=digest)
        assert not begun
    except Conflict:
        assert begun
    finally:
        event.remove(house.database.engine, "before_cursor_execute", press)
    return bool(begun)


def test_two_lists_that_come_to_the_same_people_at_once_award_and_add_them_once(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    """Both were begun at the same moment, so that neither knew of the other's rows."""
    texts = [crowd(12), crowd(12).replace("\n", "\r\n")]
    seen = [rehearsed(greenhouse, text, ADDING).digest for text in texts]
    first = begin(greenhouse, texts[0], ADDING, seen[0])
    with greenhouse.database.transaction() as session:
        rows = session.scalars(select(AwardListRow)).all()
        session.execute(update(AwardListRow).values(outcome="left"))
    second = begin(greenhouse, texts[1], ADDING, seen[1])
    with greenhouse.database.transaction() as session:
        session.execute(
            update(AwardListRow).where(AwardListRow.list_id == first).values(outcome="")
        )
    assert len(rows) == 12
    at_once(
        lambda: award_list_job.run(context, {"list": first}),
        lambda: award_list_job.run(context, {"list": second}),
    )
    assert set(held(greenhouse).values()) == {1}
    assert len(held(greenhouse)) == 12
    one, two = progress(greenhouse, first), progress(greenhouse, second)
    assert (one.awarded + two.awarded, one.held + two.held) == (12, 12)


def test_a_worker_killed_in_the_middle_leaves_the_rest_to_the_next(
    greenhouse: Greenhouse, context: JobContext
) -> None:
    id = begin(greenhouse, crowd(40), ADDING)
    greenhouse.database.dispose()  # nobody shares a connection with a child
    child = os.fork()
    if child == 0:
        database = Database(greenhouse.settings.database_url)
        award_list_job.run(JobContext(context.settings, database, context.store), {"list": id})
        os._exit(0)
    while progress(greenhouse, id).awarded < 5:
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    done = progress(greenhouse, id).awarded
    assert 5 <= done < 40
    work(context)
    assert progress(greenhouse, id) == (40, 40, 0, 0)
    assert len(held(greenhouse)) == 40
    assert set(held(greenhouse).values()) == {1}
    with greenhouse.database.read() as session:
        assert audit.verify(session) is None
        awarded = session.scalar(select(func.count()).where(Event.kind == "awarded"))
        assert awarded == 40


def at_once(*acts: Callable[[], object]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
