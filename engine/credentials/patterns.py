"""Patterns of JSON Schema, matched in bounded time whoever asks.

A pattern is a regular expression of ECMA-262 (JSON Schema 2020-12 Validation §6.3.3), and Python's
`re` is another thing: there `\\d` has more than ten digits, `$` stands before a last line break as
well, `\\p{L}` is an error, and `^(a|aa)+$` takes for ever. One engine matches all patterns for us.
It takes linear time, but for patterns that look around or back at what they matched: those may use
up their steps, and a text at which that happens does not match.
"""

from __future__ import annotations

from functools import lru_cache

import jsonschema_rs

STEPS = 50_000
"""Steps back that one match may take: two or three milliseconds."""
OPTIONS = jsonschema_rs.FancyRegexOptions(backtrack_limit=STEPS)
"""For `jsonschema_rs.validator_for`."""
_PROBED = 24
"""Characters of a pattern that are tried to wear it out."""


class BadPattern(ValueError):
    """No engine that may be trusted can match with this; `str()` says why."""


class Pattern:
    """One pattern. Raises `BadPattern` for what is not a regular expression, or is too large.

    >>> Pattern(r"^\\d+$").matches("2026"), Pattern(r"^\\d+$").matches("2026\\n")
    (True, False)
    """

    def __init__(self, text: str) -> None:
        try:
            self._validator = jsonschema_rs.validator_for(
                {"pattern": sound(text)}, pattern_options=OPTIONS
            )
        except (ValueError, TypeError) as error:
            raise BadPattern(f"{text[:200]!r} is not a regular expression.") from error

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere in `text`."""
        return bool(self._validator.is_valid(sound(text)))

    def wears_out(self, text: str) -> bool:
        """Whether it uses up its steps on `text`, so that nobody can tell."""
        kind = jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded
        errors = self._validator.iter_errors(sound(text))
        return any(isinstance(error.kind, kind) for error in errors)


@lru_cache(maxsize=512)
def pattern(text: str) -> Pattern:
    """The compiled pattern, remembered."""
    return Pattern(text)


def worn_out_by(text: str) -> str:
    """A short text on which a pattern uses up its steps; empty when none of those tried does.

    Tried are runs of the pattern's own characters with something after them that may not match:
    that is how such patterns fail. Not finding one proves nothing.
    """
    compiled = pattern(text)
    letters = [one for one in dict.fromkeys(text) if one.isalnum() or one in " -_.,@/"]
    runs = [one * 40 for one in dict.fromkeys(["a", "A", "0", " ", *letters[:_PROBED]])]
    runs += [f"{one}{other}" * 20 for one in letters[:4] for other in letters[:4] if one != other]
    for run in runs:
        for end in ("", "!", "\n", "\x00"):
            if compiled.wears_out(run + end):
                return run + end
    return ""


def sound(text: str) -> str:
    """`text` with lone surrogates replaced: they are no characters, and no engine takes them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
