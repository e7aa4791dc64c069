"""Prerequisites: all, any, and some of them."""

from __future__ import annotations

import pytest

from engine.credentials.credential import Prerequisites
from engine.credentials.pathways import Standing, standing

THREE = ("a", "b", "c")


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
