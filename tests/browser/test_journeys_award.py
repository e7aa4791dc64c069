"""Journeys 4 and 5: the award with everything that follows from it, and anyone who checks it."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from time import monotonic, sleep

from playwright.sync_api import expect

from engine.credentials.credential import Edition
from engine.people import Actor
from engine.web.words import FILTERS
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse, transition_that, workflow_of
from tests.browser.test_journeys_review import score
from tests.databases import ON_BOTH

pytestmark = ON_BOTH

REASON = "The evidence was another teacher’s."


def test_award_brings_certificate_letter_and_progress_on_the_pathway(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool, tmp_path: Path
) -> None:
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="decide")
    desk = visits.open(reviewer, scripts=scripts)

    desk.goto(f"/review/{submission_id}")
    score(desk)
    award = transition_that(edition, "issue", leaving="decide")
    desk.get_by_role("button", name=award.label, exact=True).click()
    if award.confirm:
        visits.look(desk, "confirm")
        desk.get_by_role("button", name=award.label, exact=True).click()
    expect(desk.locator(".flash")).to_contain_text(workflow_of(edition).states[award.target].label)
    visits.look(desk, "awarded")

    letter = _letter(house, candidate, f"You have earned {edition.credential.title}")
    assert "Congratulations!" in letter
    assert house.url in letter

    page = visits.open(candidate, scripts=scripts)
    page.goto("/my-work")
    visits.look(page, "my-work")
    link = page.get_by_role("link", name=f"Open the certificate for {edition.credential.title}")
    address = link.get_attribute("href")
    assert address is not None
    certificate = page.request.get(address)
    assert certificate.headers["content-type"] == "application/pdf"
    words = _words_of(certificate.body(), tmp_path)
    assert candidate.name in words
    assert house.award_of(candidate).serial in words

    goal = edition.credential.builds_towards[0]
    page.goto(f"/credentials/{goal}")
    visits.look(page, "goal")
    step = page.locator(".pathway li", has_text=edition.credential.title).last
    expect(step).to_contain_text("You hold this")
    expect(page.locator("#start").locator("..")).to_contain_text("1 of")


def test_anyone_sees_that_a_certificate_is_valid_and_then_that_it_is_revoked(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool
) -> None:
    candidate, staff = house.person(), house.person("staff")
    serial = house.awarded(edition, candidate)
    page = visits.open(scripts=scripts)
    today = FILTERS["day"](datetime.now(UTC))

    page.goto(f"/verify/{serial}")
    line = page.get_by_role("heading", level=1)
    expect(line).to_have_text(f"Valid. Awarded to {candidate.name} on {today}.")
    visits.look(page, "valid")
    page.get_by_role("link", name="as JSON").click()
    said = page.request.get(f"/verify/{serial}", headers={"Accept": "application/json"}).json()
    assert (said["status"], said["revoked_at"]) == ("valid", None)

    office = visits.open(staff, scripts=scripts)
    office.goto("/staff/awards")
    office.get_by_label("Recipient’s name").fill(candidate.name)
    office.keyboard.press("Enter")
    visits.look(office, "found")
    office.get_by_role("link", name=candidate.name).first.click()
    visits.look(office, "award")
    office.get_by_role("link", name="Revoke this award").click()
    visits.look(office, "revoke")
    office.get_by_label("Why it is revoked").fill(REASON)
    office.get_by_role("button", name="Revoke this award").click()
    expect(office.locator(".flash")).to_contain_text("is revoked")
    visits.look(office, "revoked")

    page.goto(f"/verify/{serial}")
    expect(line).to_contain_text("Revoked.")
    expect(page.get_by_text(f"took this certificate back on {today}")).to_be_visible()
    expect(page.get_by_text(REASON)).to_be_visible()
    visits.look(page, "revoked")
    said = page.request.get(f"/verify/{serial}?format=json").json()
    assert said["status"] == "revoked"
    assert said["revoked_reason"] == REASON
    assert said["revoked_at"].startswith(datetime.now(UTC).date().isoformat())


def test_a_number_that_was_never_given_is_unknown(visits: Visits, scripts: bool) -> None:
    page = visits.open(scripts=scripts)
    answer = page.goto("/verify/AAAA-BBBB-CCCC")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unknown.")
    visits.look(page, "unknown")
    said = page.request.get("/verify/AAAA-BBBB-CCCC?format=json")
    assert (said.status, said.json()["status"]) == (404, "unknown")


def _letter(house: LiveHouse, who: Actor, subject: str) -> str:
    """The words of the letter with this subject, once the worker has written it."""
    until = monotonic() + 30
    while monotonic() < until:
        for written in house.letters_to(who):
            letter = message_from_bytes(written, policy=default)
            body = letter.get_body(("plain",))
            if letter["Subject"] == subject and body is not None:
                return str(body.get_content())
        sleep(0.1)
    raise AssertionError(f"no letter “{subject}” was written")


def _words_of(pdf: bytes, folder: Path) -> str:
    """The text of a PDF, read by another program than made it."""
    assert pdf.startswith(b"%PDF-")
    (folder / "certificate.pdf").write_bytes(pdf)
    said = subprocess.run(
        ["pdftotext", "-layout", str(folder / "certificate.pdf"), "-"],
        check=True,
        capture_output=True,
    )
    return said.stdout.decode()
