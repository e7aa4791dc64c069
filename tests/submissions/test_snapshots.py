"""The trail keeps the digest of what was handed in, and `audit verify` compares."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.orm import Session

from engine.records import audit, checkpoints, handed_in, signing, verification
from engine.records.tables import Snapshot, Submission
from engine.submissions import migrating, progress

from .conftest import NOON, Garden
from .test_migrating import second


def faults(session: Session) -> list[str]:
    session.flush()
    return list(handed_in.faults(session))


def change(session: Session, submission: Submission, goal: str) -> None:
    """As somebody would who can write to the database."""
    shot = session.get_one(Snapshot, (submission.id, 1))
    answers = {**shot.answers, "plan": {**shot.answers["plan"], "goal": goal}}
    session.execute(update(Snapshot).values(answers=answers))


def test_the_event_of_handing_in_keeps_the_digest_of_the_answers(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)

    shot = session.get_one(Snapshot, (submission.id, 1))
    last = audit.story(session, f"submission:{submission.id}")[-1]
    assert last.facts["snapshots"] == {"1": handed_in.digest_of(shot.answers, shot.marks)}
    assert faults(session) == []


def test_answers_that_were_changed_afterwards_are_found(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    number = audit.story(session, f"submission:{submission.id}")[-1].sequence

    change(session, submission, "Mint all year")

    assert faults(session) == [
        f"submission:{submission.id}: what was handed in as round 1 was changed: "
        f"it is not what event {number} saw."
    ]


def test_audit_verify_tells_of_answers_that_were_changed(garden: Garden) -> None:
    with garden.database.transaction() as session:
        submission = garden.entered(session)
    checkpoints.run(garden.database, garden.settings, NOON)
    with garden.database.transaction() as session:
        change(session, submission, "Mint all year")

    with garden.database.read() as session:
        found = list(verification.faults(session, signing.known(garden.settings.keys)))
    with garden.database.read() as session:
        later = NOON + timedelta(days=1)
        keys = signing.known(garden.settings.keys)
        since = list(verification.faults(session, keys, since=later))

    assert len(found) == 1
    assert "what was handed in as round 1 was changed" in found[0]
    assert since == []


def test_answers_that_are_gone_are_found(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    number = audit.story(session, f"submission:{submission.id}")[-1].sequence

    session.execute(delete(Snapshot))

    assert faults(session) == [
        f"submission:{submission.id}: what was handed in as round 1 is gone: event {number} saw it."
    ]


def test_a_round_that_nobody_handed_in_is_found(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    session.execute(
        insert(Snapshot).values(
            submission_id=submission.id, round=2, answers={}, marks={}, taken_at=NOON
        )
    )

    assert faults(session) == [
        f"submission:{submission.id}: nothing in its events tells of round 2: it was added."
    ]


def test_rounds_from_before_digests_were_kept_are_not_judged(
    garden: Garden, session: Session
) -> None:
    submission = garden.opened(session)
    session.execute(
        insert(Snapshot).values(
            submission_id=submission.id, round=1, answers={}, marks={}, taken_at=NOON
        )
    )

    assert faults(session) == []


def test_a_step_that_hands_nothing_in_keeps_no_digest_and_asks_for_none(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)
    said: list[str] = []

    def listen(_conn: object, _cursor: object, statement: str, *_others: object) -> None:
        said.append(statement)

    event.listen(garden.database.engine, "before_cursor_execute", listen)
    garden.advance(session, garden.judge, submission, "take")
    event.remove(garden.database.engine, "before_cursor_execute", listen)

    last = audit.story(session, f"submission:{submission.id}")[-1]
    assert "snapshots" not in last.facts
    assert [one for one in said if "INSERT INTO snapshots" in one or "FROM snapshots" in one] == []


def test_what_was_handed_in_and_taken_back_is_not_missed(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    submission.undo = {
        "transition": "enter",
        "by": "grower",
        "at": NOON.isoformat(),
        "until": (NOON + timedelta(hours=1)).isoformat(),
        "comment": "",
        "before": {"state": "planting", "state_kind": "open", "round": 0},
        "reviews": [],
    }
    session.flush()

    progress.take_back(session, garden.settings, garden.grower, submission.id, NOON)

    assert session.scalars(select(Snapshot)).all() == []
    assert faults(session) == []


def test_a_migration_tells_the_digests_of_the_answers_in_their_new_places(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    (line,) = migrating.plan(session, to := second(session))

    migrating.apply(
        session, garden.settings, garden.office, submission.id, to, line.token, line_at := NOON
    )

    kept = session.get_one(Snapshot, (submission.id, 1), populate_existing=True)
    assert kept.answers["design"]["aim"] == "Basil all year"
    told = [one for one in audit.story(session, f"submission:{submission.id}") if one.at == line_at]
    assert told[-1].facts["snapshots"] == {"1": handed_in.digest_of(kept.answers, kept.marks)}
    assert faults(session) == []
