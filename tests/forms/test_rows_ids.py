"""Rows keep their ids: through posts, through the buttons, in whichever order they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.errors import Problem
from engine.forms.anchors import Anchored, anchor_of, place_of
from engine.forms.answers import Draft, apply, page_seen, validate
from engine.forms.schema import FormSet

from .desk import asking, browse, html_of, only_page, post, said, saved

TEACHER = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "lessons": {"type": "integer"}},
}
ROWS = {"type": "array", "items": TEACHER, "item_title": "Teacher"}
ANA, BEN = "ana-0001", "ben-0001"


@pytest.fixture
def teachers() -> FormSet:
    return asking(rows=ROWS)


def two(**marks: Any) -> Draft:
    """Ana and Ben, with their ids."""
    return Draft(
        {"f": {"rows": [{"name": "Ana"}, {"name": "Ben"}]}}, rows={"/f/rows": [ANA, BEN]}, **marks
    )


def row(number: int, id: str, **said: str) -> dict[str, str]:
    at = f"/f/rows/{number}"
    return {at: id, **{f"{at}/{key}": value for key, value in said.items()}}


def names(draft: Draft) -> list[str]:
    return [one.get("name", "") for one in draft.answers["f"]["rows"]]


def test_a_draft_without_ids_gets_the_same_ones_on_every_device(teachers: FormSet) -> None:
    page = only_page(teachers)
    draft = said({"rows": [{"name": "Ana"}, {"name": "Ben"}]})
    here, there = saved(page, browse(page, draft), draft), saved(page, browse(page, draft), draft)
    assert here.rows == there.rows == {"/f/rows": ["row00001", "row00002"]}


def test_rows_without_ids_are_given_ones_of_their_own_when_posted_by_hand(
    teachers: FormSet,
) -> None:
    draft = post(only_page(teachers), {"/f/rows": "", **row(0, "", name="Ana")})
    (id,) = draft.rows["/f/rows"]
    assert len(id) == 8


def test_a_page_posted_in_another_order_moves_what_was_typed_with_its_row(
    teachers: FormSet,
) -> None:
    draft = post(
        only_page(teachers),
        {"/f/rows": "", **row(0, BEN, name="Ben"), **row(1, ANA, name="Ana")},
        two(typed={"/f/rows/0/lessons": "a few"}),
    )
    assert names(draft) == ["Ben", "Ana"]
    assert draft.rows == {"/f/rows": [BEN, ANA]}
    assert draft.typed == {"/f/rows/1/lessons": "a few"}


def test_what_a_row_does_not_post_stays_as_it_was_in_that_row(teachers: FormSet) -> None:
    draft = Draft(
        {"f": {"rows": [{"name": "Ana", "x": 1}, {"name": "Ben", "x": 2}]}},
        rows={"/f/rows": [ANA, BEN]},
    )
    after = post(only_page(teachers), {"/f/rows": "", **row(0, BEN), **row(1, ANA)}, draft)
    assert after.answers["f"]["rows"] == [{"name": "Ben", "x": 2}, {"name": "Ana", "x": 1}]


@pytest.mark.parametrize("id", ["", "short", "with space", "x" * 33, "../../etc", "né-à-côté"])
def test_an_id_that_is_not_well_formed_is_replaced(teachers: FormSet, id: str) -> None:
    draft = post(only_page(teachers), {"/f/rows": "", **row(0, id, name="Ana")})
    assert draft.rows["/f/rows"] != [id]


def test_an_id_that_is_there_twice_is_replaced_once(teachers: FormSet) -> None:
    draft = post(
        only_page(teachers),
        {"/f/rows": "", **row(0, ANA, name="Ana"), **row(1, ANA, name="Ben")},
        two(),
    )
    first, second = draft.rows["/f/rows"]
    assert first == ANA
    assert second != ANA


def test_a_row_added_on_another_device_has_no_part_in_the_one_at_its_number(
    teachers: FormSet,
) -> None:
    draft = post(
        only_page(teachers),
        {"/f/rows": "", **row(0, "cora-001"), **row(1, ANA), **row(2, BEN)},
        two(typed={"/f/rows/0/lessons": "a few"}),
    )
    assert draft.answers["f"]["rows"] == [{}, {"name": "Ana"}, {"name": "Ben"}]
    assert draft.typed == {"/f/rows/1/lessons": "a few"}


def test_rows_of_single_questions_have_ids_beside_their_names() -> None:
    form_set = asking(tags={"type": "array", "items": {"type": "string"}})
    page = only_page(form_set)
    draft = saved(page, browse(page, said({"tags": ["a", "b"]})), said({"tags": ["a", "b"]}))
    again = post(
        page,
        {
            "/f/tags": "",
            "/f/tags/0": "b",
            "/f/tags/0#id": draft.rows["/f/tags"][1],
            "/f/tags/1": "a",
            "/f/tags/1#id": draft.rows["/f/tags"][0],
        },
        draft,
    )
    assert again.answers == {"f": {"tags": ["b", "a"]}}
    assert again.rows["/f/tags"] == draft.rows["/f/tags"][::-1]


def test_ids_alone_are_nothing_to_disagree_on(teachers: FormSet) -> None:
    page = only_page(teachers)
    other = Draft(two().answers, rows={"/f/rows": ["dora-001", "emil-001"]})
    assert page_seen(page, two()) == page_seen(page, other)


@pytest.mark.parametrize(
    ("action", "pointer", "order"),
    [
        ("_down", "/f/rows/0", [BEN, ANA]),
        ("_up", "/f/rows/1", [BEN, ANA]),
        ("_up", "/f/rows/0", [ANA, BEN]),
        ("_down", "/f/rows/1", [ANA, BEN]),
        ("_remove", "/f/rows/0", [BEN]),
    ],
)
def test_a_button_moves_a_row_with_its_id(
    teachers: FormSet, action: str, pointer: str, order: list[str]
) -> None:
    draft = apply(only_page(teachers), two(), action, pointer)
    assert draft.rows["/f/rows"] == order
    assert names(draft) == ["Ana" if id == ANA else "Ben" for id in order]


def test_a_copy_says_the_same_under_an_id_of_its_own(teachers: FormSet) -> None:
    draft = apply(
        only_page(teachers), two(typed={"/f/rows/0/lessons": "a few"}), "_copy", "/f/rows/0"
    )
    assert names(draft) == ["Ana", "Ana", "Ben"]
    assert draft.typed == {"/f/rows/0/lessons": "a few", "/f/rows/1/lessons": "a few"}
    first, copy, last = draft.rows["/f/rows"]
    assert (first, last) == (ANA, BEN)
    assert copy not in (ANA, BEN)


def test_a_copy_starts_without_the_files() -> None:
    evidence = {"type": "string", "widget": "evidence"}
    item = {"type": "object", "properties": {"name": {"type": "string"}, "file": evidence}}
    page = only_page(asking(rows={"type": "array", "items": item}))
    draft = apply(page, said({"rows": [{"name": "Ana", "file": "e1"}]}), "_copy", "/f/rows/0")
    assert draft.answers["f"]["rows"] == [{"name": "Ana", "file": "e1"}, {"name": "Ana"}]


def test_there_is_no_copy_where_there_is_no_room() -> None:
    page = only_page(asking(rows={**ROWS, "maxItems": 2}))
    assert apply(page, two(), "_copy", "/f/rows/0") == two()


def test_a_removed_row_comes_back_with_everything_known_of_it(teachers: FormSet) -> None:
    page = only_page(teachers)
    draft = two(
        typed={"/f/rows/0/lessons": "a few"}, agreed={"/f/rows/0/name": {"wording": "I agree"}}
    )
    removed = apply(page, draft, "_remove", "/f/rows/0")
    assert "Teacher 1 was removed." in browse(page, removed).text
    assert apply(page, removed, "_undo", "/f/rows") == draft


def test_the_removed_row_is_forgotten_when_the_page_is_saved(teachers: FormSet) -> None:
    page = only_page(teachers)
    removed = apply(page, two(), "_remove", "/f/rows/0")
    after = saved(page, browse(page, removed), removed)
    assert after.typed == {}
    assert apply(page, after, "_undo", "/f/rows") == after


def test_only_the_row_that_was_removed_last_comes_back(teachers: FormSet) -> None:
    page = only_page(teachers)
    once = apply(page, two(), "_remove", "/f/rows/0")
    twice = apply(page, once, "_remove", "/f/rows/0")
    back = apply(page, twice, "_undo", "/f/rows")
    assert names(back) == ["Ben"]
    assert apply(page, back, "_undo", "/f/rows") == back


def test_a_row_that_is_too_long_to_keep_can_not_come_back(teachers: FormSet) -> None:
    page = only_page(teachers)
    draft = said({"rows": [{"name": "x" * 200_000}]})
    removed = apply(page, draft, "_remove", "/f/rows/0")
    assert removed.typed == {}


def test_a_row_that_repeats_another_names_it() -> None:
    form_set = asking(rows={**ROWS, "uniqueItems": True})
    draft = said({"rows": [{"name": "Ana"}, {"name": "Ben"}, {"name": "Ana"}]})
    (problem,) = validate(form_set, draft)
    assert problem == Problem("/f/rows/2", "uniqueItems", "This is the same as Teacher 1.")
    html = html_of(only_page(form_set), draft, problems=[problem])
    assert (
        'id="/f/rows/2" tabindex="-1"><span class="visually-hidden">Error: </span>This is' in html
    )


def test_complete_rows_of_a_long_stack_are_folded_to_their_summaries(teachers: FormSet) -> None:
    stack = [{"name": name, "lessons": 3} for name in ("Ana", "Ben", "Cora")]
    html = html_of(only_page(teachers), said({"rows": [*stack, {}]}))
    folds = [part.startswith(" open>") for part in html.split('<details class="row__fold"')[1:]]
    # The last one is the blank row that scripts copy.
    assert folds == [False, False, False, True, True]


def test_a_folded_row_opens_for_its_problem(teachers: FormSet) -> None:
    stack = [{"name": name} for name in ("Ana", "Ben", "Cora")]
    problem = Problem("/f/rows/1/name", "pattern", "Write it otherwise.")
    html = html_of(only_page(teachers), said({"rows": stack}), problems=[problem])
    folds = [part.startswith(" open>") for part in html.split('<details class="row__fold"')[1:]]
    assert folds == [False, True, True, True]


def test_an_anchor_leads_to_its_row_wherever_that_stands() -> None:
    ids: Mapping[str, list[str]] = {"/f/rows": [ANA, BEN]}
    anchor = anchor_of("/f/rows/1/name", ids)
    assert anchor == f"/f/rows/@{BEN}/name"
    moved = Draft({"f": {"rows": [{}, {}]}}, rows={"/f/rows": [BEN, ANA]})
    assert place_of(anchor, "/f/rows/1/name", moved) == Anchored("/f/rows/0/name")


def test_an_anchor_of_a_row_that_is_gone_leads_to_its_group() -> None:
    anchor = anchor_of("/f/rows/1/name", {"/f/rows": [ANA, BEN]})
    left = Draft({"f": {"rows": [{}]}}, rows={"/f/rows": [ANA]})
    assert place_of(anchor, "/f/rows/1/name", left) == Anchored("/f/rows", gone=True)


def test_positions_stand_in_where_answers_were_imported_without_ids() -> None:
    anchor = anchor_of("/f/rows/1/name", {"/f/rows": [ANA, BEN]})
    imported = said({"rows": [{}, {}]})
    assert place_of(anchor, "/f/rows/1/name", imported) == Anchored("/f/rows/1/name")


def test_a_property_that_looks_like_an_id_is_none() -> None:
    ids = {"/f/rows": [ANA]}
    anchor = anchor_of("/f/rows/0/@type", ids)
    assert place_of(anchor, "/f/rows/0/@type", Draft(rows=ids)) == Anchored("/f/rows/0/@type")
