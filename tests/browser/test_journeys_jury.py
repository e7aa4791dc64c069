"""Journey: two jurors rate by keyboard, differ, and a chair who sees both sheets decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.records.tables import Account, Submission
from engine.submissions import claiming, drafting, progress
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse


@dataclass(frozen=True)
class Jury:
    """A recital that two jurors have taken up."""

    house: LiveHouse
    id: str
    pianist: Actor
    first: Actor
    second: Actor
    chair: Actor

    @property
    def desk(self) -> str:
        return f"/review/{self.id}"

    @property
    def state(self) -> str:
        with self.house.database.read() as session:
            return session.get_one(Submission, self.id).state

    def claim(self, session: Session, who: Actor) -> None:
        subject = drafting.subject_of(session, self.id)
        claiming.claim(session, self.house.settings, who, subject, "", datetime.now(UTC))


@pytest.fixture
def jury(house: LiveHouse) -> Jury:
    edition, now = house.edition("piano-recital"), datetime.now(UTC)
    pianist = house.person()
    first, second, chair = (house.person("reviewer") for _ in range(3))
    with house.database.transaction() as session:
        session.get_one(Account, chair.id).groups = ["chairs"]
        work = drafting.open_submission(session, edition, pianist, now)
        subject = drafting.subject_of(session, work.id)
        said = {"recital": {"piece": "Two inventions", "encore": "A waltz"}}
        drafting.fill(session, subject, said, pianist, now)
        progress.advance(session, house.settings, pianist, work.id, "hand_in", work.revision, now)
        found = Jury(house, work.id, pianist, first, second, chair)
        found.claim(session, first)
        found.claim(session, second)
    return found


def score_by_keyboard(desk: Page, touch: str, tempo: str, encore: str, notes: str = "") -> None:
    """Answer with keys alone: J goes on, a digit rates, A is not applicable."""
    expect(desk.get_by_role("button", name="Keys")).to_be_visible()
    press = desk.keyboard.press
    for _ in range(2):
        press("j")
    press(touch)
    press("j")
    desk.keyboard.type(tempo)
    desk.locator(".look-for").last.locator("input").first.focus()
    press(encore)
    for box in desk.get_by_label("Notes").all()[1:] if notes else []:
        box.fill(notes)


def test_jurors_who_differ_are_judged_by_a_chair(jury: Jury, visits: Visits) -> None:
    first, second = visits.open(jury.first), visits.open(jury.second)
    first.goto(jury.desk)
    expect(first.get_by_text("Checked for you")).to_be_visible()
    score_by_keyboard(first, "4", "8", "a")
    expect(first.locator('[name="score/playing/touch"][value="4"]')).to_be_checked()
    expect(first.locator('[name="score/playing/tempo"]')).to_have_value("8")
    expect(first.locator('[value="NA"]:checked')).to_have_count(1)
    expect(first.locator("[data-points]")).to_contain_text("17 of 19 points")
    visits.look(first, "juror")
    first.get_by_role("button", name="Finish my review").click()
    expect(first.locator(".error-summary")).to_contain_text("Your recommendation is missing.")
    first.get_by_label("Pass", exact=True).check()
    first.get_by_role("button", name="Finish my review").click()
    expect(first.get_by_text("You have finished this review")).to_be_visible()
    visits.look(first, "juror-finished")

    second.goto(jury.desk)
    score_by_keyboard(second, "2", "5", "n", "More of it, please.")
    second.get_by_label("Play again", exact=True).check()
    second.get_by_role("button", name="Finish my review").click()
    expect(second.locator(".flash")).to_be_visible()
    assert jury.state == "judging"

    with jury.house.database.transaction() as session:
        jury.claim(session, _with_group(jury.chair))
    chair = visits.open(jury.chair)
    chair.goto(jury.desk)
    both = chair.get_by_role("region", name="What the reviewers said")
    expect(both.get_by_text("They differ")).to_have_count(3)
    expect(both.get_by_role("columnheader")).to_have_count(3)
    visits.look(chair, "chair")
    score_by_keyboard(chair, "3", "7", "y")
    chair.get_by_role("button", name="Give the final scores").click()
    expect(chair.locator(".flash")).to_be_visible()
    assert jury.state == "passed"


def _with_group(chair: Actor) -> Actor:
    return Actor(chair.id, chair.name, chair.email, chair.roles, groups=frozenset({"chairs"}))


def test_a_juror_scores_on_a_phone(jury: Jury, visits: Visits) -> None:
    desk = visits.open(jury.first, viewport={"width": 390, "height": 800})
    desk.goto(jury.desk)
    desk.get_by_role("tab", name="Scoring guides").click()
    desk.get_by_label("3 Proficient").check()
    expect(desk.locator('[name="score/playing/touch"][value="3"]')).to_be_checked()
    visits.look(desk, "juror-phone")
    wide = desk.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert wide is False
