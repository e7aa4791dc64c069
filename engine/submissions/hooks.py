"""Webhooks: other systems are told of what happens here, each message signed and tried again.

Signed as Standard Webhooks 1.0 says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). A
message is a row, written in the transaction of what it tells of; a job sends it after the commit.
It holds ids, states and times, never an answer, a comment or a person's name. Delivery is at least
once, and in no promised order: the id says whether a message is a repeat, the time which is newer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine.errors import Refusal, Refused
from engine.languages import N_, _
from engine.people import ENGINE
from engine.permissions import SubmissionSubject
from engine.records import addresses, audit, jobs
from engine.records.jobs import JobContext
from engine.records.prepared import Prepared
from engine.records.tables import Award, Delivery, Submission, Webhook, new_id
from engine.submissions import letters

JOB: Final = "deliver-hook"
DELAYS: Final = (60, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600, 24 * 3600)
"""Seconds until a message that failed is sent again. After the last one it is given up."""
PAUSE_AFTER: Final = timedelta(days=3)
"""A webhook to which every message failed for so long is paused, and its maker told."""
OLD_SECRET_SIGNS: Final = timedelta(days=1)
MOST: Final = 20
"""Webhooks of one installation: each makes every change write a row."""
PATIENCE: Final = 15.0
"""Seconds that another system may take to answer."""
SHORT_PATIENCE: Final = 4.0
KEPT: Final = timedelta(days=60)
"""How long staff can look at a message that is done."""
_PREFIX = "whsec_"
PAUSED_LETTER: Final = "webhook-paused"

EVENTS: Final[Mapping[str, str]] = {
    "submission.opened": N_("Somebody began a submission."),
    "submission.advanced": N_("A submission moved to another state."),
    "award.awarded": N_("A credential was awarded."),
    "award.revoked": N_("An award was revoked."),
    "award.suspended": N_("An award was suspended."),
    "award.lifted": N_("A suspended award counts again."),
    "award.corrected": N_("An award was corrected: another one takes its place."),
    "credential.published": N_("A credential was published, for the first time or anew."),
}
"""What webhooks may ask for, by kind. `hook.NAME` is what documents' `hook: NAME` sends."""
PING: Final = "ping"
_HOOK = "hook."
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_TOLD = ("transition", "from", "to", "round", "version", "expires", "replaced_by")
"""The facts of an event that go out with it: none of them was written by a person."""
_ACTIVE = Prepared(select(Webhook.id, Webhook.events).where(Webhook.active))


def queue(
    session: Session,
    subject: SubmissionSubject,
    name: str,
    at: datetime,
    run_at: datetime | None = None,
) -> None:
    """Tell every webhook that listens for `hook.NAME` where this submission stands now."""
    if listening := _listening(session, f"{_HOOK}{name}"):
        _queue(session, listening, f"{_HOOK}{name}", _standing(subject.submission), at, run_at)


def is_name(name: str) -> bool:
    """Whether a document could send a hook of this name."""
    return _NAME.fullmatch(name) is not None


def _follow(session: Session, event: Mapping[str, Any]) -> None:
    """Every event that webhooks may ask for, as it is recorded."""
    kind, _colon, id = str(event["chain"]).partition(":")
    name = f"{kind}.{event['kind']}"
    if name not in EVENTS or not (listening := _listening(session, name)):
        return
    facts = {key: event["facts"][key] for key in _TOLD if key in event["facts"]}
    _queue(session, listening, name, {**_about(session, kind, id), **facts}, event["at"], None)


def _about(session: Session, kind: str, id: str) -> dict[str, Any]:
    if kind == "submission" and (submission := session.get(Submission, id)) is not None:
        return _standing(submission)
    if kind == "award" and (award := session.get(Award, id)) is not None:
        return {
            "award": award.serial,
            "credential": award.credential_id,
            "submission": award.submission_id,
            "recipient": award.recipient_id,
        }
    return {kind: id}


def _standing(submission: Submission) -> dict[str, Any]:
    return {
        "submission": submission.id,
        "credential": submission.credential_id,
        "edition": submission.edition_digest,
        "candidate": submission.candidate_id,
        "state": submission.state,
        "state_kind": submission.state_kind,
        "round": submission.round,
        "revision": submission.revision,
    }


