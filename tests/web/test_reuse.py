"""Answers of earlier submissions, picked for another: one's own, as they were, and nothing else."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from engine.records.tables import DraftRow, Snapshot, Submission
from engine.submissions import drafting, record
from tests.conftest import TERM, School

VISITS = [
    {"on": "2026-03-12", "peer": "Ana", "minutes": 20},
    {"on": "2026-03-19", "peer": "Ben", "minutes": 25},
]
PAGE = "answers/answers"


def handed_in(school: School, name: str, credential: str, answers: dict[str, Any]) -> str:
    """A submission of somebody's with these answers, handed in."""
    id = school.open(name, credential)
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, id)
        drafting.fill(session, subject, {"answers": answers}, school.cast[name], TERM)
    answer = school.browser(name).post(f"/submissions/{id}/advance/finish", {"revision": 0})
    assert answer.status_code == 303, answer.text
    return id


@pytest.fixture
def visits(school: School) -> str:
    """The id of Ana's handed-in table."""
    return handed_in(school, "ana", "field-table", {"visits": VISITS})


def keys(page: str) -> list[str]:
    """What the radios for the visit post, the page's order kept."""
    return [
        html.unescape(one) for one in re.findall(r'name="/answers/visit" value="([^"]+)"', page)
    ]


def paper(school: School, id: str) -> str:
    """The PDF copy of round 1, before it is printed."""
    with school.database.read() as session:
        subject = drafting.subject_of(session, id)
        made = record.record_of(session, subject, 1)
        assert made is not None
        return record.composed(made, subject, school.settings, TERM)[0]


def save(school: School, name: str, id: str, key: str) -> Any:
    """The stored answer after `key` is posted for the visit."""
    page = f"/submissions/{id}/{PAGE}"
    browser = school.browser(name)
    browser.post(page, {"_seen": browser.seen(page), "/answers/visit": key})
    with school.database.read() as session:
        row = session.get_one(DraftRow, (id, "answers"))
        return row.answers.get("visit"), row.marks["typed"]


def test_each_item_of_ones_own_is_offered_with_a_summary(school: School, visits: str) -> None:
    id = school.open("ana", "field-reuse")
    page = school.browser("ana").get(f"/submissions/{id}/{PAGE}").text
    assert keys(page) == [f"{visits}/1/answers/visits/{number}" for number in (0, 1)]
    assert "12 March 2026 · Ana · 20" in page


def test_what_is_picked_is_pinned_and_copied(school: School, visits: str) -> None:
    id = school.open("ana", "field-reuse")
    answer, _ = save(school, "ana", id, f"{visits}/1/answers/visits/1")
    assert {**answer, "digest": len(answer["digest"])} == {
        "submission": visits,
        "round": 1,
        "pointer": "/answers/visits/1",
        "digest": 64,
        "value": VISITS[1],
    }


def test_nobody_is_offered_or_gets_somebody_elses(school: School, visits: str) -> None:
    id = school.open("ben", "field-reuse")
    page = school.browser("ben").get(f"/submissions/{id}/{PAGE}").text
    assert keys(page) == []
    assert re.search(r"\bAna\b", page.replace("Ana Ruiz", "")) is None

    key = f"{visits}/1/answers/visits/0"
    answer, typed = save(school, "ben", id, key)

    assert answer is None
    assert typed == {"/answers/visit": key}
    refused = school.browser("ben").get(f"/submissions/{id}/{PAGE}?check=1").text
    assert "is not among your submitted answers" in refused


def test_a_draft_is_not_offered(school: School) -> None:
    other = school.open("ana", "field-table")
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, other)
        drafting.fill(session, subject, {"answers": {"visits": VISITS}}, school.cast["ana"], TERM)
    id = school.open("ana", "field-reuse")
    assert keys(school.browser("ana").get(f"/submissions/{id}/{PAGE}").text) == []


def test_without_anything_to_pick_the_page_says_what_to_do(school: School) -> None:
    id = school.open("ana", "field-reuse")
    page = school.browser("ana").get(f"/submissions/{id}/{PAGE}").text
    assert "You have nothing submitted in “A table” yet." in page
    assert 'href="/credentials/field-table"' in page


