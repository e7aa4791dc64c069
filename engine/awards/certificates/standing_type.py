"""Standing type: pages that stay set, so that the next one like them only changes its words.

Printers kept a page that would be needed again as it stood. So does a process here: when a frame
comes back, its page is printed whole once more and kept, provided that, set anew with its own
words, it gives the same file; the next ones of that frame are set in it, in a fifth of the time.
Whatever does not fit is printed whole. The same page gives the same bytes either way, so nobody
can tell which it was.
"""

from __future__ import annotations

import atexit
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from engine.awards.certificates.archival import Enclosure, archival, attachments
from engine.awards.certificates.forme import Forme
from engine.awards.typesetting.drawing import Drawing
from engine.awards.typesetting.manuscript import Manuscript, manuscript
from engine.awards.typesetting.pieces import Unsettable
from engine.awards.typesetting.press import OPTIONS, press, taking_turns

_log = logging.getLogger("accolade.certificates")
_KEPT = 32
"""Pages: a credential has a few frames, by how long names are. Each takes a quarter of a MB."""
_REMEMBERED = 1024
_formes: OrderedDict[object, Forme | None] = OrderedDict()
_seen: OrderedDict[int, None] = OrderedDict()
"""Frames that came by, as hashes: one that never comes back is not worth keeping."""


@dataclass(frozen=True)
class Work:
    """A page to be printed as an archive, one that everybody can read."""

    html: str
    """XML too, or it is printed whole each time."""
    style_sheet: str
    drawings: Mapping[str, Drawing]
    signature: str
    """What the empty field for the signature is for, in words."""
    enclosure: Enclosure | None = None


def printed(work: Work) -> bytes:
    """The page as a PDF file. The same work gives the same bytes."""
    found = manuscript(work.html)
    if found is None:
        return whole(work)
    key = _key(work, found)
    with taking_turns():
        if key not in _formes:
            return _first(work, found, key)
        _formes.move_to_end(key)
        forme = _formes[key]
        if forme is not None:
            with suppress(Unsettable):
                return _in(forme, work, found)
        return whole(work)


def clear() -> None:
    """Let go of all of them."""
    with taking_turns():
        _formes.clear()
        _seen.clear()


# They hold on to the fonts that a press has unpacked into a folder: before it removes that.
atexit.register(clear)


def _first(work: Work, found: Manuscript, key: object) -> bytes:
    if hash(key) not in _seen:
        _keep(_seen, hash(key), None, _REMEMBERED)
        return whole(work)
    formes: list[Forme] = []

    def keep(document: object, pdf: Any) -> None:
        with _else_whole():
            formes.append(Forme(found, work.drawings, document, pdf))

    pdf = whole(work, keep)
    trusted = None
    with _else_whole():
        trusted = next((forme for forme in formes if _in(forme, work, found) == pdf), None)
    _keep(_formes, key, trusted, _KEPT)
    return pdf


@contextmanager
def _else_whole() -> Iterator[None]:
    """A page that can't be kept is printed whole, and so is every page if a newer WeasyPrint is
    made otherwise inside: that costs time and no certificate."""
    try:
        yield
    except Unsettable:
        pass
    except Exception:
        _log.exception("no page can be kept standing; each is printed whole")


def _keep(kept: OrderedDict[Any, Any], key: object, what: object, most: int) -> None:
    kept[key] = what
    if len(kept) > most:
        kept.popitem(last=False)


def _in(forme: Forme, work: Work, found: Manuscript) -> bytes:
    return forme.set(found, work.drawings, attachments(work.enclosure))


def whole(work: Work, keep: Callable[[object, Any], None] | None = None) -> bytes:
    """The page laid out and printed whole: slower, and the same to the byte.

    `keep` gets WeasyPrint's document and the file's objects before they are compressed.
    """

    def finish(document: object, pdf: Any) -> None:
        archival(work.signature)(document, pdf)
        if keep is not None:
            keep(document, pdf)

    options = {**OPTIONS, "attachments": attachments(work.enclosure)}
    return press(work.style_sheet).print(work.html, work.drawings, options, finish, xml=True)


def _key(work: Work, found: Manuscript) -> object:
    """All that two pages have in common that are set in the same forme."""
    shapes = tuple(
        (name, drawing.width, drawing.height, drawing.copies)
        for name, drawing in work.drawings.items()
    )
    enclosed = work.enclosure and (work.enclosure.name, work.enclosure.description)
    return work.style_sheet, found.frame, shapes, work.signature, enclosed
