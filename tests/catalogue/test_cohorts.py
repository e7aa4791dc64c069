"""Blue and yellow dots: named once in Building Will, there in the credentials that ask for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Letter
from engine.submissions import drafting
from tests.conftest import School

HANDED_IN = datetime(2026, 6, 1, 12, tzinfo=UTC)


def draft_of(school: School, submission_id: str) -> dict[str, Any]:
    with school.database.read() as session:
        return drafting.draft_of(session, submission_id).answers


@pytest.fixture
def visits(school: School) -> dict[str, Any]:
    """What Ana has handed in for Building Will: its example."""
    example = dict(school.library.edition("building-will").examples["visits"])
    submission_id = school.open("ana", "building-will")
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, submission_id)
        drafting.fill(session, subject, {"visits": example}, school.cast["ana"], HANDED_IN)
    answer = school.browser("ana").post(
        f"/submissions/{submission_id}/advance/submit", {"revision": "0"}
    )
    assert answer.status_code == 303, answer.text
    return example


@pytest.mark.row("C11", "C12", "C13", "C14")
def test_blue_and_yellow_dots_are_named_once_for_the_whole_stack(
    school: School, visits: dict[str, Any]
) -> None:
    blue = [{"name": one["name"]} for one in visits["blue_dots"]]
    yellow = [{"name": one["name"]} for one in visits["yellow_dots"]]

    impact = draft_of(school, school.open("ana", "measuring-impact-on-student-learning"))
    culture = draft_of(school, school.open("ana", "considering-impact-on-culture"))
    skills = draft_of(school, school.open("ana", "building-skills-in-others"))

    assert list(impact["sheets"].values()) == blue
    group = {"blue_dots": blue, "yellow_dots": yellow, "departures": visits["departures"]}
    assert culture == {"group": group}
    assert skills == {"group": group}


@pytest.mark.parametrize(
    ("credential", "page", "name"),
    [
        ("measuring-impact-on-student-learning", "sheets/fourth-peer", "Tom Adeyemi"),
        ("considering-impact-on-culture", "group/yellow-dots", "Ravi Menon"),
        ("building-skills-in-others", "group/blue-dots", "Maya Ferreira"),
    ],
)
def test_each_page_says_where_its_people_came_from(
    school: School, visits: dict[str, Any], credential: str, page: str, name: str
) -> None:
    id = school.open("ana", credential)
    text = school.browser("ana").get(f"/submissions/{id}/{page}").text
    assert "From your “Building Will” of" in text
    assert f'value="{name}"' in text


def test_naming_peers_makes_no_account_and_sends_no_letter(
    school: School, visits: dict[str, Any]
) -> None:
    for credential in ("considering-impact-on-culture", "building-skills-in-others"):
        school.open("ana", credential)
    settings = school.settings
    drain(JobContext(settings, school.database, EvidenceStore.of(settings)))
    names = {one["name"] for one in visits["blue_dots"] + visits["yellow_dots"]}
    assert len(names) == 12
    with school.database.read() as session:
        accounts = set(session.scalars(select(Account.id)))
        known = set(session.scalars(select(Account.name)))
        addressed = set(session.scalars(select(Letter.to_address)))
    assert accounts >= {actor.id for actor in school.cast.values()}
    assert not names & known
    assert addressed <= {actor.email for actor in school.cast.values()}


def test_another_candidates_dots_are_theirs(school: School, visits: dict[str, Any]) -> None:
    assert draft_of(school, school.open("ben", "considering-impact-on-culture")) == {}
