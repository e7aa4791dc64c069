"""Documents as staff see them: what is published, what the file says now, what publishing does.

The file on disk and the published edition are told apart by digest. A document that does not
load is a list of findings here; the edition that was published before goes on being served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.credentials import lint
from engine.credentials.library import Library
from engine.errors import DocumentFaulty, Finding, NotFound
from engine.languages import N_, _, ngettext
from engine.mail import wordings
from engine.permissions import require
from engine.phrases import listed
from engine.records import catalogue
from engine.records.tables import Account, EditionRow, Submission
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.diagram import picture

blueprint = Blueprint("documents", __name__, url_prefix="/documents")

WORDS = N_("its words")
DOCUMENT_PARTS = {
    "prerequisites": N_("its prerequisites"),
    "forms": N_("its forms"),
    "rules": N_("its rules"),
    "scoring_guides": N_("its scoring guides"),
    "certificate": N_("its certificate"),
    "badge": N_("the picture of its badge"),
}
"""What may differ between two versions of a document; its other keys are its words."""
BUNDLE_PARTS = {
    "workflow": N_("the workflow"),
    "examples": N_("its examples"),
    "alignment": N_("the wording of the standards it is aligned to"),
    "frameworks": N_("the frameworks that its forms offer"),
}
"""What a published credential takes along from other files."""


class Published(NamedTuple):
    """An edition as published, without its bundle."""

    credential_id: str
    version: int
    digest: str
    title: str
    published_at: datetime
    published_by: str


class Change(NamedTuple):
    """What publishing the file would do, in one sentence."""

    sentence: str
    possible: bool
    tone: str
    """`good`: nothing to do; `info`: it can be published; `warn`: something stands in the way."""


class Line(NamedTuple):
    """One credential in the list."""

    id: str
    title: str
    published: Published | None
    change: Change
    errors: int
    warnings: int


@blueprint.get("")
def shelf() -> ResponseReturnValue:
    """Every credential: the file beside what is published."""
    library = house().library.still()
    known = {id: findings_of(library, id) for id in library.credentials()}
    with read_session() as session:
        current = {one.credential_id: one for one in editions(session, latest=True)}
        under_way = _under_way(session)
    lines = [
        Line(
            id=id,
            title=_title(library, id, current.get(id)),
            published=current.get(id),
            change=would_change(
                library, id, current.get(id), under_way.get(id, 0), known.get(id, ())
            ),
            errors=sum(one.severity == "error" for one in known.get(id, ())),
            warnings=sum(one.severity != "error" for one in known.get(id, ())),
        )
        for id in sorted({*known, *current})
    ]
    shown = {finding for found in known.values() for finding in found}
    return render_template(
        "web/staff/documents.html",
        lines=lines,
        others=_readable(
            [one for one in lint.check(library, letters=_letters()) if one not in shown]
        ),
    )


@blueprint.get("/<credential_id>")
def one(credential_id: str) -> ResponseReturnValue:
    """One credential's document: its findings, what publishing would do, and its editions."""
    return _page(credential_id)


@blueprint.post("/<credential_id>/publish")
def publish(credential_id: str) -> ResponseReturnValue:
    """Publish the file as it is, unless it has faults."""
    require(me(), "catalogue.publish")
    try:
        with transaction() as session:
            edition = catalogue.publish(session, house().library, credential_id, me(), now())
            title, version = edition.title, edition.version
            slower = sorted(edition.by_reference)
    except DocumentFaulty as faulty:
        return _page(credential_id, faulty.findings, status=422)
    flash(
        _("%(title)s is published as version %(version)s.", title=title, version=version),
        "good",
    )
    for form_id in slower:
        words = _(
            "Answers to the form %(form)s are checked by the slower of two validators: the faster "
            "one reads its schema differently.",
            form=form_id,
        )
        flash(words, "info")
    return redirect(url_for("staff.documents.one", credential_id=credential_id), 303)


def editions(session: Session, credential_id: str = "", latest: bool = False) -> list[Published]:
    """What was published, the latest first, in one query; `latest` leaves one per credential."""
    query = (
        select(
            EditionRow.credential_id,
            EditionRow.version,
            EditionRow.digest,
            EditionRow.title,
            EditionRow.published_at,
            func.coalesce(Account.name, EditionRow.published_by),
        )
        .outerjoin(Account, Account.id == EditionRow.published_by)
        .order_by(EditionRow.credential_id, EditionRow.version.desc())
    )
    if credential_id:
        query = query.where(EditionRow.credential_id == credential_id)
    found = [Published(*row) for row in session.execute(query)]
    if not latest:
        return found
    first: dict[str, Published] = {}
    for one in found:
        first.setdefault(one.credential_id, one)
    return list(first.values())


def findings_of(library: Library, id: str) -> list[Finding]:
    """What is wrong in a credential and in what it is made of. Where no file says that it is this
    credential, everything that is wrong anywhere: one of those is likely the reason."""
    holdings = library.holdings()
    if id in library.credentials():
        return lint.findings_of(holdings, id, _letters())
    return lint.check(library, letters=_letters())


def _letters() -> list[str]:
    return wordings.names(house().settings)


