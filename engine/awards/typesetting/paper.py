"""The two sheets that certificates are printed on, both landscape.

The words are composed for US letter. A4 is wider by two fingers and lower by one, so there they
stand in the middle of the sheet as they are, and only the border is drawn to its edges.
"""

from __future__ import annotations

from dataclasses import dataclass

_COMPOSED = (792.0, 612.0)
"""The sheet that the words are composed for, in points: US letter."""


@dataclass(frozen=True)
class Paper:
    """A sheet; points throughout."""

    width: float
    height: float

    @property
    def left(self) -> float:
        """Where the composed page begins on this sheet, from its left edge."""
        return (self.width - _COMPOSED[0]) / 2

    @property
    def top(self) -> float:
        """The same from its upper edge; less than nothing on a lower sheet."""
        return (self.height - _COMPOSED[1]) / 2


PAPERS = {"letter": Paper(792.0, 612.0), "a4": Paper(841.89, 595.276)}
"""By the names that documents and settings say."""
