"""Webhooks: signed, tried again, told once, and never the way to somebody's private network."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from standardwebhooks.webhooks import Webhook as Verifier

from engine.credentials.library import Library
from engine.errors import Refused
from engine.people import SYSTEM
from engine.records import addresses, audit, catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Delivery, Letter, Submission, Webhook, new_id
from engine.submissions import hooks

from .conftest import NOON, Garden


@dataclass
class Listener:
    """Another system: a real server that keeps what it is sent and answers as it is told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hooks?x=1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def context(garden: Garden) -> JobContext:
    """Where private addresses may be asked, as this machine's own is one."""
    settings = replace(garden.settings, links_to_private_networks=True)
    return JobContext(settings, garden.database, garden.store)


def listen(garden: Garden, url: str, *events: str) -> str:
    with garden.database.transaction() as session:
        webhook = Webhook(
            id=new_id(),
            url=url,
            secret=hooks.new_secret(),
            events=list(events),
            made_by="office",
            made_at=NOON,
        )
        session.add(webhook)
        session.flush()
        return webhook.id


def webhook(garden: Garden, id: str) -> Webhook:
    with garden.database.read() as session:
        return session.get_one(Webhook, id)


def deliveries(garden: Garden) -> list[Delivery]:
    with garden.database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.queued_at, Delivery.id)))


def enter(garden: Garden) -> str:
    with garden.database.transaction() as session:
        return garden.entered(session).id


def test_what_happens_is_told_and_signed(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url, "submission.advanced")
    submission = enter(garden)
    jobs.drain(context)
    ((headers, body),) = listener.heard
    told = Verifier(webhook(garden, id).secret).verify(body, headers)
    assert told == {
        "type": "submission.advanced",
        "timestamp": "2026-03-12T12:00:00+00:00",
        "data": {
            "submission": submission,
            "credential": "window-garden",
            "edition": garden.edition.digest,
            "candidate": "grower",
            "state": "on_show",
            "state_kind": "review",
            "round": 1,
            "revision": 1,
            "transition": "enter",
            "from": "planting",
            "to": "on_show",
        },
    }
    (delivery,) = deliveries(garden)
    assert (delivery.status, delivery.error, delivery.tries) == (204, "", 1)
    assert delivery.done_at is not None


def test_the_published_example_has_the_published_signature() -> None:
    # Standard Webhooks' own test vector.
    made = hooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_body_that_was_changed_does_not_fit_its_signature(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url)
    enter(garden)
    jobs.drain(context)
    headers, body = listener.heard[0]
    with pytest.raises(Exception, match="signature"):
        Verifier(webhook(garden, id).secret).verify(body + b" ", headers)
    with pytest.raises(Exception, match="signature"):
        Verifier(hooks.new_secret()).verify(body, headers)


def test_no_answer_note_or_name_goes_out(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url)
    with garden.database.transaction() as session:
        submission = garden.taken(session)
        garden.score(session, submission, "N", "A secret note")
        garden.advance(session, garden.judge, submission, "send_back", "A secret comment")
    jobs.drain(context)
    said = b"".join(body for _, body in listener.heard).decode()
    assert "ribbon" not in said
    for secret in ("Basil", "secret", "Grower", "Judge", "example.org"):
        assert secret not in said


def test_a_webhook_hears_only_what_it_asked_for(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url, "award.awarded", "hook.harvest")
    with garden.database.transaction() as session:
        submission = garden.ribbon(session)
        hooks.queue(session, garden.subject(session, submission), "harvest", NOON)
        hooks.queue(session, garden.subject(session, submission), "other", NOON)
    jobs.drain(context)
    assert sorted(one["type"] for one in listener.said()) == ["award.awarded", "hook.harvest"]
    award = next(one for one in listener.said() if one["type"] == "award.awarded")["data"]
    assert award["submission"] == submission.id
    assert award["recipient"] == "grower"


def test_nothing_is_told_of_what_was_rolled_back(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url)
    with suppress(ZeroDivisionError), garden.database.transaction() as session:
        garden.entered(session)
        raise ZeroDivisionError
    jobs.drain(context)
    assert deliveries(garden) == []
    assert listener.heard == []