def _listening(session: Session, event: str) -> list[str]:
    """The webhooks that want to hear of `event`."""
    found = []
    for id, events in _ACTIVE.run(session, {}).fetchall():
        wanted = json.loads(events) if isinstance(events, str) else events
        if not wanted or event in wanted:
            found.append(str(id))
    return found


def _queue(
    session: Session,
    webhooks: Iterable[str],
    event: str,
    data: Mapping[str, Any],
    at: datetime,
    run_at: datetime | None,
) -> list[str]:
    made = []
    payload = {"type": event, "timestamp": at.astimezone(UTC).isoformat(), "data": dict(data)}
    for webhook in webhooks:
        row = {
            "id": f"msg_{new_id()}",
            "webhook_id": webhook,
            "event": event,
            "payload": payload,
            "queued_at": at,
        }
        session.execute(insert(Delivery), row)
        _send_later(session, str(row["id"]), 0, run_at)
        made.append(str(row["id"]))
    return made


def _send_later(session: Session, id: str, tries: int, run_at: datetime | None) -> None:
    payload = {"delivery": id, "tries": tries}
    # A message that staff send again begins at try 0 once more: no key, the row decides.
    jobs.enqueue(session, JOB, payload, run_at=run_at)


def ping(session: Session, webhook: Webhook, at: datetime) -> str:
    """Send a message that says nothing but that it came; returns its id."""
    (id,) = _queue(session, [webhook.id], PING, {"webhook": webhook.id}, at, None)
    return id


def send_again(session: Session, id: str) -> bool:
    """Send a message once more, under its own id. False while it is still on its way."""
    again = (
        update(Delivery)
        .where(Delivery.id == id, Delivery.done_at.is_not(None))
        .values(done_at=None, tries=0, error="", status=None)
        .returning(Delivery.id)
    )
    if session.scalar(again) is None:
        return False
    _send_later(session, id, 0, None)
    return True


def require_there(webhook: Webhook) -> None:
    """Raises `Refused` for a webhook that was removed."""
    if webhook.removed_at is not None:
        raise Refused(Refusal(_("It was removed."), _("Add it anew if it should hear."), "removed"))


def _lock(session: Session, webhook: Webhook) -> None:
    """Raises `Refused` when somebody else removed it a moment ago."""
    session.refresh(webhook, with_for_update=True)
    require_there(webhook)


def resume(session: Session, webhook: Webhook) -> None:
    """Let a paused webhook hear again, beginning with what waited for it. Raises `Refused` for one
    that is removed."""
    _lock(session, webhook)
    webhook.active, webhook.failing_since = True, None
    session.flush()
    waiting = select(Delivery.id, Delivery.tries).where(
        Delivery.webhook_id == webhook.id, Delivery.done_at.is_(None)
    )
    for id, tries in session.execute(waiting.order_by(Delivery.queued_at, Delivery.id)):
        _send_later(session, id, tries, None)


def remove(session: Session, webhook: Webhook, by: audit.Doer, at: datetime) -> None:
    """Send nothing to a webhook ever again, and forget its secrets; what waited is not sent.

    What it was sent can be looked at for as long as messages are kept. Removed twice, it is removed
    once.
    """
    if webhook.removed_at is not None:
        return
    # Messages before the webhook, the order in which `_keep_outcome` locks them.
    waited = session.execute(
        update(Delivery)
        .where(Delivery.webhook_id == webhook.id, Delivery.done_at.is_(None))
        .values(done_at=at, error=_("The webhook was removed before this arrived."))
    )
    session.refresh(webhook, with_for_update=True)
    if webhook.removed_at is not None:  # by somebody else, at the same moment
        return
    webhook.active, webhook.removed_at = False, at
    webhook.secret, webhook.old_secret, webhook.old_until = "", "", None
    session.flush()
    facts = {"url": webhook.url, "not_sent": waited.rowcount}  # type: ignore[attr-defined]
    record(session, webhook, "removed", facts, by, at)


