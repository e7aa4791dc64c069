"""The queue's and staff's list: every filter, every order, nobody else's secrets, bounded work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session

from engine.errors import Refused
from engine.records.tables import Account, Declaration, Review, Submission, new_id
from engine.submissions import list_statements, listing, searching, views
from engine.submissions.narrowing import Asked, ListName
from tests.submissions.conftest import NOON, Garden

PEOPLE = {
    "lucia": ("Lucía Peña", "lucia.p@uno.org", "Hillside School"),
    "omar": ("Omar Nasser", "omar@dos.org", "Lakeside"),
    "zoe": ("Zoë Lucas", "zoe@tres.org", "Hillside Annex"),
}


@pytest.fixture
def full(garden: Garden) -> Garden:
    """Six submissions by three people, in different places."""
    with garden.database.transaction() as session:
        for id, (name, email, school) in PEOPLE.items():
            session.add(
                Account(
                    id=id,
                    email=email,
                    name=name,
                    school=school,
                    password_hash="",
                    roles=["candidate"],
                    created_at=NOON,
                )
            )
        session.flush()
        for id, who, state, kind, days, more in (
            ("a", "lucia", "on_show", "review", 9, {}),
            ("b", "omar", "on_show", "review", 5, {"due_at": NOON - timedelta(days=1)}),
            ("c", "zoe", "judging", "decide", 7, {"reviewer_id": "judge", "round": 2}),
            ("d", "omar", "judging", "decide", 2, {"reviewer_id": "second_judge"}),
            ("e", "zoe", "planting", "open", 30, {"due_at": NOON + timedelta(days=2), "round": 0}),
            ("f", "lucia", "ribbon", "outcome", 90, {}),
        ):
            reviewer = more.get("reviewer_id")
            session.add(
                Submission(
                    **{
                        "id": id,
                        "edition_digest": garden.edition.digest,
                        "credential_id": garden.edition.credential.id,
                        "candidate_id": who,
                        "state": state,
                        "state_kind": kind,
                        "state_since": NOON - timedelta(days=days),
                        "revision": 1,
                        "round": 1,
                        "opened_at": NOON,
                        "reviewer_ids": [reviewer] if reviewer else [],
                        **more,
                    }
                )
            )
            session.flush()
            if reviewer:
                session.add(
                    Review(
                        id=new_id(),
                        submission_id=id,
                        round=more.get("round", 1),
                        reviewer_id=reviewer,
                        started_at=NOON,
                        state=state,
                    )
                )
    return garden


def ids(garden: Garden, of: ListName, actor: Any = None, /, **asked: str) -> str:
    actor = actor or (garden.office if of == "staff" else garden.judge)
    with garden.database.read() as session:
        found = listing.page(session, actor, of, Asked.of(asked), NOON)
        return "".join(row.submission.id for row in found.rows)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "acbd"),
        ({"sort": "newest"}, "dbca"),
        ({"sort": "due"}, "b"),
        ({"state": "on_show"}, "ab"),
        ({"state": "planting"}, ""),
        ({"credential": "window-garden"}, "acbd"),
        ({"credential": "other"}, ""),
        ({"credential": "window-garden", "state": "judging"}, "cd"),
        ({"whose": "free"}, "ab"),
        ({"whose": "free", "state": "on_show"}, "ab"),
        ({"whose": "free", "due": "overdue"}, "b"),
        ({"whose": "mine"}, "c"),
        ({"whose": "mine", "state": "on_show"}, ""),
        ({"due": "overdue"}, "b"),
        ({"due": "soon"}, ""),
        ({"round": "2"}, "c"),
        ({"round": "1", "state": "on_show"}, "ab"),
        ({"longer": "6"}, "ac"),
        ({"longer": "6", "state": "judging"}, "c"),
        ({"name": "luci"}, "a"),
        ({"name": "LUCÍA pen"}, "a"),
        ({"name": "lucas"}, "c"),
        ({"name": "omar@dos"}, "bd"),
        ({"name": "%"}, ""),
        ({"school": "hillside"}, "ac"),
        ({"school": "hillside a"}, "c"),
        ({"school": "hillside", "whose": "free"}, "a"),
        ({"whose": "nonsense", "round": "x", "longer": "-1", "sort": "?"}, "acbd"),
    ],
)
def test_the_queue_shows_what_is_asked_for(full: Garden, asked: dict[str, str], found: str) -> None:
    assert ids(full, "queue", **asked) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "dbcaef"),
        ({"sort": "waiting"}, "feacbd"),
        ({"state": "planting"}, "e"),
        ({"due": "soon"}, "e"),
        ({"sort": "due"}, "be"),
        ({"reviewer": "second"}, "d"),
        ({"reviewer": "judge"}, "dc"),
        ({"name": "zoe", "state": "judging"}, "c"),
        ({"longer": "20"}, "ef"),
    ],
)
def test_staff_see_everything_and_narrow_it(
    full: Garden, asked: dict[str, str], found: str
) -> None:
    assert ids(full, "staff", **asked) == found


def test_reviewers_see_neither_their_own_work_nor_conflicts_of_interest(full: Garden) -> None:
    with full.database.transaction() as session:
        session.execute(update(Submission).where(Submission.id == "b").values(candidate_id="judge"))
        session.execute(
            insert(Declaration).values(
                id="x",
                reviewer_id="judge",
                candidate_id="zoe",
                reason="My sister.",
                declared_by="judge",
                declared_at=NOON,
            )
        )
    assert ids(full, "queue") == "ad"
    assert ids(full, "queue", whose="mine") == ""
    assert ids(full, "queue", full.second_judge) == "acbd"


def test_candidates_see_no_list_and_reviewers_not_staffs(full: Garden) -> None:
    for name, actor in (("queue", full.grower), ("staff", full.judge), ("staff", full.grower)):
        with pytest.raises(Refused):
            ids(full, name, actor)  # type: ignore[arg-type]


def test_pages_follow_one_another_in_every_order(full: Garden) -> None:
    for asked in (
        Asked(),
        Asked(sort="waiting"),
        Asked(sort="due"),
        Asked(name="lucia"),
        Asked(round="1"),
        Asked(longer="4"),
        Asked(longer="4", sort="waiting"),
        Asked(round="1", longer="4", state="on_show"),
        Asked(round="1", longer="4", state="on_show", sort="waiting"),
    ):
        seen, after = "", ""
        with full.database.read() as session:
            whole = listing.page(session, full.office, "staff", asked, NOON)
            while True:
                page = listing.page(
                    session, full.office, "staff", asked, NOON, after=after, limit=1
                )
                seen += "".join(row.submission.id for row in page.rows)
                after = page.following
                if not after:
                    break
        assert seen == "".join(row.submission.id for row in whole.rows)


def test_a_page_of_rare_filters_looks_no_further_than_it_may(
    full: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_statements, "WALK", 2)
    asked, after, seen, pages = Asked(round="2", state="judging"), "", "", 0
    with full.database.transaction() as session:
        session.execute(update(Submission).where(Submission.id != "d").values(state="judging"))
    with full.database.read() as session:
        while pages < 9:
            page = listing.page(session, full.office, "staff", asked, NOON, after=after)
            seen, after, pages = (
                seen + "".join(row.submission.id for row in page.rows),
                page.following,
                pages + 1,
            )
            if not after:
                break
    assert (seen, pages) == ("c", 4)


def test_a_cursor_that_makes_no_sense_begins_anew(full: Garden) -> None:
    with full.database.read() as session:
        for cursor in ("x", "~", "2026-01-01~x", "9999~", "2026-03-12T12:00:00~x", "'~\""):
            page = listing.page(session, full.judge, "queue", Asked(), NOON, after=cursor)
            assert len(page.rows) == 4


def hand_in(garden: Garden, id: str, round: int, text: str) -> None:
    with garden.database.transaction() as session:
        searching.keep(session, id, round, {"plan": {"goal": text, "photo": "0" * 32}})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("jardin", "ab"),
        ("JARDÍN", "ab"),
        ("jard", "ab"),
        ("jardin tomates", "a"),
        ("toma jar", "a"),
        ("ja", ""),
        ("ardin", ""),
        ("000000", ""),
        ("'\"*:&|!()", ""),
        ("jardin' OR 1", ""),
    ],
)
def test_words_of_answers_are_found_without_accents_and_by_their_beginnings(
    full: Garden, words: str, found: str
) -> None:
    hand_in(full, "a", 1, "El jardín con tomates, y más")
    hand_in(full, "b", 1, "Otro JARDIN")
    assert ids(full, "staff", words=words, sort="waiting") == found


def test_only_the_round_that_stands_is_found(full: Garden) -> None:
    hand_in(full, "c", 1, "heliotrope")
    assert ids(full, "staff", words="heliotrope") == ""
    hand_in(full, "c", 2, "basil")
    assert ids(full, "staff", words="basil") == "c"
    assert ids(full, "staff", words="heliotrope") == ""


def test_reviewers_find_only_what_they_may_read(full: Garden) -> None:
    for id, round in (("a", 1), ("c", 2), ("d", 1)):
        hand_in(full, id, round, "heliotrope")
    assert ids(full, "queue", words="helio") == "c"
    assert ids(full, "queue", full.second_judge, words="heliotrope") == "d"
    assert ids(full, "queue", full.office, words="heliotrope") == "acd"


def test_handing_in_makes_it_found_and_a_draft_never_is(
    garden: Garden,
) -> None:
    with garden.database.transaction() as session:
        garden.save(session, garden.opened(session), "plan", goal="Secret basil")
    assert ids(garden, "staff", words="basil") == ""
    with garden.database.transaction() as session:
        id = garden.entered(session).id
    assert ids(garden, "staff", words="basil") == id


def test_a_snippet_shows_the_words_in_their_place() -> None:
    text = "x " * 100 + "El jardín de Lucía tiene tomates." + " y" * 100
    pieces = searching.snippet(text, ["jardin", "tomate"])
    assert [piece.text for piece in pieces if piece.found] == ["jardín", "tomates"]
    assert "".join(piece.text for piece in pieces).strip("… ") in text
    assert searching.snippet("nothing", ["jardin"]) == ()


def test_saved_views_are_ones_own_unless_staff_share_them(full: Garden) -> None:
    with full.database.transaction() as session:
        views.save(session, full.judge, "queue", "Mine", Asked(whose="mine"), False, NOON)
        views.save(session, full.office, "queue", "Late", Asked(due="overdue"), True, NOON)
        views.save(session, full.judge, "queue", "Mine", Asked(whose="free"), False, NOON)
        with pytest.raises(Refused):
            views.save(session, full.judge, "queue", "All", Asked(), True, NOON)
    with full.database.read() as session:
        seen = {view.name: view.asked for view in views.of(session, full.judge, "queue")}
        assert seen == {"Late": Asked(due="overdue"), "Mine": Asked(whose="free")}
        assert [view.name for view in views.of(session, full.second_judge, "queue")] == ["Late"]
        several = list(seen.values())
        assert listing.counted(session, full.judge, "queue", several, NOON) == [1, 2]
        assert listing.counted(session, full.judge, "queue", several, NOON, most=1) == [1, 1]


def statements(garden: Garden, act: Callable[[Session], object]) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cu: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(garden.database.engine, "before_cursor_execute", note)
    with garden.database.read() as session:
        act(session)
    event.remove(garden.database.engine, "before_cursor_execute", note)
    return seen


@pytest.mark.parametrize("asked", [Asked(longer="3"), Asked(longer="3", sort="waiting")])
def test_a_late_page_of_a_list_that_ends_begins_at_its_cursor(full: Garden, asked: Asked) -> None:
    if not full.database.is_sqlite:
        return  # PostgreSQL takes the narrower of two bounds by itself
    cursor = f"{(NOON - timedelta(days=5)).isoformat()}~b"
    seen = statements(
        full,
        lambda session: listing.page(session, full.office, "staff", asked, NOON, after=cursor),
    )
    with full.database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[0][0]}", seen[0][1]).all()
    assert "(state_since,id)" in "".join(row[-1] for row in rows)


@pytest.mark.parametrize(
    ("name", "asked", "index"),
    [
        ("queue", Asked(), "waiting"),
        ("queue", Asked(sort="newest"), "waiting"),
        ("queue", Asked(credential="c"), "waiting_credential"),
        ("queue", Asked(state="s"), "state_since"),
        ("queue", Asked(credential="c", state="s"), "credential_state_since"),
        ("queue", Asked(whose="free"), "free"),
        ("queue", Asked(whose="free", credential="c"), "free_credential"),
        ("queue", Asked(whose="free", state="s"), "free_state"),
        ("queue", Asked(whose="free", credential="c", state="s"), "free_credential_state"),
        ("queue", Asked(sort="due"), "due_waiting"),
        ("queue", Asked(due="overdue", credential="c"), "due_waiting_credential"),
        ("queue", Asked(due="soon", state="s"), "due_state"),
        ("queue", Asked(round="2"), "waiting_round"),
        ("queue", Asked(longer="3"), "waiting"),
        ("staff", Asked(), "since"),
        ("staff", Asked(credential="c"), "credential_since"),
        ("staff", Asked(state="s"), "state_since"),
        ("staff", Asked(credential="c", state="s"), "credential_state_since"),
        ("staff", Asked(round="2"), "round_since"),
        ("staff", Asked(due="overdue"), "due"),
        ("staff", Asked(due="overdue", credential="c", state="s"), "due_credential_state"),
    ],
)
def test_sqlite_walks_the_index_that_was_made_for_it(
    full: Garden, name: ListName, asked: Asked, index: str
) -> None:
    if not full.database.is_sqlite:
        return  # PostgreSQL knows how many rows there are: `benchmarks.million` holds it
    actor = full.office if name == "staff" else full.judge
    seen = statements(full, lambda session: listing.page(session, actor, name, asked, NOON))
    statement, parameters = seen[-1] if "OFFSET" not in seen[-1][0] else seen[0]
    with full.database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    plan = "\n".join(row[-1] for row in rows)
    assert f"USING INDEX ix_submissions_{index} " in f"{plan} ".replace("\n", " \n")
    assert "TEMP B-TREE" not in plan
