"""A badge that a program brings for a person: checked as if they had shown it on a page, and kept
when it counts as something here.

Nothing is kept that counts as nothing: what a person collects from everywhere is a wallet's
business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from engine import people
from engine.awards.badges import issuer, own, strict_json, tokens, verifiable, verifying
from engine.awards.badges.awarded import address
from engine.awards.badges.badge import Badge, refused, tampered, unreadable
from engine.awards.badges.web import LARGEST, Web
from engine.awards.recognising import newer_badges, presenting
from engine.languages import _
from engine.people import Actor
from engine.records.tables import Account, Award, Evidence, Recognition
from engine.web.asking import house, now, read_session, transaction
from engine.web.kept_files import kept

_STATUSES: Final = {
    "throttled": 429,
    "unreachable": 503,
    "no-recipient": 403,
    "not-yours": 403,
    "unknown-issuer": 403,
    "other-achievement": 403,
    "ended-here": 403,
    "held": 403,
    "profile": 403,
    "issuer-key": 503,
}


def status_of(code: str) -> int:
    """The HTTP status that says what kind of refusal it is; what is wrong with a badge is 400."""
    return _STATUSES.get(code, 400)


def bring(person: Actor, data: bytes, is_token: bool) -> int:
    """Take the badge in `data`: 201 when it is new here, 200 when it takes the place of an older
    copy, 304 when it is here as it is. Raises `Refused` and `EvidenceRejected`."""
    said = _text(data, is_token)
    claims = _claims(said, is_token)
    if verifiable.issuer_of(claims) == issuer.of(house().settings).did:
        return _ours(person, said, claims)
    badge_id = claims.get("id")
    with read_session() as session:
        known = newer_badges.recorded(session, str(badge_id), person.id)
        if known is not None and _same(_before(session, known), data):
            return 304
    with transaction() as session:
        presenting.may_show(session, person, now())
    with read_session() as session:
        issuers = presenting.issuers(session)
    web = Web(private=house().settings.links_to_private_networks)
    badge = verifying.verify(data, web, now(), issuers)
    with read_session() as session:  # before the file is kept: what does not count is not
        account = people.get(session, person.id)
        known, newer = _known(session, badge, account, data)
        if known is None:
            presenting.judge(session, badge, account, now())
        else:
            presenting.counts_as(session, badge, account, known.credential_id)
            if not newer:
                return 304
    name = "badge.txt" if is_token else "badge.json"
    proof = kept(FileStorage(BytesIO(data), filename=name))
    with transaction() as session:
        presenting.alone(session, person.id)
        account = people.get(session, person.id)
        found, newer = _known(session, badge, account, data)
        if found is None:
            presenting.record(session, badge, account, proof, person, now())
            return 201
        if not newer:  # a newer one came at the same moment
            return 304
        newer_badges.take(session, found, badge, account, proof, person, now())
        return 200


def _text(data: bytes, is_token: bool) -> str:
    if len(data) > strict_json.MAX_BYTES:
        raise strict_json.too_large()
    try:
        said = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise unreadable() from error
    if tokens.is_token(said) != is_token:
        raise unreadable()
    return said


def _claims(said: str, is_token: bool) -> dict[str, Any]:
    """What it says, before anything of it is checked."""
    if is_token:
        _header, claims = tokens.unchecked(said)
        inside = claims.get("vc", claims)
        if not isinstance(inside, dict):
            raise unreadable()
        return {"id": claims.get("jti"), "issuer": claims.get("iss"), **inside}
    return strict_json.read_object(said)


def _ours(person: Actor, said: str, claims: Mapping[str, Any]) -> int:
    """One that was issued here is here already, if it is theirs."""
    settings = house().settings
    us = issuer.of(settings)
    if own.check(said, us.did, us.did_document(), now()).word != "good":
        raise tampered()
    serial = str(claims.get("id", "")).removeprefix(address("", settings))
    with read_session() as session:
        award = session.get(Award, serial[:40])
    if award is None or award.recipient_id != person.id:
        raise refused(
            "not-yours",
            _("This badge was awarded here, to somebody else."),
            _("Only its holder can bring it."),
        )
    return 304


def _known(
    session: Session, badge: Badge, account: Account, data: bytes
) -> tuple[Recognition | None, bool]:
    """What was recorded from this very badge, and whether `data` may take the place of the file
    that was kept. By another issuer, the same id is another badge."""
    found = newer_badges.recorded(session, badge.id, account.id)
    if found is None:
        return None, False
    kept, brought = newer_badges.copy_of(_before(session, found)), newer_badges.copy_of(data)
    if kept is None or brought is None:
        return found, True
    if not brought.same_issuer(kept):
        return None, False
    return found, brought.follows(kept)


def _before(session: Session, known: Recognition) -> bytes:
    """The file that was kept; empty for want of one."""
    proof = session.get(Evidence, known.proof_id) if known.proof_id else None
    if proof is None:
        return b""
    with house().store.open(proof.sha256) as file:
        return file.read(LARGEST)


def _same(before: bytes, data: bytes) -> bool:
    """Whether it is the very file that was kept, or says the same."""
    if before == data:
        return True
    try:
        return bool(json.loads(before) == json.loads(data))
    except ValueError:
        return False
