"""Two people at once, on real threads and a real database: one wins, and nobody is half done."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text

from engine import notices, people
from engine.errors import AccoladeError, Conflict, Refused
from engine.people import SYSTEM
from engine.records import audit, catalogue, jobs
from engine.records.tables import Account, Award, DraftRow, Event, Review, Snapshot, Submission
from engine.submissions import drafting, progress, reviewing
from tests.attacks.conftest import Stage
from tests.conftest import TERM
from tests.web.conftest import GARDEN


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned or raised, all of them begun together."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            found[place] = act()
        except Exception as error:  # looked at below, where it can fail the test
            found[place] = error

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    for one in found:
        if isinstance(one, Exception) and not isinstance(one, AccoladeError):
            raise one
    return found


def step(stage: Stage, name: str, id: str, transition: str, revision: int) -> Callable[[], str]:
    def act() -> str:
        with stage.database.transaction() as session:
            moved = progress.advance(
                session, stage.settings, stage.cast[name], id, transition, revision, TERM
            )
            return moved.state

    return act


def count(stage: Stage, query: Any) -> int:
    with stage.database.read() as session:
        return session.scalar(query) or 0


def queued(stage: Stage, name: str) -> int:
    schema = "" if stage.database.is_sqlite else "dbos."
    query = text(f"SELECT count(*) FROM {schema}workflow_status WHERE workflow_uuid LIKE :name")
    with stage.database.read() as session:
        return session.scalar(query, {"name": f"{name}/%"}) or 0


@pytest.fixture
def handed_in(stage: Stage) -> Stage:
    step(stage, "ben", stage.ready, "hand_in", 0)()
    return stage


@pytest.fixture
def decided(handed_in: Stage) -> Stage:
    step(handed_in, "rosa", handed_in.ready, "take_up", 1)()
    with handed_in.database.transaction() as session:
        subject = drafting.subject_of(session, handed_in.ready)
        review = reviewing.current_review(session, subject)
        assert review is not None
        scores = {
            (guide.id, one.id): ("Y", "")
            for guide in subject.edition.credential.scoring_guides.values()
            for one in guide.look_fors
        }
        reviewing.save_scores(
            session, handed_in.cast["rosa"], subject, scores, review.revision, TERM
        )
    return handed_in


def test_two_reviewers_who_claim_at_once_are_one(handed_in: Stage) -> None:
    names = ["rosa", "otto"] * 4
    found = at_once(*(step(handed_in, name, handed_in.ready, "take_up", 1) for name in names))
    assert found.count("under_assessment") == 1
    assert all(isinstance(one, Conflict | Refused) for one in found if one != "under_assessment")
    with handed_in.database.read() as session:
        submission = session.get_one(Submission, handed_in.ready)
        winner = names[found.index("under_assessment")]
        assert submission.reviewer_id == handed_in.cast[winner].id
        of = Review.submission_id == handed_in.ready
        assert session.scalar(select(func.count()).where(of)) == 1
        assert audit.verify(session) is None


def test_the_same_step_ten_times_at_once_happens_once(decided: Stage) -> None:
    acts = [step(decided, "rosa", decided.ready, "confer", 2) for _ in range(10)]
    before = queued(decided, "certificate")
    found = at_once(*acts)
    assert found.count("conferred") == 1
    assert count(decided, select(func.count()).where(Award.submission_id == decided.ready)) == 1
    assert queued(decided, "certificate") == before + 1
    chain = f"submission:{decided.ready}"
    with decided.database.read() as session:
        kinds = Counter(event.facts.get("transition") for event in audit.story(session, chain))
        assert kinds["confer"] == 1
        assert audit.verify(session) is None


def test_awarding_and_declining_at_once_is_one_of_them(decided: Stage) -> None:
    def decline() -> str:
        with decided.database.transaction() as session:
            return progress.advance(
                session,
                decided.settings,
                decided.cast["rosa"],
                decided.ready,
                "decline",
                2,
                TERM,
                "No",
            ).state

    found = at_once(*[step(decided, "rosa", decided.ready, "confer", 2), decline] * 3)
    won = {one for one in found if isinstance(one, str)}
    assert len(won) == 1
    awards = count(decided, select(func.count()).where(Award.submission_id == decided.ready))
    assert awards == (1 if won == {"conferred"} else 0)


def test_the_button_pressed_ten_times_at_once_hands_in_once(stage: Stage) -> None:
    """Through the pages, each press in a browser of its own."""
    browsers = [stage.browser("ben") for _ in range(6)]
    path = f"/submissions/{stage.ready}/advance/hand_in"
    found = at_once(
        *(
            lambda browser=browser: browser.post(path, {"revision": 0}).status_code
            for browser in browsers
        )
    )
    assert sorted(found) == [303] + [409] * 5
    snapshots = select(func.count()).where(Snapshot.submission_id == stage.ready)
    assert count(stage, snapshots) == 1


def test_two_pages_that_save_at_once_keep_both(stage: Stage) -> None:
    ben = [stage.browser("ben"), stage.browser("ben")]
    place, seasons = (f"/submissions/{stage.ready}/plot/{page}" for page in ("place", "seasons"))
    seen = ben[0].seen(place), ben[0].seen(seasons)
    found = at_once(
        lambda: ben[0].post(place, {"_seen": seen[0], "/plot/garden_name": "Left"}, json=True),
        lambda: ben[1].post(
            seasons, {"_seen": seen[1], "/plot/first_sown_on": "2025-01-31"}, json=True
        ),
    )
    assert [one.status_code for one in found] == [200, 200]
    said = stage.answers(stage.ready, "plot")
    assert (said["garden_name"], said["first_sown_on"]) == ("Left", "2025-01-31")


def test_the_same_page_saved_at_once_keeps_one_and_tells_the_others(stage: Stage) -> None:
    path = f"/submissions/{stage.ready}/plot/place"
    browsers = [stage.browser("ben") for _ in range(6)]
    seen = browsers[0].seen(path)
    found = at_once(
        *(
            lambda n=n, browser=browser: (
                browser.post(
                    path, {"_seen": seen, "/plot/garden_name": f"Name {n}"}, json=True
                ).status_code
            )
            for n, browser in enumerate(browsers)
        )
    )
    assert sorted(found) == [200] + [409] * 5
    assert stage.answers(stage.ready, "plot")["garden_name"] == f"Name {found.index(200)}"


def test_the_first_saves_of_a_form_at_once_break_nothing(stage: Stage) -> None:
    browser = stage.browser("rosa")
    id = browser.post(f"/credentials/{GARDEN}/open").location.rsplit("/", 1)[1]
    path = f"/submissions/{id}/plot/place"
    browsers = [stage.browser("rosa") for _ in range(5)]
    seen = browser.seen(path)
    found = at_once(
        *(
            lambda n=n, one=one: (
                one.post(
                    path, {"_seen": seen, "/plot/garden_name": f"Name {n}"}, json=True
                ).status_code
            )
            for n, one in enumerate(browsers)
        )
    )
    assert set(found) == {200, 409}
    assert count(stage, select(func.count()).where(DraftRow.submission_id == id)) == 1


def test_opening_many_times_at_once_makes_one_draft(stage: Stage) -> None:
    browsers = [stage.browser("otto") for _ in range(6)]
    found = at_once(
        *(lambda one=one: one.post(f"/credentials/{GARDEN}/open").location for one in browsers)
    )
    assert len(set(found)) == 1
    mine = Submission.candidate_id == stage.cast["otto"].id
    assert count(stage, select(func.count()).where(mine)) == 1


def test_publishing_twice_at_once_makes_one_edition(stage: Stage) -> None:
    with stage.database.transaction() as session:
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'editions'"
        if stage.database.is_sqlite:
            for trigger in session.scalars(text(guards)).all():
                session.execute(text(f'DROP TRIGGER "{trigger}"'))
        else:
            session.execute(text("ALTER TABLE editions DISABLE TRIGGER USER"))
        session.execute(text("DELETE FROM editions WHERE credential_id = 'green-school'"))
    browsers = [stage.browser(name) for name in ("sam", "ada") * 3]
    found = at_once(
        *(
            lambda one=one: one.post("/staff/documents/green-school/publish").status_code
            for one in browsers
        )
    )
    assert set(found) <= {303, 409}
    assert 303 in found
    with stage.database.read() as session:
        assert catalogue.current(session, "green-school") is not None
        events = select(func.count()).where(
            Event.chain == "credential:green-school", Event.at > TERM
        )
        assert session.scalar(events) == 1


def test_sign_ins_that_fail_at_once_are_all_counted(stage: Stage) -> None:
    browsers = [stage.browser() for _ in range(8)]
    said = {"_email": "ana@example.org", "_password": "not the password"}
    at_once(*(lambda one=one: one.post("/sign-in", said).status_code for one in browsers))
    assert browsers[0].post("/sign-in", said).status_code == 429


def test_a_job_that_two_workers_take_is_done_once(stage: Stage) -> None:
    """Delivery is at least once; what a job leaves behind is there once."""
    before = queued(stage, notices.JOB)
    with stage.database.transaction() as session:
        for _ in range(2):
            jobs.enqueue(session, notices.JOB, {"letter": stage.letter}, key=stage.letter)
    assert queued(stage, notices.JOB) == before + 1
    context = jobs.JobContext(
        stage.settings, stage.database, stage.app.extensions["accolade"].store
    )
    at_once(*[lambda: notices.send(context, {"letter": stage.letter})] * 6)
    assert len(list(stage.settings.mail.glob("*.eml"))) == 1


def test_awards_revoked_twice_at_once_keep_one_reason(stage: Stage) -> None:
    browsers = [stage.browser(name) for name in ("sam", "ada") * 2]
    path = f"/staff/awards/{stage.serial}/revoke"
    found = at_once(
        *(
            lambda n=n, one=one: one.post(path, {"reason": f"Reason {n}"}).status_code
            for n, one in enumerate(browsers)
        )
    )
    assert set(found) <= {303, 409}
    with stage.database.read() as session:
        kinds = [event.kind for event in audit.story(session, f"award:{stage.serial}")]
        assert kinds.count("revoked") == 1
        assert audit.verify(session) is None


def test_a_name_corrected_twice_at_once_is_issued_anew_once(stage: Stage) -> None:
    browsers = [stage.browser(name) for name in ("sam", "ada") * 2]
    path = f"/staff/awards/{stage.serial}/correct"
    found = at_once(
        *(
            lambda n=n, one=one: one.post(path, {"name": f"Ana {n}", "reason": "x"}).status_code
            for n, one in enumerate(browsers)
        )
    )
    assert sorted(found) == [303, 409, 409, 409]
    with stage.database.read() as session:
        old = session.get_one(Award, stage.serial)
        same = select(Award).where(Award.status_list == 1, Award.title == old.title)
        fresh = [one for one in session.scalars(same) if one.serial != stage.serial]
        assert [one.serial for one in fresh] == [old.replaced_by]
        assert audit.verify(session) is None


def test_what_is_corrected_and_revoked_at_once_is_one_of_them(stage: Stage) -> None:
    acts = [("sam", "correct"), ("ada", "revoke"), ("sam", "suspend"), ("ada", "correct")]
    browsers = [(stage.browser(who), deed) for who, deed in acts]
    form = {"name": "Ana Hall", "reason": "x"}
    path = f"/staff/awards/{stage.serial}"
    at_once(
        *(lambda one=one, deed=deed: one.post(f"{path}/{deed}", form) for one, deed in browsers)
    )
    with stage.database.read() as session:
        award = session.get_one(Award, stage.serial)
        assert (award.revoked_at is None) != (award.replaced_by is None)
        kinds = [event.kind for event in audit.story(session, f"award:{stage.serial}")]
        assert kinds[-1] in ("revoked", "corrected")
        assert kinds.count("revoked") + kinds.count("corrected") == 1
        assert audit.verify(session) is None


PAIRS = (("sam", "ada"), ("ada", "sam"))


@pytest.mark.parametrize("how", ["roles", "active"])
def test_administrators_who_remove_each_other_at_once_leave_one(stage: Stage, how: str) -> None:
    with stage.database.transaction() as session:
        people.set_roles(session, stage.cast["sam"].id, ["staff", "admin"], SYSTEM, TERM)
    fields = {"roles": {"roles": "staff"}, "active": {"active": "no"}}[how]
    pairs = [(stage.browser(one), stage.cast[other].id) for one, other in PAIRS]
    acts = [
        lambda one=one, whom=whom: one.post(f"/staff/people/{whom}/{how}", fields).status_code
        for one, whom in pairs
    ]

    found = at_once(*acts)

    assert found.count(303) == 1
    with stage.database.read() as session:
        left = [
            one.email
            for one in session.scalars(select(Account).where(Account.active))
            if "admin" in one.roles
        ]
    assert len(left) == 1


def test_of_two_who_demote_each_other_one_is_refused(
    stage: Stage,
) -> None:
    with stage.database.transaction() as session:
        people.set_roles(session, stage.cast["sam"].id, ["staff", "admin"], SYSTEM, TERM)
    both = threading.Barrier(2)

    def demote(one: str, other: str) -> Callable[[], None]:
        def act() -> None:
            with stage.database.read() as session:  # both are administrators as far as they know
                assert "admin" in people.get(session, stage.cast[one].id).roles
            both.wait(10)
            with stage.database.transaction() as session:
                id = stage.cast[other].id
                people.set_roles(session, id, ["staff"], stage.cast[one], TERM)

        return act

    found = at_once(*(demote(one, other) for one, other in PAIRS))

    assert [type(one) for one in found].count(Refused) == 1
    assert found.count(None) == 1
