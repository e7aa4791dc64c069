"""Baking: a signed badge put inside its picture, as Open Badges 3.0 §5.3 has it.

The library `openbadgeslib` writes it, under the names of 3.0; `carriers.unbake` takes it out. What
is baked is the credential to the letter, so that its signature holds wherever the picture goes.
"""

from __future__ import annotations

from openbadgeslib import baking

_PNG = b"\x89PNG\r\n\x1a\n"


def bake(picture: bytes, signed: str) -> bytes:
    """`picture`, a PNG or an SVG file, with the credential `signed` (JSON with its proof) in it."""
    if picture.startswith(_PNG):
        return baking.bake_png(picture, signed, keyword=baking.ITXT_KEYWORD_OB3)
    return baking.bake_svg(
        picture,
        signed,
        element=baking.SVG_ELEMENT_OB3,
        namespace=baking.SVG_NS_OB3,
        as_text=True,
    )
