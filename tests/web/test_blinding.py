"""Whatever a blinded person can fetch, the other's name and address are not in it.

Both names are put wherever they could leak from: the account, notes, comments on steps, file names
and what files say of their author. Then every address that the person may open is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from engine.permissions import SubmissionSubject
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Evidence, Letter
from engine.submissions import blinding, calendar_feed, drafting, noting, reviewing
from tests.submissions.conftest import NOON, garden
from tests.submissions.jury import Jury, seat
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]

CANDIDATE, ADDRESS = "Quirina Zobel", "quirina.zobel@example.org"
REVIEWER, THEIRS = "Ottokar Wimmer", "ottokar.wimmer@example.org"
PEER = "Xaveria Yllen"


@dataclass
class Blind:
    """A submission with everything in it that could give anybody away."""

    house: GardenHouse
    submission: str
    evidence: dict[str, str]

    def everything(self, who: str) -> Iterator[tuple[str, str]]:
        """(address, all that came back) for every page about the submission that opens."""
        browser = self.house.browser(who)
        id = self.submission
        pages = [
            "/queue",
            "/queue?whose=mine",
            "/queue?whose=free",
            "/queue.csv",
            "/queue.xlsx",
            "/my-work",
            f"/review/{id}",
            f"/review/{id}?show=all",
            f"/review/{id}/conflict",
            f"/submissions/{id}",
            f"/submissions/{id}/check",
            f"/submissions/{id}/print",
            f"/submissions/{id}/story",
            f"/submissions/{id}/record",
            f"/submissions/{id}/plan/plan",
            f"/submissions/{id}/advance/give_ribbon",
            *(f"/evidence/{one}" for one in self.evidence.values()),
            *(f"/evidence/{one}?download=1" for one in self.evidence.values()),
        ]
        for page in pages:
            for how in ({}, {"Accept": "application/json"}):
                yield page, whole(browser.get(page, headers=how))
        browser.post(f"/submissions/{id}/record")
        self.work()
        yield "record.pdf", whole(browser.get(f"/submissions/{id}/record.pdf"))
        refused = browser.post(f"/review/{id}", data={"_go": "give_ribbon", "revision": "0"})
        yield "a post that is too late", whole(refused)

    def work(self) -> None:
        here = self.house.garden
        drain(JobContext(here.settings, here.database, here.store))

    def letters(self, to: str) -> str:
        self.work()
        with self.house.garden.database.read() as session:
            rows = session.query(Letter).where(Letter.account_id == to)
            return "\n".join(one.subject + one.text + one.html for one in rows)


def whole(answer: TestResponse) -> str:
    """Headers and body, and what is packed in it."""
    parts = [str(answer.headers), answer.get_data().decode("utf-8", "replace")]
    data = answer.get_data()
    if data[:4] == b"%PDF":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            parts += [repr(one) for one in pdf.objects]
            parts += [
                one.read_bytes().decode("latin-1")
                for one in pdf.objects
                if isinstance(one, pikepdf.Stream) and one.get("/Subtype") != "/Image"
            ]
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
    return "\n".join(parts)


def a_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/Author"] = CANDIDATE
        made.save(out)
    return out.getvalue()


def blind(house: GardenHouse, mode: str, **block: Any) -> Blind:
    """A submission in review by two people, and sent back once before."""
    garden = house.garden
    with garden.database.transaction() as session:
        jury = seat(garden, session, count=2, blind=mode, peers="shown", enter=False, **block)
        for id, name, address in (
            ("grower", CANDIDATE, ADDRESS),
            ("kim", REVIEWER, THEIRS),
            ("leo", PEER, "xaveria@example.org"),
        ):
            session.execute(
                update(Account).where(Account.id == id).values(name=name, email=address)
            )
        session.expire_all()
        files = {}
        for number, (name, kind, data) in enumerate(
            (
                (f"{CANDIDATE} plan.pdf", "application/pdf", a_pdf()),
                (f"{CANDIDATE}.txt", "text/plain", b"Basil"),
            )
        ):
            kept = garden.store.keep(io.BytesIO(data), 10_000, name)
            id = f"e{number}"
            session.add(
                Evidence(
                    id=id,
                    submission_id=jury.submission.id,
                    name=name,
                    media_type=kind,
                    bytes=len(data),
                    sha256=kept.sha256,
                    uploaded_by="grower",
                    uploaded_at=NOON,
                )
            )
            files[name] = id
        session.flush()
        garden.save(session, jury.submission, "plan", goal="Basil all year")
        jury.go("enter")
        for who in ("kim", "leo"):
            jury.claim(who)
            note(jury, who, f"A note by number {who}")
        score(jury, "kim")
        jury.close("kim")
        jury.close("leo")
        jury.go("send_back", "office")
        jury.go("enter", at=NOON + timedelta(days=1))
        note(jury, "kim", "Again", NOON + timedelta(days=1))
        score(jury, "leo")
        return Blind(house, jury.submission.id, files)


def note(jury: Jury, who: str, body: str, at: Any = NOON) -> None:
    noting.add(jury.session, jury.actor(who), jury.subject, "/plan/goal", body, at)


def score(jury: Jury, who: str) -> None:
    scores = {("growth", "green"): ("N", "Brown"), ("growth", "basic"): ("Y", "")}
    review = reviewing.own_review(jury.session, jury.subject, jury.actor(who))
    assert review is not None
    reviewing.save_scores(
        jury.session, jury.actor(who), jury.subject, scores, review.revision, NOON
    )


@pytest.mark.parametrize("who", ["kim", "mia"], ids=["assigned", "not-assigned"])
def test_a_double_blind_reviewer_fetches_nothing_that_names_the_candidate(
    house: GardenHouse, who: str
) -> None:
    there = blind(house, "double")
    names = (*CANDIDATE.split(), ADDRESS, "Hill Street")
    opened = 0
    for page, said in there.everything(who):
        opened += said.count("Basil")
        for name in names:
            assert name.lower() not in said.lower(), page
    assert (opened > 0) is (who == "kim")
    assert not any(name in there.letters(who) for name in names)


@pytest.mark.parametrize("mode", ["single", "double"])
def test_a_candidate_fetches_nothing_that_names_their_reviewers(
    house: GardenHouse, mode: str
) -> None:
    there = blind(house, mode)
    with house.garden.database.transaction() as session:
        jury = Jury(
            house.garden, session, drafting.subject_of(session, there.submission).submission
        )
        jury.go("send_back", "office", NOON + timedelta(days=2))
    names = (*REVIEWER.split(), THEIRS, *PEER.split())
    for page, said in there.everything("grower"):
        for name in names:
            assert name.lower() not in said.lower(), page
    assert not any(name in there.letters("grower") for name in names)


def test_double_blind_reviewers_do_not_learn_each_others_names(house: GardenHouse) -> None:
    there = blind(house, "double")
    for page, said in there.everything("kim"):
        for name in PEER.split():
            assert name not in said, page


def test_staff_see_everybody(house: GardenHouse) -> None:
    there = blind(house, "double")
    said = "".join(text for _page, text in there.everything("office"))
    for name in (CANDIDATE, REVIEWER, PEER):
        assert name in said
    page = words(house.browser("office").get(f"/staff/submissions/{there.submission}/reviewers"))
    assert REVIEWER in page


def test_without_blinding_everybody_has_a_name(house: GardenHouse) -> None:
    there = blind(house, "none")
    assert CANDIDATE in words(house.browser("kim").get(f"/review/{there.submission}"))


def test_people_are_called_the_same_wherever_they_are_met(house: GardenHouse) -> None:
    there = blind(house, "double")
    code = blinding.code_of(there.submission)
    page = words(house.browser("kim").get(f"/review/{there.submission}"))
    assert f"Candidate {code}" in page
    assert "Reviewer 2" in page
    assert f"Candidate {code}" in words(house.browser("kim").get("/queue"))
    other = blinding.code_of("another")
    assert (len(code), code != other) == (4, True)


def test_a_name_cannot_be_guessed_by_looking_for_it(house: GardenHouse) -> None:
    there = blind(house, "double")
    for asked in ("name=Quirina", "school=Hill", "reviewer=Xaveria"):
        page = house.browser("mia").get(f"/queue?{asked}").text
        assert there.submission not in page, asked
        assert there.submission in house.browser("mia").get("/queue").text


def test_files_come_under_a_number_and_without_their_authors(house: GardenHouse) -> None:
    there = blind(house, "double")
    browser = house.browser("kim")
    answer = browser.get(f"/evidence/{there.evidence[f'{CANDIDATE} plan.pdf']}?download=1")
    assert "File 1.pdf" in answer.headers["Content-Disposition"]
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert "/Info" not in pdf.trailer
    own = house.browser("grower").get(f"/evidence/{there.evidence[f'{CANDIDATE} plan.pdf']}")
    assert CANDIDATE in own.headers["Content-Disposition"]


def test_a_file_that_cannot_be_read_is_not_handed_to_a_blinded_reviewer(
    house: GardenHouse,
) -> None:
    blind(house, "double")
    with house.garden.database.transaction() as session:
        broken = house.garden.store.keep(
            io.BytesIO(b"%PDF broken " + CANDIDATE.encode()), 10_000, "x.pdf"
        )
        session.execute(update(Evidence).where(Evidence.id == "e0").values(sha256=broken.sha256))
    assert house.browser("kim").get("/evidence/e0").status_code == 404
    assert house.browser("office").get("/evidence/e0").status_code == 200


def test_a_calendar_names_no_candidate_of_a_double_blind_review(house: GardenHouse) -> None:
    blind(house, "double", due="P5D")
    with house.garden.database.transaction() as session:
        account = session.get_one(Account, "kim")
        feed = calendar_feed.feed(session, house.garden.settings, account).decode()
    assert "Window Garden" in feed
    assert not any(name in feed for name in CANDIDATE.split())


def test_the_candidate_is_warned_of_what_gives_them_away(house: GardenHouse) -> None:
    garden = house.garden
    with garden.database.transaction() as session:
        jury = seat(garden, session, blind="double", enter=False)
        jury.change("grower", name=CANDIDATE)
        garden.save(session, jury.submission, "plan", goal=f"{CANDIDATE} grows basil")
        session.add(
            Evidence(
                id="film",
                submission_id=jury.submission.id,
                name="lesson.mp4",
                media_type="video/mp4",
                bytes=9,
                sha256="0" * 64,
                uploaded_by="grower",
                uploaded_at=NOON,
            )
        )
        id = jury.submission.id
    page = words(house.browser("grower").get(f"/submissions/{id}/check"))
    assert "Your reviewers do not learn who you are" in page
    assert "Your own name or address is in your answers." in page
    assert "lesson.mp4" in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I am Quirina Zobel.", True),
        ("Write to QUIRINA.zobel@example.org", True),
        ("zobel, quirina", True),
        ("Quirina grows basil", False),
        ("Zobelin and Quirinas", False),
        ("", False),
    ],
)
def test_a_name_is_found_in_answers(text: str, found: bool) -> None:
    account = Account(id="x", name=CANDIDATE, email=ADDRESS)
    assert blinding.named_in({"plan": {"beds": [{"herb": text}]}}, account) is found


def test_an_editor_who_decides_and_cannot_review_knows_whom_it_is_about(
    house: GardenHouse,
) -> None:
    with house.garden.database.transaction() as session:
        jury = seat(house.garden, session, blind="double")
        kim, vera = jury.actor("kim"), jury.actor("vera")
        # The judges' part is every reviewer's here, so the chair could be asked to review it too.
        assert blinding.hides_candidate(vera, jury.subject)
        roles = dict(jury.subject.workflow.roles)
        roles["judge"] = replace(roles["judge"], group="judges")
        workflow = replace(jury.subject.workflow, roles=roles)
        edition = replace(jury.subject.edition, workflow=workflow)
        subject = SubmissionSubject(jury.submission, edition)
        assert not blinding.hides_candidate(vera, subject)
        assert not blinding.hides_reviewers(vera, subject)
        assert blinding.hides_candidate(kim, subject)
