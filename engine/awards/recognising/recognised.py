"""What can be recognised: credentials that are earned elsewhere, and the badges they accept."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import AcceptedBadge
from engine.records import catalogue
from engine.records.tables import EditionRow


class Accepting(NamedTuple):
    """A credential that badges count as."""

    credential_id: str
    title: str
    badges: tuple[AcceptedBadge, ...]


def titles(session: Session) -> dict[str, str]:
    """The titles of the credentials that are earned elsewhere, by id, in one query."""
    found = session.execute(
        select(EditionRow.credential_id, EditionRow.title)
        .where(EditionRow.kind == "recognised")
        .order_by(EditionRow.version)
    )
    known = dict(found.all())
    return dict(sorted(known.items(), key=lambda item: item[1]))


def accepting(session: Session) -> list[Accepting]:
    """The published credentials that accept badges."""
    return [
        Accepting(one.credential.id, one.credential.title, one.credential.accepts)
        for one in catalogue.current_all(session)
        if one.credential.accepts
    ]
