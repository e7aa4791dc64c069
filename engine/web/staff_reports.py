"""Reports for program staff: how far submissions come, how long they stay, what is overdue, and who
has how much to review. Each is a picture with its table beneath, and the table as a file.

The figures are the house's own sums (`submissions.figures`, `submissions.load`); here they get
their words. How well reviewers agree has a page of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from engine import phrases
from engine.credentials.credential import Edition
from engine.errors import NotFound
from engine.forms import bar_chart
from engine.forms.bar_chart import Bar
from engine.languages import _, ngettext
from engine.records import catalogue, counting
from engine.submissions import figures, load
from engine.submissions.exporting import defused
from engine.submissions.figures import Length
from engine.submissions.load import Late, Load
from engine.web.asking import house, me, now, read_session

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

LATELY = timedelta(days=30)
"""How far back reviewers' work is looked at, unless days are asked for."""
DRAWN = 20
"""Bars in one picture at most; the table has all."""
_WORKFLOW = "workflow:"


class Days(NamedTuple):
    """The days that are asked for, both included, in the reader's time zone."""

    since: date | None
    until: date | None
    said: Mapping[str, str]
    """As it was typed, by field."""
    errors: Mapping[str, str]

    def arguments(self) -> dict[str, str]:
        """For an address; what was not understood is left out."""
        days = {"since": self.since, "until": self.until}
        return {name: day.isoformat() for name, day in days.items() if day is not None}


class Scope(NamedTuple):
    """Which submissions: those of one credential, or of all that share a workflow."""

    value: str
    title: str
    credentials: tuple[str, ...]
    edition: Edition
    """Whose workflow gives the stages their order and words."""


class Stage(NamedTuple):
    """One state's line."""

    name: str
    label: str
    reached: int
    share: float | None
    """Of those that were begun, 0 to 1."""
    length: Length | None


class LateLine(NamedTuple):
    """What is overdue in one stage, with its words."""

    credential: str
    stage: str
    number: int
    oldest: datetime
    url: str


class LoadLine(NamedTuple):
    """A reviewer's line."""

    load: Load
    url: str


@blueprint.get("")
def stages() -> ResponseReturnValue:
    """How far submissions come, how long they stay where, and what is overdue."""
    with read_session() as session:
        scopes = _scopes(session)
        scope, days = _chosen(session, scopes), _days()
        if scope is None:
            return render_template("web/staff/reports.html", scope=None)
        lines = _stages(session, scope, days)
        late = _late(session, scope)
        uncounted = figures.waiting(session)
    return render_template(
        "web/staff/reports.html",
        scope=scope,
        offered=[(one.value, one.title) for one in scopes],
        days=days,
        arguments={"of": scope.value, **days.arguments()},
        stages=lines,
        funnel=_funnel(scope, lines),
        lengths=_lengths(scope, lines),
        late=late,
        late_picture=_late_picture(late),
        uncounted=uncounted,
        length_words=length_words,
    )


@blueprint.get("/reviewers")
def reviewers() -> ResponseReturnValue:
    """Who has how much to review, and how fast it goes."""
    days = _days()
    with read_session() as session:
        lines = _reviewers(session, days)
    return render_template(
        "web/staff/reports-reviewers.html",
        days=days,
        arguments=days.arguments(),
        since=_begin(days),
        lines=lines,
        picture=_reviewers_picture(lines),
        length_words=length_words,
    )


@blueprint.get("/<name>.csv")
def table(name: str) -> ResponseReturnValue:
    """One table as a file: `stages`, `overdue` or `reviewers`."""
    with read_session() as session:
        days = _days()
        if name == "reviewers":
            return _file(name, *_reviewers_table(_reviewers(session, days)))
        scope = _chosen(session, _scopes(session))
        if scope is None or name not in ("stages", "overdue"):
            raise NotFound(_("There is no such report."))
        if name == "stages":
            return _file(name, *_stages_table(_stages(session, scope, days)))
        return _file(name, *_late_table(_late(session, scope)))


# What is asked for.


