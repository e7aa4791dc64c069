"""Many certificates as one file: a ZIP of them as they are, or one PDF for the printer.

The ZIP has the signed files themselves. The PDF has their pages, one after the other: a copy for
printing, which carries no signature, no attached credential and no tags any more. What the pages
have in common, such as drawings and fonts, stands in it once. The same certificates give the same
bytes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from engine.languages import _
from engine.records.whole_files import PART as UNFINISHED
from engine.records.whole_files import whole

PART = 100
"""Certificates that are open at the same time while a PDF is put together."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A ZIP knows no day before (APPNOTE 4.4.6)."""


class Sheet(NamedTuple):
    """One certificate."""

    name: str
    """What it is called in a ZIP, with its ending."""
    path: Path
    issued_at: datetime


def zipped(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the certificates to a ZIP at `path`, in their order, each under its own name."""
    with whole(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for sheet in sheets:
            day = max(sheet.issued_at.timetuple()[:6], _EARLIEST)
            entry = zipfile.ZipInfo(sheet.name, day)
            entry.external_attr = 0o644 << 16
            # Compressed already: trying once more costs time and gains a hundredth.
            archive.writestr(entry, sheet.path.read_bytes())


def merged(path: Path, sheets: Sequence[Sheet], title: str) -> None:
    """Write the certificates' pages to one PDF at `path`, in their order."""
    with (
        whole(path) as part,
        tempfile.TemporaryDirectory(dir=part.parent, suffix=UNFINISHED) as folder,
    ):
        pieces = []
        for start in range(0, len(sheets), PART):
            piece = Path(folder) / f"{start}.pdf"
            _together([one.path for one in sheets[start : start + PART]], piece, title)
            pieces.append(piece)
        if len(pieces) == 1:
            os.replace(pieces[0], part)
        else:
            _together(pieces, part, title)


def _together(paths: Sequence[Path], to: Path, title: str) -> None:
    import pikepdf

    known: dict[bytes, Any] = {}
    with pikepdf.new() as pdf:
        sources = [pikepdf.open(one) for one in paths]
        try:
            for source in sources:
                for page in source.pages:
                    for key in ("/Annots", "/StructParents", "/Tabs"):
                        if key in page.obj:
                            del page.obj[key]
                if "/AcroForm" in source.Root:
                    del source.Root.AcroForm
                pdf.pages.extend(source.pages)
            for page in pdf.pages:
                if "/Resources" in page.obj:
                    _share(page.obj.Resources, known)
            pdf.docinfo["/Title"] = _("%(title)s: copies for printing", title=title)
            pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
            pdf.save(
                to, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
            )
        finally:
            for source in sources:
                source.close()


def _share(resources: Any, known: dict[bytes, Any]) -> None:
    """Put what an earlier page has already, to the letter, in the place of what this one has."""
    for kind in ("/XObject", "/Pattern", "/ColorSpace"):
        for name, one in list(resources[kind].items()) if kind in resources else ():
            resources[kind][name] = _first(one, known)
    for _name, font in resources.Font.items() if "/Font" in resources else ():
        for below in font.DescendantFonts if "/DescendantFonts" in font else (font,):
            descriptor = below.get("/FontDescriptor")
            for file in ("/FontFile", "/FontFile2", "/FontFile3"):
                if descriptor is not None and file in descriptor:
                    descriptor[file] = _first(descriptor[file], known)


def _first(one: Any, known: dict[bytes, Any]) -> Any:
    import pikepdf

    if not isinstance(one, pikepdf.Stream):
        return one
    facts = {name: value for name, value in one.items() if name != "/Length"}
    said = "".join(f"{name} {value!r}\n" for name, value in sorted(facts.items()))
    digest = hashlib.sha256(said.encode() + one.read_raw_bytes()).digest()
    return known.setdefault(digest, one)
