"""Published credentials: editions that are added and read, and never changed.

What a document says today is the library's business; here is what was published, which goes on
being served however the file is edited. Editions are kept in memory by their digest, which names
their content, so nothing in memory is ever out of date; which edition is current is always asked.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from engine.credentials import outside_faults
from engine.credentials.credential import Edition, Editions, editions_from
from engine.errors import Conflict, DocumentFaulty, Finding, NotFound
from engine.forms import probing
from engine.records import audit
from engine.records.tables import EditionRow

if TYPE_CHECKING:
    from engine.credentials.library import Library

_MOST_IN_MEMORY = 1000
_editions: dict[str, Editions] = {}
_lock = Lock()


def publish(
    session: Session, library: Library, credential_id: str, by: audit.Doer, at: datetime
) -> EditionRow:
    """Store the credential as its document says it now, and everything that it needs.

    The two validators are tried on its forms (`probing`: at most a second or two for each), and
    where they differ is stored with it. What is published already is left as it is. Raises
    `DocumentFaulty` when the document has faults, when it differs from what was published
    without a higher version, or when its workflow drops a state where work can be under way.
    """
    digest, bundle = library.bundle(credential_id)
    newest = session.scalar(
        select(EditionRow)
        .where(EditionRow.credential_id == credential_id)
        .order_by(EditionRow.version.desc())
        .limit(1)
    )
    if newest is not None and newest.digest == digest:
        return newest
    version = bundle["credential"]["version"]
    if newest is not None and version <= newest.version:
        raise DocumentFaulty([_not_raised(library, credential_id, version, newest.version)])
    if newest is not None and (dropped := _dropped(library, bundle, newest.bundle)):
        raise DocumentFaulty(dropped)
    row = EditionRow(
        digest=digest,
        credential_id=credential_id,
        version=version,
        kind=bundle["credential"]["kind"],
        title=bundle["credential"]["title"],
        bundle=bundle,
        by_reference=probing.doubts(bundle["credential"].get("forms", {}), bundle.get("examples")),
        published_at=at,
        published_by=by.id,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("Somebody published this credential at the same moment.") from error
    facts = {"version": version, "digest": digest}
    audit.record(session, f"credential:{credential_id}", "published", facts, by, at)
    return row


def edition(session: Session, digest: str) -> Edition:
    """The edition with this digest, in the language of the moment. Raises `NotFound`."""
    return editions(session, digest).said()


def as_written(session: Session, digest: str) -> Edition:
    """The edition with this digest in the document's own words. Raises `NotFound`."""
    return editions(session, digest).as_written()


def editions(session: Session, digest: str) -> Editions:
    """The edition with this digest in every language that it has. Raises `NotFound`."""
    if (known := _editions.get(digest)) is not None:
        return known
    query = select(EditionRow.bundle, EditionRow.by_reference)
    row = session.execute(query.where(EditionRow.digest == digest)).first()
    if row is None:
        raise NotFound("There is no such edition of a credential.")
    return _remember(digest, *row)


def current(session: Session, credential_id: str) -> Edition | None:
    """The edition that a new submission starts with: the one of the highest version."""
    digest = session.scalar(
        select(EditionRow.digest)
        .where(EditionRow.credential_id == credential_id)
        .order_by(EditionRow.version.desc())
        .limit(1)
    )
    return edition(session, digest) if digest is not None else None


def newest_title(credential_id: InstrumentedAttribute[str]) -> ScalarSelect[str]:
    """In a query: what the newest edition of the credential of this column is called; null where
    there is none."""
    return (
        select(EditionRow.title)
        .where(EditionRow.credential_id == credential_id)
        .order_by(EditionRow.version.desc())
        .limit(1)
        .scalar_subquery()
    )


def current_all(session: Session) -> list[Edition]:
    """The current edition of every credential, by title. One query, and one more for the
    editions that this process has not seen yet."""
    other = aliased(EditionRow)
    highest = (
        select(func.max(other.version))
        .where(other.credential_id == EditionRow.credential_id)
        .scalar_subquery()
    )
    newest = (
        select(EditionRow.digest)
        .where(EditionRow.version == highest)
        .order_by(EditionRow.title, EditionRow.credential_id)
    )
    digests = session.scalars(newest).all()
    if unknown := [digest for digest in digests if digest not in _editions]:
        rows = select(EditionRow.digest, EditionRow.bundle, EditionRow.by_reference)
        for row in session.execute(rows.where(EditionRow.digest.in_(unknown))):
            _remember(*row)
    return [edition(session, digest) for digest in digests]


def _remember(digest: str, bundle: dict[str, Any], by_reference: dict[str, Any]) -> Editions:
    made = editions_from(digest, bundle, by_reference)
    with _lock:
        while len(_editions) >= _MOST_IN_MEMORY:
            del _editions[next(iter(_editions))]
        return _editions.setdefault(digest, made)


def _dropped(library: Library, bundle: dict[str, Any], published: dict[str, Any]) -> list[Finding]:
    if not bundle.get("workflow") or not published.get("workflow"):
        return []
    document = library.workflow(bundle["workflow"]["workflow"])
    return list(outside_faults.dropped_states(document, published["workflow"]))


def _not_raised(library: Library, credential_id: str, version: int, published: int) -> Finding:
    document = library.credentials()[credential_id]
    line, column = document.positions.get("/version", (1, 1))
    if version == published:
        said = f"Version {version} is published already, and this document differs from it."
    else:
        said = f"Version {published} is published already; version {version} is older."
    return Finding(
        path=str(document.path),
        line=line,
        column=column,
        code="version-not-raised",
        message=said,
        suggestion=f"Set version to {published + 1}.",
    )