def _scopes(session: Session) -> list[Scope]:
    """Every credential with a workflow, then every workflow that several of them share."""
    editions = [one for one in catalogue.current_all(session) if one.workflow is not None]
    editions.sort(key=lambda one: one.credential.title)
    single = [
        Scope(one.credential.id, one.credential.title, (one.credential.id,), one)
        for one in editions
    ]
    sharing: dict[str, list[Edition]] = {}
    for one in editions:
        assert one.workflow is not None
        sharing.setdefault(one.workflow.name, []).append(one)
    return single + [
        Scope(
            f"{_WORKFLOW}{name}",
            _("All with the workflow “%(name)s”", name=_workflow_title(some[0])),
            tuple(one.credential.id for one in some),
            some[0],
        )
        for name, some in sorted(sharing.items())
        if len(some) > 1
    ]


def _workflow_title(edition: Edition) -> str:
    assert edition.workflow is not None
    return edition.workflow.title or edition.workflow.name


def _chosen(session: Session, scopes: Sequence[Scope]) -> Scope | None:
    """The scope that the address names, or the credential with most submissions."""
    known = {one.value: one for one in scopes}
    asked = request.args.get("of", "")
    if asked:
        if asked not in known:
            raise NotFound(_("There is no such credential."))
        return known[asked]
    totals: dict[str, int] = {}
    for stands in counting.standing(session):
        totals[stands.credential_id] = totals.get(stands.credential_id, 0) + stands.number
    busiest = sorted(known.values(), key=lambda one: -totals.get(one.value, 0))
    return busiest[0] if busiest else None


def _days() -> Days:
    said = {name: request.args.get(name, "").strip()[:40] for name in ("since", "until")}
    found: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for name, text in said.items():
        try:
            found[name] = phrases.day_in(text) if text else None
        except ValueError:
            found[name] = None
        if text and found[name] is None:
            errors[name] = _("Write a day, such as 12 March 2026.")
    since, until = found["since"], found["until"]
    if since and until and until < since:
        errors["until"] = _("This is before the first day.")
        until = None
    return Days(since, until, said, errors)


def _begin(days: Days) -> date:
    """The first day of what is told of reviewers."""
    last = days.until or now().astimezone(_zone()).date()
    return days.since or last - LATELY


# The figures, with their words.


def _stages(session: Session, scope: Scope, days: Days) -> list[Stage]:
    asked = scope.credentials, days.since, days.until
    reached, lengths = figures.reached(session, *asked), figures.lengths(session, *asked)
    workflow = scope.edition.workflow
    assert workflow is not None
    begun = reached.get(workflow.initial, 0)
    # States of an older edition that the latest dropped were reached all the same.
    names = [*workflow.states, *sorted({*reached, *lengths} - set(workflow.states))]
    return [
        Stage(
            name,
            _stage_label(scope.edition, name),
            reached.get(name, 0),
            reached.get(name, 0) / begun if begun else None,
            lengths.get(name),
        )
        for name in names
    ]


def _stage_label(edition: Edition, name: str) -> str:
    states = edition.workflow.states if edition.workflow else {}
    return states[name].label if name in states else name.replace("_", " ").capitalize()


def _late(session: Session, scope: Scope) -> list[LateLine]:
    editions = {one.credential.id: one for one in catalogue.current_all(session)}

    def line(one: Late) -> LateLine:
        edition = editions[one.credential_id]
        url = url_for(
            "staff.submissions.everything",
            credential=one.credential_id,
            state=one.state,
            due="overdue",
        )
        stage = _stage_label(edition, one.state)
        return LateLine(edition.credential.title, stage, one.number, one.oldest, url)

    return [line(one) for one in load.overdue(session, scope.credentials, now())]


def _reviewers(session: Session, days: Days) -> list[LoadLine]:
    zone = _zone()
    last = days.until or now().astimezone(zone).date()
    since = datetime.combine(_begin(days), time(), zone).astimezone(UTC)
    until = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    return [
        LoadLine(one, url_for("staff.people.person", account_id=one.reviewer_id))
        for one in load.reviewers(session, since, until, now())
    ]


def length_words(length: timedelta) -> str:
    """A length to read figures by: `45 minutes`, `30 hours`, `2.5 days`."""
    minutes = length.total_seconds() / 60
    if minutes < 60:
        return ngettext("%(count)s minute", "%(count)s minutes", round(minutes))
    if minutes < 48 * 60:
        return ngettext("%(count)s hour", "%(count)s hours", round(minutes / 60))
    days = phrases.figure(round(minutes / (24 * 60), 1))
    return _("%(number)s days", number=days)


