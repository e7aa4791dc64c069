"""Where standards are evidenced, for oneself and for the program, and frameworks for everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.awards import issuing
from engine.credentials import alignment, lint
from engine.credentials.credential import editions_from
from engine.credentials.library import Library
from engine.people import Actor
from engine.records.tables import Account, Award, Snapshot, Submission
from engine.submissions import evidenced
from tests.conftest import TERM, School

STANDARDS = """\
framework: garden
version: 1
title: Garden standards
source: The school
items:
  - code: "1"
    statement: Soil
    items:
      - {code: 1.a, statement: Knows what soil is.}
      - {code: 1.b, statement: Keeps it alive.}
  - code: "2"
    statement: Neighbors
    items:
      - {code: 2.a, statement: Shares what grows.}
"""
CREDENTIAL = """\
credential: compost
version: 1
kind: micro-credential
title: Compost
workflow: straight-through
aligned_to: [garden:1.a]
forms:
  heap:
    title: The heap
    type: object
    properties:
      turned: {title: How often do you turn it?, type: string, aligned_to: [garden:1.b]}
      helpers:
        title: Who helps?
        type: array
        items: {$ref: "#/$defs/helper"}
      chosen:
        title: Which standard is it about?
        type: array
        uniqueItems: true
        widget: framework-items
        frameworks: [garden]
        items: {type: string}
    $defs:
      helper:
        type: object
        properties:
          name: {title: Name, type: string, aligned_to: [garden:2.a]}
scoring_guides:
  heap:
    title: The heap
    reviews: [heap]
    look_fors:
      - {id: warm, text: The heap is warm., aligned_to: [garden:1.b]}
