"""Numbers as people write them: with thousands set apart, with a decimal point or a comma.

English writes 1,200.5 where Spanish may write 1.200,5 or, in America, 1,200.5. What can be read in
only one way is read; in a language that uses both, 1,200 could be either, and is asked about.
"""

from __future__ import annotations

import json
import re
from typing import Any

from engine.forms.nodes import Unparsed
from engine.languages import _, current

_WITH_COMMA = frozenset({"es"})
"""Languages in which a comma may stand before the decimals."""

_SPACED = re.compile("[+-]?[1-9][0-9]{0,2}([ \u00a0\u2009\u202f][0-9]{3})+([.,][0-9]*)?")
_POINT = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
"""1,200 and 1,200,000.5"""
_COMMA = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]*)?")
"""1.200 and 1.200.000,5"""
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_DECIMALS = re.compile(r"[+-]?[0-9]*,[0-9]*([eE][+-]?[0-9]+)?")


def plain(text: str, whole: bool) -> str:
    """`text` as Python and JSON write numbers, when it is a number; otherwise as it is.

    `whole` says that only whole numbers are asked for. Raises `Unparsed` for what can be read in
    two ways.

    >>> plain("1,200", whole=False)
    '1200'
    """
    if _SPACED.fullmatch(text):
        text = re.sub("[ \u00a0\u2009\u202f]", "", text)
    if current() not in _WITH_COMMA:
        return text.replace(",", "") if _POINT.fullmatch(text) else text
    if _EITHER.fullmatch(text) and not whole:
        apart, joined = text.replace(",", "."), re.sub("[.,]", "", text)
        raise Unparsed(
            _(
                "This can be read in two ways. Write %(joined)s, or %(apart)s with a zero at the"
                " end.",
                joined=joined,
                apart=apart + "0",
            )
        )
    if _POINT.fullmatch(text):
        return text.replace(",", "")
    if _COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", ".") if _DECIMALS.fullmatch(text) else text


def written(value: Any) -> str:
    """A number as it stands in an input, so that `plain` reads it back."""
    text = json.dumps(value, ensure_ascii=False)
    if current() not in _WITH_COMMA or not isinstance(value, float):
        return text
    text = text.replace(".", ",")
    return text + "0" if _EITHER.fullmatch(text) else text