def percent(share: float | None) -> str:
    """`45 %`; empty where there is no whole."""
    return "" if share is None else f"{phrases.figure(round(share * 100))} %"


# Pictures.


def _funnel(scope: Scope, lines: Sequence[Stage]) -> Markup | None:
    bars = [
        Bar(one.label, one.reached, " · ".join(filter(None, (_number(one), percent(one.share)))))
        for one in lines
    ]
    said = [_("%(stage)s: %(number)s.", stage=bar.label, number=bar.words) for bar in bars]
    return _picture(bars, _("How many came to each stage: %(title)s", title=scope.title), said)


def _number(one: Stage) -> str:
    return phrases.figure(one.reached)


def _lengths(scope: Scope, lines: Sequence[Stage]) -> Markup | None:
    bars, said = [], []
    for one in lines:
        if one.length is None:
            continue
        half, most = length_words(one.length.median), length_words(one.length.ninth)
        seconds = one.length.median.total_seconds(), one.length.ninth.total_seconds()
        bars.append(Bar(one.label, seconds[0], f"{half} – {most}", seconds[1]))
        said.append(
            _(
                "%(stage)s: half left within %(half)s, nine in ten within %(most)s.",
                stage=one.label,
                half=half,
                most=most,
            )
        )
    title = _("How long they stayed in each stage: %(title)s", title=scope.title)
    return _picture(bars, title, said)


def _late_picture(lines: Sequence[LateLine]) -> Markup | None:
    several = len({one.credential for one in lines}) > 1
    bars = [
        Bar(
            f"{one.credential}: {one.stage}" if several else one.stage,
            one.number,
            phrases.figure(one.number),
        )
        for one in lines
    ]
    said = [_("%(stage)s: %(number)s.", stage=bar.label, number=bar.words) for bar in bars]
    return _picture(bars, _("Overdue now, by stage"), said)


def _reviewers_picture(lines: Sequence[LoadLine]) -> Markup | None:
    bars = [
        Bar(one.load.name, one.load.open, phrases.figure(one.load.open))
        for one in lines
        if one.load.open
    ]
    said = [_("%(stage)s: %(number)s.", stage=bar.label, number=bar.words) for bar in bars]
    return _picture(bars, _("Open reviews, by reviewer"), said)


def _picture(bars: Sequence[Bar], title: str, said: Sequence[str]) -> Markup | None:
    if not any(bar.value for bar in bars):
        return None
    return bar_chart.drawn(bars[:DRAWN], title, said[:DRAWN])


# Files.

Rows = Iterable[Sequence[str | int | float]]


def _stages_table(lines: Sequence[Stage]) -> tuple[list[str], Rows]:
    heading = [
        _("Stage"),
        _("Came to it"),
        _("Share of those begun"),
        _("Left it"),
        _("Half within (days)"),
        _("Nine in ten within (days)"),
    ]
    return heading, (
        [
            one.label,
            one.reached,
            "" if one.share is None else round(one.share, 4),
            one.length.number if one.length else 0,
            _in_days(one.length.median) if one.length else "",
            _in_days(one.length.ninth) if one.length else "",
        ]
        for one in lines
    )


def _late_table(lines: Sequence[LateLine]) -> tuple[list[str], Rows]:
    heading = [_("Credential"), _("Stage"), _("Overdue"), _("Due first (%(zone)s)", zone=_zone())]
    return heading, (
        [one.credential, one.stage, one.number, f"{one.oldest.astimezone(_zone()):%Y-%m-%d %H:%M}"]
        for one in lines
    )


def _reviewers_table(lines: Sequence[LoadLine]) -> tuple[list[str], Rows]:
    heading = [
        _("Reviewer"),
        _("Open"),
        _("Overdue"),
        _("Finished"),
        _("Half within (days)"),
    ]
    return heading, (
        [
            one.load.name,
            one.load.open,
            one.load.overdue,
            one.load.closed,
            _in_days(one.load.median) if one.load.median is not None else "",
        ]
        for one in lines
    )


def _in_days(length: timedelta) -> float:
    return round(length / timedelta(days=1), 3)


def _file(name: str, heading: Sequence[str], rows: Rows) -> Response:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    # The mark at the beginning is what spreadsheets know UTF-8 by.
    response = Response("\ufeff" + file.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{now():%Y-%m-%d}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _zone() -> tzinfo:
    return phrases.zone_named(me().zone, house().settings.zone)
