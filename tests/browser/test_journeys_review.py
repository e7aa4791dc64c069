"""Journey 3: a reviewer scores and returns, the candidate changes, the reviewer reads on."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from engine.credentials.credential import Edition
from engine.people import Actor
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse, free_text, transition_that, transition_to, workflow_of

ON_THE_ANSWER = "Please say how often this happens."
ON_THE_LOOK_FOR = "I can't find this yet. Show me one example."
CHANGED = "Changed after the first round."


def test_returned_work_comes_back_with_its_notes_its_changes_and_its_earlier_scores(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool
) -> None:
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="review")
    desk = visits.open(reviewer, scripts=scripts)
    noted, _, words = free_text(edition)

    _claim(desk, candidate, edition)
    _see_evidence_beside_the_guide(desk)
    visits.look(desk, "claimed")
    _note(desk, noted, ON_THE_ANSWER)
    visits.look(desk, "noted")
    score(desk, last="N", notes=ON_THE_LOOK_FOR)
    returned = transition_to(edition, "open", leaving="decide")
    visits.look(desk, "scored")
    desk.get_by_role("button", name=returned.label, exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Review queue")
    visits.look(desk, "returned")

    page = visits.open(candidate, scripts=scripts)
    page.goto("/my-work")
    page.get_by_role("link", name=f"Go on {edition.credential.title}").click()
    expect(page.locator(".notice--warn")).to_contain_text(ON_THE_LOOK_FOR)
    visits.look(page, "task-list-returned")
    needs_change = page.locator(".task", has_text="Needs a change")
    expect(needs_change).to_have_count(1)
    needs_change.get_by_role("link").click()
    field = page.locator(".field", has=page.locator(f'[name="{noted}"]'))
    expect(field.locator(".field__note")).to_contain_text(ON_THE_ANSWER)
    visits.look(page, "page-returned")

    page.locator(f'[name="{noted}"]').fill(f"{words} {CHANGED}")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".error-summary")).to_have_count(0)
    page.goto(f"/submissions/{submission_id}/check")
    submit = transition_that(edition, "snapshot", leaving="open")
    page.get_by_role("button", name=submit.label, exact=True).click()
    state = workflow_of(edition).states[submit.target]
    expect(page.locator(".flash")).to_contain_text(state.public_label)

    desk.goto("/queue")
    _claim(desk, candidate, edition)
    visits.look(desk, "second-round")
    expect(desk.get_by_text("1 answer changed since round 1")).to_be_visible()
    # The sheet of round 1 was posted with the decision: nothing of it is offered back.
    expect(desk.get_by_text("did not reach us")).to_have_count(0)
    answer = desk.locator(f'[id="{noted}"]')
    answer.locator("summary", has_text="What changed since round 1").click()
    expect(answer.locator("ins")).to_contain_text(CHANGED)
    visits.look(desk, "what-changed")
    expect(answer.locator(".margin-note")).to_contain_text(ON_THE_ANSWER)
    earlier = desk.locator(".look-for__earlier")
    expect(earlier).to_have_count(desk.locator(".look-for").count())
    expect(earlier.last).to_contain_text(f"Round 1, {reviewer.name}")
    expect(earlier.last).to_contain_text(ON_THE_LOOK_FOR)


def _claim(desk: Page, candidate: Actor, edition: Edition) -> None:
    """From the queue to the desk."""
    if not desk.url.endswith("/queue"):
        desk.goto("/queue")
    row = desk.get_by_role("row").filter(has_text=candidate.name)
    expect(row).to_contain_text(edition.credential.title)
    row.get_by_role("button", name=transition_that(edition, "assign").label).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(candidate.name)


def _see_evidence_beside_the_guide(desk: Page) -> None:
    """Answers left, guide right, and every file opens for the reviewer."""
    left, right = desk.locator(".pane").nth(0), desk.locator(".pane").nth(1)
    answers, guide = left.bounding_box(), right.bounding_box()
    assert answers is not None
    assert guide is not None
    assert answers["x"] + answers["width"] <= guide["x"]
    files = left.locator('.evidence__file a[href^="/evidence/"]')
    assert files.count() > 0
    for number in range(files.count()):
        address = files.nth(number).get_attribute("href")
        assert address is not None
        assert desk.request.get(address).status == 200


def _note(desk: Page, pointer: str, words: str) -> None:
    """Write a note on one answer, and see it stand there."""
    answer = desk.locator(f'[id="{pointer}"]')
    answer.locator("summary", has_text="Write a note").click()
    answer.get_by_label("What should change here?").fill(words)
    answer.get_by_role("button", name="Keep this note").click()
    expect(desk.locator(f'[id="{pointer}"] .margin-note')).to_contain_text(words)


def score(desk: Page, last: str = "Y", notes: str = "") -> None:
    """Answer every look-for with yes, and the last one with `last`."""
    look_fors = desk.locator(".look-for")
    for number in range(look_fors.count()):
        final = number == look_fors.count() - 1
        value = last if final else "Y"
        look_fors.nth(number).locator(f'input[type=radio][value="{value}"]').check()
        if final and notes:
            look_fors.nth(number).get_by_label("Notes").fill(notes)
