"""Everything that the engine says, as a gettext catalogue: read afresh from code and templates.

`make words` runs this to bring `engine/locales` up to date: new sentences come without a
translation, those that nobody says any more go. `tests/test_translations.py` holds the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from engine.languages import CATALOGUES, IN_SCRIPTS, LANGUAGES, SOURCE

ROOT = Path(__file__).parents[1]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
SOURCES = (
    ("engine/**/*.py", "python", {}),
    ("templates/**/*.html", "jinja2.ext:babel_extract", {"newstyle_gettext": "true"}),
    ("templates/**/*.txt", "jinja2.ext:babel_extract", {"newstyle_gettext": "true"}),
    ("engine/web/static/js/*.js", "javascript", {}),
)
"""Where sentences are, by which of Babel's extractors they are found, and its options."""
SILENT = frozenset({"engine/languages.py", "engine/cli.py", "engine/demo.py"})
"""Modules that say nothing on pages: the command line speaks English."""


def said() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(path, message) for everything that is said; a plural message is a tuple."""
    for pattern, method, options in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            if name in SILENT:
                continue
            with path.open("rb") as file:
                found = extract(
                    method, file, KEYWORDS, (), {**options, "trimmed": "true", "silent": "false"}
                )
                for _line, message, _comments, _context in found:
                    yield name, message


def extracted() -> Catalog:
    """The messages of this moment, without translations."""
    catalogue = Catalog(charset="utf-8")
    for name, message in said():
        comments = [IN_SCRIPTS] if name.endswith(".js") else []
        catalogue.add(message, auto_comments=comments)
    return catalogue


def stored(language: str) -> Catalog:
    """The catalogue of a language as it is kept, fuzzy and empty messages included."""
    place = CATALOGUES / language / "LC_MESSAGES" / "accolade.po"
    if not place.is_file():
        return Catalog(locale=language, charset="utf-8")
    with place.open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, catalogue: Catalog) -> None:
    """Keep a catalogue: sorted, without the places and the times that change with every edit."""
    written = BytesIO()
    write_po(
        written, catalogue, width=100, no_location=True, omit_header=True, sort_output=True,
        ignore_obsolete=True,
    )  # fmt: skip
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    place = CATALOGUES / language / "LC_MESSAGES" / "accolade.po"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = re.sub(r"\n{3,}", "\n\n", header + written.getvalue().decode("utf-8"))
    place.write_text(text.rstrip("\n") + "\n", "utf-8")


def main() -> None:
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        catalogue = stored(language)
        catalogue.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
        write(language, catalogue)
        left = [one for one in catalogue if one.id and not one.string]
        print(f"{LANGUAGES[language]}: {len(catalogue)} sentences, {len(left)} to translate")  # noqa: T201


if __name__ == "__main__":
    main()
