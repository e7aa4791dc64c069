"""A page before it is set, taken apart: the frame that decides where everything stands, and the
words that stand there.

Two pages of one frame are laid out alike as long as each of their lines keeps to its line. Nothing
is set or measured here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

_HEADING = re.compile("h[1-6]$")
_SPACES = re.compile("[ \t\r]+")


@dataclass(frozen=True)
class Manuscript:
    """An HTML page that is XML too."""

    root: ElementTree.Element
    frame: str
    """Everything but the words: elements, attributes, how many lines each text has; and the words
    of headings, which a file's outline repeats."""
    lines: tuple[str, ...]
    """The lines of the page, in the order of its source."""
    descriptions: tuple[str, ...]
    """What is said of each picture that says something."""
    headings: int
    """How many headings it has."""


def manuscript(html: str) -> Manuscript | None:
    """The page `html`; None when it is no XML."""
    try:
        # Templates are this installation's own, and what they are filled with is escaped.
        root = ElementTree.fromstring(html)  # noqa: S314
    except ElementTree.ParseError:
        return None
    frame: list[str] = []
    lines: list[str] = []
    descriptions: list[str] = []

    def read(text: str | None, kept: bool) -> None:
        found = list(lines_of(text or ""))
        lines.extend(found)
        edges = (text or "")[:1].isspace(), (text or "")[-1:].isspace()
        frame.append(repr((found if kept else len(found), *edges)))

    def walk(element: ElementTree.Element, kept: bool) -> None:
        attributes = dict(element.attrib)
        if element.tag == "img" and attributes.get("alt"):
            descriptions.append(attributes["alt"])
            attributes["alt"] = "a picture's"
        frame.append(repr((element.tag, attributes)))
        kept = kept or _HEADING.match(element.tag) is not None
        read(element.text, kept)
        for child in element:
            walk(child, kept)
            read(child.tail, kept)
        frame.append("/")

    for part in root:
        if part.tag == "head":
            frame.extend(_of_the_head(part))
        else:
            walk(part, False)
    frame.append(repr(root.attrib))
    headings = sum(_HEADING.match(element.tag) is not None for element in root.iter())
    return Manuscript(root, "\n".join(frame), tuple(lines), tuple(descriptions), headings)


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text that have something on them, white space made one."""
    for line in text.split("\n"):
        if line := _SPACES.sub(" ", line).strip(" "):
            yield line


def _of_the_head(head: ElementTree.Element) -> Iterator[str]:
    """What of a page's head decides about its looks: not what it says about the page."""
    for element in head:
        attributes = dict(element.attrib)
        if element.tag == "meta":
            attributes.pop("content", None)
        yield repr((element.tag, attributes, "" if element.tag == "title" else element.text))
