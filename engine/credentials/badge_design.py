"""How a credential's badge looks: its shape, color, glyph and words.

A document says as much of it as it likes; the rest follows from what it says anyway, so that
every credential has a badge of its own. How it is drawn is `awards.badges.picture`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Shape = Literal["circle", "hexagon", "shield", "rosette"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

PAPER = "#FFFFFF"
"""What glyph and words are cut out in."""
LEGIBLE = 4.5
"""The least contrast of words on their ground (WCAG 2.2 §1.4.3)."""

_OF_KIND: Mapping[str, Shape] = {
    "micro-credential": "hexagon",
    "milestone": "shield",
    "goal": "rosette",
}
_PALETTE = ("#1F6B4A", "#1D5C8F", "#7A3B69", "#8A4B14", "#3F4E8C", "#0F6670", "#8C2F39", "#55602A")
"""Colors of one weight, all legible: a stack has one of them. The first is for what has none."""


@dataclass(frozen=True)
class BadgeDesign:
    shape: Shape = "circle"
    colour: str = _PALETTE[0]
    """`#RRGGBB`, as dark as paper-colored letters on it need."""
    glyph: str = ""
    """One to three letters or a symbol, large; empty: a star."""
    text: str = ""
    """The words below the glyph."""
    credits: float | None = None
    """Credit hours that it is worth; said in the signed badge, not in the picture."""
    tags: tuple[str, ...] = ()
    """Words that wallets find it by; likewise."""


def badge_design(data: Mapping[str, Any]) -> BadgeDesign:
    """The badge of a checked credential document."""
    said: Mapping[str, Any] = data.get("badge", {})
    glyph = data.get("certificate", {}).get("glyph", data["title"][:1])
    return BadgeDesign(
        shape=said.get("shape", _OF_KIND.get(data["kind"], "circle")),
        colour=said.get("color", "").upper() or _stack_colour(data),
        glyph=said.get("glyph", glyph),
        text=said.get("text", data["title"]),
        credits=said.get("credits"),
        tags=tuple(said.get("tags", ())),
    )


def _stack_colour(data: Mapping[str, Any]) -> str:
    title = data.get("stack", {}).get("title", "")
    if not title:
        return _PALETTE[0]
    # By the name, not the order of the stacks: another stack repaints nobody's badge.
    return _PALETTE[1 + zlib.crc32(title.encode()) % (len(_PALETTE) - 1)]


def contrast(one: str, other: str) -> float:
    """The contrast of two colors, `#RRGGBB`: from 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`one` with `share` (0 to 1) of `other` in it."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def darkened(colour: str) -> str:
    """The nearest darker shade of `colour` on which paper-colored words can be read."""
    shades = (mixed(colour, "#000000", step / 100) for step in range(101))
    return next(shade for shade in shades if contrast(shade, PAPER) >= LEGIBLE)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