@pytest.mark.parametrize(
    "change",
    [
        {"value": {"peer": "Somebody else"}},
        {"digest": "0" * 64},
        {"pointer": "/answers/visits/9"},
        {"submission": "nobody"},
        {"more": True},
    ],
)
def test_a_pick_that_is_not_as_it_was_submitted_keeps_it_from_being_handed_in(
    school: School, visits: str, change: dict[str, Any]
) -> None:
    id = school.open("ana", "field-reuse")
    answer, _ = save(school, "ana", id, f"{visits}/1/answers/visits/1")
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, id)
        forged = {"answers": {"visit": {**answer, **change}}}
        drafting.fill(session, subject, forged, school.cast["ana"], TERM)

    school.browser("ana").post(f"/submissions/{id}/advance/finish", {"revision": 0})

    with school.database.read() as session:
        assert session.scalars(select(Snapshot).where(Snapshot.submission_id == id)).all() == []


def test_what_was_picked_reads_the_same_and_says_where_it_is_from(
    school: School, visits: str
) -> None:
    id = school.open("ana", "field-reuse")
    save(school, "ana", id, f"{visits}/1/answers/visits/0")
    school.browser("ana").post(f"/submissions/{id}/advance/finish", {"revision": 0})

    for name in ("ana", "sam"):
        said = school.browser(name).get(f"/submissions/{id}/print").text
        assert f'<a href="/submissions/{visits}/print">A table</a>, submitted on' in said
        assert "Ana" in said


def withdraw(school: School, id: str) -> None:
    """As a workflow does that lets people withdraw: closed, otherwise than by handing it in."""
    with school.database.transaction() as session:
        submission = session.get_one(Submission, id)
        submission.state, submission.state_kind = "writing", "closed"


def erase(school: School, id: str) -> None:
    with school.database.transaction() as session:
        session.execute(delete(Snapshot).where(Snapshot.submission_id == id))


def handed(school: School, id: str) -> bool:
    """Whether a submission was handed in."""
    with school.database.read() as session:
        return session.get(Snapshot, (id, 1)) is not None


def test_what_comes_from_withdrawn_work_says_so_and_is_not_handed_in(
    school: School, visits: str
) -> None:
    id = school.open("ana", "field-reuse")
    save(school, "ana", id, f"{visits}/1/answers/visits/0")
    withdraw(school, visits)

    browser = school.browser("ana")
    page = browser.get(f"/submissions/{id}/{PAGE}?check=1").text
    assert "You have withdrawn this work since." in page
    assert (
        "The work that this comes from was withdrawn. Choose another answer here, or take that"
        " work up again and submit it."
    ) in page
    browser.post(f"/submissions/{id}/advance/finish", {"revision": 0})
    assert not handed(school, id)


def test_work_that_is_taken_up_again_can_be_handed_in_with_what_came_from_it(
    school: School, visits: str
) -> None:
    id = school.open("ana", "field-reuse")
    save(school, "ana", id, f"{visits}/1/answers/visits/0")
    with school.database.read() as session:
        was = session.get_one(Submission, visits)
    withdraw(school, visits)
    with school.database.transaction() as session:
        submission = session.get_one(Submission, visits)
        submission.state, submission.state_kind = was.state, was.state_kind
    school.browser("ana").post(f"/submissions/{id}/advance/finish", {"revision": 0})
    assert handed(school, id)


@pytest.mark.parametrize(
    ("lose", "words"),
    [
        (withdraw, "The work that this comes from was withdrawn since. This is the copy of it."),
        (erase, "The work that this comes from is not there any more. This is the copy of it."),
    ],
)
def test_work_withdrawn_after_handing_in_leaves_the_copy_and_readers_are_told(
    school: School, visits: str, lose: Callable[[School, str], None], words: str
) -> None:
    id = school.open("ana", "field-reuse")
    save(school, "ana", id, f"{visits}/1/answers/visits/0")
    school.browser("ana").post(f"/submissions/{id}/advance/finish", {"revision": 0})
    assert handed(school, id)
    lose(school, visits)

    for address in (f"/review/{id}", f"/submissions/{id}/print"):
        page = school.browser("sam").get(address).text
        assert words in page, address
        assert "2026-03-12" in page, address
    assert words in paper(school, id)


def test_erased_work_keeps_what_came_from_it_from_being_handed_in(
    school: School, visits: str
) -> None:
    id = school.open("ana", "field-reuse")
    save(school, "ana", id, f"{visits}/1/answers/visits/0")
    erase(school, visits)
    browser = school.browser("ana")
    page = browser.get(f"/submissions/{id}/{PAGE}?check=1").text
    assert "The work that this comes from is not there any more." in page
    browser.post(f"/submissions/{id}/advance/finish", {"revision": 0})
    assert not handed(school, id)


