"""The whole review of one submission, from claim to award with one return in between, takes a
reviewer under twenty clicks; and what helps with that can be undone.

A click is a press of the pointer, whatever it is for: a button, an answer, a summary that opens, a
field that is to be written in. Typing is none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from engine.credentials.credential import Edition
from engine.people import Actor
from engine.records.tables import DraftRow
from tests.browser.conftest import Visits
from tests.browser.house import (
    INSTRUCTIONAL_COACH,
    LiveHouse,
    free_text,
    transition_that,
    transition_to,
)

FEW = 20
COUNTING = """
addEventListener("pointerdown", (event) => { if (event.isTrusted) window.pressed(); }, true);
"""
REASON = "Name the framework that you used, please."
ON_THE_ANSWER = "Which quarter was this?"


def counted(page: Page) -> list[int]:
    """A list that grows by one for each press on any page of this browser."""
    presses: list[int] = []
    page.context.expose_function("pressed", partial(presses.append, 1))
    page.context.add_init_script(COUNTING)
    return presses


def test_a_review_from_claim_to_award_with_one_return_takes_under_twenty_clicks(
    house: LiveHouse, visits: Visits
) -> None:
    edition = house.edition(INSTRUCTIONAL_COACH)
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="review")
    noted, _page, words = free_text(edition)
    desk = visits.open(reviewer)
    presses = counted(desk)
    desk.goto("/queue")

    take_up(desk, candidate, edition)
    guides = desk.locator(".guide", has=desk.locator(".look-for"))
    # The last look-for is not there yet; the others are.
    last = desk.locator(".look-for").last
    last.locator('[value="N"]').check()
    last.get_by_label("Notes").click()
    desk.keyboard.type(REASON)
    for number in range(guides.count()):
        guides.nth(number).get_by_role("button", name="Mark the rest Yes").click()
    answer = desk.locator(f'[id="{noted}"]')
    answer.locator("summary", has_text="Write a note").first.click()
    answer.get_by_label("What should change here?").click()
    desk.keyboard.type(ON_THE_ANSWER)
    visits.look(desk, "few-clicks-scored")
    returning = transition_to(edition, "open", leaving="decide")
    desk.get_by_role("button", name=returning.label, exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Review queue")

    rewritten(house, submission_id, noted, f"{words} In the second quarter.")
    house.hand_in_again(edition, submission_id, candidate)

    desk.get_by_role("link", name="Review queue").first.click()
    take_up(desk, candidate, edition)
    expect(answer.locator(".margin-note")).to_contain_text(ON_THE_ANSWER)
    answer.locator("summary", has_text="What changed").first.click()
    visits.look(desk, "few-clicks-second-round")
    for number in range(guides.count()):
        guide = guides.nth(number)
        for look_for in guide.locator(".look-for", has=desk.locator('[value="N"]:checked')).all():
            look_for.locator('[value="Y"]').check()
        if not undecided(guide):
            continue
        guide.get_by_role("button", name="Mark the rest Yes").click()
    awarding = transition_that(edition, "issue")
    desk.get_by_role("button", name=awarding.label, exact=True).click()
    desk.get_by_role("button", name=awarding.label, exact=True).click()
    expect(desk.locator(".flash")).to_be_visible()
    assert house.submission_of(candidate).state_kind == "outcome"
    assert 5 < len(presses) < FEW, len(presses)


def take_up(desk: Page, candidate: Actor, edition: Edition) -> None:
    row = desk.get_by_role("row").filter(has_text=candidate.name)
    row.get_by_role("button", name=transition_that(edition, "assign").label).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(candidate.name)


def rewritten(house: LiveHouse, submission_id: str, pointer: str, text: str) -> None:
    """The candidate changes one answer."""
    _root, form_id, key = pointer.split("/")
    with house.database.transaction() as session:
        row = session.get_one(DraftRow, (submission_id, form_id))
        answers = {**row.answers, key: text}
        session.execute(
            update(DraftRow)
            .where(DraftRow.submission_id == submission_id, DraftRow.form_id == form_id)
            .values(answers=answers, saved_at=datetime.now(UTC))
        )


def undecided(guide: Locator) -> int:
    rows = guide.locator(".look-for")
    return rows.count() - rows.filter(has=guide.page.locator("input:checked")).count()


def test_the_rest_is_marked_yes_and_undone_on_the_page(house: LiveHouse, visits: Visits) -> None:
    edition = house.edition(INSTRUCTIONAL_COACH)
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="decide")
    desk = visits.open(reviewer)
    desk.goto(f"/review/{submission_id}")
    guide = desk.locator(".guide", has=desk.locator(".look-for")).first
    rows = guide.locator(".look-for")
    rows.nth(1).locator('[value="N"]').check()
    before = undecided(guide)
    assert before > 0
    guide.get_by_role("button", name="Mark the rest Yes").click()
    assert undecided(guide) == 0
    expect(rows.nth(1).locator('[value="N"]')).to_be_checked()
    expect(desk.locator("[data-saved]")).to_contain_text("Saved")
    guide.get_by_role("button", name=f"Undo: {before} marked Yes").click()
    assert undecided(guide) == before
    expect(rows.nth(1).locator('[value="N"]')).to_be_checked()
    guide.get_by_role("button", name="Mark the rest Yes").click()
    rows.last.locator('[value="N"]').check()
    guide.get_by_role("button", name="Undo").click()
    expect(rows.last.locator('[value="N"]')).to_be_checked()


def test_what_is_missing_for_each_decision_stands_at_the_foot(
    house: LiveHouse, visits: Visits
) -> None:
    edition = house.edition(INSTRUCTIONAL_COACH)
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="decide")
    desk = visits.open(reviewer)
    desk.goto(f"/review/{submission_id}")
    awarding = transition_that(edition, "issue")
    foot = desk.locator(".tally")
    foot.locator("summary").click()
    standing = foot.locator(f'[data-standing="{awarding.name}"]')
    expect(standing).not_to_have_text("ready")
    for button in desk.locator("[data-rest]").all():
        button.click()
    expect(standing).to_have_text("ready")
