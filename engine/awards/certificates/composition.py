"""Where the words of a certificate stand: sizes, lines and the white between them.

The page has three zones: the institution at the head, the words in the middle, and at the foot
signature, seal and QR code. Head and foot never move; the middle is measured here and hung in
its zone. Points throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.awards.typesetting.lent import LentFace, faces_for, settable
from engine.awards.typesetting.lettering import Setting, fit, printable
from engine.awards.typesetting.typefaces import covers, text_width

_MEASURE = 600.0
_COLUMN = 196.0
"""The foot's outer columns: signature, and address under the QR code."""
_ZONE = 264.0
"""Height of the middle zone."""
_FIXED = 106.0
"""Of that, the words that are always the same and the white around them, as the style sheet
sets them."""
_HEAD = 68.0
"""Height of the head, from the institution's first line to the middle zone."""
_KIND = 30.0
"""The line that says what kind of credential it is, with its dash and the white above it."""
_ISSUER_LEADING = 1.2
_ABOVE = 0.54
_TRACKING = 0.09
"""Air between the letters of the institution, in ems."""
_LEADING = 1.16
_STATEMENT_LEADING = 1.44

_NAME_STEPS = (
    (50, 1), (46, 1), (42, 1), (38, 1), (34, 1), (31, 1), (34, 2), (30, 2), (26, 2), (22, 2),
    (19, 3), (15, 3), (12, 4),
)  # fmt: skip
_TITLE_STEPS = ((30, 1), (27, 1), (24, 1), (22, 1), (22, 2), (19, 2), (16, 3), (13, 3))
_STATEMENT_STEPS = ((13.5, 2), (13.5, 3), (12.5, 3), (12, 4), (11, 4), (10, 5), (9, 6))
_ISSUER_STEPS = ((21, 1), (18, 1), (16, 1), (14, 1), (12, 2), (9, 2))
_SIGNATORY_STEPS = ((11.5, 1), (10.5, 1), (9.5, 1), (9, 2), (7, 2))
_TITLE_BELOW_STEPS = ((10.5, 1), (9.5, 1), (8.5, 1), (7, 2))
_ADDRESS_STEPS = ((8, 1), (7.5, 1))
_LONG_ADDRESS_STEPS = ((8, 1), (7, 1), (6, 1), (5, 2), (4, 4))


@dataclass(frozen=True)
class Composition:
    """Everything that the template sets, at the size at which it fits."""

    issuer: Setting
    name: Setting
    title: Setting
    statement: Setting
    signatory: Setting
    signatory_title: Setting
    address: Setting
    above: float
    """White between the head and the words below it."""
    upright: bool
    """Whether the signatory's office has letters that the italic lacks."""

    @property
    def lent(self) -> tuple[LentFace, ...]:
        """The typefaces that the words need besides Source Serif."""
        parts = (self.issuer, self.name, self.title, self.statement, self.signatory)
        settings = (*parts, self.signatory_title, self.address)
        return faces_for(line for part in settings for line in part.lines)


def compose(
    *,
    issuer: str,
    name: str,
    title: str,
    statement: str,
    signatory: str,
    signatory_title: str,
    address: str,
) -> Composition:
    """Fits every part into its place, whatever its length."""
    set_name = fit(_shown(name), "regular", _MEASURE, _NAME_STEPS)
    set_title = fit(_shown(title), "semibold", _MEASURE - 60, _TITLE_STEPS)
    set_statement = fit(_shown(statement), "regular", 480, _STATEMENT_STEPS)
    words = (
        len(set_name.lines) * set_name.size * _LEADING
        + len(set_title.lines) * set_title.size * _LEADING
        + len(set_statement.lines) * set_statement.size * _STATEMENT_LEADING
    )
    room = _ZONE - _FIXED
    scale = min(1.0, room / words)
    # Small caps run a little wider than the lower case that is measured, besides the tracking.
    set_issuer = fit(_shown(issuer), "regular", _MEASURE, _ISSUER_STEPS, _TRACKING + 0.07)
    head = len(set_issuer.lines) * set_issuer.size * _ISSUER_LEADING + _KIND
    return Composition(
        issuer=set_issuer,
        name=_scaled(set_name, scale),
        title=_scaled(set_title, scale),
        statement=_scaled(set_statement, scale),
        signatory=fit(_shown(signatory), "regular", _COLUMN, _SIGNATORY_STEPS),
        signatory_title=fit(_shown(signatory_title), "regular", _COLUMN, _TITLE_BELOW_STEPS),
        address=_set_address(_shown(address)),
        upright=not covers(_shown(signatory_title), "italic"),
        above=max(4.0, _HEAD - head) + (room - words * scale) * _ABOVE,
    )


def _shown(text: str) -> str:
    return settable(printable(text))


def _set_address(address: str) -> Setting:
    """One line, or two: the host and the path, each of which can be typed in one go."""
    wide = _COLUMN + 8
    whole = fit(address, "regular", wide, _ADDRESS_STEPS)
    if whole.lines == (address,):
        return whole
    host, slash, path = address.partition("/")
    longer = max(host, slash + path, key=lambda part: text_width(part, "regular", 1))
    size = fit(longer, "regular", wide, _LONG_ADDRESS_STEPS).size
    parts = [fit(part, "regular", wide, [(size, 2)]) for part in (host, slash + path)]
    return Setting(tuple(line for part in parts for line in part.lines), size)


def _scaled(setting: Setting, scale: float) -> Setting:
    """Smaller by a little, for a page on which every part is at its longest."""
    return Setting(setting.lines, setting.size * scale)
