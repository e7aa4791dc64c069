"""Putting a letter together: one template, rendered for text and for HTML.

A template's first line is `Subject: …`, then an empty line, then the letter, in Markdown. It may
say more about itself: `{% set always = true %}` (its reader can't ask for no more of its kind, nor
does it wait for a digest), `{% set about = "…" %}` (when it is sent, in words), and
`{% set readers = "reviewer" %}` (which role it is for; empty: everybody).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jinja2 import (
    Environment,
    FileSystemLoader,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from markupsafe import Markup

from engine import languages, phrases
from engine.errors import DocumentFaulty, Finding
from engine.languages import _
from engine.mail import bounds, markup
from engine.mail.markup import Values
from engine.settings import Settings

Mode = Literal["text", "html"]
LONGEST_SUBJECT = 500
_WHERE = "<template>"


class Composed(NamedTuple):
    """A letter put together. `subject` is one line without control characters."""

    subject: str
    text: str
    body: Markup
    """Its HTML without the frame around it."""
    always: bool
    """Whether it goes out whatever its reader chose."""
    about: str
    """When it is sent, in words; empty when its template does not say."""
    readers: str
    """The account role that it is for; empty: everybody."""


class Footer(NamedTuple):
    """What stands under a letter in HTML: where its reader chooses what they get."""

    choices: str
    """The address of that page."""
    stop: str
    """The address that stops letters of this kind; empty when it can't be stopped."""


def compose(
    settings: Settings,
    letter: str,
    name: str,
    values: Mapping[str, Any],
    edited: str | None = None,
) -> Composed:
    """Put together the letter called `letter`, in the language and time zone of the moment.

    `edited` is the text that staff gave it, in place of its file. Templates see `values`, and `to`
    (the person's name), `site_name` and `link` (`values["path"]` on this site). Raises
    `DocumentFaulty`, with the line, when there is no such template or it does not render.
    """
    told = {
        **values,
        "to": name,
        "site_name": settings.site_name,
        "link": settings.base_url + str(values.get("path", "/")),
    }
    try:
        plain, said = _rendered(settings.templates, letter, edited, "text", told)
        rich, _again = _rendered(settings.templates, letter, edited, "html", told)
    except DocumentFaulty:
        raise
    except TemplateNotFound as error:
        raise _faulty(letter, 1, f"There is no letter {error.name!r}.") from error
    except TemplateSyntaxError as error:
        raise _faulty(letter, error.lineno, error.message or "") from error
    except RecursionError as error:
        raise _faulty(letter, 1, "This letter includes itself, or nests too deeply.") from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise _faulty(letter, _line_of(error, letter, edited), str(error)) from error
    except (SyntaxError, MemoryError) as error:  # what the template was compiled to
        words = "Something in this letter is nested too deeply."
        raise _faulty(letter, 1, words) from error
    subject, text = _parted(letter, plain[0])
    _subject, body = _parted(letter, rich[0])
    return Composed(
        one_line(plain[1].filled(subject)),
        markup.as_text(text, plain[1]),
        markup.as_html(body, rich[1], _("Open this page")),
        bool(said.get("always")),
        one_line(plain[1].filled(str(said.get("about", "")))),
        one_line(str(said.get("readers", ""))),
    )


def framed(settings: Settings, composed: Composed, footer: Footer) -> str:
    """The letter as a whole HTML document, in the language of the moment."""
    frame = _frames(settings.templates).get_template("mail/frame.html")
    whole = frame.render(
        subject=composed.subject,
        body=composed.body,
        site_name=settings.site_name,
        language=languages.current(),
        footer=footer,
    )
    return f"{whole.strip()}\n"


def _rendered(
    folders: tuple[Path, ...], letter: str, edited: str | None, mode: Mode, told: dict[str, Any]
) -> tuple[tuple[str, Values], Mapping[str, Any]]:
    """The template's output with its values in `Values`, and what it set."""
    values = Values()
    collecting = markup.collecting(values)
    try:
        with bounds.metered():
            template = _template(folders, letter, edited, mode)
            context = template.new_context(told)
            try:
                whole = template.environment.concat(template.root_render_func(context))
            except Exception:
                template.environment.handle_exception()
            return (whole, values), context.get_exported()
    finally:
        markup.stop_collecting(collecting)


def _template(folders: tuple[Path, ...], letter: str, edited: str | None, mode: Mode) -> Template:
    if edited is None:
        return _environment(folders, mode).get_template(f"{letter}.txt")
    return _compiled(folders, edited, mode)


@lru_cache(maxsize=128)
def _compiled(folders: tuple[Path, ...], text: str, mode: Mode) -> Template:
    return _environment(folders, mode).from_string(text)


@lru_cache(maxsize=16)
def _environment(folders: tuple[Path, ...], mode: Mode) -> Environment:
    # Nothing is escaped here: values are kept apart until the letter is read as text or HTML.
    say, count = languages._, languages.ngettext
    if mode == "html":
        say, count = markup.spoken(say), markup.spoken(count)
    environment = bounds.BoundedEnvironment(
        {"_": say, "gettext": say, "ngettext": count},
        loader=FileSystemLoader([folder / "mail" for folder in folders]),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=markup.finalize,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.concat = markup.concat
    environment.filters.update(
        {"quoted": markup.quoted, "moment": _moment, "day": phrases.day, "listed": _listed}
    )
    return environment


@lru_cache(maxsize=8)
def _frames(folders: tuple[Path, ...]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    languages.into_templates(environment)
    return environment


def _moment(value: object) -> str:
    """A time as values carry it (ISO 8601), in the reader's own zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    return phrases.moment(value) if isinstance(value, datetime) and value.tzinfo else ""


def _listed(things: object) -> str:
    return phrases.listed([str(one) for one in things]) if isinstance(things, list) else ""


def _parted(letter: str, whole: str) -> tuple[str, str]:
    """The subject and the body. No value is in place yet, so none can be taken for either."""
    first, _divided, text = whole.lstrip().partition("\n")
    if not first.lower().startswith("subject:"):
        raise _faulty(letter, 1, "The first line of a letter is `Subject: …`.")
    return first[len("subject:") :], text


def _line_of(error: BaseException, letter: str, edited: str | None) -> int:
    """The line of the template at which it went wrong, as far as Python knows."""
    found, trace = 1, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file == _WHERE if edited is not None else file.endswith(f"mail/{letter}.txt"):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def one_line(text: str) -> str:
    """Text without line breaks and control characters, as headers need it."""
    kept = "".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(re.sub(r"\s", " ", kept).split())[:LONGEST_SUBJECT]


def _faulty(letter: str, line: int, words: str) -> DocumentFaulty:
    return DocumentFaulty([Finding(f"mail/{letter}.txt", line, 1, "letter", words)])
