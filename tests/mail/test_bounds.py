"""The language of letters: nothing that staff can write there runs for long, or gets out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.errors import DocumentFaulty
from engine.mail import bounds, composing
from engine.settings import Settings, load_settings

HEAD = "Subject: x\n\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, {})


def written(settings: Settings, body: str) -> str:
    told = {"credential": "Garden", "things": ["a", "b"], "table": {"one": 1}, "path": "/"}
    return composing.compose(settings, "odd", "Ana", told, HEAD + body).text.strip()


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}x"
        "{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
        "{{ 9 ** 999999999 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 'x' * 999999999 }}",
        "{{ [1] * 999999999 }}",
        "{{ 9 * 9999999999999999 }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a = [1] %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a %}xxxxxxxxxx{% endset %}"
        + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60
        + "{{ a }}",
        "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{% macro m(n) %}{% if n %}{{ m(n[1:]) }}{{ m(n[1:]) }}{% endif %}{% endmacro %}"
        "{{ m('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') }}",
        "{{ range(1000000000) | list }}",
        "{% for a in range(900) %}{{ range(900) | join('xxxxxxxxxxxxxxxxxxxxxxxx') }}{% endfor %}",
        "{% include 'returned.txt' %}" * 900,
        "{{ 'x' | center(999999999) }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'x'.ljust(999999999) }}",
        "{{ 'x'.zfill(999999999) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ lipsum(n=99999) }}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}",
        "{{ " + "[" * 500 + "]" * 500 + " }}",
        "{% if 1 %}" * 400 + "x" + "{% endif %}" * 400,
        "x" * 30_000,
        "{{ 'x'.__class__.__mro__ }}",
        "{{ things.append('c') }}",
        "{{ table.update({}) }}",
        "{{ self.__init__.__globals__ }}",
        "{{ ''.join(things) }}",
        "{% for a in range(1, 0, 0) %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ things[99].name }}",
        "{{ nothing.at.all }}",
        "{{ 'x' | int(base=99) | abs | nothing }}",
    ],
)
def test_a_letter_that_goes_too_far_is_a_finding_and_soon(settings: Settings, body: str) -> None:
    began = time.process_time()
    with pytest.raises(DocumentFaulty) as faulty:
        written(settings, body)
    assert time.process_time() - began < 4 * bounds.MOST_SECONDS
    (finding,) = faulty.value.findings
    assert finding.code == "letter"
    assert finding.line >= 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ 2 + 3 * 4 }}", "14"),
        ("{{ 'a' ~ 'b' ~ 3 }}", "ab3"),
        ("{{ 'a' + 'b' }}", "ab"),
        ("{{ things | join(', ') }}", "a, b"),
        ("{{ things | length }} {{ to | upper }}", "2 ANA"),
        ("{% for a in things %}{{ loop.index }}{{ a }} {% endfor %}", "1a 2b"),
        ("{% for a in range(3) %}{{ a }}{% endfor %}", "012"),
        ("{% for name, value in table.items() %}{{ name }}{{ value }}{% endfor %}", "one1"),
        ("{% macro m(n) %}[{{ n }}]{% endmacro %}{{ m(1) }}{{ m(to) }}", "[1][Ana]"),
        ("{% set a %}x{{ to }}{% endset %}{{ a }}{{ a }}", "xAnaxAna"),
        ("{{ 2.567 | round(1) }} {{ '7' | int + 1 }}", "2.6 8"),
        ("{{ nothing }}{{ none }}.", "."),
        ("{{ to.upper() }} {{ ' x '.strip() }}", "ANA x"),
        ("{{ '2026-03-20T21:00:00+00:00' | moment }}", "20 March 2026, 21:00 UTC"),
        ("{% trans n=to %}Dear {{ n }}{% endtrans %}", "Dear Ana"),
    ],
)
def test_what_letters_need_can_be_said(settings: Settings, body: str, said: str) -> None:
    assert written(settings, body) == said


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("one\ntwo {{ three\n", 4),
        ("one\n{% if x %}\n", 4),
        ("one\n\n{{ nothing.at.all }}\n", 5),
        ("one\n{% for a in range(1000) %}{% for b in range(1000) %}\n{% endfor %}{% endfor %}", 4),
    ],
)
def test_a_finding_says_the_line(settings: Settings, body: str, line: int) -> None:
    with pytest.raises(DocumentFaulty) as faulty:
        written(settings, body)
    assert abs(faulty.value.findings[0].line - line) <= 1
