"""The reviewers' queue and staff's list of submissions, as pages show them.

Both are the same list (`submissions.listing`) with other rows in it: filters, an order, saved
views, a page of rows, a choice of rows to act on, a file of all of them. Every row is prepared
here, so that the template only writes it down: a page of fifty is opened all day long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, g, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine import phrases
from engine.credentials.credential import Edition
from engine.credentials.workflow import ReviewBlock, State, Transition
from engine.languages import _, ngettext
from engine.people import Actor
from engine.permissions import SubmissionSubject, may_fire, require
from engine.records import catalogue, counting
from engine.records.tables import SavedView, Submission
from engine.submissions import assigning, exporting, listing, reviewers_queue, searching, views
from engine.submissions.exporting import Line
from engine.submissions.listing import Asked, Found, ListName, Row
from engine.submissions.searching import Piece
from engine.web.asking import house, me, now, read_session
from engine.web.paging import PAGE_ROWS

MOST_EXPORTED = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_UNQUOTED = "!$'()*,/:;?@"
"""What `url_for` leaves as it is, too."""


class Claim(NamedTuple):
    """The button by which a reviewer takes a submission over."""

    url: str
    fields: Mapping[str, str]
    label: str


class Shown(NamedTuple):
    """One row, every word of it."""

    id: str
    url: str
    candidate: str
    credential: str
    stage: str
    tone: str
    since: str
    waited: str
    due: str
    due_words: str
    overdue: bool
    round: int
    reviewer: str
    mine: bool
    claim: Claim | None
    snippet: Sequence[Piece]


class Choice(NamedTuple):
    """One way to narrow the list; `number` is how many rows it leaves, None when nobody counts."""

    label: str
    url: str
    chosen: bool
    number: int | None = None


class View(NamedTuple):
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
    views: Sequence[View]
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
    tellings = _Tellings(session, actor, name)
    words = searching.sought(asked.words)
    snippets = (
        searching.snippets(session, [row.submission.id for row in found.rows], words)
        if words
        else {}
    )
    rows = [tellings.row(row, snippets.get(row.submission.id, ())) for row in found.rows]
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
        files={kind: file_url(name, asked, kind) for kind in ("csv", "xlsx")},
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


def file_url(name: ListName, asked: Asked, kind: str) -> str:
    """The address of the list as a file."""
    where = "reviewer.queue_file" if name == "queue" else "staff.submissions.file"
    arguments: dict[str, Any] = dict(asked.arguments)
    return url_for(where, kind=kind, **arguments)


class _Tellings:
    """How rows are told to one reader; what is the same for many rows is worked out once."""

    def __init__(self, session: Session, actor: Actor, name: ListName) -> None:
        self._session, self._actor, self._name, self._at = session, actor, name, now()
        self._zone = phrases.zone()
        self._editions: dict[str, Edition] = {}
        where = "reviewer.workspace" if name == "queue" else "staff.submissions.one"
        # An address costs as much as the rest of a row: the ids are put behind one that is made.
        self._url = url_for(where, submission_id="-").removesuffix("-")
        self._review = url_for("reviewer.decide", submission_id="-").removesuffix("-")
        self._days: dict[date, str] = {}
        self._spans: dict[datetime, tuple[str, str]] = {}
        self._claims: dict[tuple[object, ...], Transition | ReviewBlock | None] = {}

    def edition(self, digest: str) -> Edition:
        if digest not in self._editions:
            self._editions[digest] = catalogue.edition(self._session, digest)
        return self._editions[digest]

    def state(self, edition: Edition, submission: Submission) -> State:
        workflow = edition.workflow
        assert workflow is not None, "only credentials with a workflow have submissions"
        return workflow.states[submission.state]

    def row(self, row: Row, snippet: Sequence[Piece]) -> Shown:
        submission, at = row.submission, self._at
        edition = self.edition(submission.edition_digest)
        state = self.state(edition, submission)
        due, since, waited = submission.due_at, *self._moment(submission.state_since)
        due_day, due_words = self._moment(due) if due else ("", "")
        reviewers = submission.reviewer_ids
        mine = self._actor.id in reviewers or self._actor.id == submission.reviewer_id
        others = len(reviewers) - 1
        reviewer = row.reviewer_name
        if reviewer and others > 0:
            reviewer = _("%(name)s and %(count)s more", name=reviewer, count=others)
        return Shown(
            id=submission.id,
            url=self._url + submission.id,
            candidate=row.candidate_name,
            credential=edition.credential.title,
            stage=state.label,
            tone=state.tone,
            since=since,
            waited=waited,
            due=due_day,
            due_words=due_words,
            overdue=due is not None and due < at,
            round=submission.round,
            reviewer=reviewer,
            mine=mine,
            claim=self._claim(submission, edition, state) if self._name == "queue" else None,
            snippet=snippet,
        )

    def _moment(self, moment: datetime) -> tuple[str, str]:
        """The day, and how far away that is: rows that came together share both."""
        if moment not in self._spans:
            on = moment.astimezone(self._zone).date()
            if on not in self._days:
                self._days[on] = phrases.day(on)
            self._spans[moment] = (self._days[on], phrases.ago(moment, self._at))
        return self._spans[moment]

    def _claim(self, submission: Submission, edition: Edition, state: State) -> Claim | None:
        """What would give this row to the reader, asked of no database: whoever presses it is
        asked properly."""
        key = (
            edition.digest,
            state.name,
            submission.round > 0,
            submission.candidate_id == self._actor.id,
            self._actor.id in submission.reviewer_ids,
            submission.places_free > 0,
        )
        if key not in self._claims:  # nothing else of a row counts, so few rows are asked about
            self._claims[key] = self._claimed_by(SubmissionSubject(submission, edition))
        by = self._claims[key]
        if by is None:
            return None
        if isinstance(by, ReviewBlock):
            where = f"{self._review}{submission.id}/claim"
            return Claim(where, {"block": by.name}, _("Review this"))
        fields = {"revision": str(submission.revision), "_go": by.name}
        return Claim(self._review + submission.id, fields, by.label)

    def _claimed_by(self, subject: SubmissionSubject) -> Transition | ReviewBlock | None:
        for transition in subject.workflow.leaving(subject.state.name):
            takes_over = any(effect.name == "assign" for effect in transition.do)
            if takes_over and may_fire(self._actor, transition, subject) is None:
                return transition
        blocks = assigning.offered(self._actor, subject)
        # Of several places the reader chooses on the submission's own page.
        return blocks[0] if len(blocks) == 1 else None

    def line(self, row: Row) -> Line:
        submission = row.submission
        edition = self.edition(submission.edition_digest)
        return Line(
            id=submission.id,
            candidate=row.candidate_name,
            school=row.candidate_school,
            credential=edition.credential.title,
            stage=self.state(edition, submission).label,
            since=submission.state_since,
            due=submission.due_at,
            round=submission.round,
            reviewer=row.reviewer_name,
            address=house().settings.base_url + self._url + submission.id,
        )


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

    def number(of: Asked) -> int | None:
        if of.but(credential="", state="", whose="", sort="").narrowed:
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


def _views(session: Session, actor: Actor, name: ListName, asked: Asked) -> list[View]:
    found = views.of(session, actor, name)
    said = {view.id: views.asked_of(view) for view in found}
    counted = [view for view in found if not _takes_words(said[view.id])]
    numbers = listing.counted(session, actor, name, [said[view.id] for view in counted], now())
    by_id = {view.id: number for view, number in zip(counted, numbers, strict=True)}
    return [_view(view, said[view.id], by_id.get(view.id), actor, name, asked) for view in found]


def _view(
    view: SavedView, said: Asked, number: int | None, actor: Actor, name: ListName, asked: Asked
) -> View:
    many = number is not None and number >= listing.COUNTED
    return View(
        id=view.id,
        name=view.name,
        url=url(name, said),
        number="" if number is None else f"{listing.COUNTED - 1}+" if many else str(number),
        shared=view.shared,
        removable=view.account_id == actor.id or bool(actor.roles & {"staff", "admin"}),
        chosen=said == asked,
    )


def _takes_words(asked: Asked) -> bool:
    return bool(asked.words or asked.name or asked.school or asked.reviewer)


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


# Files.


def as_file(name: ListName, kind: str) -> ResponseReturnValue:
    """Every row that matches, as a file, up to `MOST_EXPORTED`."""
    # Asked before the answer begins, so that a refusal is a page.
    require(me(), "staff.see" if name == "staff" else "queue.see")
    asked, zone = Asked.of(request.args), phrases.zone_named(me().zone, house().settings.zone)
    zone_name = str(zone)
    stem = "queue" if name == "queue" else "submissions"
    headers = {
        "Content-Disposition": f'attachment; filename="{stem}-{now():%Y-%m-%d}.{kind}"',
        "Cache-Control": "private, no-store",
    }
    if kind == "csv":
        pieces = exporting.csv_of(_lines(name, asked), zone, zone_name)
        first = next(pieces)
        return Response(
            stream_with_context(_after(first, pieces)), headers=headers, mimetype="text/csv"
        )
    folder = TemporaryDirectory(prefix="accolade-")
    try:
        path = Path(folder.name) / "list.xlsx"
        exporting.write_xlsx(path, _lines(name, asked), zone, zone_name)
    except BaseException:
        folder.cleanup()
        raise
    return Response(_pieces(path, folder), headers=headers, mimetype=XLSX)


def _lines(name: ListName, asked: Asked) -> Iterator[Line]:
    with read_session() as session:
        tellings = _Tellings(session, me(), name)
        for row in listing.everything(session, me(), name, asked, now(), MOST_EXPORTED):
            yield tellings.line(row)


def _after(first: str, pieces: Iterator[str]) -> Iterator[str]:
    yield first
    yield from pieces


def _pieces(path: Path, folder: TemporaryDirectory[str]) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(64 * 1024):
                yield piece
    finally:
        folder.cleanup()
