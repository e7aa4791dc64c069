"""A survey from the first invitation to its results in the answers, on a desk and on phones."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import SurveyInvitation, SurveyRun
from engine.submissions import drafting
from engine.submissions.survey_sealing import token_of
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse
from tests.browser.surveyed import CIRCLE

PHONE = {"width": 360, "height": 740}


def begun(house: LiveHouse, who: Actor) -> str:
    """A submission that names four people."""
    now = datetime.now(UTC)
    with house.database.transaction() as session:
        edition = catalogue.current(session, CIRCLE)
        assert edition is not None
        submission = drafting.open_submission(session, edition, who, now)
        people = [{"name": f"Person {n}", "email": f"{who.id}{n}@example.org"} for n in range(4)]
        subject = drafting.subject_of(session, submission.id)
        drafting.fill(session, subject, {"circle": {"people": people}}, who, now)
        return submission.id


def links(house: LiveHouse, submission_id: str) -> list[str]:
    with house.database.read() as session:
        found = session.scalars(
            select(SurveyInvitation)
            .join(SurveyRun, SurveyRun.id == SurveyInvitation.run_id)
            .where(SurveyRun.submission_id == submission_id)
        )
        return [f"/s/{token_of(house.settings, one)}" for one in found]


def answer(page: Page, link: str, helped: str, send: str) -> None:
    page.goto(link)
    page.get_by_role("group", name="I was helped").get_by_label(helped, exact=True).check()
    page.get_by_role("button", name=send).click()


def test_four_colleagues_answer_on_their_phones_and_the_results_become_evidence(
    visits: Visits, house: LiveHouse, scripts: bool
) -> None:
    ana = house.person()
    submission = begun(house, ana)
    desk = visits.open(ana, scripts)
    desk.goto(f"/submissions/{submission}")
    desk.get_by_role("link", name="Trust among us").click()
    desk.get_by_role("button", name="Open this survey").click()
    expect(desk.get_by_text("0 of 4 have answered.")).to_be_visible()
    visits.look(desk, "opened")

    for number, link in enumerate(links(house, submission)):
        phone = visits.open(scripts=scripts, viewport=PHONE)
        answer(phone, link, str(number % 2 + 4), "Send my answers")
        expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
        phone.goto(link)
        expect(phone.get_by_text("This link has been used, and it works once.")).to_be_visible()
        visits.look(phone, f"answered-{number}")

    desk.reload()
    expect(desk.get_by_text("4 of 4 have answered.")).to_be_visible()
    desk.get_by_text("Close it before then").click()
    desk.get_by_label("Close it for good: no more answers are taken").check()
    desk.get_by_role("button", name="Close this survey").click()
    expect(desk.get_by_text("4.5 of 5").first).to_be_visible()
    desk.get_by_role("button", name="Use these results as evidence").click()
    expect(desk.get_by_text("The results are in your answers now.")).to_be_visible()
    said = house.drafted(submission)["circle"]["first"]
    assert (said["source"], said["invited"], said["answered"]) == ("here", 4, 4)


def test_missing_answer_is_asked_for_and_nothing_typed_is_lost(
    visits: Visits, house: LiveHouse, scripts: bool
) -> None:
    ana = house.person()
    submission = begun(house, ana)
    desk = visits.open(ana, scripts)
    desk.goto(f"/submissions/{submission}/surveys/trust")
    desk.get_by_role("button", name="Open this survey").click()
    expect(desk.get_by_text("0 of 4 have answered.")).to_be_visible()

    phone = visits.open(scripts=scripts, viewport=PHONE)
    phone.goto(links(house, submission)[0])
    phone.get_by_label("Anything else?").fill("More tea.")
    phone.get_by_role("button", name="Send my answers").click()
    expect(phone.get_by_role("alert")).to_contain_text("I was helped")
    expect(phone.get_by_label("Anything else?")).to_have_value("More tea.")
    phone.get_by_role("button", name="Español").click()
    expect(phone.get_by_label("Anything else?")).to_have_value("More tea.")