def test_what_failed_is_tried_again_with_the_same_id(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url, "submission.advanced")
    listener.answers = [500, 503, 200]
    enter(garden)
    jobs.drain(context)
    (delivery,) = deliveries(garden)
    assert (delivery.tries, delivery.error, delivery.done_at) == (1, "It answered 500.", None)
    jobs.drain(context, datetime.now(UTC) + timedelta(hours=1))
    (delivery,) = deliveries(garden)
    assert (delivery.tries, delivery.status, delivery.error) == (3, 200, "")
    assert delivery.done_at is not None
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1


def test_what_fails_for_too_long_is_given_up_and_can_be_sent_again(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url, "submission.advanced")
    listener.answers = [500] * (len(hooks.DELAYS) + 1)
    enter(garden)
    for _ in hooks.DELAYS:
        jobs.drain(context, datetime.now(UTC) + timedelta(days=3))
    (delivery,) = deliveries(garden)
    assert delivery.tries == len(hooks.DELAYS) + 1
    assert delivery.done_at is not None
    assert delivery.error == "It answered 500."
    with garden.database.transaction() as session:
        assert hooks.send_again(session, delivery.id)
        assert not hooks.send_again(session, delivery.id)
    jobs.drain(context)
    assert deliveries(garden)[0].error == ""
    assert len(listener.heard) == len(hooks.DELAYS) + 2


def test_a_job_that_runs_twice_sends_once(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url, "submission.advanced")
    enter(garden)
    jobs.drain(context)
    (delivery,) = deliveries(garden)
    hooks.deliver(context, {"delivery": delivery.id, "tries": 0})
    assert len(listener.heard) == 1


def test_a_system_that_fails_for_days_is_paused_and_its_maker_told(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url, "submission.advanced")
    listener.answers = [500, 500]
    enter(garden)
    jobs.drain(context)
    failing = webhook(garden, id).failing_since
    assert failing is not None
    (delivery,) = deliveries(garden)
    later = failing + hooks.PAUSE_AFTER
    hooks.deliver(context, {"delivery": delivery.id, "tries": 1}, clock=lambda: later)
    assert not webhook(garden, id).active
    jobs.drain(context)
    with garden.database.read() as session:
        (letter,) = session.scalars(select(Letter).where(Letter.name == "webhook-paused"))
    assert letter.to_address == "office@example.org"
    assert f"/staff/webhooks/{id}" in letter.text
    with garden.database.transaction() as session:
        hooks.resume(session, session.get_one(Webhook, id))
    jobs.drain(context)
    assert deliveries(garden)[0].error == ""


def test_one_success_ends_the_count_of_failures(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url, "submission.advanced")
    listener.answers = [500]
    enter(garden)
    jobs.drain(context)
    assert webhook(garden, id).failing_since is not None
    jobs.drain(context, datetime.now(UTC) + timedelta(hours=1))
    assert webhook(garden, id).failing_since is None


def test_a_system_that_says_gone_is_paused_at_once(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url, "submission.advanced")
    listener.answers = [410]
    enter(garden)
    jobs.drain(context)
    assert not webhook(garden, id).active


def test_a_paused_webhook_is_not_told_of_what_happens_meanwhile(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url)
    with garden.database.transaction() as session:
        hooks.pause(session, session.get_one(Webhook, id), SYSTEM, NOON)
    enter(garden)
    jobs.drain(context)
    assert deliveries(garden) == []


def test_a_removed_webhook_hears_nothing_not_even_what_waited(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url)
    submission = enter(garden)
    with garden.database.transaction() as session:
        hooks.remove(session, session.get_one(Webhook, id), SYSTEM, NOON)
    with garden.database.transaction() as session:
        subject = garden.subject(session, session.get_one(Submission, submission))
        hooks.queue(session, subject, "harvest", NOON)
    with pytest.raises(Refused), garden.database.transaction() as session:
        hooks.resume(session, session.get_one(Webhook, id))
    jobs.drain(context)
    assert listener.heard == []
    assert not webhook(garden, id).active
    with garden.database.read() as session:
        (removed,) = audit.story(session, f"webhook:{id}")
    assert (removed.kind, removed.facts["url"]) == ("removed", listener.url)
    assert removed.facts["not_sent"] == len(deliveries(garden)) > 0


