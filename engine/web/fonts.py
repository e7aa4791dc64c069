"""The web pages' own fonts: small WOFF2 files made from the Source families' packages.

The packages (OFL) hold full fonts of 200 to 300 kB each; a page needs Latin, its accents and
punctuation, about 25 kB. They are made once per installation and kept under names that carry a
hash of what went in, so they may be cached for ever. Certificates take the full fonts from
`engine.awards.typesetting.typefaces`, since a name may need more letters than a page does.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock

from engine.records.whole_files import whole

_RECIPE = "2"
"""Raised when the letters or features below change, or what is done to a font, so that every
installation makes anew."""

_LETTERS = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x024F),  # Latin-1, Latin Extended-A and -B
    (0x0300, 0x036F),  # combining accents, for names that are typed decomposed
    (0x1E00, 0x1EFF),  # Latin Extended Additional: Welsh, Vietnamese
    (0x2010, 0x2027),  # dashes, quotes, bullets, ellipsis
    (0x2030, 0x203A),
    (0x2044, 0x2044),
    (0x2070, 0x209C),  # superior and inferior figures
    (0x20A0, 0x20BF),  # currencies
    (0x2116, 0x2122),
    (0x2190, 0x2193),  # arrows
    (0x2212, 0x2212),
    (0x2260, 0x2265),
    (0x2713, 0x2717),  # ticks and crosses
)
_FEATURES = (
    *("ccmp", "locl", "mark", "mkmk", "kern", "liga", "calt"),
    *("lnum", "onum", "pnum", "tnum", "frac", "case"),
)
_USE_MY_METRICS = 0x0200
"""Of a part of a glyph (OpenType, `glyf`)."""
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Face:
    """One font of the pages. `file` is its name in the folder and under `/fonts/`; `early` marks
    those that every page shows at once, which base.html asks for before the style sheet does."""

    family: str
    weight: int
    style: str
    file: str
    source: Path
    early: bool = False


@cache
def faces() -> tuple[Face, ...]:
    """The faces that pages use, whether or not their files are made yet."""
    return (
        _face("Source Sans", "SourceSansPro-Regular", early=True),
        _face("Source Sans", "SourceSansPro-It", style="italic"),
        _face("Source Sans", "SourceSansPro-Semibold", weight=600, early=True),
        _face("Source Serif", "SourceSerifPro-Regular"),
        _face("Source Serif", "SourceSerifPro-Semibold", weight=600, early=True),
    )


def ensure_fonts(folder: Path) -> list[Face]:
    """Every face, with its file in `folder`; makes those that are missing.

    Some seconds the first time, a few `stat` calls after that, and safe to call from several
    threads and processes at once: a file appears under its name only when it is whole.
    """
    wanted = list(faces())
    if all((folder / face.file).exists() for face in wanted):
        return wanted
    with _one_at_a_time:
        folder.mkdir(parents=True, exist_ok=True)
        for face in wanted:
            if not (folder / face.file).exists():
                _write(folder / face.file, _subset(face.source))
    return wanted


def style_sheet(wanted: Sequence[Face], address: str = "/fonts/") -> str:
    """The `@font-face` rules of `wanted`, whose files are served under `address`."""
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight};'
        f" font-style: {face.style}; font-display: swap;"
        f' src: url("{address}{face.file}") format("woff2"); }}'
        for face in wanted
    )


def _face(
    family: str, name: str, weight: int = 400, style: str = "normal", early: bool = False
) -> Face:
    package = "font_source_serif_pro" if "Serif" in name else "font_source_sans_pro"
    source = Path(str(files(package))) / "files" / f"{name}.ttf"
    made_of = f"{_RECIPE} {_LETTERS} {_FEATURES}".encode() + source.read_bytes()
    mark = hashlib.sha256(made_of).hexdigest()[:12]
    return Face(family, weight, style, f"{name.lower()}.{mark}.woff2", source, early)


@cache
def _subset(source: Path) -> bytes:
    # Kept in memory too: tests and the preview open many installations in one process.
    # Imported here because fontTools takes 0.2 s, which only the first start should pay.
    from fontTools import subset

    options = subset.Options()
    options.layout_features = list(_FEATURES)
    options.hinting = False  # pages are shown on screens that smooth; hints are a third of a file
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in _LETTERS for code in range(first, last + 1)])
    cutter.subset(font)
    # The serif's double quotes, among others, say that they are as wide as the single one that
    # they are made of. Where text is set on whole pixels that is believed, and they run together.
    glyphs = font["glyf"]
    for name in font.getGlyphOrder():
        for part in glyphs[name].components if glyphs[name].isComposite() else ():
            part.flags &= ~_USE_MY_METRICS
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()


def _write(path: Path, content: bytes) -> None:
    with whole(path) as part:
        part.write_bytes(content)
        part.chmod(0o644)
