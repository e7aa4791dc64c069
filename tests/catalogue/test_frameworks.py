"""The frameworks as their authors word them: how many items, under what codes, in what words."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from engine.credentials.documents import load
from engine.credentials.frameworks import Framework, load_framework
from engine.credentials.library import Library
from tests.catalogue.conftest import ROOT


@pytest.fixture(scope="module")
def coaches(library: Library) -> Framework:
    return library.frameworks()["dlp"]


@pytest.fixture(scope="module")
def principles(library: Library) -> Framework:
    return library.frameworks()["pp"]


def below(framework: Framework, parent: str) -> list[str]:
    return [item.code for item in framework.items if item.parent == parent]


def words(framework: Framework, code: str) -> str:
    item = framework.item(code)
    assert item is not None
    return item.statement


# Coach Success Standards


@pytest.mark.row("D0")
def test_coach_success_standards_hold_four_beliefs_in_their_words(coaches: Framework) -> None:
    assert [words(coaches, code) for code in below(coaches, "B")] == [
        "a partnership between the principal, coach, and teaching staff",
        "non-evaluative, personalized professional development for individual teachers",
        "data-driven and aligned with district and school goals",
        "focused on enhancing impactful technology use",
    ]
    assert words(coaches, "B") == (
        "The Dynamic Learning Project believes that successful instructional technology "
        "coaching is:"
    )


@pytest.mark.row("D1", "D2", "D3", "D4")
def test_coach_success_standards_have_four_areas_of_six_four_six_and_two(
    coaches: Framework,
) -> None:
    areas = [code for code in below(coaches, "") if code != "B"]
    assert {words(coaches, area): below(coaches, area) for area in areas} == {
        "Coaching Skills": ["1A", "1B", "1C", "1D", "1E", "1F"],
        "Coaching Attributes": ["2A", "2B", "2C", "2D"],
        "Leadership": ["3A", "3B", "3C", "3D", "3E", "3F"],
        "Professional Development": ["4A", "4B"],
    }


def test_ten_sub_standards_stand_two_by_two_under_five_standards(coaches: Framework) -> None:
    parts = [item for item in coaches.items if re.fullmatch(r"\d[A-F]\.\d", item.code)]
    assert Counter(item.parent for item in parts) == {
        "1D": 2, "2D": 2, "3B": 2, "3D": 2, "4B": 2,
    }  # fmt: skip
    assert all(item.code.startswith(f"{item.parent}.") for item in parts)


def test_nothing_else_is_in_the_coach_success_standards(coaches: Framework) -> None:
    assert len(coaches.items) == 1 + 4 + 4 + 18 + 10


STANDARDS = {
    "1A": "Drives Impactful Technology Use",
    "1B": "Identifies and understands instructional challenges",
    "1C": "Investigates and selects personalized instructional strategies",
    "1D": "Supports teachers through classroom visits & strategy iteration",
    "1E": "Collaboratively reflects on strategy implementation",
    "1F": "Iterates on coaching with data",
    "2A": "Strong communicator",
    "2B": "Goal-oriented and data-driven",
    "2C": "Reflective and innovative",
    "2D": "Relationship-focused",
    "3A": "Partners with district and school leaders",
    "3B": "Aligns coaching practices with district and school goals",
    "3C": "Leverages school-wide systems and tools",
    "3D": "Manages time effectively",
    "3E": "Fosters conditions for an innovative and collaborative school culture",
    "3F": "Shares stories of impact",
    "4A": "Takes ownership over growth as a coach",
    "4B": "Builds and contributes to professional learning network",
}


@pytest.mark.row("D1", "D2", "D3", "D4")
def test_eighteen_standards_have_their_published_names(coaches: Framework) -> None:
    assert {item.code: item.title for item in coaches.items if item.title} == STANDARDS


@pytest.mark.parametrize("code", STANDARDS)
def test_a_standard_says_its_text_or_leaves_it_to_its_parts(coaches: Framework, code: str) -> None:
    says_only_its_name = words(coaches, code) == STANDARDS[code]
    assert says_only_its_name == bool(below(coaches, code))


@pytest.mark.row("D1", "D2", "D3", "D4")
@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "1A",
            "Effectively coaches teachers to overcome challenges with tech-based strategies and "
            "generally improve their impactful technology use (ITU).",
        ),
        (
            "1D.2",
            "Uses the “meet, visit classroom, meet” cadence to continually discuss and improve "
            "upon selected strategies, gather information about strategy implementation, and "
            "debrief both successes and areas for improvement.",
        ),
        (
            "1F",
            "Utilizes data and information collected during 1:1 meetings and classroom visits (via "
            "the DLP coaching dashboard or other coaching logs) to iterate on teacher support and "
            "effectively work towards measurable outcomes while maintaining confidentiality.",
        ),
        (
            "2D.1",
            "Builds integrity-driven, trustworthy relationships with both teachers and school "
            "leaders and increasingly develops rapport throughout the school year.",
        ),
        (
            "4B.2",
            "Contributes thoughtfully to their professional learning network – both online (e.g. "
            "via social media) and during in-person professional development events (e.g. DLP "
            "summer and winter trainings, other conferences).",
        ),
    ],
)
def test_statements_are_as_published(coaches: Framework, code: str, text: str) -> None:
    assert words(coaches, code) == text


# Partnership Principles


@pytest.mark.row("B1")
def test_seven_partnership_principles_stand_in_their_order(principles: Framework) -> None:
    assert [(item.code, item.title) for item in principles.items] == [
        ("1", "Equality"),
        ("2", "Choice"),
        ("3", "Voice"),
        ("4", "Dialogue"),
        ("5", "Reflection"),
        ("6", "Praxis"),
        ("7", "Reciprocity"),
    ]


def test_each_principle_is_one_short_sentence_under_its_name(principles: Framework) -> None:
    for item in principles.items:
        name, _, sentence = item.statement.partition(": ")
        assert name == item.title
        assert 40 < len(sentence) < 160
        assert re.fullmatch(r"[^.!?]+\.", sentence)


def test_the_source_of_the_principles_is_named(principles: Framework) -> None:
    assert principles.source.startswith("Jim Knight, The Impact Cycle (2018)")


# All of them


@pytest.mark.parametrize("id", ["dlp", "pp"])
def test_every_item_can_be_read_in_spanish(library: Library, id: str) -> None:
    document = library.holdings().frameworks[id]
    spanish = load_framework(
        load(ROOT / "schemas" / "frameworks" / document.path.name).said_in("es")
    )
    english = load_framework(document)
    assert [item.code for item in spanish.items] == [item.code for item in english.items]
    alike = [
        item.code
        for item, other in zip(english.items, spanish.items, strict=True)
        if item.statement == other.statement
    ]
    assert alike == []


@pytest.mark.parametrize("id", ["dlp", "pp", "tlms"])
def test_an_item_is_found_by_what_credentials_call_it(library: Library, id: str) -> None:
    framework = library.frameworks()[id]
    assert all(framework.item(item.code) == item for item in framework.items)
