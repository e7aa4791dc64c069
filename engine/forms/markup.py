"""HTML attributes that are worked out once, escaped as they are made."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup


def attributes(said: Mapping[str, object]) -> Markup:
    """`{"name": "a", "list": None}` as ` name="a"`: a space before each, None left out.

    >>> attributes({"value": 'a "b"', "multiple": "", "list": None})
    Markup(' value="a &#34;b&#34;" multiple=""')
    """
    pair = Markup(' {}="{}"')
    made = [pair.format(name, value) for name, value in said.items() if value is not None]
    return Markup("").join(made)


def spaced(*parts: str) -> Markup:
    """What there is of `parts`, with spaces between: a list of ids."""
    return Markup(" ").join(part for part in parts if part)
