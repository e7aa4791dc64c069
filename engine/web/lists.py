"""The reviewers' queue and staff's list of submissions, as pages show them.

Both are the same list (`submissions.listing`) with other rows in it: filters with their counts, an
order, saved views, a page of rows. Everything is prepared here and in `list_rows`, so that the
template only writes it down; the list as a file is in `list_files`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import g, request, url_for
from sqlalchemy.orm import Session

from engine.languages import _, ngettext
from engine.people import Actor
from engine.records import catalogue, counting
from engine.submissions import listing, reviewers_queue, searching, views
from engine.submissions.listing import Found
from engine.submissions.narrowing import Asked, ListName
from engine.submissions.views import View
from engine.web import list_files
from engine.web.asking import me, now
from engine.web.list_rows import Shown, Tellings
from engine.web.paging import PAGE_ROWS

_UNQUOTED = "!$'()*,/:;?@"
"""What `url_for` leaves as it is, too."""


class Choice(NamedTuple):
    """One way to narrow the list; `number` is how many rows it leaves, None when nobody counts."""

    label: str
    url: str
    chosen: bool
    number: int | None = None


class SavedView(NamedTuple):
    """A saved view, with how many rows it shows: empty where counting would take long."""

    id: str
    name: str
    url: str
    number: str
    shared: bool
    removable: bool
    chosen: bool


class ListPage(NamedTuple):
    """Everything that a list's template writes."""

    name: ListName
    asked: Asked
    rows: Sequence[Shown]
    whose: Sequence[Choice]
    states: Sequence[Choice]
    credentials: Sequence[Choice]
    sorts: Sequence[Choice]
    waits: list[tuple[str, str]]
    """How many days somebody may ask for, with their words."""
    views: Sequence[SavedView]
    total: int
    """How many there are in all, nothing narrowed."""
    next_url: str
    first_url: str
    look_further: bool
    hints: Sequence[str]
    files: Mapping[str, str]
    """Addresses of the list as a file, by its kind."""
    home: str


def shown(session: Session, name: ListName) -> ListPage:
    """The page that the request's address asks for."""
    actor, asked, after = me(), Asked.of(request.args), request.args.get("after", "")
    found = listing.page(session, actor, name, asked, now(), after=after, limit=PAGE_ROWS)
    tellings = Tellings(session, actor, name)
    words = searching.sought(asked.words)
    ids = [row.id for row in found.rows]
    snippets = searching.snippets(session, ids, words) if words else {}
    rows = [tellings.row(row, snippets.get(row.id, ())) for row in found.rows]
    return ListPage(
        name=name,
        asked=asked,
        rows=rows,
        **_filters(session, actor, name, asked)._asdict(),
        sorts=_sorts(name, asked),
        waits=_waits(asked),
        views=_views(session, actor, name, asked),
        next_url=url(name, asked, after=found.following) if found.following else "",
        first_url=url(name, asked) if after else "",
        look_further=found.to_look_further,
        hints=_hints(asked, found),
        files={kind: list_files.url(name, asked, kind) for kind in list_files.KINDS},
        home=url(name, Asked()),
    )


def url(name: ListName, asked: Asked, **more: Any) -> str:
    """The address of the list, narrowed so."""
    places: dict[str, str] = g.setdefault("list_addresses", {})
    if name not in places:
        # A page says a dozen of these, and making one costs as much as a row.
        where = "reviewer.queue" if name == "queue" else "staff.submissions.everything"
        places[name] = url_for(where)
    said = urlencode({**asked.arguments, **more}, safe=_UNQUOTED)
    return f"{places[name]}?{said}" if said else places[name]


class _Filters(NamedTuple):
    whose: Sequence[Choice]
    states: Sequence[Choice]
    credentials: Sequence[Choice]
    total: int


