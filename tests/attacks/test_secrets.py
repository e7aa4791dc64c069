"""What a candidate must not learn: notes for staff, and decisions that are not announced yet.

Everything that the application serves is fetched as the candidate, and searched.
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Letter
from engine.submissions import copies, letters
from tests.submissions.conftest import NOON, garden
from tests.submissions.spiral import ALL_YES, spiral
from tests.web.spiral_house import SpiralHouse, house

__all__ = ["garden", "house", "spiral"]

SECRET = "only-between-judges"


def letters_to(house: SpiralHouse, name: str) -> list[str]:
    address = f"{name}@example.org"
    with house.garden.database.read() as session:
        return [
            f"{one.subject}\n{one.text}\n{one.html}"
            for one in session.scalars(select(Letter).where(Letter.to_address == address))
        ]


def noted_and_returned(house: SpiralHouse) -> str:
    spiral = house.spiral
    with house.garden.database.transaction() as session:
        submission = spiral.judged(session)
        film = spiral.film(session, submission)
        for pointer in ("/plan", "/plan/why", "/plan/beds", "/plan/beds/0", "/plan/beds/0/herb"):
            spiral.note(session, submission, pointer, SECRET, visibility="staff")
        spiral.note(
            session,
            submission,
            "/proof/film",
            SECRET,
            visibility="staff",
            moment=1.0,
            evidence_id=film,
        )
        spiral.sent_back(session, submission, "/plan/why")
        return submission.id


@pytest.mark.parametrize("later", ["returned", "handed in again"])
def test_no_address_gives_the_candidate_a_note_for_staff(house: SpiralHouse, later: str) -> None:
    id = noted_and_returned(house)
    if later != "returned":
        with house.garden.database.transaction() as session:
            submission = house.spiral.subject(session, house.find(id)).submission
            house.spiral.back_again(session, submission)
    grower, judge = house.browser("grower"), house.browser("judge")
    leaks = [path for path, text in house.everything(grower, id) if SECRET in text]
    assert leaks == []
    if later != "returned":
        assert SECRET in judge.get(f"/review/{id}?show=all").text  # or there was nothing to leak


def test_no_letter_copy_or_record_gives_the_candidate_a_note_for_staff(house: SpiralHouse) -> None:
    id = noted_and_returned(house)
    with house.garden.database.transaction() as session:
        subject = house.spiral.subject(session, house.find(id))
        letters.queue(session, subject, "grower", "returned", "")
    with house.garden.database.read() as session:
        subject = house.spiral.subject(session, house.find(id))
        assert SECRET not in str(copies.exported(session, subject, NOON))
        assert SECRET not in house.record_text(session, id, "grower")
    compose(house, id, "returned", 1)
    assert letters_to(house, "grower")
    assert all(SECRET not in one for one in letters_to(house, "grower"))


def compose(house: SpiralHouse, id: str, letter: str, round: int, comment: str = "") -> None:
    context = JobContext(house.garden.settings, house.garden.database, house.garden.store)
    payload = {
        "id": f"{id}.{letter}",
        "submission": id,
        "to": "grower",
        "letter": letter,
        "comment": comment,
        "round": round,
    }
    letters.compose(context, payload)


class TestDecidedAndNotAnnounced:
    WORDS = ("It is only a heap.", "A shared word of the judge.", "Too dark", "Failed", "Passed")

    def decided(self, house: SpiralHouse, how: str) -> str:
        spiral = house.spiral
        with house.garden.database.transaction() as session:
            if how == "fail":
                return spiral.failed(session).id
            submission = spiral.judged(session)
            spiral.note(session, submission, "/plan/why", self.WORDS[1])
            spiral.score(session, submission, ALL_YES)
            return spiral.go(session, spiral.garden.judge, submission, "pass").id

    @pytest.mark.parametrize("how", ["pass", "fail"])
    def test_no_address_tells_the_candidate(self, house: SpiralHouse, how: str) -> None:
        id = self.decided(house, how)
        leaks = [
            (path, word)
            for path, text in house.everything(house.browser("grower"), id)
            for word in (*self.WORDS, "passed_quietly", "failed_quietly")
            if word in text
        ]
        assert leaks == []
        staff = house.browser("office").get(f"/staff/submissions/{id}").text
        assert ("Passed" if how == "pass" else "Failed") in staff

    def test_what_the_candidate_sees_is_the_same_either_way(self, house: SpiralHouse) -> None:
        seen = []
        for how in ("pass", "fail"):
            id = self.decided(house, how)
            page = house.browser("grower").get(f"/submissions/{id}").text
            main = page.partition("<main")[2].partition("</main>")[0]
            seen.append(re.sub(r"<time.*?</time>", "", main.replace(id, "ID"), flags=re.DOTALL))
            with house.garden.database.transaction() as session:
                submission = house.spiral.subject(session, house.find(id)).submission
                name = "announce_award" if how == "pass" else "announce_denial"
                house.spiral.go(session, house.garden.office, submission, name)
        assert seen[0] == seen[1]

    @pytest.mark.parametrize("how", ["pass", "fail"])
    def test_no_letter_tells_the_candidate(self, house: SpiralHouse, how: str) -> None:
        id = self.decided(house, how)
        with house.garden.database.transaction() as session:
            subject = house.spiral.subject(session, house.find(id))
            letters.queue(session, subject, "grower", "awarded", "It is only a heap.")
        jobs.drain(JobContext(house.garden.settings, house.garden.database, house.garden.store))
        assert not any("is yours" in one or "awarded" in one for one in letters_to(house, "grower"))
        compose(house, id, "returned", 1)
        told = letters_to(house, "grower")
        assert [word for word in self.WORDS for one in told if word in one] == []

    def test_once_it_is_announced_the_candidate_reads_all_of_it(self, house: SpiralHouse) -> None:
        id = self.decided(house, "fail")
        with house.garden.database.transaction() as session:
            submission = house.spiral.subject(session, house.find(id)).submission
            house.spiral.go(session, house.garden.office, submission, "announce_denial")
        page = house.browser("grower").get(f"/submissions/{id}").text
        assert "Not awarded" in page
        assert "A shared word of the judge." in page
        assert "It is only a heap." in page