def would_change(
    library: Library,
    id: str,
    published: Published | None,
    under_way: int,
    findings: Sequence[Finding],
    differing: Sequence[str] = (),
) -> Change:
    """What publishing the credential's file would do, for the people concerned."""
    if published:
        goes_on = _("Version %(version)s goes on as it is.", version=published.version)
    else:
        goes_on = _("Nobody sees it yet.")
    if id not in library.credentials():
        nowhere = _("No file that can be read says that it is this credential.")
        return Change(f"{nowhere} {goes_on}", False, "warn")
    if errors := sum(finding.severity == "error" for finding in findings):
        faulty = ngettext(
            "The file has %(count)s fault, so it can’t be published.",
            "The file has %(count)s faults, so it can’t be published.",
            errors,
        )
        return Change(f"{faulty} {goes_on}", False, "warn")
    try:
        digest, bundle = library.bundle(id)
    except DocumentFaulty:
        unread = _("The file can’t be read, so it can’t be published.")
        return Change(f"{unread} {goes_on}", False, "warn")
    version = int(bundle["credential"]["version"])
    if published is None:
        new = _("Publishing makes version %(version)s available in the catalogue.", version=version)
        return Change(new, True, "info")
    if digest == published.digest:
        return Change(_("The file says exactly what is published."), False, "good")
    said = [_("It changes %(parts)s.", parts=listed(differing))] if differing else []
    if version <= published.version:
        same = _(
            "The file differs from what is published, but says version %(version)s.",
            version=version,
        )
        said = [
            same,
            *said,
            _("Raise its version to %(version)s, then publish.", version=published.version + 1),
        ]
        return Change(" ".join(said), False, "warn")
    if under_way:
        makes = ngettext(
            "Publishing makes version %(version)s the one that new submissions begin with;"
            " %(count)s submission under way stays with the version they began with.",
            "Publishing makes version %(version)s the one that new submissions begin with;"
            " %(count)s submissions under way stay with the version they began with.",
            under_way,
            version=version,
        )
    else:
        makes = _(
            "Publishing makes version %(version)s the one that new submissions begin with.",
            version=version,
        )
    return Change(" ".join([makes, *said]), True, "info")


def parts_that_differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """In words, what two bundles of a credential say differently."""
    old, new = before.get("credential", {}), after.get("credential", {})
    found = [
        DOCUMENT_PARTS.get(key, WORDS)
        for key in (*new, *(key for key in old if key not in new))
        if key != "version" and old.get(key) != new.get(key)
    ]
    found += [words for key, words in BUNDLE_PARTS.items() if before.get(key) != after.get(key)]
    return [_(one) for one in dict.fromkeys(found)]


def _page(
    credential_id: str, findings: Sequence[Finding] | None = None, status: int = 200
) -> ResponseReturnValue:
    library = house().library
    document = library.credentials().get(credential_id)
    with read_session() as session:
        history = editions(session, credential_id)
        if document is None and not history:
            raise NotFound(_("There is no document of that name."))
        if findings is None:
            findings = findings_of(library, credential_id)
        published = history[0] if history else None
        change = would_change(
            library,
            credential_id,
            published,
            _under_way(session).get(credential_id, 0),
            findings,
            _differing(session, library, credential_id, published),
        )
        edition = catalogue.current(session, credential_id)
    workflow = edition.workflow if edition else None
    page = render_template(
        "web/staff/document.html",
        id=credential_id,
        title=_title(library, credential_id, published),
        path=_shown_path(document.path) if document else "",
        history=history,
        findings=_readable(findings),
        change=change,
        diagram=picture(workflow, workflow.title) if workflow else None,
    )
    return page, status


def _differing(
    session: Session, library: Library, id: str, published: Published | None
) -> list[str]:
    if published is None:
        return []
    try:
        digest, bundle = library.bundle(id)
    except (DocumentFaulty, KeyError, NotFound):
        return []
    if digest == published.digest:
        return []
    before = session.scalar(select(EditionRow.bundle).where(EditionRow.digest == published.digest))
    return parts_that_differ(before or {}, dict(bundle))


def _readable(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with a path that says which file, without where this server keeps it."""
    return [
        Finding(
            _shown_path(Path(one.path)),
            one.line,
            one.column,
            one.code,
            one.message,
            one.suggestion,
            one.severity,
        )
        for one in findings
    ]


def _shown_path(path: Path) -> str:
    for folder in house().settings.documents + house().settings.workflows:
        if path.resolve().is_relative_to(folder):
            return f"{folder.name}/{path.resolve().relative_to(folder).as_posix()}"
    return path.name


def _title(library: Library, id: str, published: Published | None) -> str:
    document = library.credentials().get(id)
    data = document.data if document else None
    title = data.get("title") if isinstance(data, dict) else None
    return str(title or (published.title if published else id))


def _under_way(session: Session) -> dict[str, int]:
    """How many submissions of each credential are neither decided nor closed."""
    found = session.execute(
        select(Submission.credential_id, func.count())
        .where(Submission.state_kind.not_in(("outcome", "closed")))
        .group_by(Submission.credential_id)
    )
    return dict(found.all())
