"""Rules: what they mean, when they do not fire, and that they end."""

from __future__ import annotations

import contextlib
import re
import threading
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.credentials import rules
from engine.credentials.functions import FUNCTIONS
from engine.credentials.parsing import BadExpression, parse

ANSWERS: dict[str, Any] = {
    "a": 1,
    "n": 2,
    "half": 1.5,
    "ok": True,
    "name": "Ana",
    "empty": "",
    "null": None,
    "none": [],
    "early": "2026-01-31",
    "late": "2026-02-28",
    "rows": [{"x": 2, "name": "Ana"}, {"x": 3, "name": "Ben"}],
    "more": [{"name": "ben"}, {"name": " ANA "}],
    "by": {"key": 7},
}


def value(source: str) -> Any:
    return rules.compile(source, ["self"]).value({"self": ANSWERS})


def holds(source: str, answers: dict[str, Any] | None = None) -> bool | None:
    return rules.compile(source, ["self"]).holds({"self": ANSWERS if answers is None else answers})


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("1 + 1.5", 2.5),
        ("self.a + self.half", 2.5),
        ("7 % 4 + 1 / 2", 3.5),
        ("-self.a - -1", 0),
        ("self.rows[0].x", 2),
        ("self.rows[self.a].x", 3),
        ("self.rows[2 - 1].x", 3),
        ('self.by["key"]', 7),
        ("size(self.rows) == 2", True),
        ("self.rows.size() >= self.n", True),
        ("size(self.name)", 3),
        ("has(self.a)", True),
        ("has(self.gone)", False),
        ("has(self.empty)", False),
        ("self.rows.map(row, row.x)", [2, 3]),
        ("self.rows.map(row, row.x > 2, row.name)", ["Ben"]),
        ("size(self.rows.filter(row, row.x > 2))", 1),
        ("self.rows.exists(row, row.x == 3)", True),
        ("self.rows.exists_one(row, row.x > 1)", False),
        ("self.a in [1, 2]", True),
        ('"a" in self', True),
        ("self.ok ? 1 : 2", 1),
        ("!self.ok || self.ok && true", True),
        ('{"a": 1}.a', 1),
        ("distinct([1, 2, 1, 1.0])", [1, 2]),
        ("same_set(self.rows.map(r, r.name), self.more.map(r, r.name))", True),
        ('same_set(["a"], ["a", "b"])', False),
        ("date(self.early) < date(self.late)", True),
        ("days_between(self.early, self.late)", 28),
        ("months_between(self.early, self.late)", 1),
        ('months_between("2026-01-15", "2026-02-14")', 0),
        ('months_between("2026-07-15", "2026-01-15")', -6),
        ("sum(self.rows.map(r, r.x)) + min(1, 2) + max([3, 4]) + abs(-1)", 11),
        ('self.name.startsWith("A") && self.name.endsWith("a") && self.name.contains("n")', True),
        ('self.name.matches("^A.a$")', True),
        ('lower(trim("  AnA ")) + string(1)', "ana1"),
        ('number("2.5") == 2.5', True),
        (r'"a\n\"é\u00e9" + r"\d"', 'a\n"éé\\d'),
        ("self.a == 1 // a note", True),
        ("0x10 + 1e2", 116),
    ],
)
def test_an_expression_means_what_it_says(source: str, result: Any) -> None:
    assert value(source) == result


@pytest.mark.parametrize(
    "source",
    [
        "self.gone > 1",
        'self.empty == "x"',
        'self["null"] == 1',
        "self.rows[5].x > 1",
        "self.more.all(row, row.x > 1)",
        "self.by.gone.deeper == 1",
        "date(self.name) < date(self.late)",
    ],
)
def test_a_rule_waits_for_answers_that_are_not_there(source: str) -> None:
    assert holds(source) is None


def test_an_empty_list_is_an_answer() -> None:
    assert holds("size(self.none) >= 1") is False


def test_a_rule_that_one_side_settles_does_not_wait_for_the_other() -> None:
    assert holds("self.ok || self.gone == 1") is True
    assert holds("self.gone == 1 || self.ok") is True
    assert holds("has(self.gone) && self.gone == 1") is False


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        ("self.a ==", "ends too early"),
        ("self.a = 1", "'=' means nothing"),
        ("self.a 1", "unexpected"),
        ("(self.a", "')' is expected"),
        ("zelf.a == 1", "Did you mean 'self'?"),
        ("sizes(self.a)", "Did you mean 'size'?"),
        ("size(1, 2)", "takes 1"),
        ('__import__("os")', "not known"),
        ("_at(1)", "not known"),
        ("self.rows.map(1, 2)", "LIST.map(x"),
        ("has(self)", "has(self.name)"),
        ("all(self.rows, x, x)", "LIST.all(x"),
        ("self.in", "name is expected"),
        (r'"\q"', "escape"),
        ("1e999", "too large"),
        ("x" * 2_001, "longer than 2,000"),
        ("(" * 40 + "1" + ")" * 40, "nests deeper"),
        ("!" * 40 + "true", "nests deeper"),
        ("self" + ".a" * 40, "chains more"),
        ("1" + "+1" * 40, "in a row"),
        ("true ? 1 : " * 40 + "1", "nests deeper"),
    ],
)
def test_what_does_not_compile_says_why(source: str, words: str) -> None:
    with pytest.raises(rules.BadRule, match=re.escape(words)):
        rules.compile(source, ["self"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("self.name + 1 == 2", "cannot be worked out"),
        ("self.a / 0 > 1", "divides by zero"),
        ("self.a % 0 > 1", "divides by zero"),
        ('self.name.matches("(")', "not a regular expression"),
        ("sum(self.name) > 1", "numbers are needed"),
        ("size(self.a) > 1", "list or text"),
        ("self.name", "true or false"),
    ],
)
def test_what_fails_while_it_is_worked_out_says_why(source: str, words: str) -> None:
    with pytest.raises(rules.BadRule, match=words):
        holds(source)


