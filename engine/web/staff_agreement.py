"""How well reviewers agree, as staff read it: figures with plain words, and the same as CSV."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import NotFound
from engine.languages import _
from engine.records import catalogue
from engine.submissions import agreement
from engine.submissions.agreement import Agreement
from engine.web.asking import read_session

blueprint = Blueprint("agreement", __name__, url_prefix="/agreement")


@blueprint.get("")
def figures() -> ResponseReturnValue:
    """The agreement on one credential, its guides and look-fors."""
    with read_session() as session:
        offered = _offered(session)
        edition = _asked(offered)
        found = agreement.report(session, edition) if edition else None
    return render_template(
        "web/staff/agreement.html",
        offered=offered,
        edition=edition,
        report=found,
        in_words=in_words,
        few=agreement.FEW,
        latest=agreement.LATEST,
    )


@blueprint.get("/figures.csv")
def as_csv() -> ResponseReturnValue:
    """The same figures, a row for each look-for, each guide and all of them."""
    with read_session() as session:
        edition = _asked(_offered(session))
        if edition is None:
            raise NotFound(_("There is no such credential."))
        found = agreement.report(session, edition)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(
        [
            "guide",
            "look_for",
            "text",
            "units",
            "pairs",
            "percent",
            "cohen_kappa",
            "fleiss_kappa",
            "krippendorff_alpha",
            "few",
        ]
    )
    writer.writerow(["", "", "", *_columns(found.agreement)])
    for guide in found.guides:
        writer.writerow([guide.guide.id, "", guide.guide.title, *_columns(guide.agreement)])
        for row in guide.rows:
            words = _as_text(row.look_for.text)
            writer.writerow([guide.guide.id, row.look_for.id, words, *_columns(row.agreement)])
    name = f"agreement-{edition.credential.id}.csv"
    return Response(
        "\ufeff" + file.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def in_words(coefficient: float | None) -> str:
    """What a kappa or an alpha means, by the bounds that are most often used (Landis and Koch
    1977)."""
    if coefficient is None:
        return _("can’t be told: everybody gave the same answer")
    for least, words in (
        (0.8, _("almost perfect")),
        (0.6, _("good")),
        (0.4, _("moderate")),
        (0.2, _("weak")),
        (0.0, _("hardly better than chance")),
    ):
        if coefficient > least:
            return words
    return _("no better than chance")


def _offered(session: Session) -> list[Edition]:
    return [one for one in catalogue.current_all(session) if one.credential.scoring_guides]


def _asked(offered: list[Edition]) -> Edition | None:
    id = request.args.get("credential", "")
    if not id:
        return offered[0] if offered else None
    for one in offered:
        if one.credential.id == id:
            return one
    raise NotFound(_("There is no such credential."))


def _columns(found: Agreement) -> list[str]:
    figures = (found.percent, found.cohen, found.fleiss, found.alpha)
    return [
        str(found.units),
        str(found.pairs),
        *("" if one is None else f"{one:.4g}" for one in figures),
        "yes" if found.few else "no",
    ]


def _as_text(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t", "\r") else words