def test_a_removed_webhook_is_forgotten_with_its_messages(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url)
    enter(garden)
    with garden.database.transaction() as session:
        hooks.remove(session, session.get_one(Webhook, id), SYSTEM, NOON)
    hooks.tidy(context, NOON + hooks.KEPT)
    assert len(deliveries(garden)) > 0
    hooks.tidy(context, NOON + hooks.KEPT + timedelta(seconds=1))
    with garden.database.read() as session:
        assert session.get(Webhook, id) is None
    assert deliveries(garden) == []


def test_both_secrets_sign_while_one_is_replaced(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    id = listen(garden, listener.url, "submission.advanced")
    old = webhook(garden, id).secret
    now = datetime.now(UTC)
    with garden.database.transaction() as session:
        new = hooks.renew_secret(session, session.get_one(Webhook, id), now)
    enter(garden)
    jobs.drain(context)
    headers, body = listener.heard[0]
    for secret in (old, new):
        Verifier(secret).verify(body, headers)
    with garden.database.transaction() as session:
        session.execute(update(Webhook).values(old_until=now - timedelta(days=1)))
        hooks.ping(session, session.get_one(Webhook, id, populate_existing=True), now)
    jobs.drain(context)
    headers, body = listener.heard[1]
    Verifier(new).verify(body, headers)
    with pytest.raises(Exception, match="signature"):
        Verifier(old).verify(body, headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/x",
        "http://localhost:{port}/x",
        "http://[::1]:{port}/x",
        "http://0.0.0.0:{port}/x",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "http://[::ffff:127.0.0.1]:{port}/x",
        "http://2130706433:{port}/x",
    ],
)
def test_nothing_is_sent_inside_a_private_network(
    garden: Garden, listener: Listener, url: str
) -> None:
    port = listener.url.partition("127.0.0.1:")[2].partition("/")[0]
    listen(garden, url.format(port=port), "submission.advanced")
    enter(garden)
    jobs.drain(JobContext(garden.settings, garden.database, garden.store))
    (delivery,) = deliveries(garden)
    assert listener.heard == []
    assert delivery.status is None
    assert delivery.error


def test_a_redirect_is_not_followed(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url, "submission.advanced")
    listener.answers = [302]
    enter(garden)
    jobs.drain(context)
    assert len(listener.heard) == 1
    assert deliveries(garden)[0].error == "It answered 302."


def test_a_system_that_never_answers_holds_up_nobody_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        began = time.monotonic()
        answer = addresses.post(url, b"{}", {}, private=True, patience=0.5)
    assert time.monotonic() - began < 3
    assert answer.status is None
    assert answer.problem


def test_without_webhooks_a_change_costs_no_row(garden: Garden, context: JobContext) -> None:
    enter(garden)
    with garden.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert [name for name in jobs.drain(context) if "hook" in name] == []


def test_old_messages_are_forgotten(
    garden: Garden, context: JobContext, listener: Listener
) -> None:
    listen(garden, listener.url, "submission.advanced")
    enter(garden)
    jobs.drain(context)
    now = datetime.now(UTC)
    hooks.tidy(context, now + hooks.KEPT - timedelta(hours=1))
    assert len(deliveries(garden)) == 1
    hooks.tidy(context, now + hooks.KEPT + timedelta(hours=1))
    assert deliveries(garden) == []


def test_what_is_published_is_told(garden: Garden, context: JobContext, listener: Listener) -> None:
    listen(garden, listener.url, "credential.published")
    library = Library(garden.settings.documents, garden.settings.workflows)
    with garden.database.transaction() as session:
        catalogue.publish(session, library, "instructional-coach", SYSTEM, NOON)
    jobs.drain(context)
    (told,) = listener.said()
    assert told["type"] == "credential.published"
    assert told["data"]["credential"] == "instructional-coach"
