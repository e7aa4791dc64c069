"""Two at the same moment: one answer of a link stands, and a person is asked once."""

from __future__ import annotations

import threading
from typing import Any

from tests.statements.conftest import VISITS, Studio


def together(*deeds: Any) -> list[int]:
    """The statuses of posts that are sent at the same moment."""
    gate, found = threading.Barrier(len(deeds)), [0] * len(deeds)

    def do(number: int) -> None:
        gate.wait()
        found[number] = deeds[number]().status_code

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(deeds))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_yes_and_no_at_the_same_moment_leave_one(studio: Studio) -> None:
    studio.asks()
    page = studio.opens()
    statuses = together(
        lambda: studio.answers(page=page, remark="yes"),
        lambda: studio.answers(say="refused", page=page, remark="no"),
    )
    assert sorted(statuses) == [303, 409]
    (row,) = studio.rows()
    assert row.answer is not None
    assert (row.state, row.answer["remark"]) in [("given", "yes"), ("refused", "no")]
    assert [one.name for one in studio.letters()].count("statement-arrived") == 1


def test_the_same_person_is_asked_once(studio: Studio) -> None:
    statuses = together(studio.asks, studio.asks, studio.asks)
    assert statuses.count(303) >= 1
    assert len(studio.rows()) == 1
    assert [one.name for one in studio.letters()] == ["confirmation-asked"]


def test_a_row_that_changes_at_the_moment_of_a_yes_is_never_confirmed_as_it_is_now(
    studio: Studio,
) -> None:
    studio.asks()
    page = studio.opens()

    class Saved:
        status_code = 0

    def saves() -> Saved:
        studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
        return Saved()

    together(lambda: studio.answers(page=page), saves)
    assert studio.states()[0][1] in ("asked", "outdated")
