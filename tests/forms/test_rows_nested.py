"""Rows within rows, five deep, and any sequence of moves: as a plain list would do it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forms import display
from engine.forms.answers import Draft, apply
from engine.forms.row_matching import Pair, matched

from .desk import asking, browse, form, html_of, only_page, said, saved


def nested(depth: int) -> dict[str, Any]:
    properties: dict[str, Any] = {"name": {"type": "string"}}
    if depth > 1:
        properties["rows"] = nested(depth - 1)
    return {"type": "array", "items": {"type": "object", "properties": properties}}


def chain(depth: int, name: str) -> list[dict[str, Any]]:
    inner = {"rows": chain(depth - 1, name)} if depth > 1 else {}
    return [{"name": f"{name}{depth}", **inner}, {"name": f"other{depth}"}]


FIVE = form({"type": "object", "properties": {"rows": nested(5)}})
DEEPEST = "/f/rows/0/rows/0/rows/0/rows/0/rows"


def test_five_levels_are_shown_and_saved() -> None:
    page, draft = only_page(FIVE), said({"rows": chain(5, "x")})
    browser = browse(page, draft)
    after = saved(page, browser.fill(f"{DEEPEST}/1/name", "deep"), draft)
    assert after.answers["f"]["rows"][0]["rows"][0]["rows"][0]["rows"][0]["rows"][1] == {
        "name": "deep"
    }
    assert len(after.rows) == 5


def test_templates_of_inner_rows_leave_the_numbers_of_outer_ones_open() -> None:
    html = html_of(only_page(FIVE), said({}))
    assert 'name="/f/rows/__row__/rows/__row1__/name"' in html
    # Deeper ones would double with each level; the server adds the rows there.
    assert "__row2__/" not in html


def test_what_is_known_of_inner_rows_moves_with_the_outer_one() -> None:
    page, draft = only_page(FIVE), said({"rows": chain(5, "x")})
    draft = saved(page, browse(page, draft), draft)
    deep = draft.rows[DEEPEST]
    moved = apply(page, draft, "_down", "/f/rows/0")
    assert moved.rows[DEEPEST.replace("/f/rows/0", "/f/rows/1", 1)] == deep
    assert DEEPEST not in moved.rows
    assert moved.answers["f"]["rows"] == chain(5, "x")[::-1]


def test_an_inner_row_is_removed_and_put_back() -> None:
    page, draft = only_page(FIVE), said({"rows": chain(5, "x")})
    draft = saved(page, browse(page, draft), draft)
    removed = apply(page, draft, "_remove", f"{DEEPEST}/0")
    assert removed.answers != draft.answers
    assert apply(page, removed, "_undo", DEEPEST) == draft


NAMES = form(
    {
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
                },
            }
        },
    }
)
ACTS = st.lists(
    st.tuples(st.sampled_from(["_add", "_up", "_down", "_copy", "_remove"]), st.integers(0, 9)),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_any_sequence_of_buttons_does_what_it_does_to_a_list(acts: list[tuple[str, int]]) -> None:
    """Each row has a name of its own, text that is no number, and an id; all stay together."""
    page = only_page(NAMES)
    draft = Draft({"f": {"rows": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}})
    draft = saved(page, browse(page, draft), draft)
    model = list(zip("abc", draft.rows["/f/rows"], strict=True))
    fresh = 0
    for action, number in acts:
        if action == "_add":
            draft = apply(page, draft, "_add", "/f/rows")
            fresh += 1
            at = len(model)
            draft.answers["f"]["rows"][at]["name"] = f"new{fresh}"
            model.append((f"new{fresh}", draft.rows["/f/rows"][at]))
        elif number < len(model):
            draft = apply(page, draft, action, f"/f/rows/{number}")
            if action == "_remove":
                del model[number]
            elif action == "_copy":
                model.insert(number + 1, (model[number][0], draft.rows["/f/rows"][number + 1]))
            else:
                other = number + (1 if action == "_down" else -1)
                if 0 <= other < len(model):
                    model[number], model[other] = model[other], model[number]
        draft = saved(page, browse(page, draft), draft)
        rows = draft.answers["f"].get("rows", [])
        assert [row["name"] for row in rows] == [name for name, _ in model]
        assert draft.rows.get("/f/rows", []) == [id for _, id in model]
        assert len({id for _, id in model}) == len(model)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 6), st.integers(0, 3))
def test_rows_match_their_former_selves(order: list[int], gone: int, added: int) -> None:
    before = [f"row-{number:04}" for number in range(6)]
    after = [before[number] for number in order if number >= gone]
    after += [f"new-{number:04}" for number in range(added)]
    pairs = matched(before, after)
    left = [one for one in pairs if one.before is not None and one.after is None]
    both = [one for one in pairs if one.before is not None and one.after is not None]
    assert [before[one.before or 0] for one in left] == before[:gone]
    assert all(before[one.before or 0] == after[one.after or 0] for one in both)
    still = [one.before or 0 for one in both if not one.moved]
    assert still == sorted(still)


def test_a_row_that_passed_another_is_moved_and_the_others_are_not() -> None:
    ids = ["aaaaaaaa", "bbbbbbbb", "cccccccc"]
    assert matched(ids, [ids[2], ids[0], ids[1]]) == [
        Pair(2, 0, moved=True),
        Pair(0, 1),
        Pair(1, 2),
    ]


ROWS = asking(
    rows={
        "type": "array",
        "item_title": "Teacher",
        "items": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "title": "Name"},
                "visits": {"type": "array", "items": {"type": "string"}, "item_title": "Visit"},
            },
        },
    }
)


def changes(before: Draft, after: Draft) -> list[tuple[str, str, str, str, str]]:
    found = display.differences(ROWS, before.answers, after.answers, before, after)
    return [(one.pointer, one.label, one.change, one.before, one.after) for one in found]


def version(*rows: tuple[str, str]) -> Draft:
    return Draft(
        {"f": {"rows": [{"name": name} for _, name in rows]}},
        rows={"/f/rows": [f"{id}-000000" for id, _ in rows]},
    )


def test_a_moved_row_is_compared_with_its_former_self() -> None:
    before = version(("a", "Ana"), ("b", "Ben"), ("c", "Cora"))
    after = version(("c", "Cora Diaz"), ("a", "Ana"), ("b", "Ben"))
    assert changes(before, after) == [
        ("/f/rows/0", "Teacher 1", "moved", "", ""),
        ("/f/rows/0/name", "Teacher 1: Name", "changed", "Cora", "Cora Diaz"),
    ]
    (moved, _) = display.differences(ROWS, before.answers, after.answers, before, after)
    assert moved.moved == (3, 1)


def test_a_removed_row_is_all_that_differs() -> None:
    before = version(("a", "Ana"), ("b", "Ben"), ("c", "Cora"))
    after = version(("b", "Ben"), ("c", "Cora"))
    assert changes(before, after) == [("/f/rows", "Teacher 1: Name", "removed", "Ana", "")]


def test_rows_inside_rows_are_compared_with_their_former_selves() -> None:
    before = Draft(
        {"f": {"rows": [{"name": "Ana", "visits": ["May", "June"]}, {"name": "Ben"}]}},
        rows={"/f/rows": ["a-000000", "b-000000"], "/f/rows/0/visits": ["m-000000", "j-000000"]},
    )
    after = Draft(
        {"f": {"rows": [{"name": "Ben"}, {"name": "Ana", "visits": ["June 4"]}]}},
        rows={"/f/rows": ["b-000000", "a-000000"], "/f/rows/1/visits": ["j-000000"]},
    )
    assert changes(before, after) == [
        ("/f/rows/0", "Teacher 1", "moved", "", ""),
        ("/f/rows/1/visits/0", "Teacher 2: Visit 1", "changed", "June", "June 4"),
        ("/f/rows/1/visits", "Teacher 2: Visit 1", "removed", "May", ""),
    ]


def test_rows_are_compared_by_position_where_one_version_has_no_ids() -> None:
    before = Draft({"f": {"rows": [{"name": "Ana"}, {"name": "Ben"}]}})
    after = version(("b", "Ben"), ("a", "Ana"))
    assert [one[2] for one in changes(before, after)] == ["changed", "changed"]
