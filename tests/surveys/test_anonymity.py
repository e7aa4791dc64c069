"""Trying to match answers to people, with the whole database in hand.

Whoever tries it here has every row, in every order that the database keeps rows in, SQLite's row
ids and PostgreSQL's places and transaction numbers; copies from before and after each answer; every
event, job, letter and log. What they have not is the installation's secret, which is in no
database. Beyond chance means: over many runs, the best guess does no better than guessing.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import LargeBinary, text

from engine.records.tables import Base
from tests.surveys.conftest import Circle, persons

pytestmark = pytest.mark.row("C2", "C10", "C13")

PEOPLE = 12
MANY = 4


@contextmanager
def rows_of(circle: Circle, table: str, *columns: str) -> Iterator[list[dict[str, Any]]]:
    """Every row as it lies there, with what the database itself knows of it."""
    with circle.database.engine.connect() as connection:
        hidden = "" if circle.database.is_sqlite else ", ctid::text AS place, xmin::text AS change"
        said = ", ".join(columns) if columns else "*"
        found = connection.execute(text(f"SELECT {said}{hidden} FROM {table}"))
        yield [dict(row._mapping) for row in found]


def everybody_answers(circle: Circle, seed: int) -> tuple[str, list[str], list[int]]:
    """Twelve people answer one after the other; returns the run, who said what, in what order."""
    circle.says(people=persons(PEOPLE))
    run = circle.opens()
    tokens = circle.tokens(run)
    order = sorted(tokens)
    random.Random(seed).shuffle(order)
    scores = [1 + number % 5 for number in range(PEOPLE)]
    for email, score in zip(order, scores, strict=True):
        circle.at(circle.now + timedelta(minutes=1))
        circle.answers(tokens[email], helped=score, heard=score, words=f"{email} would say this")
    return run, order, scores


def test_nothing_an_open_survey_keeps_says_what_was_answered(circle: Circle) -> None:
    run, _order, _scores = everybody_answers(circle, 1)
    with rows_of(circle, "survey_answers") as rows:
        assert len(rows) == PEOPLE
        assert {len(row["sealed"]) for row in rows} == {2048 + 12 + 16}
    for name in Base.metadata.tables:
        if name in ("survey_invitations", "drafts", "letters"):
            continue  # who was asked is known; it is what they said that must not be
        with rows_of(circle, f'"{name}"') as rows:
            assert "would say this" not in repr(rows), name
    assert circle.row(run).results is None


def test_no_row_of_an_open_survey_was_changed_last_or_lies_in_the_order_of_use(
    circle: Circle,
) -> None:
    everybody_answers(circle, 2)
    for table in ("survey_answers", "survey_invitations"):
        with rows_of(circle, table) as rows:
            if not circle.database.is_sqlite:
                assert len({row["change"] for row in rows}) == 1, table
    if circle.database.is_sqlite:
        with (
            circle.database.engine.connect() as connection,
            pytest.raises(Exception, match="no such column"),
        ):
            connection.execute(text("SELECT rowid FROM survey_answers"))


def test_copies_from_before_and_after_an_answer_have_no_sealed_answer_in_common(
    circle: Circle,
) -> None:
    run = circle.opens()
    tokens = list(circle.tokens(run).values())
    copies = []
    for token in tokens:
        circle.answers(token, helped=3)
        with rows_of(circle, "survey_answers") as rows:
            copies.append({(row["id"], bytes(row["sealed"])) for row in rows})
    ids = [{id for id, _ in copy} for copy in copies]
    texts = [{sealed for _, sealed in copy} for copy in copies]
    for before, after in [*pairwise(ids), *pairwise(texts)]:
        assert not before & after


def test_places_of_sealed_answers_do_no_better_than_chance(circle: Circle) -> None:
    """Where an answer lies is compared with when it came, over several surveys: opened with the
    secret, which a thief of the database has not, so that there is something to compare."""
    from engine.records.tables import SurveyRun
    from engine.submissions.survey_sealing import Sealer

    agreements = pairs = 0
    for seed in range(MANY):
        run, _order, _scores = everybody_answers(circle, seed)
        with circle.database.read() as session:
            sealer = Sealer(circle.settings, session.get_one(SurveyRun, run))
        with rows_of(circle, "survey_answers", "sealed") as rows:
            found = [sealer.opened(bytes(row["sealed"])) for row in rows]
        emails = [str(one["words"]).split()[0] for one in found if one]
        lie = [_order.index(email) for email in emails]
        for first in range(PEOPLE):
            for second in range(first + 1, PEOPLE):
                agreements += lie[first] < lie[second]
                pairs += 1
        circle.closes(run)
        circle.at(circle.now + timedelta(days=400))
        with circle.database.transaction() as session:
            session.execute(text("DELETE FROM survey_invitations"))
            session.execute(text("DELETE FROM survey_runs"))
    # Kendall's: with four surveys of twelve the share of agreeing pairs stays within four standard
    # deviations of a half, 0.5 ± 0.25; kept in the order of arrival it would be 1.
    assert 0.25 < agreements / pairs < 0.75


def test_closed_survey_keeps_columns_that_no_two_answers_of_one_person_share(
    circle: Circle,
) -> None:
    run, _order, scores = everybody_answers(circle, 3)
    kept = circle.closes(run).results
    assert kept is not None
    assert kept["columns"]["helped"] == sorted(scores)
    assert kept["columns"]["words"] == sorted(kept["columns"]["words"])
    assert set(kept) == {"answered", "counts", "columns", "constructs"}
    assert circle.row(run).salt == ""
    with rows_of(circle, "survey_answers") as rows:
        assert rows == []


def test_whole_database_after_closing_matches_nobody(circle: Circle) -> None:
    """Each sorted column is the same whoever said what: two runs in which the answers were dealt
    out otherwise leave the same results, so no guess from them can beat chance."""
    results = []
    for seed in (4, 5):
        run, order, scores = everybody_answers(circle, seed)
        kept = circle.closes(run).results
        assert kept is not None
        results.append((order, json.dumps({**kept, "columns": kept["columns"]["helped"]})))
        circle.at(circle.now + timedelta(days=400))
        with circle.database.transaction() as session:
            session.execute(text("DELETE FROM survey_invitations"))
            session.execute(text("DELETE FROM survey_runs"))
        assert scores
    assert results[0][0] != results[1][0]
    assert results[0][1] == results[1][1]


def test_tables_share_no_key_and_no_time_of_use(circle: Circle) -> None:
    columns = {
        name: dict(Base.metadata.tables[name].columns.items())
        for name in ("survey_answers", "survey_invitations")
    }
    assert set(columns["survey_answers"]) == {"id", "run_id", "sealed"}
    assert isinstance(columns["survey_answers"]["sealed"].type, LargeBinary)
    assert not [
        one
        for one in columns["survey_invitations"].values()
        if issubclass(one.type.python_type, datetime)
    ]
    run, _order, _scores = everybody_answers(circle, 6)
    with (
        rows_of(circle, "survey_answers") as answers,
        rows_of(circle, "survey_invitations") as them,
    ):
        assert not {row["id"] for row in answers} & {row["id"] for row in them}
        assert {row["run_id"] for row in answers} == {run}


def test_answering_leaves_no_event_no_job_no_letter_and_no_log(
    circle: Circle, caplog: pytest.LogCaptureFixture
) -> None:
    run = circle.opens()
    circle.letters()
    counted = ("events", "letters", "evidence", "snapshots", "drafts", "deliveries")

    def count() -> dict[str, list[dict[str, Any]]]:
        found = {}
        for name in counted:
            with rows_of(circle, name) as rows:
                found[name] = rows
        return found

    before = count()
    browser = circle.browser(signed_in=False)
    caplog.set_level(logging.INFO)
    token = circle.tokens(run)["bo@example.org"]
    answer = browser.post(
        f"/s/{token}", {"/trust/helped": "4"}, environ_base={"REMOTE_ADDR": "198.51.100.77"}
    )
    assert answer.status_code == 303, answer.text
    assert count() == before
    assert token not in caplog.text
    for name in Base.metadata.tables:
        with rows_of(circle, f'"{name}"') as rows:
            assert "198.51.100" not in repr(rows), name