def test_a_failure_is_not_hidden_by_the_other_side_of_an_or() -> None:
    with pytest.raises(rules.BadRule, match="divides by zero"):
        holds("self.a / 0 > 1 || true")


def test_nothing_is_logged_when_a_rule_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(rules.BadRule):
        holds('self.name.matches("(")')

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "source",
    [
        "self.l.all(x, self.l.all(y, self.l.all(z, x + y + z >= 0)))",
        "self.l.exists(x, self.l.exists(y, self.l.exists(z, x + y + z < 0)))",
        "size(self.l.map(x, self.l).map(y, size(y))) > 0",
        "size(self.l.map(x, self.l.map(y, self.l))) > 0",
        "self.l.all(x, size(distinct(self.l)) > 0)",
        "size(self.l.filter(x, self.l.exists(y, y < 0) || true)) > 0",
        "self.l.exists(x, same_set(self.l, [x]) || x < 0) || true",
    ],
)
@pytest.mark.parametrize("length", [1_000, 10_000])
def test_no_expression_takes_unbounded_time(source: str, length: int) -> None:
    expression = rules.compile(source, ["self"])
    answers = {"self": {"l": list(range(length))}}
    begun = process_time()

    with pytest.raises(rules.BadRule, match=r"too much"):
        expression.holds(answers)

    assert process_time() - begun < 15  # it takes one or two; without bounds, hours


def test_ten_thousand_rows_can_be_looked_through_and_not_one_more() -> None:
    expression = rules.compile("self.l.all(x, x >= 0)", ["self"])

    assert expression.holds({"self": {"l": list(range(10_000))}}) is True
    with pytest.raises(rules.BadRule, match="too long"):
        expression.holds({"self": {"l": list(range(10_001))}})


def test_two_hundred_visits_can_be_counted_and_compared() -> None:
    visits = [{"who": f"Peer {number % 12}"} for number in range(200)]
    expression = rules.compile(
        "size(distinct(self.v.map(one, one.who))) == 12 "
        "&& self.v.all(one, self.v.exists(other, other.who == one.who))",
        ["self"],
    )

    assert expression.holds({"self": {"v": visits}}) is True


def test_an_expression_serves_several_threads() -> None:
    expression = rules.compile("self.rows.all(row, row.x == self.n)", ["self"])
    results: list[bool | None] = []

    def work(number: int) -> None:
        rows = [{"x": number}] * 50
        results.extend(expression.holds({"self": {"rows": rows, "n": number}}) for _ in range(50))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [True] * 200


def test_guards_see_only_the_names_they_are_given() -> None:
    guard = rules.compile("scores.all_yes && answers.problems == 0", ["scores", "answers"])

    assert guard.holds({"scores": {"all_yes": True}, "answers": {"problems": 0}}) is True
    assert guard.holds({"scores": {"all_yes": False}, "answers": {"problems": 0}}) is False


@given(st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6), st.sampled_from(["<", "<=", "==", ">"]))
def test_whole_numbers_and_fractions_compare_as_numbers_do(
    whole: int, fraction: float, sign: str
) -> None:
    expected = {
        "<": whole < fraction,
        "<=": whole <= fraction,
        "==": whole == fraction,
        ">": whole > fraction,
    }

    assert holds(f"self.w {sign} self.f", {"w": whole, "f": fraction}) is expected[sign]


@given(st.text())
def test_any_text_in_an_answer_and_in_a_literal_is_the_same_text(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if any(character in text for character in "\r\f\v\x00") or not text:
        return

    assert holds(f'self.t == "{quoted}"', {"t": text}) is True


@given(st.text(alphabet="selfhas.()[]{}!&|<>=+-*/%?:,'\"\\ 01r\n", max_size=60))
def test_no_text_makes_the_parser_fail_otherwise_than_in_words(source: str) -> None:
    with contextlib.suppress(BadExpression):
        parse(source)


def test_every_function_is_told_in_the_reference() -> None:
    from .conftest import ROOT

    text = (ROOT / "docs" / "documents.md").read_text("utf-8")

    assert [name for name in FUNCTIONS if name not in text] == []
