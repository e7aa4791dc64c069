"""Markdown: written as words, read as HTML, and harmless whatever it says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from engine.forms.display import differences
from engine.forms.prose import prose
from tests.forms.desk import asking, browse, html_of, only_page, said, saved

REPORT = {"type": "string", "widget": "markdown", "title": "Report", "maxLength": 2000}

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>body{display:none}</style>",
    "<form action=/sign-out method=post><button>x</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    '![x](x "onerror=alert(1)")',
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover=alert(1))',
    "<!-- --><script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    "`<img src=x onerror=alert(1)>`",
    "<p style='position:fixed'>x</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext></p><img src=x onerror=alert(1)>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_markdown_runs_or_fetches(attack: str) -> None:
    form_set = asking(q=REPORT)
    draft = said({"q": attack})
    shown = html_of(only_page(form_set), draft, read_only=True)
    previewed = str(prose(attack))
    for html in (shown, previewed):
        tags = re.findall(r"<[a-zA-Z][^>]*>", html)
        names = {re.match(r"<([a-zA-Z0-9]+)", tag)[1] for tag in tags}  # type: ignore[index]
        assert not names & {"script", "img", "svg", "iframe", "style", "form", "math", "button"}
        attributes = " ".join(re.sub(r'"[^"]*"', '""', tag) for tag in tags)
        assert not re.search(r"\son[a-z]+=|\ssrc=|\sstyle=", attributes)
        schemes = {urlsplit(link).scheme for link in re.findall(r'href="([^"]*)"', html)}
        assert schemes <= {"", "http", "https", "mailto"}


def test_markdown_is_read_as_html_and_written_as_words() -> None:
    form_set = asking(q=REPORT)
    page = only_page(form_set)
    draft = said({"q": "# Plan\n\n- one\n- **two**"})
    assert "<strong>two</strong>" in html_of(page, draft, read_only=True)
    browser = browse(page, draft)
    assert browser.by_id("/f/q").value == "# Plan\n\n- one\n- **two**"
    assert saved(page, browser, draft) == draft


def test_what_differs_are_the_words_as_written() -> None:
    form_set = asking(q=REPORT)
    (found,) = differences(form_set, {"f": {"q": "Some *words*"}}, {"f": {"q": "Some **words**"}})
    assert (found.before, found.after) == ("Some *words*", "Some **words**")


def test_the_preview_works_without_scripts() -> None:
    page = only_page(asking(q=REPORT))
    html = html_of(page, said({"q": "Some **words**"}))
    assert '<details class="preview" data-preview="/prose"><summary>Preview</summary>' in html
    assert "<p>Some <strong>words</strong></p>" in html
    (button,) = [one for one in browse(page).controls if one.name == "_preview"]
    assert button.value == "/f/q"


def test_an_empty_text_has_words_instead_of_a_preview() -> None:
    assert "Nothing is written here yet." in html_of(only_page(asking(q=REPORT)))


def test_markdown_is_counted_like_other_long_texts() -> None:
    control = browse(only_page(asking(q=REPORT))).by_id("/f/q")
    assert control.attributes["data-counter"] == "2000"
    assert control.attributes["aria-describedby"] == "/f/q#count"
