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
from engine.awards import newer_badges, presenting
from engine.awards.badges import issuer, own, strict_json, tokens, verifiable, verifying
from engine.awards.badges.awarded import address
from engine.awards.badges.badge import refused, tampered, unreadable
from engine.awards.badges.web import Web
from engine.languages import _
from engine.people import Actor
from engine.records.tables import Award, Evidence, Recognition
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
        if known is not None and _same(session, known, data):
            return 304
    with transaction() as session:
        presenting.may_show(session, person, now())
    with read_session() as session:
        issuers = presenting.issuers(session)
    web = Web(private=house().settings.links_to_private_networks)
    badge = verifying.verify(data, web, now(), issuers)
    with read_session() as session:  # before the file is kept: what does not count is not
        account = people.get(session, person.id)
        if known is None:
            presenting.judge(session, badge, account, now())
        else:
            presenting.counts_as(session, badge, account, known.credential_id)
    name = "badge.txt" if is_token else "badge.json"
    proof = kept(FileStorage(BytesIO(data), filename=name))
    with transaction() as session:
        account = people.get(session, person.id)
        found = newer_badges.recorded(session, badge.id, person.id)
        if found is None:
            presenting.record(session, badge, account, proof, person, now())
            return 201
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


def _same(session: Session, known: Recognition, data: bytes) -> bool:
    """Whether it is the very file that was kept, or says the same."""
    proof = session.get(Evidence, known.proof_id) if known.proof_id else None
    if proof is None:
        return False
    with house().store.open(proof.sha256) as file:
        before = file.read(strict_json.MAX_BYTES + 1)
    if before == data:
        return True
    try:
        return bool(json.loads(before) == json.loads(data))
    except ValueError:
        return False
