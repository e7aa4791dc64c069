"""What people write into a letter stays what it is, in text and in HTML: words."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from engine.languages import LANGUAGES, speaking
from engine.mail import composing, markup, wordings
from engine.mail.composing import Composed, Footer
from engine.settings import Settings, load_settings

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table><h1>Hi</h1>",
    "[click](https://evil.example)",
    "[click][x]\n\n[x]: https://evil.example",
    "<https://evil.example>",
    "![x](https://evil.example/x.png)",
    "**bold** _em_ `code`",
    "# Heading\n\n- list\n\n> quote",
    "\n\n---\n\n",
    "a\n===\nb\n---\n",
    "| a | b |\n|---|---|\n| c | d |",
    "    code\n\tcode",
    "&lt;b&gt; &amp; &#60;",
    "\\[x\\](y) \\<b\\>",
    "{{ 7*7 }} {% raw %}",
    "Subject: other\nAlways: yes\n\nBody",
    '" style="position:fixed" x="',
    "' onclick='alert(1)",
    "]]>--><svg/onload=alert(1)>",
    "12345678901234567890" * 2 + "00000",
    "\u202eevil\u2066",
]
FIELDS = ["to", "credential", "comment", "look_for", "notes"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, {})


def told(field: str, value: str) -> tuple[str, dict[str, Any]]:
    """Everything harmless but `field`."""
    said = {"to": "Ana", "credential": "Garden", "comment": "Fine.", "look_for": "It", "notes": "x"}
    said[field] = value
    note = {"look_for": said["look_for"], "notes": said["notes"]}
    values = {"credential": said["credential"], "comment": said["comment"], "notes": [note]}
    return said["to"], {**values, "path": "/submissions/42"}


def composed(settings: Settings, letter: str, field: str, value: str) -> Composed:
    name, values = told(field, value)
    return composing.compose(settings, letter, name, values)


def shape(body: str) -> list[str]:
    """The tags of a letter, with their attributes, without what stands between them."""
    return re.findall(r"<[^>]*>", body)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ATTACKS)
@pytest.mark.parametrize("letter", ["returned", "awarded"])
def test_what_people_write_adds_no_tag_and_no_link(
    settings: Settings, letter: str, field: str, value: str
) -> None:
    plain = composed(settings, letter, field, "x")
    soiled = composed(settings, letter, field, value)
    tags = [tag for tag in shape(soiled.body) if tag != "<br>"]
    assert tags == [tag for tag in shape(plain.body) if tag != "<br>"]
    assert "\n" not in soiled.subject


@pytest.mark.parametrize("value", ATTACKS)
def test_what_people_write_stands_in_the_text_as_they_wrote_it(
    settings: Settings, value: str
) -> None:
    letter = composed(settings, "awarded", "comment", value)
    for line in value.splitlines():
        assert " ".join(line.split()) in " ".join(letter.text.split())


@pytest.mark.parametrize("value", ["<b> & [x](y)", "**Ana** <script>"])
def test_what_people_write_is_read_in_html_as_they_wrote_it(settings: Settings, value: str) -> None:
    letter = composed(settings, "awarded", "comment", value)
    assert value in html.unescape(re.sub(r"<[^>]*>", "", letter.body))


def test_a_value_used_as_a_link_leads_only_to_the_web(settings: Settings) -> None:
    text = "Subject: x\n\n[see]({{ comment }})\n"
    for address in ("javascript:alert(1)", "data:text/html,x", "vbscript:x"):
        _name, values = told("comment", address)
        body = composing.compose(settings, "x", "Ana", values, text).body
        assert "href" not in body
    _name, values = told("comment", 'https://a.example/"onclick="x')
    body = composing.compose(settings, "x", "Ana", values, text).body
    assert shape(body)[1].count('"') == 6  # class, href, style, and no more


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'Dear ' ~ to }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(to) }}",
        "{% set a %}{{ to }}{% endset %}{{ a }}",
        "{% filter upper %}{{ to }}{% endfilter %}",
        "{% trans n=to %}Dear {{ n }}{% endtrans %}",
        "{{ _('Hello %(name)s,', name=to) }}",
        "{{ _('Hello') ~ to }}",
        "{{ [to, to] | join('') }}",
        "{{ to | indent(2) }}",
        "{{ to | quoted }}",
        "{{ to[:] }}",
        "{% for c in [to] %}{{ c }}{% endfor %}",
        "{% with x = to %}{{ x }}{% endwith %}",
        "{% macro m2() %}{{ caller(1) }}{% endmacro %}{% call(x) m2() %}{{ to }}{% endcall %}",
        "- {{ to }}\n- {{ to }}",
        "| a |\n|---|\n| {{ to }} |",
        "# {{ to }}",
        "`{{ to }}`",
        "{{ {'a': to} }}",
        "{{ [to] }}",
    ],
)
def test_no_way_of_saying_a_name_makes_it_markup(settings: Settings, text: str) -> None:
    name = "[x](https://evil.example) <b>y</b>"
    letter = composing.compose(settings, "x", name, {"path": "/"}, f"Subject: x\n\n{text}\n")
    assert "evil" not in "".join(shape(letter.body)).lower()
    assert "<b>" not in letter.body.lower()


def test_the_letters_own_markdown_is_read(settings: Settings) -> None:
    text = (
        "Subject: x\n\n# Title\n\n**Bold** for {{ to }}, [here]({{ link }}).\n\n- one\n- two\n\n"
        "> said\n\n---\n\n{{ link }}\n"
    )
    letter = composing.compose(settings, "x", "Ana", {"path": "/p"}, text)
    where = "http://127.0.0.1:5000/p"
    assert letter.text == (
        f"Title\n\nBold for Ana, here ({where}).\n\n- one\n- two\n\n  said\n\n{where}\n"
    )
    tags = [re.match(r"</?(\w+)", tag)[1] for tag in shape(letter.body)]  # type: ignore[index]
    assert tags[:6] == ["h2", "h2", "p", "strong", "strong", "a"]
    assert 'class="button"' in letter.body


def test_raw_html_in_a_letter_is_shown_and_not_read(settings: Settings) -> None:
    text = "Subject: x\n\n<img src='https://evil.example/x.png'> <script>x</script>\n"
    body = composing.compose(settings, "x", "Ana", {"path": "/"}, text).body
    assert "<img" not in body
    assert "<script" not in body
    assert "&lt;img" in body


def test_a_value_may_not_pretend_to_be_another(settings: Settings) -> None:
    values = markup.Values()
    number = values.put("secret")
    forged = values.put(f"x{number[:-5]}00009")
    assert values.filled(f"{forged}.") == "x." or "secret" not in values.filled(f"{forged}.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_letter_reads_the_same_written_out(settings: Settings, language: str) -> None:
    with speaking(language):
        for name in wordings.names(settings):
            file = composing.compose(settings, name, "Ana Ruiz", wordings.sample())
            own = wordings.shipped(settings, name, language)
            assert composing.compose(settings, name, "Ana Ruiz", wordings.sample(), own) == file
            assert "_(" not in own or "ngettext(" in own


def test_a_letter_fetches_nothing_when_it_is_opened(settings: Settings) -> None:
    for name in wordings.names(settings):
        letter = composing.compose(settings, name, "Ana", wordings.sample())
        whole = composing.framed(settings, letter, Footer("https://a.example/c", ""))
        assert not re.search(r"<(img|link|script|iframe|video|object)|url\(|@import", whole)


def test_long_lines_of_text_are_folded_and_addresses_are_not(settings: Settings) -> None:
    address = "https://a.example/" + "x" * 200
    text = f"Subject: x\n\n{'word ' * 60}\n\n- {'item ' * 40}\n\n{address}\n"
    lines = composing.compose(settings, "x", "Ana", {"path": "/"}, text).text.splitlines()
    assert max(len(line) for line in lines if "https" not in line) <= markup.WIDTH
    assert address in lines
    assert [line[:2] for line in lines if "item" in line] == ["- ", "  ", "  "]
