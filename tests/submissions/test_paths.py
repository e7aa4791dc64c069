"""What a workflow document can say about its ways: choices, what happens by itself, taking back."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition, edition_from
from engine.errors import NotFound, Refused
from engine.forms.drafts import Draft
from engine.records import audit, jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Award, Event, Snapshot, Submission, Timer
from engine.submissions import progress, timers
from tests import editions

from .conftest import BUNDLE, NOON, Garden

DAY = timedelta(days=1)
Plant = Callable[..., Submission]


@pytest.fixture
def plant(garden: Garden) -> Plant:
    """Publishes the small credential with another workflow, and opens a submission to it."""

    def planted(session: Session, change: Callable[[dict[str, Any]], object]) -> Submission:
        bundle = deepcopy(BUNDLE)
        bundle["credential"]["prerequisites"] = {}
        change(bundle["workflow"])
        digest = editions.put(session, bundle, NOON, version=2)
        edition: Edition = edition_from(digest, bundle)
        return progress.begin(session, garden.settings, edition, garden.grower, NOON)

    return planted


def ring(garden: Garden, at: datetime) -> int:
    store = EvidenceStore(garden.settings.evidence)
    return timers.run_due(JobContext(garden.settings, garden.database, store), at)


def state(garden: Garden, id: str) -> str:
    with garden.database.read() as session:
        return session.get_one(Submission, id).state


def kinds(session: Session, submission: Submission) -> list[str]:
    return [one.kind for one in audit.story(session, f"submission:{submission.id}")]


def lapsing(workflow: dict[str, Any], **said: Any) -> None:
    workflow["transitions"]["wither"] = {
        "from": "planting",
        "to": "compost",
        "after": "P30D",
        **said,
    }


class TestChoices:
    def chosen(self, workflow: dict[str, Any]) -> None:
        workflow["transitions"]["enter"] = {
            "from": "planting",
            "by": "grower",
            "choose": [
                {"when": "form.plan.plants >= 10", "to": "on_show"},
                {"when": "form.plan.plants >= 3", "to": "replanting"},
                {"to": "compost"},
            ],
        }

    @pytest.mark.parametrize(
        ("plants", "target"),
        [(10, "on_show"), (9, "replanting"), (2, "compost"), (None, "compost")],
    )
    def test_the_first_rule_that_holds_says_where_it_leads(
        self, garden: Garden, session: Session, plant: Plant, plants: int | None, target: str
    ) -> None:
        submission = plant(session, self.chosen)
        if plants is not None:
            garden.save(session, submission, "plan", goal="Basil", plants=plants)
        garden.advance(session, garden.grower, submission, "enter")
        assert (submission.state, submission.state_kind) == (
            target,
            {"on_show": "review", "replanting": "open", "compost": "closed"}[target],
        )

    def test_a_rule_that_divides_by_zero_decides_nothing(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        def change(workflow: dict[str, Any]) -> None:
            self.chosen(workflow)
            rule = "1 / form.plan.plants > 0"
            workflow["transitions"]["enter"]["choose"][0]["when"] = rule

        submission = plant(session, change)
        garden.save(session, submission, "plan", goal="Basil", plants=0)
        with pytest.raises(Refused) as refused:
            garden.advance(session, garden.grower, submission, "enter")
        assert refused.value.refusal.code == "guard-broken"
        assert submission.state == "planting"


class TestWhatHappensByItself:
    def test_an_automatic_transition_follows_at_once(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        def change(workflow: dict[str, Any]) -> None:
            workflow["transitions"]["through"] = {
                "from": "on_show",
                "to": "judging",
                "auto": "submission.round == 1",
            }

        submission = plant(session, change)
        garden.save(session, submission, "plan", goal="Basil")
        garden.advance(session, garden.grower, submission, "enter")
        assert submission.state == "judging"
        last = audit.story(session, f"submission:{submission.id}")[-1]
        assert (last.actor_name, last.facts["transition"]) == ("Accolade", "through")

    def test_a_circle_of_automatic_transitions_comes_to_a_stop(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        def change(workflow: dict[str, Any]) -> None:
            there = {"from": "on_show", "to": "replanting", "auto": "true"}
            workflow["transitions"] |= {
                "there": there,
                "back": {"from": "replanting", "to": "on_show", "auto": "true"},
            }

        submission = plant(session, change)
        garden.save(session, submission, "plan", goal="Basil")
        garden.advance(session, garden.grower, submission, "enter")
        assert kinds(session, submission).count("advanced") == 1 + 6

    def test_nobody_can_take_an_automatic_transition_by_hand(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        submission = plant(session, lapsing)
        with pytest.raises(NotFound):
            garden.advance(session, garden.grower, submission, "wither")

    def test_a_submission_lapses_when_its_time_is_over_and_not_before(
        self, garden: Garden, plant: Plant
    ) -> None:
        with garden.database.transaction() as session:
            id = plant(session, lapsing).id
        assert ring(garden, NOON + 30 * DAY - timedelta(seconds=1)) == 0
        assert state(garden, id) == "planting"
        assert ring(garden, NOON + 30 * DAY) == 1
        assert ring(garden, NOON + 90 * DAY) == 0
        assert state(garden, id) == "compost"

    def test_a_submission_that_moved_on_does_not_lapse(self, garden: Garden, plant: Plant) -> None:
        with garden.database.transaction() as session:
            submission = plant(session, lapsing)
            garden.save(session, submission, "plan", goal="Basil")
            garden.advance(session, garden.grower, submission, "enter")
        assert ring(garden, NOON + 90 * DAY) == 0
        assert state(garden, submission.id) == "on_show"

    def test_a_lapse_waits_for_its_guards_a_day_at_a_time(
        self, garden: Garden, plant: Plant
    ) -> None:
        def change(workflow: dict[str, Any]) -> None:
            rule = {"rule": "submission.days_here >= 32", "reason": "Too early."}
            lapsing(workflow, when=[rule])

        with garden.database.transaction() as session:
            id = plant(session, change).id
        for days, expected in ((30, "planting"), (31, "planting"), (32, "compost")):
            assert ring(garden, NOON + days * DAY) == 1
            assert state(garden, id) == expected

    def test_a_lapse_is_counted_from_when_it_was_due_in_business_days(
        self, garden: Garden, plant: Plant
    ) -> None:
        def change(workflow: dict[str, Any]) -> None:
            workflow["calendar"] = {"holidays": ["2026-03-16"]}
            workflow["states"]["planting"]["due"] = "2 business days"
            lapsing(workflow, after="P1D", since="due")

        with garden.database.transaction() as session:
            submission = plant(session, change)
        # NOON is a Thursday; Monday is a holiday: Friday, Tuesday.
        assert submission.due_at == datetime(2026, 3, 17, 12, tzinfo=UTC)
        assert ring(garden, datetime(2026, 3, 18, 11, 59, tzinfo=UTC)) == 0
        assert ring(garden, datetime(2026, 3, 18, 12, tzinfo=UTC)) == 1

    def test_a_timer_that_fails_is_tried_again_later(
        self, garden: Garden, plant: Plant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with garden.database.transaction() as session:
            id = plant(session, lapsing).id
        with monkeypatch.context() as broken:
            broken.setattr(progress, "_settle", lambda *_: 1 / 0)
            assert ring(garden, NOON + 30 * DAY) == 0
        with garden.database.read() as session:
            timer = session.scalars(select(Timer)).one()
            assert (timer.tries, timer.error) == (1, "ZeroDivisionError: division by zero")
        assert state(garden, id) == "planting"
        assert ring(garden, NOON + 30 * DAY + timedelta(minutes=1)) == 1
        assert state(garden, id) == "compost"


class TestReminders:
    def reminded(self, workflow: dict[str, Any]) -> None:
        workflow["states"]["planting"] |= {
            "due": "P10D",
            "remind": {
                "letter": "reminder",
                "before": "P3D",
                "after": "P1D",
                "every": "P7D",
                "at_most": 3,
            },
            "escalate": {"after": "P5D", "to": "office", "letter": "overdue"},
        }

    def rings(self, garden: Garden, *days: int) -> list[int]:
        return [ring(garden, NOON + count * DAY) for count in days]

    def queued(self, garden: Garden) -> list[str]:
        with garden.database.read() as session:
            return sorted(one.id for one in jobs.listing(session) if one.name == "compose-letter")

    def test_reminders_come_before_and_after_and_then_end(
        self, garden: Garden, plant: Plant
    ) -> None:
        with garden.database.transaction() as session:
            id = plant(session, self.reminded).id
        # On day 15 the office is told too; after the third reminder there is silence.
        assert self.rings(garden, 6, 7, 10, 11, 15, 18, 40) == [0, 1, 0, 1, 1, 1, 0]
        reminders = [one for one in self.queued(garden) if ".reminder." in one]
        assert [one.removeprefix(f"compose-letter/{id}.") for one in reminders] == [
            f"0.reminder.grower.reminder-{number}" for number in (1, 2, 3)
        ]

    def test_what_was_missed_is_not_made_up_for(self, garden: Garden, plant: Plant) -> None:
        with garden.database.transaction() as session:
            plant(session, self.reminded)
        # The server was down for three weeks: one reminder, and not three, and the office is told.
        assert self.rings(garden, 21) == [2]
        assert len([one for one in self.queued(garden) if ".reminder." in one]) == 1


class TestTakingBack:
    def undoable(self, workflow: dict[str, Any]) -> None:
        workflow["transitions"]["enter"]["undo"] = "PT10M"
        workflow["transitions"]["give_ribbon"] |= {"undo": "PT10M", "when": []}

    def test_everything_is_as_it_was(self, garden: Garden, session: Session, plant: Plant) -> None:
        submission = plant(session, self.undoable)
        garden.save(session, submission, "plan", goal="Basil")
        garden.advance(session, garden.grower, submission, "enter")
        assert (submission.round, session.scalar(select(func.count()).select_from(Snapshot))) == (
            1,
            1,
        )
        later = NOON + timedelta(minutes=9)
        progress.take_back(session, garden.settings, garden.grower, submission.id, later)
        session.refresh(submission)
        assert (submission.state, submission.round, submission.submitted_at) == (
            "planting",
            0,
            None,
        )
        assert (submission.state_since, submission.revision, submission.undo) == (NOON, 2, None)
        assert session.scalar(select(func.count()).select_from(Snapshot)) == 0
        assert kinds(session, submission)[-2:] == ["advanced", "taken-back"]
        assert jobs.listing(session) == []
        garden.advance(session, garden.grower, submission, "enter")
        assert submission.round == 1

    def test_it_can_be_taken_back_only_by_whoever_did_it_and_only_for_a_while(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        submission = plant(session, self.undoable)
        garden.save(session, submission, "plan", goal="Basil")
        garden.advance(session, garden.grower, submission, "enter")
        for who, minutes in ((garden.office, 1), (garden.grower, 10)):
            later = NOON + timedelta(minutes=minutes)
            with pytest.raises(Refused):
                progress.take_back(session, garden.settings, who, submission.id, later)
        with pytest.raises(NotFound):
            progress.take_back(session, garden.settings, garden.stranger, submission.id, NOON)
        assert submission.state == "on_show"

    def test_the_award_waits_until_the_window_closes(self, garden: Garden, plant: Plant) -> None:
        def awards() -> int:
            with garden.database.read() as session:
                return session.scalar(select(func.count()).select_from(Award)) or 0

        with garden.database.transaction() as session:
            submission = plant(session, self.undoable)
            garden.save(session, submission, "plan", goal="Basil")
            garden.advance(session, garden.grower, submission, "enter")
            garden.advance(session, garden.judge, submission, "take")
            garden.advance(session, garden.judge, submission, "give_ribbon")
        assert (state(garden, submission.id), awards()) == ("ribbon", 0)
        assert ring(garden, NOON + timedelta(minutes=10)) == 1
        assert (awards(), ring(garden, NOON + DAY)) == (1, 0)

    def test_what_waited_happens_when_somebody_else_goes_on(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        submission = plant(session, self.undoable)
        garden.save(session, submission, "plan", goal="Basil")
        garden.advance(session, garden.grower, submission, "enter")
        assert jobs.listing(session) == []
        garden.advance(session, garden.judge, submission, "take")
        assert [one.name for one in jobs.listing(session)] == ["compose-letter"]
        with pytest.raises(Refused):
            progress.take_back(session, garden.settings, garden.grower, submission.id, NOON)


class TestStepForms:
    def asking(self, workflow: dict[str, Any]) -> None:
        workflow["forms"] = {
            "why": {
                "type": "object",
                "properties": {
                    "cause": {"type": "string", "title": "Why?", "enum": ["frost", "slugs"]}
                },
                "required": ["cause"],
            }
        }
        workflow["transitions"]["give_up"] |= {
            "form": "why",
            "when": [{"rule": 'step.cause != "slugs"', "reason": "Slugs are no reason."}],
        }

    def give_up(
        self, garden: Garden, session: Session, submission: Submission, **said: str
    ) -> None:
        progress.advance(
            session,
            garden.settings,
            garden.grower,
            submission.id,
            "give_up",
            submission.revision,
            NOON,
            step=Draft({"step": said}),
        )

    def test_the_answers_are_kept_with_the_event(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        submission = plant(session, self.asking)
        self.give_up(garden, session, submission, cause="frost")
        last = session.scalars(select(Event).order_by(Event.sequence.desc())).first()
        assert last is not None
        assert last.facts["step"] == {"cause": "frost"}

    @pytest.mark.parametrize(
        ("said", "code"), [({}, "step"), ({"cause": "rain"}, "step"), ({"cause": "slugs"}, "guard")]
    )
    def test_it_is_refused_without_fitting_answers(
        self,
        garden: Garden,
        session: Session,
        plant: Plant,
        said: dict[str, str],
        code: str,
    ) -> None:
        submission = plant(session, self.asking)
        with pytest.raises(Refused) as refused:
            self.give_up(garden, session, submission, **said)
        assert (refused.value.refusal.code, submission.state) == (code, "planting")


class TestHistory:
    def test_guards_see_how_often_it_came_to_a_state(
        self, garden: Garden, session: Session, plant: Plant
    ) -> None:
        def change(workflow: dict[str, Any]) -> None:
            workflow["transitions"]["again"] = {
                "from": "replanting",
                "to": "planting",
                "by": "grower",
                "when": [
                    {
                        "rule": "submission.visits.replanting == 2 && submission.fired.again == 0",
                        "reason": "Not yet.",
                    }
                ],
            }
            workflow["transitions"]["send_back"] |= {"when": [], "from": ["judging", "on_show"]}

        submission = plant(session, change)
        garden.save(session, submission, "plan", goal="Basil")
        for number in (1, 2):
            garden.advance(session, garden.grower, submission, "enter")
            garden.advance(session, garden.judge, submission, "send_back")
            if number == 1:
                with pytest.raises(Refused):
                    garden.advance(session, garden.grower, submission, "again")
        garden.advance(session, garden.grower, submission, "again")
        assert submission.state == "planting"
