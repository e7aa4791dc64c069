"""“Where is standard 4.b evidenced?”: for oneself, and for the whole program.

Each is a picture of a framework with its table beneath: a cell and a line for every standard. Which
credentials, questions and look-fors stand for a standard comes from what is published; the
frameworks' trees and words from the documents as they are now. A standard that was dropped from its
framework has no line; one without anything aligned to it shows as just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import phrases
from engine.credentials import alignment
from engine.credentials.credential import Edition
from engine.credentials.frameworks import Framework, Item
from engine.errors import NotFound
from engine.forms import grid_chart
from engine.forms.grid_chart import Cell, Group
from engine.languages import _, current, ngettext
from engine.records import catalogue
from engine.submissions import evidenced
from engine.submissions.evidenced import Work
from engine.web.asking import house, me, now, read_session

mine = Blueprint("alignment", __name__)
blueprint = Blueprint("alignment", __name__, url_prefix="/alignment")
"""The staff's part."""


class Named(NamedTuple):
    """Something aligned, and the credential that it is part of."""

    title: str
    credential_id: str
    credential: str


class Line(NamedTuple):
    """One standard and what is aligned to it."""

    item: Item
    level: int
    """1 for the highest."""
    credentials: tuple[Named, ...]
    questions: tuple[Named, ...]
    look_fors: tuple[Named, ...]
    standing_for: frozenset[str]
    """Credentials with anything aligned to it or to a standard within it."""
    people: int = 0
    """Who hold one of those."""


class OwnLine(NamedTuple):
    """One standard and what of one's own evidences it."""

    item: Item
    level: int
    works: tuple[Work, ...]
    standing: str
    """`held`, `handed-in` or empty, of it and of the standards within it."""


@blueprint.get("")
def program() -> ResponseReturnValue:
    """What is aligned to each standard of a framework, and how many people hold it."""
    known = ordered(house().library.frameworks(current()))
    with read_session() as session:
        editions = catalogue.current_all(session)
        chosen = _chosen(known, lambda one: _weight(one, editions))
        if chosen is None:
            return render_template("web/staff/alignment.html", framework=None)
        found = lines(chosen, editions)
        people = evidenced.holders(session, [one.standing_for for one in found], now())
    found = [one._replace(people=people[one.standing_for]) for one in found]
    leaves = _leaves(chosen)
    without = [one.item.code for one in found if one.item.code in leaves and not one.standing_for]
    summary = ngettext(
        "%(covered)s of %(count)s standard has something aligned to it.",
        "%(covered)s of %(count)s standards have something aligned to them.",
        len(leaves),
        covered=len(leaves) - len(without),
    )
    return render_template(
        "web/staff/alignment.html",
        framework=chosen,
        offered=[(one.id, one.title) for one in known],
        lines=found,
        summary=summary,
        without=without,
        picture=_program_picture(chosen, found, summary),
    )


@mine.get("/my-work/standards")
def own() -> ResponseReturnValue:
    """What of my work evidences each standard of a framework."""
    person = me()
    known = ordered(house().library.frameworks(current()))
    with read_session() as session:
        works = evidenced.of_person(session, person, now())
    chosen = _chosen(known, lambda one: sum(item.startswith(f"{one.id}:") for item in works))
    if chosen is None:
        return render_template("web/candidate/standards.html", framework=None)
    found = _own_lines(chosen, works)
    leaves = _leaves(chosen)
    summary = ngettext(
        "%(covered)s of %(count)s standard is evidenced by what you handed in or hold.",
        "%(covered)s of %(count)s standards are evidenced by what you handed in or hold.",
        len(leaves),
        covered=sum(1 for one in found if one.item.code in leaves and one.standing),
    )
    return render_template(
        "web/candidate/standards.html",
        framework=chosen,
        offered=[(one.id, one.title) for one in known],
        lines=found,
        summary=summary,
        picture=_own_picture(chosen, found, summary),
    )


def ordered(frameworks: Mapping[str, Framework]) -> list[Framework]:
    """By title."""
    return sorted(frameworks.values(), key=lambda one: one.title.casefold())


