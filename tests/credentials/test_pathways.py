"""Prerequisites: all, any, and some of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.credentials.credential import Edition, Prerequisites, edition_from
from engine.credentials.pathways import Standing, ahead, opened, ready, standing
from engine.credentials.workflow import workflow_from

THREE = ("a", "b", "c")
SUBMITTED = workflow_from(
    {
        "workflow": "tiny",
        "version": 1,
        "title": "Tiny",
        "roles": {"owner": {"kind": "owner", "label": "You"}},
        "initial": "draft",
        "states": {"draft": {"kind": "open", "label": "Draft"}},
        "transitions": {},
    }
)


@pytest.mark.parametrize(
    ("needed", "held", "met"),
    [
        (3, [], False),
        (3, ["a"], False),
        (3, ["a", "c"], False),
        (3, ["c", "b", "a"], True),
        (1, ["b"], True),
        (1, ["x"], False),
        (2, ["a", "c", "x"], True),
        (0, [], True),
    ],
)
def test_enough_of_what_is_named_must_be_held(needed: int, held: list[str], met: bool) -> None:
    assert standing(Prerequisites(THREE, needed), held).met is met


def test_what_is_missing_is_told_in_the_documents_order() -> None:
    assert standing(Prerequisites(THREE, 1), {"b"}) == Standing(True, ("b",), ("a", "c"), 1)


def edition(id: str, asks: dict[str, Any] | None = None, workflow: bool = True) -> Edition:
    said = {"credential": id, "version": 1, "kind": "micro-credential", "title": id}
    made = edition_from(id, {"credential": {**said, **({"prerequisites": asks} if asks else {})}})
    return replace(made, workflow=SUBMITTED if workflow else None)


def test_what_one_holds_everything_for_is_ready() -> None:
    asking = edition("a", {"all": ["b", "c"]})
    assert not ready(asking, {"b"})
    assert ready(asking, {"b", "c"})
    assert ready(edition("free"), set())


def test_nothing_is_ready_that_is_held_or_that_nobody_submits() -> None:
    assert not ready(edition("a"), {"a"})
    assert not ready(edition("a", workflow=False), set())


def test_the_nearest_comes_first_with_what_is_missing() -> None:
    far, near, done = (
        edition("far", {"all": ["x", "y", "z"]}),
        edition("near", {"at_least": {"count": 2, "of": ["w", "x", "y"]}}),
        edition("done", {"all": ["x"]}),
    )
    found = ahead([far, near, done, edition("free")], {"x", "done"})
    assert [(one.edition.credential.id, one.standing.lacking) for one in found] == [
        ("near", 1),
        ("far", 2),
    ]
    assert found[0].standing.missing == ("w", "y")


@pytest.mark.parametrize(
    ("needed", "before", "opens"),
    [
        (3, {"a"}, False),
        (3, {"a", "b"}, True),
        (2, {"a"}, True),
        (2, {"a", "b"}, False),
        (1, set(), True),
    ],
)
def test_only_what_was_missing_opens_the_way(needed: int, before: set[str], opens: bool) -> None:
    assert opened(Prerequisites(THREE, needed), before, before | {"c"}) is opens
