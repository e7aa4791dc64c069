"""What a draft names, a consent that goes while an award waits, and how many letters go out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine.errors import Refused
from engine.permissions import SubmissionSubject
from engine.records.tables import Asking, Award, Submission
from engine.submissions import askings, consents, progress, record, undoing
from engine.submissions.facts import Facts, guarded
from tests.asked.conftest import Kitchen


def test_draft_names_nobody_to_others(kitchen: Kitchen) -> None:
    kitchen.asks()
    for who in ("rosa", "sam"):
        assert "Bo Finch" not in kitchen.school.browser(who).get(kitchen.path()).text, who
    assert "Bo Finch" in kitchen.school.browser("ana").get(kitchen.path()).text


def test_others_see_what_was_handed_in_while_it_is_changed(kitchen: Kitchen) -> None:
    kitchen.in_review()
    kitchen.scores("N")
    assert kitchen.fires("rosa", "return").status_code == 303
    kitchen.says(cook="Cy Marsh")
    kitchen.answers(kitchen.asks("Cy Marsh", "cy@example.org"), "refused")
    for who in ("rosa", "sam"):
        page = kitchen.school.browser(who).get(kitchen.path()).text
        assert "Bo Finch" in page, who
        assert "Cy Marsh" not in page, who
    desk = kitchen.school.browser("rosa").get(f"/review/{kitchen.submission}").text
    assert "Cy Marsh: Being filmed" not in desk


def test_award_that_waited_is_not_given_once_a_consent_is_withdrawn(kitchen: Kitchen) -> None:
    asking = kitchen.in_review()
    kitchen.answers(asking, "withdrawn")
    kept = {
        "transition": "award",
        "by": kitchen.school.cast["rosa"].id,
        "at": kitchen.now.isoformat(),
        "until": (kitchen.now + timedelta(hours=1)).isoformat(),
        "comment": "",
    }
    with kitchen.school.database.transaction() as session:
        session.execute(update(Submission).values(undo=kept))
        undoing.close(session, kitchen.school.settings, kitchen.subject(session), kitchen.now)
    with kitchen.school.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Award)) == 0
    assert "award-withheld" in [one.kind for one in kitchen.events()]
    told = [one for one in kitchen.letters() if "the award was not given" in one.text]
    assert {one.to_address for one in told} == {"sam@example.org", "ada@example.org"}
    assert "awarded" not in {one.name for one in kitchen.letters()}


def test_withdrawal_after_the_guards_looked_still_stops_the_award(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = kitchen.in_review()
    kitchen.scores()
    looked = guarded

    def then_withdrawn(transition: object, facts: Facts) -> object:
        refusal = looked(transition, facts)  # type: ignore[arg-type]
        subject: SubmissionSubject = facts._subject
        assert subject.submission.id == kitchen.submission
        # As another connection's commit shows itself to this one.
        facts._session.connection().execute(
            update(Asking).where(Asking.id == asking).values(state="withdrawn")
        )
        return refusal

    monkeypatch.setattr(progress, "guarded", then_withdrawn)
    rosa, settings, revision = (
        kitchen.school.cast["rosa"],
        kitchen.school.settings,
        kitchen.revision(),
    )
    with kitchen.school.database.transaction() as session, pytest.raises(Refused):
        progress.advance(
            session, settings, rosa, kitchen.submission, "award", revision, kitchen.now
        )


def test_copy_of_the_reviewer_leaves_out_what_is_not_shown(kitchen: Kitchen) -> None:
    asking = kitchen.in_review()
    kitchen.answers(asking, "withdrawn")
    with kitchen.school.database.read() as session:
        subject = kitchen.subject(session)
        papers = {}
        for who in ("rosa", "sam"):
            made = record.for_reader(session, subject, kitchen.school.cast[who])
            assert made is not None
            papers[who], _style = record.composed(
                made, subject, kitchen.school.settings, kitchen.now
            )
    assert "film.txt" not in papers["rosa"]
    assert "film.txt" in papers["sam"]


def test_parent_answers_for_two_children(kitchen: Kitchen) -> None:
    kitchen.says(shows_helpers=True, helpers=[{"name": "Di"}, {"name": "Eli"}])
    kitchen.answers(kitchen.asks("Di", "parent@example.org", "helping"), "refused")
    kitchen.answers(kitchen.asks("Eli", "parent@example.org", "helping"))
    with kitchen.school.database.read() as session:
        found = consents.standing(session, kitchen.subject(session), kitchen.now)
    assert [(one.name, one.state) for one in found[1:]] == [("Di", "refused"), ("Eli", "given")]


def test_reminders_come_to_an_end(kitchen: Kitchen) -> None:
    path = kitchen.path(kitchen.asks(), "remind")
    browser = kitchen.school.browser("ana")
    for _day in range(askings.MOST_REMINDERS):
        kitchen.later(days=1)
        assert browser.post(path).status_code == 303
    kitchen.later(days=1)
    page = browser.post(path)
    assert page.status_code == 422
    assert "Bo Finch was reminded often enough." in page.text


def test_nobody_is_reminded_of_work_that_is_finished(kitchen: Kitchen) -> None:
    path = kitchen.path(kitchen.asks(), "remind")
    assert kitchen.fires("ana", "withdraw").status_code == 303
    kitchen.later(days=2)
    page = kitchen.school.browser("ana").post(path)
    assert page.status_code == 422
    assert "This is finished, so nobody is asked any more." in page.text


def test_so_many_letters_a_day_and_no_more(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(askings, "MOST_A_DAY", 1)
    kitchen.says(shows_helpers=True, helpers=[{"name": "Di"}])
    kitchen.asks()
    said = {"concern": "helping", "name": "Di", "email": "di@example.org"}
    browser = kitchen.school.browser("ana")
    assert "At most 1 letters a day" in browser.post(kitchen.path("ask"), said).text
    kitchen.later(days=1)
    assert browser.post(kitchen.path("ask"), said).status_code == 303