def test_a_pick_stays_as_it_was_when_its_work_is_handed_in_anew(
    school: School, visits: str
) -> None:
    id = school.open("ana", "field-reuse")
    before, _ = save(school, "ana", id, f"{visits}/1/answers/visits/0")
    with school.database.transaction() as session:
        session.add(
            Snapshot(
                submission_id=visits,
                round=2,
                answers={"answers": {"visits": [{**VISITS[0], "minutes": 90}]}},
                marks={},
                taken_at=TERM + timedelta(days=9),
            )
        )
    school.browser("ana").post(f"/submissions/{id}/advance/finish", {"revision": 0})
    with school.database.read() as session:
        assert session.get_one(Snapshot, (id, 1)).answers["answers"]["visit"] == before


def test_where_one_answer_alone_can_be_chosen_it_stands_chosen(school: School) -> None:
    visits = handed_in(school, "ana", "field-table", {"visits": VISITS})
    with school.database.transaction() as session:
        session.get_one(Snapshot, (visits, 1)).answers = {"answers": {"visits": VISITS[:1]}}
    id = school.open("ana", "field-reuse")
    page = f"/submissions/{id}/{PAGE}"
    browser = school.browser("ana")
    (card,) = re.findall(
        r'<input[^>]*name="/answers/visit" value="[^"]+"[^>]*>', browser.get(page).text
    )
    assert "checked" in card
    assert f"{visits}/1/answers/visits/0" in card


def test_of_two_answers_none_is_chosen_beforehand(school: School, visits: str) -> None:
    id = school.open("ana", "field-reuse")
    page = school.browser("ana").get(f"/submissions/{id}/{PAGE}").text
    cards = re.findall(r'<input[^>]*name="/answers/visit" value="[^"]+"[^>]*>', page)
    assert len(cards) == 2
    assert "checked" not in "".join(cards)


def test_a_series_is_offered_whole_and_read_with_its_chart(school: School) -> None:
    points = [{"day": f"2026-03-{day:02}", "share": 50 + day} for day in (2, 4, 6, 8, 10)]
    series = handed_in(school, "ana", "field-data-series", {"tickets": points})
    id = school.open("ana", "field-reuse")
    page = f"/submissions/{id}/{PAGE}"
    browser = school.browser("ana")
    browser.post(
        page,
        {"_seen": browser.seen(page), "/answers/charts": f"{series}/1/answers/tickets"},
    )
    with school.database.read() as session:
        (pick,) = session.get_one(DraftRow, (id, "answers")).answers["charts"]
    assert json.loads(json.dumps(pick["value"])) == points
    assert "5 points from 2 March to 10 March 2026." in browser.get(page).text


@pytest.mark.parametrize("picked", [False, True])
def test_the_pdf_copy_has_the_chart_with_its_words_and_the_table_beneath(
    school: School, picked: bool
) -> None:
    points: list[dict[str, Any]] = [
        {"day": f"2026-02-{day:02}", "share": 50 + day} for day in (2, 4, 6, 8, 10)
    ]
    points[1]["what"] = "Cards on the tables"
    id = handed_in(school, "ana", "field-data-series", {"tickets": points})
    if picked:
        visits = handed_in(school, "ana", "field-table", {"visits": VISITS})
        series, id = id, school.open("ana", "field-reuse")
        save(school, "ana", id, f"{visits}/1/answers/visits/0")
        page = f"/submissions/{id}/{PAGE}"
        browser = school.browser("ana")
        chosen = {
            "/answers/visit": f"{visits}/1/answers/visits/0",
            "/answers/charts": f"{series}/1/answers/tickets",
        }
        browser.post(page, {"_seen": browser.seen(page), **chosen})
        browser.post(f"/submissions/{id}/advance/finish", {"revision": 0})
        assert handed(school, id)
    said = paper(school, id)
    chart, table = said.index("<svg"), said.index('<table class="grid">')
    assert chart < said.index("A trend: the five points from 2 February to 10 February") < table
    assert "1. 4 February 2026: Cards on the tables" in said
    assert said.count("<tr>") >= 6
    with school.database.read() as session:
        subject = drafting.subject_of(session, id)
        made = record.record_of(session, subject, 1)
        assert made is not None
        pdf = record.render(made, subject, school.settings, TERM)
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    for words in ("Median", "Goal", "56 %", "Trend", "go up every time", "Cards on the tables"):
        assert words in text, words


def test_a_series_is_read_with_its_chart_by_reviewers_and_on_paper(school: School) -> None:
    points = [{"day": f"2026-03-{day:02}", "share": 50 + day} for day in (2, 4, 6, 8, 10)]
    series = handed_in(school, "ana", "field-data-series", {"tickets": points})
    for address in (f"/review/{series}", f"/submissions/{series}/print"):
        page = school.browser("sam").get(address).text
        assert page.count('class="chart__picture ') == 2, address
        assert "10 March 2026" in page
