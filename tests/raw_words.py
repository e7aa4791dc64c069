"""Finds words in templates that nobody could translate: text outside `_()` and `{% trans %}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from engine import languages

SPOKEN = {"_", "ngettext", "gettext", "N_"}
READ_OUT = ("aria-label", "alt", "placeholder", "title", "data-tab", "data-label", "content")
# Parts of tags that a macro puts together.
_ATTRIBUTES = re.compile(r'[\w-]+="[^"]*"|\b(required|checked|selected|hidden|disabled|open)\b')
NOT_WORDS = frozenset(
    {
        "Accolade",
        "SHA-256",
        "https://",
        "utf-8",
        "light dark",
        "JSON",
        "PDF",
        "UTC",
        "PUBLIC",
        "CSV",
        "Excel",
    }
)
_TAGS = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
_NOT_TEXT = re.compile(
    r"{%-?\s*block (wide|keeps|frame)\b.*?{%-?\s*endblock\s*-?%}|<style>.*?</style>", re.DOTALL
)
_TRANS = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", re.DOTALL)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"^[A-Z][a-z]+$|[a-z,.;:] [A-Za-z]|^ ?[A-Z][a-z]+ ?$")


def raw_words(path: Path) -> list[str]:
    """Every text in the template that a person would read and no catalogue knows of."""
    source = path.read_text("utf-8")
    found = [*_in_markup(source)] if path.suffix == ".html" else [*_in_text(source)]
    return [*found, *_in_expressions(source)]


def _masked(source: str) -> str:
    return _TAGS.sub("¤", _TRANS.sub("¤", _NOT_TEXT.sub("", source)))


def _in_text(source: str) -> Iterator[str]:
    for line in _masked(source).splitlines():
        said = line.removeprefix("Subject:").strip()
        if _LETTERS.search(said):
            yield said


def _in_markup(source: str) -> Iterator[str]:
    reader = _Reader()
    reader.feed(_masked(source))
    reader.close()
    yield from reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "content" and tag == "meta":
                continue
            if name in READ_OUT and value and _is_words(value):
                self.found.append(f"{name}={value!r}")

    def handle_data(self, data: str) -> None:
        if _is_words(data):
            self.found.append(" ".join(data.split()))


def _is_words(text: str) -> bool:
    text = _ATTRIBUTES.sub("", text)
    return bool(_LETTERS.search(text)) and text.strip(" .:¤()>\n") not in NOT_WORDS


def _in_expressions(source: str) -> Iterator[str]:
    environment = Environment()
    languages.into_templates(environment)
    yield from _constants(environment.parse(source))


def _constants(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in SPOKEN:
        for argument in node.args:
            if isinstance(argument, nodes.Const) and str(argument.value).strip() != argument.value:
                yield f"space at the end of {argument.value!r}"
        return
    if isinstance(node, nodes.Extends | nodes.FromImport | nodes.Compare | nodes.Test):
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        if _SENTENCE.search(node.value) and node.value not in NOT_WORDS:
            yield repr(node.value)
        return
    for child in node.iter_child_nodes():
        yield from _constants(child)
