"""The language that people are spoken to in, and the words for it.

Every sentence that a person reads goes through `_` (or `ngettext` where it counts something), at
the moment at which it is said: never while a module is imported. What must be written down earlier,
in a class or a table, is marked with `N_` and said later. Values go in by name, as gettext does:
`_("“%(name)s” is too large.", name=name)`, never by an f-string, or nobody can translate it.

Who speaks which language is not known here: the web, a job or a command says `with speaking("es")`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

SOURCE: Final = "en"
"""The language that the code itself is written in."""
LANGUAGES: Final = {"en": "English", "es": "Español"}
"""Shipped languages, each by its own name."""
CATALOGUES = Path(__file__).resolve().parent / "locales"

_current: ContextVar[str] = ContextVar("language", default=SOURCE)


def current() -> str:
    """The language of this moment, as a key of `LANGUAGES`."""
    return _current.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside is said in `language`; one that is not shipped is English."""
    token = _current.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _current.reset(token)


def _(text: str, **values: object) -> str:
    """`text` in the language of this moment, with `%(name)s` filled in."""
    said = _catalogue(_current.get()).get(text, (text,))[0]
    return said % values if values else said


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """`one` or `many`, as the language's grammar asks for `count`, which is `%(count)s` in them."""
    # English and Spanish alike: one for 1, many for everything else.
    forms = _catalogue(_current.get()).get(one, (one, many))
    return (forms[0] if count == 1 else forms[-1]) % {"count": count, **values}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text for translation that is said later, by `_`."""
    return text


@cache
def _catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """Translations by the English text: one form, or one for 1 and one for more."""
    place = CATALOGUES / language / "LC_MESSAGES" / "accolade.po"
    if language == SOURCE or not place.is_file():
        return {}
    with place.open("rb") as file:
        catalogue = read_po(file, locale=language)
    found = {}
    for message in catalogue:
        one = message.id[0] if isinstance(message.id, tuple | list) else message.id
        said = message.string
        forms = tuple(said) if isinstance(said, tuple | list) else (said or "",)
        if one and all(forms) and not message.fuzzy:
            found[str(one)] = tuple(str(form) for form in forms)
    return found
