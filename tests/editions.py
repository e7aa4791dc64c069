"""Published editions without the checks of publishing, for tests of what comes after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.credentials import documents
from engine.records.tables import EditionRow


def put(session: Session, bundle: dict[str, Any], at: datetime, version: int | None = None) -> str:
    """Keep `bundle` as an edition that was published at `at`; its digest.

    The version is that of the document, unless another is given.
    """
    digest = documents.digest(bundle)
    credential = bundle["credential"]
    session.add(
        EditionRow(
            digest=digest,
            credential_id=credential["credential"],
            version=version or credential["version"],
            kind=credential["kind"],
            title=credential["title"],
            bundle=bundle,
            published_at=at,
            published_by="command line",
        )
    )
    session.flush()
    return digest
