"""Scoring sheets on pages: what a browser posts, and what scores are in words.

The same fields stand on a reviewer's desk, on the page of two versions, and where reviewers
practice: `score/GUIDE/LOOK_FOR` is `Y`, `N`, `NA` or a rating, `notes/GUIDE/LOOK_FOR` the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.credentials.credential import LookFor, ScoringGuide
from engine.languages import _
from engine.submissions.scores import Key, Score, Scores, Totals, differ
from engine.submissions.scoring import Peer
from engine.submissions.scoring_sheets import Sheet

REST = "rest"
"""The origin of a score that “mark the rest” set, until it is changed or taken back."""


class Said(NamedTuple):
    """A look-for with what was said of it, in words."""

    text: str
    words: str
    notes: str


class Differing(NamedTuple):
    """A look-for that was scored differently in two windows."""

    text: str
    mine: Said
    theirs: Said


def posted_scores(posted: Mapping[str, str]) -> dict[Key, Score]:
    """The scoring sheet in a post.

    Names that are not shaped so are left out, and what is neither a letter nor a number is not
    decided; whether the look-for exists and offers that answer is for `reviewing.save_scores`.
    """
    found: dict[Key, Score] = {}
    for name in posted:
        what, _slash, rest = name.partition("/")
        guide, divided, look_for = rest.partition("/")
        if what in ("score", "notes") and divided and look_for:
            notes = posted.get(f"notes/{rest}", "").replace("\r\n", "\n")
            found[guide, look_for] = answer_of(posted.get(f"score/{rest}", ""), notes)
    return found


def answer_of(text: str, notes: str = "") -> Score:
    """The score that a field's value stands for: `Y`, `N`, `NA`, a number, or nothing."""
    if text in ("Y", "N", "NA"):
        return Score(text, notes)
    try:
        return Score("R", notes, float(text))
    except ValueError:
        return Score(None, notes)


def field_of(decision: str | None, value: float | None) -> str:
    """The field's value that stands for an answer; the other way round than `answer_of`."""
    return f"{value:g}" if decision == "R" and value is not None else decision or ""


def in_words(look_for: LookFor, decision: str | None, value: float | None) -> str:
    """An answer in words: `Yes`, `3: Proficient`, `7 of 10` …"""
    if decision == "R" and value is not None and look_for.scale is not None:
        label = next((one.label for one in look_for.scale.points if one.value == value), "")
        if label:
            return f"{value:g}: {label}"
        return _(
            "%(value)s of %(target)s", value=f"{value:.4g}", target=f"{look_for.scale.highest:g}"
        )
    return {
        "Y": _("Yes"),
        "N": _("Not yet"),
        "NA": _("Not applicable"),
    }.get(decision or "", _("Not decided"))


def tone_of(look_for: LookFor, decision: str | None, value: float | None) -> str:
    """The colour that goes with an answer: a name that `tag` knows."""
    verdict = look_for.demonstrated(decision, value)
    return "neutral" if verdict is None else "good" if verdict else "attention"


def decided_in_words(sheets: Sequence[Sheet], totals: Totals) -> str:
    """How far a sheet has come, in a sentence; with ratings in it, yes and no say too little."""
    if any(row.look_for.scale for sheet in sheets for row in sheet.rows):
        return _(
            "%(decided)s of %(total)s look-fors decided.",
            decided=totals.decided,
            total=totals.total,
        )
    return _(
        "%(decided)s of %(total)s look-fors decided: %(yes)s yes, %(no)s not yet.",
        decided=totals.decided,
        total=totals.total,
        yes=totals.yes,
        no=totals.no,
    )


def has_points(totals: Totals) -> bool:
    """Whether points say more than yes and no do."""
    return totals.rated > 0 or totals.possible != totals.total - totals.not_applicable


def points_in_words(totals: Totals) -> str:
    """`12 of 20 points (60 %).`"""
    return _(
        "%(points)s of %(possible)s points (%(percent)s %%).",
        points=f"{totals.points:.4g}",
        possible=f"{totals.possible:.4g}",
        percent=f"{totals.percent:.3g}",
    )


def with_the_rest(sheets: Sequence[Sheet], guide_id: str, scores: Scores) -> dict[Key, Score]:
    """The posted scores, with Y for whatever of one guide is not decided and takes a Y."""
    marked = dict(scores)
    for guide, look_for in _rows(sheets, guide_id):
        key = guide.id, look_for.id
        said = marked.get(key, Score())
        if said.decision is None and look_for.scale is None:
            marked[key] = Score("Y", said.notes, origin=REST)
    return marked


def without_the_rest(sheets: Sequence[Sheet], guide_id: str, scores: Scores) -> dict[Key, Score]:
    """The posted scores, without the Y that `with_the_rest` gave and nobody touched since."""
    marked = dict(scores)
    for sheet in sheets:
        for row in sheet.rows if sheet.guide.id == guide_id else ():
            key = guide_id, row.id
            said = marked.get(key, Score())
            if row.origin == REST and said.decision == "Y":
                marked[key] = Score(None, said.notes)
    return marked


def worded(guides: Sequence[ScoringGuide], scores: Scores) -> list[Said]:
    """What was typed into a sheet that can't be kept."""
    return [
        _said(look_for, said)
        for guide in guides
        for look_for in guide.look_fors
        for said in [scores.get((guide.id, look_for.id), Score())]
        if said.decision or said.notes
    ]


def differing(sheets: Sequence[Sheet], mine: Scores) -> list[Differing]:
    """The look-fors that the stored sheets score differently from `mine`."""
    return [
        Differing(row.text, _said(row.look_for, said), _said(row.look_for, stored))
        for sheet in sheets
        for row in sheet.rows
        for said in [mine.get((sheet.guide.id, row.id), Score())]
        for stored in [Score(row.decision, row.notes, row.value)]
        if (said.answer, said.notes.strip()) != (stored.answer, stored.notes)
    ]


def _said(look_for: LookFor, score: Score) -> Said:
    return Said(look_for.text, in_words(look_for, score.decision, score.value), score.notes)


def _rows(sheets: Sequence[Sheet], guide_id: str) -> list[tuple[ScoringGuide, LookFor]]:
    return [
        (sheet.guide, look_for)
        for sheet in sheets
        if sheet.guide.id == guide_id
        for look_for in sheet.guide.look_fors
    ]


def peers_differ(peers: Sequence[Peer], guide: ScoringGuide, look_for: LookFor) -> bool:
    """Whether reviewers whose sheets are shown beside each other decided a look-for differently."""
    key = guide.id, look_for.id
    return differ(peer.scores.get(key, Score()) for peer in peers) is True
