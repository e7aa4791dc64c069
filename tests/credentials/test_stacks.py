"""Stacks: what names the same one stands together, in order, in every language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.credentials.credential import Edition, edition_from, editions_from
from engine.credentials.stacks import Stack, stack_id, stacks_of


def edition(id: str, stack: dict[str, Any] | None = None, title: str = "") -> Edition:
    said = {"credential": id, "version": 1, "kind": "micro-credential", "title": title or id}
    return edition_from(id, {"credential": {**said, **({"stack": stack} if stack else {})}})


def told(stack: Stack) -> list[tuple[str, list[str]]]:
    return [(tier.title, [one.credential.id for one in tier.editions]) for tier in stack.tiers]


def beds() -> list[Edition]:
    return [
        edition("carrots", {"title": "Beds", "tier": "Harvest", "place": 3}),
        edition("soil", {"title": "Beds", "tier": "Ground", "place": 1}),
        edition("bees", {"title": "Visitors"}),
        edition("seeds", {"title": "Beds", "tier": "Ground", "place": 2}),
        edition("alone"),
    ]


def test_what_names_the_same_stack_stands_together_in_its_order() -> None:
    first, second = stacks_of(beds())
    assert (first.title, told(first)) == (
        "Beds",
        [("Ground", ["soil", "seeds"]), ("Harvest", ["carrots"])],
    )
    assert (second.title, told(second)) == ("Visitors", [("", ["bees"])])


def test_what_says_no_place_comes_last_by_title() -> None:
    members = [
        edition("z", {"title": "S"}, "Beans"),
        edition("a", {"title": "S"}, "Peas"),
        edition("m", {"title": "S", "place": 9}, "Zucchini"),
    ]
    assert told(stacks_of(members)[0]) == [("", ["m", "z", "a"])]


def test_a_stack_counts_what_is_held_of_it_and_nothing_else() -> None:
    beds_, visitors = stacks_of(beds())
    held = {"soil", "carrots", "alone"}
    assert (beds_.held(held), len(beds_.editions)) == (2, 3)
    assert (visitors.held(held), len(visitors.editions)) == (0, 1)


def test_the_next_one_is_the_first_that_is_neither_held_nor_begun() -> None:
    stack = stacks_of(beds())[0]

    def following(held: set[str], begun: set[str]) -> str | None:
        found = stack.following(held, begun)
        return found.credential.id if found else None

    assert following(set(), set()) == "soil"
    assert following({"soil"}, {"seeds"}) == "carrots"
    assert following({"soil", "seeds"}, {"carrots"}) is None


def test_a_stack_stays_one_where_only_some_documents_are_translated() -> None:
    said = {"version": 1, "kind": "micro-credential", "stack": {"title": "Beds", "tier": "Ground"}}
    spanish = {"/credential/stack/title": "Bancales", "/credential/stack/tier": "Suelo"}
    both = editions_from(
        "soil",
        {
            "credential": {"credential": "soil", "title": "Soil", **said},
            "translations": {"es": spanish},
        },
    )
    plain = editions_from(
        "seeds", {"credential": {"credential": "seeds", "title": "Seeds", **said}}
    )

    english = stacks_of([both.said("en"), plain.said("en")])
    mixed = stacks_of([both.said("es"), plain.said("es")])

    assert [one.title for one in english] == ["Beds"]
    assert [(one.title, told(one)) for one in mixed] == [
        ("Bancales", [("Suelo", ["seeds", "soil"])])
    ]
    assert [one.id for one in mixed] == [one.id for one in english]


def test_an_address_of_a_stack_has_plain_letters() -> None:
    assert stack_id("Peers' Classrooms: déjà vu") == "peers-classrooms-deja-vu"


def test_editions_of_before_stacks_had_places_are_read() -> None:
    plain = edition("old", {"title": "Beds", "tier": "Ground"})
    assert plain.credential.stack is not None
    assert (
        replace(plain.credential.stack, number=1)
        == edition("old", {"title": "Beds", "tier": "Ground", "place": 1}).credential.stack
    )
