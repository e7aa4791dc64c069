"""What there is to tell of an award to whoever checks it: how it stands, what it is for, and
whether the signature of its badge is good at this moment.

What was signed is told as it was signed, out of the kept text: the standards, the criteria and the
evidence stay what they were when documents and frameworks are long gone. A serial that nobody was
given costs the same queries and the same check of a signature as one that somebody was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session, aliased

from engine.awards import status
from engine.awards.badges import own, strict_json
from engine.awards.badges.badge import listed
from engine.awards.badges.own import Signature
from engine.awards.status import Standing
from engine.errors import Refused
from engine.records.prepared import PreparedRows
from engine.records.tables import Award, AwardCredential

_COLUMNS: Final = tuple(column.key for column in Award.__table__.c)
_later = aliased(Award)
_renewed_by = (
    status.renewal(bindparam("serial"), _later).with_only_columns(_later.serial).scalar_subquery()
)
_LOOK: Final = PreparedRows(
    select(
        *Award.__table__.c,
        AwardCredential.key_id,
        AwardCredential.signed_at,
        _renewed_by.label("renewed_by"),
    )
    .outerjoin(AwardCredential, AwardCredential.serial == Award.serial)
    .where(Award.serial == bindparam("serial"))
)

Row = tuple[Any, ...]
"""As the database's driver gives it: good for being compared with another one."""


class Named(NamedTuple):
    """Something that a badge points at: a standard, or a piece of evidence."""

    name: str
    address: str
    """`https://…` or empty."""
    words: str = ""
    code: str = ""
    source: str = ""
    """The framework that a standard stands in."""


@dataclass(frozen=True)
class Shown:
    """What a signed badge says of what was achieved."""

    criteria: str = ""
    """Markdown."""
    criteria_address: str = ""
    standards: tuple[Named, ...] = ()
    evidence: tuple[Named, ...] = ()
    language: str = ""
    """Of its words (BCP 47), if it says so."""


@dataclass(frozen=True)
class Verified:
    """One answer."""

    award: Award | None
    """A copy in no session; None: nobody was given this serial."""
    standing: Standing
    signature: Signature
    shown: Shown
    renewed_by: str
    """The serial of the award that carries this one on, or empty."""
    checked_at: datetime


def row_of(engine: Engine, serial: str) -> Row | None:
    """Everything that may change about the award of this serial: as long as two of these are the
    same, so is what there is to tell of it, but for the calendar. One query."""
    found = _LOOK.look(engine, {"serial": serial})
    return found[0] if found else None


def verified(
    session: Session, row: Row | None, did: str, document: Mapping[str, Any] | None, at: datetime
) -> Verified:
    """What there is to tell at `at`, from what `row_of` found; `did` is who we are and `document`
    our DID document, None if it can't be read. One query and one check of a signature,
    whatever was found."""
    award, renewed_by = None, ""
    if row is not None:
        ((*said, _key, _signed_at, renewed),) = _LOOK.as_values([row], session.get_bind().dialect)
        award, renewed_by = Award(**dict(zip(_COLUMNS, said, strict=True))), renewed or ""
    kept = select(AwardCredential.signed).where(
        AwardCredential.serial == (award.serial if award else "")
    )
    signed = session.scalar(kept)
    if signed is None:
        own.check_nobodys(at)  # as much work as there would be
        signature = Signature("none")
    else:
        signature = own.check(signed, did, document, at)
    stands = status.standing(award, at)
    return Verified(
        award,
        stands,
        signature,
        _open(shown_by(signed), stands.word) if signed else Shown(),
        renewed_by,
        at,
    )


def _open(shown: Shown, word: status.Word) -> Shown:
    """Without the evidence of an award that is over: it can't be opened any more, and what its
    files are called is not to be read either."""
    return shown if word in ("valid", "expired", "suspended") else replace(shown, evidence=())


def shown_by(signed: str) -> Shown:
    """What the signed badge `signed` says, as far as it can be read."""
    try:
        said = strict_json.read_object(signed)
    except Refused:
        return Shown()
    subject = _one(said.get("credentialSubject"))
    achievement = _one(subject.get("achievement"))
    criteria = _one(achievement.get("criteria"))
    return Shown(
        _text(criteria, "narrative"),
        _address(criteria, "id"),
        tuple(
            Named(
                _text(one, "targetName"),
                _address(one, "targetUrl"),
                _text(one, "targetDescription"),
                _text(one, "targetCode"),
                _text(one, "targetFramework"),
            )
            for one in map(_one, listed(achievement.get("alignment")))
        ),
        tuple(
            Named(
                _text(one, "name") or _text(one, "id"),
                _address(one, "id"),
                _text(one, "narrative") or _text(one, "description"),
            )
            for one in map(_one, listed(said.get("evidence")))
        ),
        _text(achievement, "inLanguage"),
    )


def _one(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(holder: dict[str, Any], name: str) -> str:
    found = holder.get(name)
    return found if isinstance(found, str) else ""


def _address(holder: dict[str, Any], name: str) -> str:
    found = _text(holder, name)
    return found if found.startswith(("https://", "http://")) else ""
