"""One rendering of a letter, read twice: as plain text and as HTML.

Whatever a template puts in with `{{ }}` is a value, and stays one: while the letter's own words
are read as Markdown, a number that nobody can guess stands in its place. So a name or a comment
is never a link, a heading or a header, whatever is in it, and in the text it stands as it was
written.
"""

from __future__ import annotations

import re
import secrets
import textwrap
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

import nh3
from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from engine.mail import bounds

WIDTH: Final = 95
"""Characters of a line of plain text, where its words allow."""
_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "blockquote", "hr"),
    *("h2", "h3", "h4", "h5", "table", "thead", "tbody", "tr", "th", "td"),
}
_PLACES = 5
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


class Ready(str):
    """Text in which values have their numbers already."""

    __slots__ = ()


class Values:
    """What was put into one rendering, by number."""

    def __init__(self) -> None:
        # Digits alone: no letter of it has a meaning in Markdown, nor a capital.
        self._mark = str(secrets.randbelow(8 * 10**19) + 10**19)
        self._kept: list[str] = []
        self._size = 0
        self._number = re.compile(self._mark + f"([0-9]{{{_PLACES}}})")

    def put(self, value: object) -> str:
        """The number that stands for `value`; nothing stands for nothing."""
        if isinstance(value, Ready):
            return value
        # What is missing is left out; what is missing in something missing is a fault of its own.
        if value is None or isinstance(value, Undefined) or not (text := str(value)):
            return ""
        self._size += len(text)
        bounds.fits(self._size)
        if len(self._kept) >= 10**_PLACES:
            raise bounds.TooMuch("This letter has too many values in it.")
        self._kept.append(text)
        return f"{self._mark}{len(self._kept) - 1:0{_PLACES}}"

    def filled(self, text: str, how: Callable[[str], str] = str) -> str:
        """`text` with each value in its place again, written as `how` says."""

        def kept(found: re.Match[str]) -> str:
            number = int(found[1])
            # A value made of others, such as a macro's: they were put in before it.
            return how(self.filled(self._kept[number])) if number < len(self._kept) else ""

        return self._number.sub(kept, text)

    def apart(self, source: str) -> str:
        """`source` with every address that has a line of its own as a paragraph of its own."""

        def divided(found: re.Match[str]) -> str:
            return f"\n\n{found[0]}\n\n" if _ADDRESS.fullmatch(self.alone(found[0])) else found[0]

        return re.sub(rf"^{self._number.pattern}$", divided, source, flags=re.MULTILINE)

    def alone(self, text: str) -> str:
        """The value that is all of `text`, or nothing."""
        found = self._number.fullmatch(text.strip())
        return self.filled(text.strip()) if found else ""


_values: ContextVar[Values] = ContextVar("values")


def collecting(values: Values) -> Any:
    """Have what is rendered from here put its values there; returns what undoes that."""
    return _values.set(values)


def stop_collecting(token: Any) -> None:
    _values.reset(token)


@pass_context
def finalize(_context: Context, value: object) -> str:
    """What Jinja does with the value of every `{{ }}`. Asks for the context, so that nothing is
    put in while a template is compiled."""
    bounds.step()
    return _values.get().put(value)


def spoken(say: Callable[..., str]) -> Callable[..., str]:
    """`_` for templates of HTML: the sentence is the letter's own, its values are values."""

    def said(*texts: Any, **values: object) -> str:
        places = {name: _values.get().put(value) for name, value in values.items()}
        return Ready(say(*texts, **places))

    return said


def concat(parts: Any) -> str:
    """Whatever a template puts together by itself has its numbers already."""
    return Ready(bounds.joined(parts))


@pass_context
def quoted(_context: Context, value: object) -> str:
    """What somebody said, set apart from the letter's own words."""
    return Ready("> " + _values.get().put(value)) if str(value).strip() else Ready("")


_LINK = re.compile(r"\[([^\]\n]+)\]\(<?([^)\s>]+)>?\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_HEADING = re.compile(r"^#{1,5} +", re.MULTILINE)
_RULE = re.compile(r"^ {0,3}([-*_])( *\1){2,} *$", re.MULTILINE)


def as_text(source: str, values: Values) -> str:
    """The letter in plain text: Markdown's marks taken out where they are in the way of reading,
    long lines folded, and no two empty lines in a row."""
    plain = _LINK.sub(r"\1 (\2)", source)
    plain = _RULE.sub("", _HEADING.sub("", _STRONG.sub(r"\2", plain)))
    lines = []
    for line in values.filled(_set_apart(plain, values)).splitlines():
        lines += _folded(line)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines))
    return text.strip() + "\n"


