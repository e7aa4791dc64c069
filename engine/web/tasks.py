"""What the task list and its neighbours say, worked out from a submission's overview.

States of pages in words, ways on as buttons, problems as links: everything here is a value that a
template prints, and nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import quote

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from engine.credentials.workflow import Transition
from engine.errors import Problem, Refusal
from engine.forms.attachments import Evidence
from engine.forms.pointers import escape
from engine.forms.schema import Page
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.phrases import day
from engine.submissions.prefilled import FilledIn
from engine.submissions.progress import Offer
from engine.submissions.standing import Overview, PageStanding


class _Pointed(Protocol):
    @property
    def pointer(self) -> str: ...


Pointing = TypeVar("Pointing", bound=_Pointed)


class PageTask(NamedTuple):
    """One page in the list. `tone` is a tag's, or empty for plain words."""

    page: Page
    url: str
    words: str
    tone: str
    done: bool


class FormTasks(NamedTuple):
    """One form's pages, under its title; `example` is the title of a filled one, or empty."""

    id: str
    title: str
    example: str
    pages: list[PageTask]


class Way(NamedTuple):
    """Something that may happen next. `url` is asked by GET when `asks`, otherwise by POST."""

    transition: Transition
    refusal: Refusal | None
    label: str
    url: str
    asks: bool
    hands_in: bool
    """It takes a snapshot of the answers: what a person calls submitting."""


class Missing(NamedTuple):
    """A problem with the page where it can be mended."""

    pointer: str
    message: str
    page: Page
    url: str


class FilledInNote(NamedTuple):
    """A note beside an answer, in the shape of a reviewer's."""

    pointer: str
    author_label: str
    body: str


class Place(NamedTuple):
    """A page among all pages of its submission. `number` counts from 1."""

    page: Page
    number: int
    total: int
    after: Page | None


def page_url(subject: SubmissionSubject, page: Page, check: bool = False) -> str:
    """Where a form page is; with `check`, showing its problems."""
    path = f"/submissions/{subject.submission.id}/{quote(page.form_id)}/{quote(page.id)}"
    return path + ("?check=1" if check else "")


def forms_of(subject: SubmissionSubject, overview: Overview) -> list[FormTasks]:
    """Every form with its pages, in the document's order."""
    credential = subject.edition.credential
    grouped: dict[str, list[PageTask]] = {}
    for standing in overview.pages:
        grouped.setdefault(standing.page.form_id, []).append(_task(subject, standing))
    return [
        FormTasks(id, form_title(subject, id), credential.examples.get(id, ""), pages)
        for id, pages in grouped.items()
    ]


def form_title(subject: SubmissionSubject, form_id: str) -> str:
    """A form's title, or its id in words when the document gives none."""
    form = subject.edition.credential.forms[form_id]
    title = form.get("title")
    return str(title) if title else form_id.replace("_", " ").replace("-", " ").capitalize()


def ways(subject: SubmissionSubject, offers: Iterable[Offer]) -> list[Way]:
    """What may happen next, in the document's order; what can't be undone lightly comes last."""
    found = [_way(subject, offer) for offer in offers]
    return sorted(found, key=lambda way: way.transition.tone == "danger")


def is_open(subject: SubmissionSubject, page: Page) -> bool:
    """Whether something on a page can be changed, in a state that closes most of the forms."""
    if subject.openings is None:
        return not subject.state.flagged
    whole = f"/{escape(page.form_id)}"
    return any(page.covers(one) or one == whole for one in subject.openings.pointers)


def hands_in(transition: Transition) -> bool:
    """Whether the transition takes a snapshot of the answers."""
    return any(effect.name == "snapshot" for effect in transition.do)


def missing(subject: SubmissionSubject, overview: Overview) -> list[Missing]:
    """Every problem, with the page where it can be mended."""
    found = []
    for problem in overview.problems:
        page = _page_of(overview, problem)
        url = page_url(subject, page, check=True)
        found.append(Missing(problem.pointer, problem.message, page, url))
    return found


def filled_in(taken: Iterable[FilledIn]) -> list[FilledInNote]:
    """What is said beside an answer that came from earlier work."""
    return [
        FilledInNote(
            one.pointer,
            _("Filled in for you"),
            _(
                "From your “%(title)s” of %(day)s. Please check it.",
                title=one.title,
                day=day(one.on),
            ),
        )
        for one in taken
    ]


def place_of(pages: tuple[Page, ...], page: Page) -> Place:
    """Where `page` is among `pages`."""
    at = [(one.form_id, one.id) for one in pages].index((page.form_id, page.id))
    return Place(page, at + 1, len(pages), pages[at + 1] if at + 1 < len(pages) else None)


def by_pointer(things: Iterable[Pointing]) -> dict[str, list[Pointing]]:
    """Problems or notes under the pointers of their fields."""
    grouped: dict[str, list[Pointing]] = {}
    for thing in things:
        grouped.setdefault(thing.pointer, []).append(thing)
    return grouped


def posted_files(page: Page) -> Iterator[tuple[str, FileStorage]]:
    """The files that came with a post without scripts, each with its field's pointer.

    Names that this page does not ask for are left out.
    """
    for name, files in request.files.lists():
        pointer = name.removesuffix("#file")
        if pointer != name and page.covers(pointer):
            yield from ((pointer, file) for file in files if file.filename)


def add_file(
    posted: MultiDict[str, str], field: Evidence | None, pointer: str, evidence_id: str
) -> None:
    """Put a kept file's id among the posted answers, after those that its field has already."""
    if field is None or not field.many:
        posted.setlist(pointer, [evidence_id])
        return
    numbers = [
        int(last)
        for head, _, last in (name.rpartition("/") for name in posted)
        if head == pointer and last.isdigit()
    ]
    posted.setlist(f"{pointer}/{max(numbers, default=-1) + 1}", [evidence_id])


def _task(subject: SubmissionSubject, standing: PageStanding) -> PageTask:
    page, progress = standing.page, standing.progress
    url = page_url(subject, page)
    if standing.notes:
        return PageTask(page, url, _("Needs a change"), "attention", False)
    if progress.state == "complete" and not is_open(subject, page):
        return PageTask(page, url, _("As you handed it in"), "", True)
    if progress.state == "complete":
        return PageTask(page, url, _("Complete"), "", True)
    if progress.state == "not-started":
        return PageTask(page, url, _("Not started"), "", False)
    if progress.answered >= progress.total:
        # Everything is answered, and something in it is not right yet.
        return PageTask(
            page, page_url(subject, page, True), _("Needs another look"), "attention", False
        )
    words = _(
        "%(answered)s of %(total)s answered", answered=progress.answered, total=progress.total
    )
    return PageTask(page, url, words, "", False)


def _way(subject: SubmissionSubject, offer: Offer) -> Way:
    transition, path = offer.transition, f"/submissions/{subject.submission.id}"
    if hands_in(transition):
        action = transition.label[:1].lower() + transition.label[1:]
        label = _("Check your answers and %(action)s", action=action)
        return Way(*offer, label, f"{path}/check", True, True)
    asks = bool(
        transition.confirm or transition.require or transition.form or transition.tone == "danger"
    )
    return Way(*offer, transition.label, f"{path}/advance/{quote(transition.name)}", asks, False)


def _page_of(overview: Overview, problem: Problem) -> Page:
    pages = [standing.page for standing in overview.pages]
    form_id = problem.pointer.split("/")[1] if "/" in problem.pointer else ""
    covering = (page for page in pages if page.covers(problem.pointer))
    of_form = (page for page in pages if page.form_id == form_id)
    return next(covering, None) or next(of_form, None) or pages[0]
