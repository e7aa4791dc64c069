"""What becomes of shared work when its teacher works on it again and says something else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.awards import issuing
from engine.errors import Refused
from engine.people import SYSTEM
from engine.records.tables import Award, Snapshot, Submission
from engine.submissions import drafting, gallery, gallery_publishing
from engine.submissions.gallery_conditions import with_what_they_hang_on
from tests.gallery.conftest import Swap

pytestmark = pytest.mark.row("C6")


def another_round(swap: Swap, item: str, **changes: Any) -> str:
    """A further round with `changes`, which comes to where work becomes public."""
    work = swap.row(item).submission_id
    with swap.database.transaction() as session:
        row = session.get_one(Submission, work)
        last = session.get_one(Snapshot, (work, row.round))
        row.round += 1
        said = {"swap": {**last.answers["swap"], **changes}}
        session.add(
            Snapshot(
                submission_id=work,
                round=row.round,
                answers=said,
                marks=last.marks,
                taken_at=swap.now,
            )
        )
        session.flush()
        gallery_publishing.settle(session, drafting.subject_of(session, work), swap.now)
    return work


@pytest.mark.parametrize("changes", [{"agree": False}, {"license": "Mine"}])
def test_a_later_round_that_is_not_agreed_to_takes_the_page_off_until_one_is(
    swap: Swap, changes: dict[str, Any]
) -> None:
    item = swap.shares()
    work = another_round(swap, item, **changes)
    assert not swap.public(item)
    assert "you did not agree to share it" in swap.browser("ana").get("/my-work/shared").text
    with pytest.raises(Refused), swap.database.transaction() as session:
        gallery.share_again(session, gallery.item_of(session, item), swap.cast["ana"], swap.now)
    another_round(swap, item, agree=True, license="CC-BY-4.0")
    assert swap.public(item)
    kinds = ["gallery-published", "gallery-not-agreed", "gallery-published"]
    assert swap.events(work) == kinds


def test_questions_that_were_stopped_stay_stopped_in_a_later_round(swap: Swap) -> None:
    item = swap.shares()
    swap.browser("ana").post(f"/my-work/shared/{item}", {"_do": "stop"})
    another_round(swap, item, name="Beans again")
    assert swap.row(item).title == "Beans again"
    assert not swap.row(item).takes_questions


def test_a_later_round_may_agree_to_questions_or_not(swap: Swap) -> None:
    item = swap.shares()
    another_round(swap, item, agree_to_answer=False)
    assert not swap.row(item).takes_questions
    another_round(swap, item, agree_to_answer=True)
    assert swap.row(item).takes_questions


def test_nobody_is_told_that_it_is_public_where_its_award_does_not_stand(swap: Swap) -> None:
    item = swap.shares()
    ana = swap.browser("ana")
    ana.post(f"/my-work/shared/{item}", {"_do": "hide"})
    with swap.database.transaction() as session:
        award = session.scalars(select(Award)).one()
        issuing.revoke(session, award, "Granted to the wrong person.", SYSTEM, swap.now)
    ana.get("/my-work/shared")
    ana.post(f"/my-work/shared/{item}", {"_do": "share"})
    page = ana.get("/my-work/shared").text
    assert "It is in the gallery again." not in page
    assert "it is not public" in page


SHOWN_WHEN = {
    "type": "object",
    "properties": {"kind": {}, "plan": {}, "other": {}},
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": "test"}}, "required": ["kind"]},
            "then": {
                "properties": {"result": {"type": "string"}},
                "if": {"not": {"required": ["plan"]}},
                "then": {"$ref": "#/$defs/more"},
            },
        }
    ],
    "dependentSchemas": {"result": {"properties": {"why": {}}}},
    "$defs": {"more": {"properties": {"deeper": {}}}},
}


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("other", "other"),
        ("result", "result kind"),
        ("why", "why result kind"),
        ("deeper", "deeper plan kind"),
    ],
)
def test_a_copy_has_what_its_conditions_read(named: str, kept: str) -> None:
    assert with_what_they_hang_on(SHOWN_WHEN, frozenset({named})) == frozenset(kept.split())
