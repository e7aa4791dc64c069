"""What a PDF file says about its page besides the page itself, written for another page: title,
description and dates, what is said of pictures, and the file that is enclosed.

The objects are made by WeasyPrint's own hand, one by one, so that they are what it would have
written into a file of that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

from engine.awards.certificates.archival import identify
from engine.awards.typesetting.manuscript import Manuscript


class Part:
    """Some objects of a file, numbered from `first` (what WeasyPrint asks of pydyf's `PDF`)."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.objects: list[Any] = [None] * first
        self.catalog: dict[str, Any] = {}

    @property
    def made(self) -> list[Any]:
        """Those that were added, in their order."""
        return self.objects[self._first :]

    def add_object(self, item: Any) -> None:
        """Give `item` the next number."""
        item.number = len(self.objects)
        self.objects.append(item)


def facts_of(manuscript: Manuscript) -> dict[str, Any]:
    """What the page says about itself, as WeasyPrint reads it."""
    from cssselect2 import ElementWrapper
    from weasyprint.html import get_html_metadata

    # Its head is enough: what a page says of itself elsewhere is of the frame.
    head = Element(manuscript.root.tag, manuscript.root.attrib)
    head.extend(manuscript.root.findall("head"))
    wrapper = ElementWrapper.from_html_root(head, content_language=None)
    page = SimpleNamespace(wrapper_element=wrapper, etree_element=head)
    facts: dict[str, Any] = get_html_metadata(page)
    return facts


_OURS = ("title", "description", "authors", "created")
"""Facts that `info` can change: a template that says others has pages of its own for each."""


def settled(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of those that can be set anew, whether they are there; the others as they are."""
    return {name: bool(value) if name in _OURS else value for name, value in facts.items()}


def info(before: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    """The file's list of facts (ISO 32000-1 §14.3.3): that of another page with these in it."""
    import pydyf
    from weasyprint.pdf import _w3c_date_to_pdf

    info = pydyf.Dictionary(before)
    if facts["title"]:
        info["Title"] = pydyf.String(facts["title"])
    if facts["authors"]:
        info["Author"] = pydyf.String(", ".join(facts["authors"]))
    if facts["description"]:
        info["Subject"] = pydyf.String(facts["description"])
    if facts["created"]:
        info["CreationDate"] = pydyf.String(_w3c_date_to_pdf(facts["created"], "created"))
    return info


def packet(facts: Mapping[str, Any], number: int) -> list[Any]:
    """The same facts as XMP, with both standards that the file keeps: one object, `number`."""
    from weasyprint.pdf.metadata import DocumentMetadata

    part = Part(number)
    DocumentMetadata(**facts).include_in_pdf(part, "a", 3, "A", True)
    identify(part)
    return part.made


def described(figure: Any, words: str) -> Any:
    """The tag of a picture, with other words for those who do not see it."""
    import pydyf

    described = copy(figure)
    described["Alt"] = pydyf.String(words)
    return described


def enclosure(attachment: Any, number: int) -> Any:
    """The content of an enclosed file (WeasyPrint's `Attachment`), as object `number`."""
    from weasyprint.pdf.anchors import write_pdf_attachment

    part = Part(number)
    write_pdf_attachment(part, attachment, True)
    return part.objects[number]
