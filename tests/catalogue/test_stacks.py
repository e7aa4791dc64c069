"""The three stacks of micro-credentials, their tiers and how many each holds."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.credentials.library import Library

IN_MY_CLASSROOM = "Advancing Powerful Student Learning in My Classroom"
IN_PEERS_CLASSROOMS = "Advancing Powerful Student Learning in Peers' Classrooms"
IN_MY_SCHOOL = "Scaling Powerful Student Learning in My School"


def stacked(library: Library) -> Counter[tuple[str, str]]:
    stacks = [one.data.get("stack") for one in library.credentials().values()]
    return Counter((one["title"], one["tier"]) for one in stacks if one)


@pytest.mark.row("C-I", "C-II", "C-III")
def test_fifteen_micro_credentials_stand_in_three_stacks(library: Library) -> None:
    found: Counter[str] = Counter()
    for (title, _), number in stacked(library).items():
        found[title] += number
    assert found == {IN_MY_CLASSROOM: 6, IN_PEERS_CLASSROOMS: 4, IN_MY_SCHOOL: 5}


@pytest.mark.row("C-I", "C-II", "C-III")
def test_each_tier_of_each_stack_holds_what_was_published(library: Library) -> None:
    assert stacked(library) == {
        (IN_MY_CLASSROOM, "Building Skills"): 4,
        (IN_MY_CLASSROOM, "Demonstrating Impact"): 1,
        (IN_MY_CLASSROOM, "Leading Learning"): 1,
        (IN_PEERS_CLASSROOMS, "Building Skills"): 3,
        (IN_PEERS_CLASSROOMS, "Demonstrating Impact"): 1,
        (IN_MY_SCHOOL, "Building Skills"): 1,
        (IN_MY_SCHOOL, "Demonstrating Impact"): 2,
        (IN_MY_SCHOOL, "Leading Learning"): 2,
    }


def test_a_tier_is_a_heading_and_asks_for_nothing_first(library: Library) -> None:
    asking = [
        id
        for id, document in library.credentials().items()
        if "stack" in document.data and "prerequisites" in document.data
    ]
    assert asking == []
