"""An expression is handed what it looks at, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.looking import looked_at
from engine.credentials.parsing import parse

ANSWERS = {
    "name": "Ana",
    "prose": "long",
    "rows": [{"who": "Ben", "story": "long", "age": 3}, {"who": "Cas", "story": "long"}],
    "team": {"lead": "Dee", "story": "long"},
}


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("self.name == 'Ana'", {"name": "Ana"}),
        ("has(self.prose)", {"prose": "long"}),
        ("has(self.rows)", {"rows": [True, True]}),
        ("self.rows[0].who == 'Ben'", {"rows": [{"who": "Ben"}, {"who": "Cas"}]}),
        ("self['name'] == 'Ana'", {"name": "Ana"}),
        ("self.rows.map(r, r.who) == []", {"rows": [{"who": "Ben"}, {"who": "Cas"}]}),
        ("self.rows.exists(r, has(r.age))", {"rows": [{"age": 3}, {}]}),
        ("self.rows.filter(r, r.who == 'Ben')[0].age == 3", {"rows": ANSWERS["rows"]}),
        ("size(self.rows) > 1", {"rows": ANSWERS["rows"]}),
        ("self.team.lead in self.rows.map(r, r.who)", None),
        ("self == self", ANSWERS),
        ("self.missing == 1", {}),
        ("true", {}),
        ("self.rows.all(r, self.rows.exists(s, s.who == r.who))", None),
    ],
)
def test_only_what_is_looked_at_is_handed_over(source: str, seen: Any) -> None:
    given = looked_at(parse(source), ["self"])["self"].of(ANSWERS)
    if seen is None:
        assert "prose" not in given
        assert all(set(row) == {"who"} for row in given["rows"])
    else:
        assert given == seen


def test_a_value_of_another_shape_is_handed_over_whole() -> None:
    view = looked_at(parse("self.rows[0].who == 'Ben'"), ["self"])["self"]
    assert view.of({"rows": {"not": "a list"}}) == {"rows": {"not": "a list"}}
    assert view.of("not an object") == "not an object"


def test_a_loops_variable_hides_the_one_of_the_same_name() -> None:
    views = looked_at(parse("form.rows.all(form, form.who != '')"), ["form"])
    assert views["form"].of({"rows": [{"who": "Ben", "x": 1}], "who": "no"}) == {
        "rows": [{"who": "Ben"}]
    }