def _set_apart(source: str, values: Values) -> str:
    """Quotations as text shows them: moved to the right, every line of them."""

    def moved(found: re.Match[str]) -> str:
        return textwrap.indent(values.filled(found[1]), "  ")

    return re.sub(r"^> ?(.*)$", moved, source, flags=re.MULTILINE)


def _folded(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    before = line[: len(line) - len(line.lstrip())]
    hanging = before + ("  " if re.match(r"\s*([-*+]|[0-9]+[.)]) ", line) else "")
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent=hanging,
        break_long_words=False,
        drop_whitespace=True,
    ) or [""]


def as_html(source: str, values: Values, open_words: str) -> Markup:
    """The letter as safe HTML for its frame, with the style of mail on every tag.

    An address that stands alone becomes a button, called `open_words`.
    """
    parser = _parser()
    tokens = parser.parse(values.apart(source))
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
    rendered = parser.renderer.render(tokens, parser.options, {})
    filled = _with_buttons(rendered, values, open_words)
    filled = values.filled(filled, _in_html)
    cleaned = nh3.clean(
        filled,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return Markup(_styled(cleaned))  # noqa: S704 - cleaned just now


@cache
def _parser() -> MarkdownIt:
    # Lines stay lines, as in the text; what is moved to the right is not code.
    options = {"html": False, "breaks": True}
    return MarkdownIt("commonmark", options).enable("table").disable(["image", "code"])


def _in_html(text: str) -> str:
    lines = [str(escape(line.strip())) for line in text.strip().splitlines()]
    return "<br>".join(lines)


def _with_buttons(html: str, values: Values, words: str) -> str:
    def button(found: re.Match[str]) -> str:
        address = values.alone(found[1])
        if not _ADDRESS.fullmatch(address):
            return found[0]
        shown = escape(address)
        return (
            f'<p><a href="{shown}"><strong>{escape(words)}</strong></a></p>'
            f'<p><em><a href="{shown}">{shown}</a></em></p>'
        )

    return re.sub(r"<p>([0-9]+)</p>", button, html)


STYLES: Final[Mapping[str, str]] = {
    "p": "margin:0 0 16px",
    "h2": "margin:24px 0 8px;font-size:20px;line-height:1.3",
    "h3": "margin:24px 0 8px;font-size:18px;line-height:1.3",
    "h4": "margin:16px 0 8px;font-size:17px",
    "h5": "margin:16px 0 8px;font-size:17px",
    "ul": "margin:0 0 16px;padding-left:24px",
    "ol": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 8px",
    "blockquote": "margin:0 0 16px;padding:4px 0 4px 16px;border-left:3px solid #1F6B4A",
    "hr": "margin:24px 0;border:0;border-top:1px solid #D9D5CB",
    "pre": "margin:0 0 16px;white-space:pre-wrap",
    "table": "margin:0 0 16px;border-collapse:collapse;width:100%",
    "th": "padding:6px 12px 6px 0;border-bottom:1px solid #7A766C;text-align:left",
    "td": "padding:6px 12px 6px 0;border-bottom:1px solid #D9D5CB;vertical-align:top",
}
_BUTTON = (
    "display:inline-block;padding:12px 24px;border-radius:6px;background:#1F6B4A;color:#FFFFFF;"
    "font-weight:600;text-decoration:none"
)


def _styled(html: str) -> str:
    """Style on every tag: many readers of mail keep no style sheet. Classes are for dark ones."""
    button = re.compile(r'<p><a href="([^"]*)"><strong>(.*?)</strong></a></p>')
    small = re.compile(r'<p><em><a href="([^"]*)">(.*?)</a></em></p>')
    html = button.sub(
        rf'<p style="margin:24px 0 8px"><a class="button" href="\1" style="{_BUTTON}">\2</a></p>',
        html,
    )
    html = small.sub(
        r'<p class="muted" style="margin:0 0 24px;font-size:14px;color:#5A5750">'
        r'<a class="muted" href="\1" style="color:#5A5750;word-break:break-all">\2</a></p>',
        html,
    )
    html = re.sub(r'<a href="([^"]*)">', r'<a class="link" href="\1" style="color:#1F6B4A">', html)
    for tag, style in STYLES.items():
        html = html.replace(f"<{tag}>", f'<{tag} style="{style}">')
    return html