def lines(framework: Framework, editions: Iterable[Edition]) -> list[Line]:
    """A line for every item of a framework, in its order, with nobody counted yet."""
    said: dict[str, dict[str, list[Named]]] = {}
    for edition in editions:
        credential = edition.credential
        for one in alignment.aligned(credential):
            kinds = said.setdefault(one.item, {})
            named = Named(one.title, credential.id, credential.title)
            if named not in kinds.setdefault(one.what, []):
                kinds[one.what].append(named)
    within: dict[str, set[str]] = {}
    parents = {item.code: item.parent for item in framework.items}
    for item in framework.items:
        own = {
            named.credential_id
            for some in said.get(f"{framework.id}:{item.code}", {}).values()
            for named in some
        }
        for code in _upwards(item.code, parents):
            within.setdefault(code, set()).update(own)
    return [
        Line(
            item,
            len(_upwards(item.code, parents)),
            tuple(kinds.get("credential", ())),
            tuple(kinds.get("question", ())),
            tuple(kinds.get("look-for", ())),
            frozenset(within[item.code]),
        )
        for item in framework.items
        for kinds in [said.get(f"{framework.id}:{item.code}", {})]
    ]


def _own_lines(framework: Framework, works: Mapping[str, Sequence[Work]]) -> list[OwnLine]:
    parents = {item.code: item.parent for item in framework.items}
    within: dict[str, set[str]] = {}
    for item in framework.items:
        standings = {one.standing for one in works.get(f"{framework.id}:{item.code}", ())}
        for code in _upwards(item.code, parents):
            within.setdefault(code, set()).update(standings)
    return [
        OwnLine(
            item,
            len(_upwards(item.code, parents)),
            tuple(works.get(f"{framework.id}:{item.code}", ())),
            "held" if "held" in within[item.code] else "handed-in" if within[item.code] else "",
        )
        for item in framework.items
    ]


def _upwards(code: str, parents: Mapping[str, str]) -> list[str]:
    """An item and those that it stands below."""
    found = [code]
    while (above := parents.get(found[-1])) and above not in found:
        found.append(above)
    return found


def _leaves(framework: Framework) -> set[str]:
    """The items that have none below them: what is evidenced in the end."""
    return {one.code for one in framework.items} - {one.parent for one in framework.items}


def _weight(framework: Framework, editions: Iterable[Edition]) -> int:
    return sum(
        one.item.startswith(f"{framework.id}:")
        for edition in editions
        for one in alignment.aligned(edition.credential)
    )


def _chosen(known: Sequence[Framework], weight: Callable[[Framework], int]) -> Framework | None:
    """The framework that the address names, or the one that most is said of."""
    asked = request.args.get("of", "")
    if asked:
        found = next((one for one in known if one.id == asked), None)
        if found is None:
            raise NotFound(_("There is no such framework."))
        return found
    return max(known, key=weight, default=None)


# Pictures.


def _program_picture(framework: Framework, found: Sequence[Line], summary: str) -> Markup | None:
    most = max((one.people for one in found), default=0)

    def cell(one: Line) -> Cell:
        if not one.standing_for:
            return Cell(one.item.code, "", 0)
        level = (
            1
            if one.people * 3 <= most or not one.people
            else 2
            if one.people * 3 <= most * 2
            else 3
        )
        return Cell(one.item.code, phrases.figure(one.people), level)

    title = _(
        "People who hold something aligned to each standard: %(title)s", title=framework.title
    )
    return _picture(framework, {one.item.code: cell(one) for one in found}, title, summary)


def _own_picture(framework: Framework, found: Sequence[OwnLine], summary: str) -> Markup | None:
    def cell(one: OwnLine) -> Cell:
        words = {"held": _("Held"), "handed-in": _("Sent")}.get(one.standing, "")
        return Cell(one.item.code, words, {"held": 3, "handed-in": 1}.get(one.standing, 0))

    title = _("Standards that your work evidences: %(title)s", title=framework.title)
    return _picture(framework, {one.item.code: cell(one) for one in found}, title, summary)


def _picture(
    framework: Framework, cells: Mapping[str, Cell], title: str, summary: str
) -> Markup | None:
    """The items below each of the highest; those themselves where nothing is below them."""
    parents = {item.code: item.parent for item in framework.items}
    inner = set(parents.values())
    groups: dict[str, list[Cell]] = {}
    for item in framework.items:
        top = _upwards(item.code, parents)[-1]
        if item.code != top:
            groups.setdefault(top, []).append(cells[item.code])
        elif item.code not in inner:
            groups.setdefault("", []).append(cells[item.code])
    if sum(map(len, groups.values())) > grid_chart.MOST_CELLS:
        return None
    headings = {one.code: f"{one.code} {one.title or one.statement}" for one in framework.items}
    made = [Group(headings.get(top, ""), tuple(some)) for top, some in groups.items()]
    return grid_chart.drawn(made, title, [summary, _("The table beneath says the same in words.")])
