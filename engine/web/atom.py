"""The gallery as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from engine.languages import _, current
from engine.settings import Settings
from engine.submissions.gallery_reading import Card

ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""What an empty feed was updated at: a feed must say, and the same each time."""

register_namespace("", ATOM)


def feed(settings: Settings, cards: Sequence[Card]) -> bytes:
    """The document, in the language of the moment."""
    base = settings.base_url
    root = Element(f"{{{ATOM}}}feed", {f"{{{_XML}}}lang": current()})
    _text(root, "id", f"{base}/gallery")
    _text(root, "title", _("Shared work at %(site)s", site=settings.site_name))
    updated = max((card.item.changed_at for card in cards), default=_NEVER)
    _text(root, "updated", _moment(updated))
    _text(SubElement(root, f"{{{ATOM}}}author"), "name", settings.site_name)
    _link(root, "self", f"{base}/gallery/feed.atom", "application/atom+xml")
    _link(root, "alternate", f"{base}/gallery", "text/html")
    for card in cards:
        _entry(SubElement(root, f"{{{ATOM}}}entry"), card, base)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(entry: Element, card: Card, base: str) -> None:
    item = card.item
    _text(entry, "id", UUID(hex=item.id).urn)
    _text(entry, "title", item.title)
    _text(entry, "updated", _moment(item.changed_at))
    _text(entry, "published", _moment(item.published_at))
    _text(SubElement(entry, f"{{{ATOM}}}author"), "name", card.teacher)
    _link(entry, "alternate", f"{base}/gallery/{item.id}", "text/html")
    _link(entry, "license", card.license.url)
    _text(entry, "rights", card.license.name)
    _text(entry, "summary", item.summary or item.title)
    for some in card.marks.values():
        for mark in some:
            SubElement(
                entry,
                f"{{{ATOM}}}category",
                {"term": _plain(mark.key), "label": _plain(mark.words)},
            )


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{ATOM}}}{name}").text = _plain(text)


def _link(parent: Element, rel: str, href: str, kind: str = "") -> None:
    said = {"rel": rel, "href": href, **({"type": kind} if kind else {})}
    SubElement(parent, f"{{{ATOM}}}link", said)


def _moment(at: datetime) -> str:
    """RFC 3339, as RFC 4287 §3.3 asks."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> str:
    """Text without what XML 1.0 can't say (§2.2)."""
    return _UNSAYABLE.sub("", text)