"""


def edition_of(folder: Path, text: str = CREDENTIAL):  # type: ignore[no-untyped-def]
    (folder / "garden.yaml").write_text(STANDARDS, "utf-8")
    (folder / "compost.yaml").write_text(text, "utf-8")
    workflows = Path(__file__).parents[1] / "documents" / "workflows"
    library = Library((folder,), (workflows,))
    assert [one for one in lint.check(library, [folder]) if one.severity == "error"] == []
    return editions_from(*library.bundle("compost")).said("en")


def test_credentials_questions_and_look_fors_may_be_aligned(tmp_path: Path) -> None:
    edition = edition_of(tmp_path)

    assert list(alignment.aligned(edition.credential)) == [
        ("garden:1.a", "credential", "Compost"),
        ("garden:1.b", "question", "How often do you turn it?"),
        ("garden:2.a", "question", "Name"),
        ("garden:1.b", "look-for", "The heap is warm."),
    ]


def test_only_what_was_answered_speaks_to_a_standard(tmp_path: Path) -> None:
    form = edition_of(tmp_path).credential.forms["heap"]
    wordings = {"garden:2.a": "garden:2.a"}
    answers = {"turned": "", "helpers": [{"name": ""}, {"name": "Bo"}], "chosen": ["garden:2.a"]}

    assert list(alignment.answered(form, answers, wordings)) == [
        ("garden:2.a", "/helpers/1/name", "Name", False),
        ("garden:2.a", "/chosen", "Which standard is it about?", True),
    ]


def test_a_form_that_refers_to_itself_ends(tmp_path: Path) -> None:
    form = {"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}}

    assert list(alignment.answered(form, {"a": 1}, {})) == []


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("aligned_to: [garden:1.a]", "aligned_to: [garden:1.x]", "unknown-item"),
        ("[garden:2.a]}", "[garten:2.a]}", "unknown-framework"),
        ("warm., aligned_to: [garden:1.b]", "warm., aligned_to: [garden:9]", "unknown-item"),
        ("warm., aligned_to: [garden:1.b]", "warm., aligned_to: [1.b]", "bad-value"),
    ],
)
def test_an_unknown_standard_is_a_finding_wherever_it_is_named(
    before: str, after: str, code: str, tmp_path: Path
) -> None:
    (tmp_path / "garden.yaml").write_text(STANDARDS, "utf-8")
    text = CREDENTIAL.replace(before, after)
    (tmp_path / "compost.yaml").write_text(text, "utf-8")
    workflows = Path(__file__).parents[1] / "documents" / "workflows"
    (finding,) = lint.check(Library((tmp_path,), (workflows,)), [tmp_path])
    wrong = next(number for number, line in enumerate(text.splitlines(), 1) if after in line)

    assert (finding.code, finding.line) == (code, wrong)


# The pages, with the shipped catalogue.

COACH = "instructional-coach"


def hand_in(school: School, name: str, answers: dict[str, object]) -> str:
    """Work that was handed in, as the pages would have left it."""
    needed = ("standards-ambassador", "learning-facilitator", "instructional-specialist")
    school.hold(name, *needed)
    id = school.open(name, COACH)
    with school.database.transaction() as session:
        submission = session.get_one(Submission, id)
        submission.round, submission.state_kind = 1, "review"
        session.add(Snapshot(submission_id=id, round=1, answers=answers, marks={}, taken_at=TERM))
    return id


def line(page: str, code: str) -> str:
    found = re.search(rf'<tr[^>]* id="{re.escape(code)}">.*?</tr>', page, re.DOTALL)
    assert found, code
    return found[0]


def test_i_see_where_my_work_evidences_a_standard(school: School) -> None:
    chosen = "4.b Engages in reflective dialog with colleagues based on observation of instruction"
    id = hand_in(school, "ana", {"questionnaire": {"standard": "tlms:1.a", "goal": chosen}})
    page = school.browser("ana").get("/my-work/standards?of=tlms").text

    assert f'href="/submissions/{id}"' in line(page, "4.b")
    assert "With a reviewer" in line(page, "4.b")
    assert "You chose it for: What standard does the goal address?" in line(page, "1.a")
    assert "Nothing yet" in line(page, "7.a")
    assert "Nothing yet" not in line(page, "4")  # something within it is evidenced
    assert page.count('role="img"') == 2
    assert " style=" not in page


def test_a_draft_evidences_nothing(school: School) -> None:
    school.hold("ana", "standards-ambassador", "learning-facilitator", "instructional-specialist")
    school.open("ana", COACH)
    page = school.browser("ana").get("/my-work/standards?of=tlms").text

    assert "You hold this" not in line(page, "4.b")
    assert "Handed in" not in line(page, "4.b")


def test_an_award_is_told_as_held_until_it_is_revoked(school: School) -> None:
    school.hold("ana", "standards-ambassador", "learning-facilitator", "instructional-specialist")
    serial = school.award("ana", COACH)
    with school.database.transaction() as session:
        submission = session.scalars(
            select(Submission).where(Submission.credential_id == COACH)
        ).one()
        submission.round = 1
    browser = school.browser("ana")
    assert "You hold this" in line(browser.get("/my-work/standards?of=tlms").text, "4.b")

    with school.database.transaction() as session:
        award = session.get_one(Award, serial)
        issuing.revoke(session, award, "A mistake.", school.cast["sam"], TERM)
    assert "You hold this" not in line(browser.get("/my-work/standards?of=tlms").text, "4.b")


def test_somebody_elses_work_is_not_mine(school: School) -> None:
    hand_in(school, "ana", {})
    page = school.browser("ben").get("/my-work/standards?of=tlms").text

    assert "With a reviewer" not in page


def test_nobody_counts_twice_and_a_revoked_one_not_at_all(school: School) -> None:
    school.hold("ana", "standards-ambassador", "learning-facilitator")
    school.hold("ben", "learning-facilitator")
    both = frozenset({"standards-ambassador", "learning-facilitator"})
    one, none = frozenset({"standards-ambassador"}), frozenset[str]()

    def counted() -> list[int]:
        with school.database.read() as session:
            found = evidenced.holders(session, [both, one, none], TERM)
        return [found[both], found[one], found[none]]

    assert counted() == [2, 1, 0]
    with school.database.transaction() as session:
        for recognition in issuing_of(session, school.cast["ana"]):
            recognition.revoked_at = TERM
    assert counted() == [1, 0, 0]


def issuing_of(session, person: Actor):  # type: ignore[no-untyped-def]
    from engine.records.tables import Recognition

    account = session.get_one(Account, person.id)
    return session.scalars(select(Recognition).where(Recognition.account_id == account.id)).all()


def test_staff_see_what_stands_for_each_standard_and_how_many_hold_it(school: School) -> None:
    school.hold("ana", "standards-ambassador", "learning-facilitator", "instructional-specialist")
    school.award("ana", COACH)
    page = school.browser("sam").get("/staff/alignment?of=tlms").text
    row = re.search(r'<tr>\s*<th scope="row">4\.b</th>.*?</tr>', page, re.DOTALL)

    assert row
    assert f'href="/credentials/{COACH}"' in row[0]
    assert re.search(r'class="table__number">1</td>', row[0])
    assert page.count('role="img"') == 2
    assert " style=" not in page


def test_a_standard_that_nothing_is_aligned_to_is_named(school: School) -> None:
    page = school.browser("sam").get("/staff/alignment?of=pp").text

    assert re.search(r"\d of 7 standards have something aligned to them\.", page)


@pytest.mark.parametrize("address", ["/staff/alignment", "/my-work/standards"])
def test_a_framework_that_is_none_is_not_found(address: str, school: School) -> None:
    assert school.browser("sam").get(f"{address}?of=nothing").status_code == 404


def test_the_pages_ask_the_database_no_more_for_more_standards(
    school: School, count_queries: list[str]
) -> None:
    hand_in(school, "ana", {})
    asked = []
    for address in ("/my-work/standards?of=pp", "/my-work/standards?of=tlms"):
        school.browser("ana").get(address)
        count_queries.clear()
        assert school.browser("ana").get(address).status_code == 200
        asked.append(len(count_queries))

    assert asked[0] == asked[1] <= 7


def test_everybody_can_read_a_framework_and_fetch_its_package(school: School) -> None:
    visitor = school.browser()
    assert "Teacher Leader Model Standards" in visitor.get("/frameworks").text
    page = visitor.get("/frameworks/tlms").text
    assert f'href="/credentials/{COACH}"' in line(page, "4.b")
    address = re.search(r'href="(/ims/case/v1p1/CFPackages/[^"]+)"', page)
    assert address
    package = visitor.get(address[1]).get_json()

    assert (len(package["CFItems"]), len(package["CFAssociations"])) == (44, 44)
    base = school.settings.base_url
    for one in (package["CFDocument"], package["CFItems"][7], package["CFAssociations"][7]):
        assert one["uri"].startswith(base)
        alone = visitor.get(one["uri"].removeprefix(base)).get_json()
        assert {key: alone[key] for key in one} == one


def test_all_frameworks_are_listed_for_other_systems(school: School) -> None:
    said = school.browser().get("/ims/case/v1p1/CFDocuments").get_json()["CFDocuments"]

    assert {one["title"] for one in said} >= {"Teacher Leader Model Standards"}
    for one in said:
        answer = school.browser().get(
            one["CFPackageURI"]["uri"].removeprefix(school.settings.base_url)
        )
        assert answer.status_code == 200


def test_an_identifier_that_nothing_has_is_answered_in_the_standards_words(school: School) -> None:
    answer = school.browser().get("/ims/case/v1p1/CFItems/nothing")

    assert answer.status_code == 404
    assert answer.get_json()["imsx_codeMajor"] == "failure"


def test_a_framework_page_speaks_spanish_and_its_package_its_own_words(school: School) -> None:
    browser = school.browser()
    browser.post("/language", {"_language": "es", "_next": "/frameworks/pp"})
    assert "Igualdad" in browser.get("/frameworks/pp").text
    address = re.search(r'href="(/ims/[^"]+)"', browser.get("/frameworks/pp").text)
    assert address
    package = browser.get(address[1]).get_json()

    assert package["CFDocument"]["language"] == "en"
    assert package["CFItems"][0]["abbreviatedStatement"] == "Equality"
