"""The map of the pathways as a picture: what leads on to what, read from left to right.

A box is a credential, or a whole stack; an arrow says that the one counts for the other. What is
drawn is decided by whoever asks, and stands in words beside the picture, which says nothing more.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from engine.credentials import diagram
from engine.credentials.diagram import LETTER, LINE, PAD, SMALL_LINE
from engine.languages import _

LONGEST = 24
"""Letters in a line of a box."""


@dataclass(frozen=True)
class Box:
    title: str
    note: str
    """What kind of thing it is, or how far somebody is; one line below the title."""
    leads_to: tuple[int, ...]
    """Places of other boxes in the list."""
    held: bool = False
    begun: bool = False
    end: bool = False
    """Whether a pathway ends here."""


def svg(boxes: Sequence[Box], title: str, id: str = "pathways") -> str:
    """The picture as an SVG element, of its own size in pixels. Colors are the style sheet's."""
    lines = [_lines(box) for box in boxes]
    # All as wide as the widest, so that what stands below each other is a column.
    wide = max((_width(one) for one in lines), default=0.0)
    sizes = tuple((wide, len(one) * LINE + 2 * PAD) for one in lines)
    arrows = tuple(
        (number, target, ()) for number, box in enumerate(boxes) for target in box.leads_to
    )
    place = diagram.placed(sizes, arrows, "LR")
    said = _("Read from left to right. The same is in words below.")
    parts = [diagram.opening(place, title, said, id)]
    for line in place.lines:
        parts.append(f'<path class="diagram__way" d="{line.curve}"/>')
        parts.append(f'<path class="diagram__head" d="{line.head}"/>')
    for box, words, size, (x, y) in zip(boxes, lines, sizes, place.centers, strict=True):
        high = size[1]
        names = ["diagram__state"]
        names += ["diagram__state--visited"] if box.held else []
        names += ["diagram__state--now"] if box.begun else []
        names += ["diagram__state--end"] if box.end else []
        parts.append(
            f'<rect class="{" ".join(names)}" x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" '
            f'width="{wide:.1f}" height="{high:.1f}" rx="6"/>'
        )
        top = y - LINE / 2 if box.note else y
        label = words[:-1] if box.note else words
        parts.append(diagram.text_at("diagram__label", label, x, top, LINE))
        if box.note:
            foot = y + high / 2 - PAD - LINE / 2
            parts.append(diagram.text_at("diagram__word", (box.note,), x, foot, SMALL_LINE))
    parts.append("</svg>")
    return "".join(parts)


def _lines(box: Box) -> tuple[str, ...]:
    return (*(textwrap.wrap(box.title, LONGEST) or [""]), *((box.note,) if box.note else ()))


def _width(lines: Sequence[str]) -> float:
    return max(110.0, max(map(len, lines)) * LETTER + 2 * PAD)