def _filters(session: Session, actor: Actor, name: ListName, asked: Asked) -> _Filters:
    """The filters that are words with counts: whose, which stage, which credential."""
    counts = reviewers_queue.counts(session, actor) if name == "queue" else _all(session)
    titles: dict[str, str] = {}
    labels: dict[str, str] = {}
    for count in counts:
        edition = catalogue.edition(session, count.edition_digest)
        titles[count.credential_id] = edition.credential.title
        if asked.credential in ("", count.credential_id):
            states = edition.workflow.states if edition.workflow else {}
            state = states.get(count.state)
            words = count.state.replace("_", " ").capitalize()
            labels.setdefault(count.state, state.label if state else words)
    column = {"mine": "mine", "free": "free"}

    is_counted = not asked.but(credential="", state="", whose="", sort="").narrowed

    def number(of: Asked) -> int | None:
        if not is_counted:
            return None  # nobody keeps a count of that
        return sum(
            int(getattr(count, column.get(of.whose, "total")))
            for count in counts
            if of.state in ("", count.state) and of.credential in ("", count.credential_id)
        )

    def choices(field: str, words: Mapping[str, str]) -> list[Choice]:
        return [
            Choice(label, url(name, this), getattr(asked, field) == value, number(this))
            for value, label in words.items()
            for this in [asked.but(**{field: value})]
        ]

    whose = {"": _("Everyone’s"), "free": _("Nobody’s yet"), "mine": _("Mine")}
    return _Filters(
        whose=choices("whose", whose) if name == "queue" else [],
        states=choices("state", {"": _("Any stage"), **labels}),
        credentials=choices("credential", {"": _("Every credential"), **titles}),
        total=sum(count.total for count in counts),
    )


def _all(session: Session) -> list[reviewers_queue.Count]:
    """What staff count: everything, whoever has it."""
    sums: dict[tuple[str, str], tuple[str, int, int]] = {}
    for one in counting.standing(session):
        _digest, total, free = sums.get((one.credential_id, one.state), ("", 0, 0))
        key = (one.credential_id, one.state)
        more = one.number if one.free else 0
        sums[key] = (one.edition_digest, total + one.number, free + more)
    return [
        reviewers_queue.Count(*key, digest, total, free, 0)
        for key, (digest, total, free) in sorted(sums.items())
    ]


def _waits(asked: Asked) -> list[tuple[str, str]]:
    days = {3, 7, 14, 30, 90, *([int(asked.longer)] if asked.longer else [])}
    return [(str(one), ngettext("%(count)s day", "%(count)s days", one)) for one in sorted(days)]


def _sorts(name: ListName, asked: Asked) -> list[Choice]:
    words = {
        "waiting": _("Waiting longest"),
        "due": _("Due first"),
        "newest": _("Newest first"),
    }
    usual = "newest" if name == "staff" else "waiting"
    now_by = "due" if asked.due else asked.sort or usual
    return [
        Choice(label, url(name, asked.but(sort="" if value == usual else value)), value == now_by)
        for value, label in words.items()
    ]


def _views(session: Session, actor: Actor, name: ListName, asked: Asked) -> list[SavedView]:
    found = views.of(session, actor, name)
    counted = [view for view in found if not view.asked.typed]
    numbers = listing.counted(session, actor, name, [view.asked for view in counted], now())
    by_id = {view.id: number for view, number in zip(counted, numbers, strict=True)}
    return [_view(view, by_id.get(view.id), actor, name, asked) for view in found]


def _view(view: View, number: int | None, actor: Actor, name: ListName, asked: Asked) -> SavedView:
    many = number is not None and number >= listing.COUNTED
    return SavedView(
        id=view.id,
        name=view.name,
        url=url(name, view.asked),
        number="" if number is None else f"{listing.COUNTED - 1}+" if many else str(number),
        shared=view.shared,
        removable=view.account_id == actor.id or bool(actor.roles & {"staff", "admin"}),
        chosen=view.asked == asked,
    )


def _hints(asked: Asked, found: Found) -> list[str]:
    """What the reader should know of how this list came about."""
    hints = []
    words = searching.sought(asked.words)
    if asked.words and searching.too_short(words):
        hints.append(_("Write at least three letters of a word to search for."))
    elif asked.words and len(found.rows) == PAGE_ROWS:
        hints.append(
            _(
                "At most %(count)s submissions are found by words. Add another word to be sure.",
                count=searching.MOST,
            )
        )
    if asked.due or asked.sort == "due":
        hints.append(_("Only work with a due date is here, what is due first comes first."))
    if found.to_look_further:
        hints.append(_("There may be more: look further to go on from here."))
    return hints
