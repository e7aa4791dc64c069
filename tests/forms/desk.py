"""A form without a web: renders pages, and fills them in as a browser would.

`Browser` reads a rendered page's inputs from its HTML and posts them, so that what the tests send
is what a person could send, names and hidden inputs included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from werkzeug.datastructures import MultiDict

from engine import languages
from engine.errors import Problem
from engine.forms.answers import Draft, EvidenceFacts, parse
from engine.forms.schema import FormSet, Page, form_set
from engine.web import words

TEMPLATES = Path(__file__).parents[2] / "templates"


@cache
def templates() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    languages.into_templates(environment)
    environment.filters.update(words.FILTERS)
    return environment


@cache
def _page_template() -> Template:
    return templates().from_string(
        '{% from "web/fields.html" import page_fields with context %}'
        "{{ page_fields(page, draft, problems, comments, evidence, read_only) }}"
    )


def html_of(
    page: Page,
    draft: Draft | None = None,
    problems: Iterable[Problem] = (),
    comments: Mapping[str, Any] | None = None,
    evidence: Mapping[str, EvidenceFacts] | None = None,
    read_only: bool = False,
) -> str:
    """The page's fields as HTML."""
    return _page_template().render(
        page=page,
        draft=draft or Draft(),
        problems=list(problems),
        comments=comments or {},
        evidence=evidence or {},
        read_only=read_only,
    )


def form(schema: Mapping[str, Any], **more: Any) -> FormSet:
    """A form set with one form, `f`."""
    return form_set({"f": schema}, **more)


def asking(**properties: Any) -> FormSet:
    """A form set with one form, `f`, that asks `properties`, all of them required."""
    return form({"type": "object", "properties": properties, "required": list(properties)})


def only_page(form_set: FormSet) -> Page:
    (page,) = form_set.pages
    return page


def said(value: Mapping[str, Any]) -> Draft:
    """A draft of the form `f`."""
    return Draft.of({"f": dict(value)})


class Control:
    """One input, as the browser knows it."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.name = attributes.get("name") or ""
        self.type = attributes.get("type") or "text"
        self.value = attributes.get("value") or ""
        self.checked = "checked" in attributes
        self.options: list[tuple[str, bool]] = []
        self.label = ""
        """Of the label around it."""

    @property
    def posts(self) -> list[str]:
        """What it contributes to a post."""
        if self.tag == "button" or self.type in ("file", "submit"):
            return []
        if self.type in ("radio", "checkbox"):
            return [self.value] if self.checked else []
        if self.tag == "select":
            chosen = [value for value, selected in self.options if selected]
            return chosen[-1:] or [value for value, _ in self.options[:1]]
        if self.tag == "textarea":
            return [self.value.replace("\r\n", "\n").replace("\n", "\r\n")]
        return [self.value]


class Browser(HTMLParser):
    """The controls of a page, to look at, to change, and to post. Templates are not controls."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.controls: list[Control] = []
        self.ids: list[str] = []
        self.labels: dict[str, str] = {}
        self.text = ""
        self._in_template = 0
        self._open: Control | None = None
        self._label: str | None = None
        self._around = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "template":
            self._in_template += 1
        if self._in_template:
            return
        attributes = dict(attrs)
        if attributes.get("id"):
            self.ids.append(attributes["id"] or "")
        if tag == "label":
            self._label = attributes.get("for")
            self._around = self._label is None
        if tag in ("input", "textarea", "select", "button"):
            control = Control(tag, attributes)
            self.controls.append(control)
            self._open = control if tag in ("textarea", "select") else None
        if tag == "option" and self._open is not None:
            self._open.options.append((attributes.get("value") or "", "selected" in attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._in_template -= 1
        if tag == "textarea" and self._open is not None:
            # A browser drops the line break that directly follows the tag.
            self._open.value = self._open.value.removeprefix("\n")
        if tag in ("textarea", "select"):
            self._open = None
        if tag == "label":
            self._label = None
            self._around = False

    def handle_data(self, data: str) -> None:
        if self._in_template:
            return
        self.text += data
        if self._open is not None and self._open.tag == "textarea":
            self._open.value += data
        if self._around:
            self.controls[-1].label += data
        if self._label is not None:
            self.labels[self._label] = self.labels.get(self._label, "") + data

    def named(self, name: str) -> list[Control]:
        return [control for control in self.controls if control.name == name]

    def by_id(self, id: str) -> Control:
        (control,) = [one for one in self.controls if one.attributes.get("id") == id]
        return control

    def fill(self, name: str, *values: str) -> Browser:
        """Type into `name`, or choose among its radios, boxes or options."""
        for control in self.named(name):
            if control.type in ("radio", "checkbox"):
                control.checked = control.value in values
            elif control.tag == "select":
                control.options = [(value, value in values) for value, _ in control.options]
            elif control.type != "hidden":
                (control.value,) = values
        return self

    def posted(self) -> MultiDict[str, str]:
        post: MultiDict[str, str] = MultiDict()
        for control in self.controls:
            if control.name:
                for value in control.posts:
                    post.add(control.name, value)
        return post


def browse(page: Page, draft: Draft | None = None, **more: Any) -> Browser:
    return Browser(html_of(page, draft, **more))


def saved(page: Page, browser: Browser, draft: Draft | None = None) -> Draft:
    """The draft after the page is posted as it stands in the browser."""
    return parse(page, browser.posted(), draft or Draft())


def post(page: Page, fields: Mapping[str, str | list[str]], draft: Draft | None = None) -> Draft:
    """The draft after exactly these fields are posted."""
    return parse(page, MultiDict(fields), draft or Draft())


__all__ = [
    "Browser",
    "Draft",
    "StrictUndefined",
    "asking",
    "browse",
    "form",
    "html_of",
    "only_page",
    "post",
    "said",
    "saved",
    "templates",
]
