"""The language that people are spoken to in, and the words for it.

Every sentence that a person reads goes through `_` (or `ngettext` where it counts something), at
the moment at which it is said: never while a module is imported. What must be written down earlier,
in a class or a table, is marked with `N_` and said later. Values go in by name, as gettext does:
`_("“%(name)s” is too large.", name=name)`, never by an f-string, or nobody can translate it.

Who speaks which language is not known here: the web, a job or a command says `with speaking("es")`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from babel.messages.pofile import read_po
from jinja2 import Environment

SOURCE: Final = "en"
"""The language that the code itself is written in."""
LANGUAGES: Final = {"en": "English", "es": "Español"}
"""Shipped languages, each by its own name."""
IN_SCRIPTS: Final = "said by a script"
"""The comment in a catalogue on what the pages' scripts say."""
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


def _(text: str, /, **values: object) -> str:
    """`text` in the language of this moment, with `%(name)s` filled in."""
    said = _catalogue(_current.get()).said.get(text, (text,))[0]
    return said % values if values else said


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many`, as the language's grammar asks for `count`, which is `%(count)s` in them."""
    # English and Spanish alike: one for 1, many for everything else.
    forms = _catalogue(_current.get()).said.get(one, (one, many))
    return (forms[0] if count == 1 else forms[-1]) % {"count": f"{count:,}", **values}


def into_templates(environment: Environment) -> None:
    """Lets the templates of `environment` speak.

    `{{ _("…", name=value) }}` and `ngettext` give plain text, escaped as a whole where they stand.
    A sentence with markup in it is a `{% trans %}` block: its own text is markup, its values are
    escaped. White space in a block counts as one space.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _, ngettext, newstyle=True
    )
    environment.globals.update(
        {"_": _, "ngettext": ngettext, "script_words": script_words, "language_now": current}
    )


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text for translation that is said later, by `_`."""
    return text


def script_words() -> Mapping[str, str | tuple[str, ...]]:
    """What the page's scripts say in the language of this moment, by the English (js/words.js)."""
    return _catalogue(_current.get()).scripts


class _Catalogue(NamedTuple):
    """Translations by the English text: one form, or one for 1 and one for more."""

    said: Mapping[str, tuple[str, ...]]
    scripts: Mapping[str, str | tuple[str, ...]]


@cache
def _catalogue(language: str) -> _Catalogue:
    place = CATALOGUES / language / "LC_MESSAGES" / "accolade.po"
    if language == SOURCE or not place.is_file():
        return _Catalogue({}, {})
    with place.open("rb") as file:
        catalogue = read_po(file, locale=language)
    said: dict[str, tuple[str, ...]] = {}
    scripts: dict[str, str | tuple[str, ...]] = {}
    for message in catalogue:
        one = message.id[0] if isinstance(message.id, tuple | list) else message.id
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not one or not all(forms) or message.fuzzy:
            continue
        said[one] = tuple(str(form) for form in forms)
        if IN_SCRIPTS in message.auto_comments:
            scripts[one] = said[one] if len(said[one]) > 1 else said[one][0]
    return _Catalogue(said, scripts)
