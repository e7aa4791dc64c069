"""Acting on many at once: looked at first, done once, none lost, stopped, and killed half-way."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from engine.awards.certificates import printing
from engine.errors import Refused
from engine.records import audit, jobs, queueing
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.queueing import STATUS
from engine.records.tables import (
    Account,
    Award,
    BulkItem,
    BulkRun,
    Event,
    Letter,
    Review,
    Score,
    Submission,
)
from engine.submissions import bulk, bulk_deeds, bulk_job
from engine.submissions.bulk import Chosen
from tests.submissions.conftest import NOON, Garden


def crowd(garden: Garden, count: int, state: str = "on_show", kind: str = "review") -> list[str]:
    ids = []
    with garden.database.transaction() as session:
        for number in range(count):
            id = f"work{number:04}"
            session.add(
                Submission(
                    id=id,
                    edition_digest=garden.edition.digest,
                    credential_id=garden.edition.credential.id,
                    candidate_id=garden.grower.id,
                    state=state,
                    state_kind=kind,
                    state_since=NOON,
                    revision=1,
                    round=1,
                    opened_at=NOON,
                )
            )
            ids.append(id)
    return ids


def prepared(garden: Garden, ids: list[str], action: str = "advance", **arguments: str) -> str:
    said = arguments or {"transition": "give_up"}
    actor = garden.grower if said.get("transition") == "give_up" else garden.office
    with garden.database.transaction() as session:
        if actor is garden.grower:  # the garden's only step that needs nobody assigned
            session.execute(
                update(Account).where(Account.id == actor.id).values(roles=["candidate", "staff"])
            )
        chosen = bulk.revisions(session, ids)
        return bulk.prepare(session, as_staff(garden), action, said, chosen, NOON)  # type: ignore[arg-type]


def as_staff(garden: Garden):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(garden.grower, roles=frozenset({"candidate", "staff"}))


def begin(garden: Garden, run_id: str) -> None:
    with garden.database.transaction() as session:
        bulk.begin(session, as_staff(garden), run_id, NOON)


@pytest.fixture
def context(garden: Garden) -> JobContext:
    return JobContext(garden.settings, garden.database, EvidenceStore(garden.settings.evidence))


def steps(session: Session) -> dict[str, int]:
    """How often each submission was advanced."""
    rows = session.execute(
        select(Event.chain, func.count()).where(Event.kind == "advanced").group_by(Event.chain)
    )
    return {chain.removeprefix("submission:"): number for chain, number in rows}


def outcomes(garden: Garden, run_id: str) -> list[tuple[str, str]]:
    with garden.database.read() as session:
        rows = select(BulkItem.outcome, BulkItem.words).where(BulkItem.run_id == run_id)
        return [(one, words) for one, words in session.execute(rows.order_by(BulkItem.number))]


def test_every_item_is_done_once(garden: Garden, context: JobContext) -> None:
    ids = crowd(garden, 7)
    run_id = prepared(garden, ids)
    begin(garden, run_id)
    begin(garden, run_id)
    jobs.drain(context)
    with garden.database.read() as session:
        assert steps(session) == dict.fromkeys(ids, 1)
        assert bulk.progress_of(session, run_id) == (7, 7, 0)
        assert session.get_one(BulkRun, run_id).ended_at is not None
        assert audit.verify(session) is None


def test_nothing_happens_before_it_is_begun(garden: Garden, context: JobContext) -> None:
    run_id = prepared(garden, crowd(garden, 3))
    bulk_job.go_on(context, {"run": run_id})
    with garden.database.read() as session:
        assert steps(session) == {}


def test_the_preview_says_who_can_and_why_the_others_cannot(garden: Garden) -> None:
    ids = crowd(garden, 2)
    with garden.database.transaction() as session:
        session.execute(
            update(Submission)
            .where(Submission.id == ids[1])
            .values(state="ribbon", state_kind="outcome")
        )
    run_id = prepared(garden, ids)
    found = bulk.rehearse(garden.database, garden.settings, as_staff(garden), run_id, NOON)
    assert [(one.submission_id, one.words) for one in found] == [
        (ids[0], ""),
        (ids[1], "“Give up” is not possible now: Ribbon."),
    ]
    with garden.database.read() as session:
        assert steps(session) == {}
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_what_changed_since_the_preview_is_left_alone_with_words(
    garden: Garden, context: JobContext
) -> None:
    ids = crowd(garden, 3)
    run_id = prepared(garden, ids)
    with garden.database.transaction() as session:
        session.execute(update(Submission).where(Submission.id == ids[1]).values(revision=2))
    begin(garden, run_id)
    jobs.drain(context)
    assert outcomes(garden, run_id) == [
        ("done", ""),
        ("refused", "This has moved on since you looked at it: On show."),
        ("done", ""),
    ]


def test_pieces_follow_one_another(
    garden: Garden, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_job, "PIECE", 2)
    run_id = prepared(garden, crowd(garden, 5))
    begin(garden, run_id)
    assert jobs.drain(context).count("bulk") == 3
    assert [one for one, _ in outcomes(garden, run_id)] == ["done"] * 5


def test_a_stopped_run_does_no_more(garden: Garden, context: JobContext) -> None:
    run_id = prepared(garden, crowd(garden, 5))
    begin(garden, run_id)
    with garden.database.transaction() as session:
        bulk.stop(session, as_staff(garden), run_id, NOON)
    jobs.drain(context)
    assert [one for one, _ in outcomes(garden, run_id)] == [""] * 5
    with garden.database.read() as session:
        assert steps(session) == {}


def test_a_role_that_was_taken_away_counts_at_once(garden: Garden, context: JobContext) -> None:
    run_id = prepared(garden, crowd(garden, 2), "remind", to="candidate", words="Come in.")
    begin(garden, run_id)
    with garden.database.transaction() as session:
        session.execute(
            update(Account).where(Account.id == garden.grower.id).values(roles=["candidate"])
        )
    jobs.drain(context)
    assert {one for one, _ in outcomes(garden, run_id)} == {"refused"}


def test_reminders_carry_staffs_own_words_once(garden: Garden, context: JobContext) -> None:
    with garden.database.transaction() as session:
        session.execute(
            update(Account)
            .where(Account.id == garden.grower.id)
            .values(roles=["candidate", "staff"])
        )
    run_id = prepared(
        garden, crowd(garden, 3), "remind", to="candidate", words="The gate opens at 7."
    )
    begin(garden, run_id)
    bulk_job.go_on(context, {"run": run_id})
    bulk_job.go_on(context, {"run": run_id})
    jobs.drain(context)
    with garden.database.read() as session:
        letters = session.scalars(select(Letter).where(Letter.name == bulk_deeds.LETTER)).all()
    assert len(letters) == 3
    assert all("The gate opens at 7." in letter.text for letter in letters)


def test_an_empty_choice_or_a_letter_without_words_is_refused(garden: Garden) -> None:
    ids = crowd(garden, 1)
    with garden.database.transaction() as session:
        for action, said, chosen in (
            ("remind", {"to": "candidate"}, [Chosen(ids[0], 1)]),
            ("advance", {"transition": "give_up"}, []),
            ("advance", {}, [Chosen(ids[0], 1)]),
            ("assign", {"reviewer": "nobody"}, [Chosen(ids[0], 1)]),
        ):
            with pytest.raises(Refused):
                bulk.prepare(session, garden.office, action, said, chosen, NOON)  # type: ignore[arg-type]


def test_reviewers_may_not_write_to_many(garden: Garden) -> None:
    chosen = [Chosen(id, 1) for id in crowd(garden, 1)]
    with garden.database.transaction() as session, pytest.raises(Refused):
        bulk.prepare(session, garden.judge, "remind", {"words": "x"}, chosen, NOON)


def test_two_workers_do_nothing_twice(garden: Garden, context: JobContext) -> None:
    ids = crowd(garden, 40)
    run_id = prepared(garden, ids)
    begin(garden, run_id)
    both = [
        threading.Thread(target=bulk_job.go_on, args=(context, {"run": run_id})) for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    with garden.database.read() as session:
        assert steps(session) == dict.fromkeys(ids, 1)
        assert bulk.progress_of(session, run_id) == (40, 40, 0)


def die_again_and_again(garden: Garden, run_id: str, *patience: float) -> None:
    """Have processes work on it that are killed so many seconds after they began."""
    deaths = 0
    for seconds in patience:
        garden.database.dispose()  # nobody shares a connection with a child
        child = os.fork()
        if child == 0:
            try:
                database = Database(garden.database.address)
                context = JobContext(garden.settings, database, garden.store)
                bulk_job.go_on(context, {"run": run_id})
            finally:
                os._exit(0)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        deaths += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        with garden.database.read() as session:
            done = bulk.progress_of(session, run_id).done
            # Whatever is marked as done is done, and nothing else is.
            assert sum(steps(session).values()) == len(steps(session)) == done
    assert deaths > 0


def test_a_worker_killed_again_and_again_loses_and_repeats_nothing(
    garden: Garden, context: JobContext
) -> None:
    ids = crowd(garden, 150)
    run_id = prepared(garden, ids)
    begin(garden, run_id)
    die_again_and_again(garden, run_id, 0.1, 0.02, 0.2, 0.05, 0.3)
    bulk_job.go_on(context, {"run": run_id})
    with garden.database.read() as session:
        assert steps(session) == dict.fromkeys(ids, 1)
        assert bulk.progress_of(session, run_id) == (150, 150, 0)
        assert audit.verify(session) is None


def judged(garden: Garden, count: int) -> list[str]:
    """Submissions that the judge scored: every look-for is a Y."""
    ids = crowd(garden, count, "judging", "decide")
    judge = garden.judge.id
    reviews = [
        {
            "id": f"review-{id}",
            "submission_id": id,
            "round": 1,
            "reviewer_id": judge,
            "state": "judging",
            "started_at": NOON,
        }
        for id in ids
    ]
    scores = [
        {
            "review_id": f"review-{id}",
            "guide_id": guide.id,
            "look_for_id": look_for.id,
            "decision": "Y",
            "saved_at": NOON,
        }
        for id in ids
        for guide in garden.edition.credential.scoring_guides.values()
        for look_for in guide.look_fors
    ]
    with garden.database.transaction() as session:
        session.execute(insert(Review), reviews)
        session.execute(insert(Score), scores)
        session.execute(update(Submission).values(reviewer_id=judge, reviewer_ids=[judge]))
    return ids


def queued(session: Session, garden: Garden, name: str) -> list[str]:
    """The keys of the jobs of one name that were ever queued."""
    ids = select(STATUS.c.workflow_uuid).where(STATUS.c.workflow_uuid.startswith(f"{name}/"))
    found = session.scalars(ids, execution_options=queueing.theirs(garden.database))
    return sorted(id.removeprefix(f"{name}/") for id in found)


def test_awards_to_many_are_given_once_each_whoever_dies_over_them(
    garden: Garden, context: JobContext
) -> None:
    ids = judged(garden, 60)
    with garden.database.transaction() as session:
        said, chosen = {"transition": "give_ribbon"}, bulk.revisions(session, ids)
        run_id = bulk.prepare(session, garden.judge, "advance", said, chosen, NOON)
        bulk.begin(session, garden.judge, run_id, NOON)
    die_again_and_again(garden, run_id, 0.2, 0.1, 0.3)
    bulk_job.go_on(context, {"run": run_id})
    bulk_job.go_on(context, {"run": run_id})
    assert set(outcomes(garden, run_id)) == {("done", "")}
    with garden.database.read() as session:
        assert steps(session) == dict.fromkeys(ids, 1)
        serials = dict(session.execute(select(Award.submission_id, Award.serial)).all())
        assert serials.keys() == set(ids)
        told = session.scalars(select(Event.chain).where(Event.kind == "awarded"))
        assert sorted(told) == sorted(f"award:{serial}" for serial in serials.values())
        assert queued(session, garden, printing.JOB) == sorted(serials.values())
        letters = queued(session, garden, "compose-letter")
        assert letters == sorted(f"{id}.2.awarded.grower" for id in ids)
        assert audit.verify(session) is None


def test_runs_that_nobody_began_are_forgotten(garden: Garden, context: JobContext) -> None:
    kept, gone = crowd(garden, 1), prepared(garden, ["work0000"])
    begun = prepared(garden, kept)
    begin(garden, begun)
    bulk._tidy(context, NOON + timedelta(days=2))
    with garden.database.read() as session:
        assert session.get(BulkRun, gone) is None
        assert session.get(BulkRun, begun) is not None
