"""What is wrong with the template of something printed, in words for whoever wrote it.

A template is a small program that an installation brings along. Whatever goes wrong while it runs
is its own fault, whichever way Python or Jinja say so: it is told with the file and the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from engine.errors import AccoladeError
from engine.languages import _

FAULTS: Final = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,  # bytes that are no UTF-8 among them
    RecursionError,
    SyntaxError,  # what it was compiled to is nested too deeply
    MemoryError,
)
"""What running one may raise."""


class TemplateFault(AccoladeError):
    """A template has a fault. The text is for staff."""


@contextmanager
def told(template: str, folders: tuple[Path, ...]) -> Iterator[None]:
    """Around running `template` (`certificates/house.html`), from `folders`. Raises
    `TemplateFault`."""
    try:
        yield
    except FAULTS as error:
        raise TemplateFault(_in_words(template, folders, error)) from error


@contextmanager
def shown_files(template: str) -> Iterator[None]:
    """Around laying out what it gave: files that a page may not show. Raises `TemplateFault`."""
    # Imported here because pages that print nothing do not load it.
    from weasyprint.urls import FatalURLFetchingError

    try:
        yield
    except FatalURLFetchingError as error:
        raise TemplateFault(_said(template, str(error))) from error


def _in_words(own: str, folders: tuple[Path, ...], error: BaseException) -> str:
    match error:
        case TemplateSyntaxError(name=str(name)):
            return _said(_place(name, error.lineno), error.message or "")
        case TemplateNotFound():
            missing = _("There is no template “%(name)s”.", name=error.name or "")
            return _said(_last_line(folders, error) or own, missing)
        case UnicodeDecodeError():
            fault = _("It is not written in UTF-8.")
        case RecursionError() | SyntaxError() | MemoryError():
            fault = _("It includes itself, or is nested too deeply.")
        case _other:
            fault = str(error)
    return _said(_last_line(folders, error) or own, fault)


def _last_line(folders: tuple[Path, ...], error: BaseException) -> str:
    """Where in a template it was when it went wrong; empty if it was in none."""
    found, trace = "", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        for folder in folders:
            if file.is_relative_to(folder):
                found = _place(file.relative_to(folder).as_posix(), trace.tb_lineno)
                break
        trace = trace.tb_next
    return found


def _place(file: str, line: int) -> str:
    return _("%(file)s, line %(line)s", file=file, line=line)


def _said(place: str, fault: str) -> str:
    return _("The template has a fault (%(place)s): %(fault)s", place=place, fault=fault)
