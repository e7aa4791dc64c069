"""The Coaching Log: cycles of meeting, visiting and meeting again, and the share of coaching."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.library import Library
from engine.forms.answers import Draft
from engine.forms.schema import FormSet
from engine.people import Actor
from engine.submissions import askings, drafting, statements
from engine.submissions.link_tokens import token_of
from tests.catalogue.conftest import Answers, Check, places
from tests.conftest import School

CREDENTIAL = "coaching-log"


@pytest.fixture
def cycle(answers: Answers) -> Any:
    """The example’s first: met on the 9th, visited on the 16th, met again on the 18th."""
    return answers["log"]["cycles"][0]


def test_the_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


@pytest.mark.row("D5")
@pytest.mark.parametrize(
    ("step", "day", "wrong"),
    [
        ("visited_on", "2025-09-08", ["/log/cycles/0/visited_on"]),
        ("visited_on", "2025-09-09", []),
        ("visited_on", "2025-09-18", []),
        ("visited_on", "2025-09-19", ["/log/cycles/0/met_again_on"]),
        ("met_again_on", "2025-09-15", ["/log/cycles/0/met_again_on"]),
        ("met_again_on", "2025-09-16", []),
    ],
)
def test_a_cycle_is_a_meeting_a_visit_and_a_meeting_in_the_order_of_their_dates(
    cycle: dict[str, Any], answers: Answers, check: Check, step: str, day: str, wrong: list[str]
) -> None:
    cycle[step] = day
    assert places(check(answers)) == wrong


@pytest.mark.row("D5")
@pytest.mark.parametrize("step", ["met_on", "visited_on", "met_again_on"])
def test_a_cycle_lacks_none_of_its_three_steps(
    cycle: dict[str, Any], answers: Answers, check: Check, step: str
) -> None:
    del cycle[step]
    assert places(check(answers)) == [f"/log/cycles/0/{step}"]


@pytest.mark.row("D7")
def test_the_share_of_coaching_is_counted_from_the_hours_of_each_week(
    answers: Answers, form_set: FormSet
) -> None:
    (share,) = form_set.requirements
    assert share.unit == "%"
    assert share.value(answers) == pytest.approx(100 * 51 / 120)
    answers["log"]["weeks"] = [{"week_of": "2025-09-08", "coaching": 10, "other": 30}]
    assert share.value(answers) == 25
    answers["log"]["weeks"] = [{"week_of": "2025-09-08", "coaching": 0, "other": 0}]
    assert share.value(answers) == 0


@pytest.mark.row("D0", "D6")
@pytest.mark.parametrize("name", ["ben", "rosa"])
def test_neither_a_colleague_nor_a_reviewer_reads_what_a_coach_noted(
    school: School, answers: Answers, name: str
) -> None:
    id = school.open("ana", CREDENTIAL)
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, id)
        actor: Actor = school.cast["ana"]
        drafting.fill(session, subject, answers, actor, subject.submission.opened_at)
    school.browser("ana").post(f"/submissions/{id}/advance/keep", {"revision": 0})
    with school.database.read() as session:
        assert drafting.subject_of(session, id).submission.state == "kept"
    for address in ("review/{}", "submissions/{}/print", "submissions/{}/draft.json"):
        page = school.browser(name).get(f"/{address.format(id)}")
        assert "Maya Ferreira" not in page.text
        assert "shared document" not in page.text
    assert school.browser(name).get(f"/submissions/{id}/record.pdf").status_code in (403, 404)
    assert "Maya Ferreira" in school.browser("ana").get(f"/submissions/{id}/print").text


@pytest.mark.row("D6")
def test_nobody_reviews_it_and_nobody_scores_it(library: Library) -> None:
    edition = library.edition(CREDENTIAL)
    assert edition.workflow is not None
    assert [role.kind for role in edition.workflow.roles.values()] == ["owner"]
    assert edition.credential.scoring_guides == {}


@pytest.fixture
def shared(school: School, answers: Answers) -> tuple[str, dict[str, str]]:
    """Ana's log, sent to both teachers: its id and, by name, the path of each one's link."""
    id = school.open("ana", CREDENTIAL)
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, id)
        draft = Draft(answers, rows={"/log/cycles": ["row-maya00", "row-henry0"]})
        drafting.put(session, subject, "log", draft, subject.submission.opened_at)
        places = statements.standing(session, subject, subject.submission.opened_at)
        anchors = {one.name: one.named.anchor for one in places if one.named}
    for name, anchor in anchors.items():
        asked = school.browser("ana").post(
            f"/submissions/{id}/statements",
            {"concern": "cycle", "anchor": anchor, "name": name, "language": "en"}
            | {"email": f"{name.split()[0].lower()}@example.org"},
        )
        assert asked.status_code == 303, asked.text
    with school.database.read() as session:
        links = {
            one.name: f"/a/{token_of(school.settings, 'asking', one.id)}"
            for one in askings.of_submission(session, id)
        }
    return id, links


@pytest.mark.row("D6")
def test_a_coached_teacher_sees_their_own_cycle_by_their_link_and_nothing_else(
    school: School, shared: tuple[str, dict[str, str]]
) -> None:
    _id, links = shared
    maya, henry = (school.browser().get(links[name]).text for name in sorted(links)[::-1])
    assert sorted(links) == ["Henry Vo", "Maya Ferreira"]
    assert "19 of 24 students wrote an answer" in maya
    assert "The written start works." in maya
    assert "Eleven students watched a film again" in henry
    for words in ("Henry Vo", "Eleven students", "Short films", "The films are used"):
        assert words not in maya
    for words in ("Maya Ferreira", "19 of 24", "written start", "shared document"):
        assert words not in henry
    for page in (maya, henry):
        assert "Hours of" not in page


@pytest.mark.row("D6")
def test_the_link_still_shows_the_cycle_once_the_log_is_kept_as_it_stands(
    school: School, shared: tuple[str, dict[str, str]]
) -> None:
    id, links = shared
    kept = school.browser("ana").post(f"/submissions/{id}/advance/keep", {"revision": 0})
    assert kept.status_code == 303
    page = school.browser().get(links["Maya Ferreira"]).text
    assert "19 of 24 students wrote an answer" in page
    assert 'name="say"' in page