def new_secret() -> str:
    """A secret as Standard Webhooks writes one: 32 random bytes in base64 after `whsec_`."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def renew_secret(session: Session, webhook: Webhook, at: datetime) -> str:
    """Give a webhook a new secret. The old one signs beside it for a day, so that nothing is
    refused while the other system is told the new one. Raises `Refused` for one that is removed."""
    _lock(session, webhook)
    webhook.old_secret, webhook.old_until = webhook.secret, at + OLD_SECRET_SIGNS
    webhook.secret = new_secret()
    session.flush()
    return webhook.secret


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC-SHA256 of `ID.TIMESTAMP.BODY` (Standard Webhooks 1.0)."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(webhook: Webhook, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that prove where a message comes from."""
    timestamp = int(at.timestamp())
    signing = [webhook.secret]
    if webhook.old_secret and webhook.old_until is not None and webhook.old_until > at:
        signing.append(webhook.old_secret)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(one, id, timestamp, body) for one in signing),
        "content-type": "application/json",
        "user-agent": "Accolade (webhooks)",
    }


def deliver(
    context: JobContext,
    payload: Mapping[str, Any],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """The job: send one message, outside any transaction, and keep how it went."""
    with context.database.read() as session:
        delivery = session.get(Delivery, payload["delivery"])
        if delivery is None or delivery.done_at is not None or delivery.tries != payload["tries"]:
            return
        webhook = session.get_one(Webhook, delivery.webhook_id)
    if not webhook.active:
        return  # `resume` queues it anew
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    answer = addresses.post(
        webhook.url,
        body,
        headers(webhook, delivery.id, clock(), body),
        private=context.settings.links_to_private_networks,
        # One that is known to be away holds up no others.
        patience=PATIENCE if webhook.failing_since is None else SHORT_PATIENCE,
    )
    with context.database.transaction() as session:
        _keep_outcome(session, delivery, webhook, answer, clock())


def _keep_outcome(
    session: Session,
    delivery: Delivery,
    webhook: Webhook,
    answer: addresses.Posted,
    at: datetime,
) -> None:
    arrived = answer.status is not None and 200 <= answer.status < 300
    tries = delivery.tries + 1
    # 410 is how the other side says that it wants no more of these.
    over = arrived or tries > len(DELAYS) or answer.status == 410
    kept = (
        update(Delivery)
        .where(
            Delivery.id == delivery.id,
            Delivery.done_at.is_(None),
            Delivery.tries == delivery.tries,
        )
        .values(
            tries=tries,
            status=answer.status,
            error="" if arrived else answer.problem,
            done_at=at if over else None,
        )
        .returning(Delivery.id)
    )
    if session.scalar(kept) is None:  # another worker was faster
        return
    if not over:
        _send_later(session, delivery.id, tries, at + timedelta(seconds=DELAYS[tries - 1]))
    row = session.get_one(Webhook, webhook.id, with_for_update=True)
    if arrived:
        row.failing_since = None
        return
    if row.failing_since is None:
        row.failing_since = at
    if row.active and (answer.status == 410 or at - row.failing_since >= PAUSE_AFTER):
        pause(session, row, ENGINE, at, told=True)


def pause(
    session: Session, webhook: Webhook, by: audit.Doer, at: datetime, told: bool = False
) -> None:
    """Send nothing to a webhook until somebody lets it hear again. With `told`, its maker gets a
    letter."""
    webhook.active = False
    session.flush()
    record(session, webhook, "paused", {}, by, at)
    if told:
        letters.tell(
            session,
            webhook.made_by,
            PAUSED_LETTER,
            key=f"{webhook.id}.{int(at.timestamp())}",
            values={"address": webhook.url, "path": f"/staff/webhooks/{webhook.id}"},
        )


def record(
    session: Session,
    webhook: Webhook,
    kind: str,
    facts: Mapping[str, Any],
    by: audit.Doer,
    at: datetime,
) -> None:
    """Add to the trail of a webhook."""
    audit.record(session, f"webhook:{webhook.id}", kind, facts, by, at)


def tidy(context: JobContext, at: datetime) -> None:
    """The chore: forget messages that were done long ago, and webhooks removed as long ago."""
    long_ago = at - KEPT
    gone = select(Webhook.id).where(Webhook.removed_at < long_ago)
    with context.database.transaction() as session:
        session.execute(delete(Delivery).where(Delivery.done_at < long_ago))
        session.execute(delete(Delivery).where(Delivery.webhook_id.in_(gone)))
        session.execute(delete(Webhook).where(Webhook.removed_at < long_ago))


jobs.register(JOB, deliver)
jobs.periodically("deliveries", 6 * 3600.0, tidy)
audit.follow(_follow)
