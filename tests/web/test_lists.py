"""The queue and staff's list as pages: what they show, cost, keep, hand out, and act on."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select, update

from engine.records import jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Account, BulkRun, SavedView, Submission
from tests.submissions.conftest import garden
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]


def drain(house: GardenHouse) -> None:
    store = EvidenceStore(house.garden.settings.evidence)
    jobs.drain(JobContext(house.garden.settings, house.garden.database, store))


@pytest.mark.parametrize(
    "path",
    [
        "/queue?sort=due",
        "/queue?whose=mine&longer=3",
        "/queue?name=grower",
        "/queue?words=basil",
        "/staff/submissions?school=hill&due=overdue",
        "/staff/submissions?reviewer=judge",
        "/staff/submissions?words=basil&round=1",
    ],
)
def test_every_filter_costs_the_same_for_few_and_for_many(house: GardenHouse, path: str) -> None:
    reader = house.browser("office")
    house.crowd(3)
    reader.get(path)
    with house.counted() as few:
        assert reader.get(path).status_code == 200
    house.crowd(30)
    with house.counted() as many:
        assert reader.get(path).status_code == 200
    assert len(few) == len(many) <= 7


def test_saved_views_are_kept_shown_counted_and_removed(house: GardenHouse) -> None:
    house.crowd(3)
    judge = house.browser("judge")
    said = {"list": "queue", "_view": "Free ones", "whose": "free"}
    assert judge.post("/views", data=said).location == "/queue?whose=free"
    assert "Free ones 3" in words(judge.get("/queue"))
    with house.counted() as seen:
        judge.get("/queue")
    assert len(seen) <= 5
    with house.garden.database.read() as session:
        view = session.scalars(select(SavedView)).one()
    assert (
        house.browser("second_judge")
        .post(f"/views/{view.id}/remove", data={"list": "queue"})
        .status_code
        == 404
    )
    judge.post(f"/views/{view.id}/remove", data={"list": "queue"})
    assert "Free ones" not in words(judge.get("/queue"))


def test_a_view_without_a_name_is_refused_in_words(house: GardenHouse) -> None:
    house.crowd(1)
    judge = house.browser("judge")
    judge.post("/views", data={"list": "queue", "_view": " ", "whose": "free"})
    assert "Give the view a name" in words(judge.get("/queue"))


def test_the_file_has_every_row_and_no_formula(house: GardenHouse) -> None:
    house.crowd(60)
    with house.garden.database.transaction() as session:
        person = select(Account.id).where(Account.name == "Grower 007")
        session.execute(
            update(Account).where(Account.id == session.scalar(person)).values(name="=cmd|x!A0")
        )
    answer = house.browser("judge").get("/queue.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.mimetype == "text/csv"
    assert len(rows) == 61
    assert rows[8][1] == "'=cmd|x!A0"
    whole = house.browser("office").get("/staff/submissions/list.xlsx")
    assert whole.status_code == 200
    assert whole.data[:2] == b"PK"
    assert house.browser("grower").get("/queue.csv").status_code == 403


def test_a_list_is_acted_on_from_choice_to_progress(house: GardenHouse) -> None:
    house.crowd(3)
    with house.garden.database.read() as session:
        ids = list(session.scalars(select(Submission.id)))
    office = house.browser("office")
    page = office.get("/bulk/new", query_string={"list": "staff", "item": ids[:2]})
    assert "Act on 2 submissions" in words(page)
    said = {"list": "staff", "item": ids[:2], "action": "remind:candidate", "message": "Come in."}
    prepared = office.post("/bulk", data=said)
    preview = office.get(prepared.location)
    assert "2 can be done" in words(preview)
    assert "Come in." in words(preview)
    office.post(f"{prepared.location}/begin")
    under_way = office.get(prepared.location)
    assert "0 of 2" in words(under_way)
    drain(house)
    assert "All of it is finished. 2 were done." in words(office.get(prepared.location))
    said = office.get(prepared.location, headers={"Accept": "application/json"}).get_json()
    assert said == {"done": 2, "refused": 0, "total": 2, "ready": True}
    assert "A letter to the candidates" in words(office.get("/bulk"))


def test_all_that_match_may_be_acted_on(house: GardenHouse) -> None:
    house.crowd(70)
    office = house.browser("office")
    said = {"list": "staff", "all": "1", "state": "on_show", "action": "remind:candidate"}
    refused = office.post("/bulk", data=said)
    assert refused.status_code == 422
    assert "Write what the letter should say." in words(refused)
    answer = office.post("/bulk", data={**said, "message": "Hello."})
    assert "70 can be done" in words(office.get(answer.location))


def test_nobody_begins_or_sees_somebody_elses_action_on_many(house: GardenHouse) -> None:
    house.taken()
    judge = house.browser("judge")
    said = {"list": "queue", "all": "1", "action": "hand_back:"}
    where = judge.post("/bulk", data=said).location
    assert house.browser("second_judge").get(where).status_code == 404
    assert house.browser("second_judge").post(f"{where}/begin").status_code == 404
    assert house.browser("office").post(f"{where}/begin").status_code == 403
    with house.garden.database.read() as session:
        assert session.scalars(select(BulkRun)).one().begun_at is None


def test_a_row_that_the_list_does_not_show_is_not_acted_on(house: GardenHouse) -> None:
    with house.garden.database.transaction() as session:
        draft = house.garden.opened(session).id
    judge = house.browser("judge")
    page = judge.get("/bulk/new", query_string={"list": "queue", "item": draft})
    assert "Nothing is chosen" in words(page)


def test_the_progress_page_brings_itself_up_to_date_only_when_asked(house: GardenHouse) -> None:
    house.crowd(1)
    office = house.browser("office")
    said = {"list": "staff", "all": "1", "action": "remind:candidate", "message": "Hello."}
    where = office.post("/bulk", data=said).location
    office.post(f"{where}/begin")
    assert "Refresh" not in office.get(where).headers
    assert office.get(f"{where}?watch=1").headers["Refresh"].startswith("3; url=")
    office.post(f"{where}/stop")
    assert "It was stopped." in words(office.get(f"{where}?watch=1"))


def test_reviewers_are_told_what_their_search_reaches(house: GardenHouse) -> None:
    id = house.taken()
    page = house.browser("judge").get("/queue?words=basil")
    assert id in page.text
    assert "<mark>Basil</mark>" in page.text
    assert "not yours to read yet" in words(page)
    assert id not in house.browser("second_judge").get("/queue?words=basil").text


def test_staff_run_a_failed_job_again_from_its_page(house: GardenHouse) -> None:
    def fail(context: object, payload: object) -> None:
        raise jobs.GiveUp("No such address.")

    if "test-web-fails" not in jobs._functions:
        jobs.register("test-web-fails", fail)
    with house.garden.database.transaction() as session:
        id = jobs.enqueue(session, "test-web-fails", {})
    with pytest.raises(jobs.GiveUp):
        drain(house)
    office = house.browser("office")
    assert "Test web fails" in words(office.get("/staff/jobs?only=failed"))
    office.post("/staff/jobs/act", data={"id": id, "do": "again", "only": "failed"})
    assert "Nothing failed" in words(office.get("/staff/jobs?only=failed"))
    assert re.search(r"Waiting 1\b", words(office.get("/staff/jobs")))
    office.post("/staff/jobs/act", data={"id": id, "do": "give_up"})
    assert "Given up for good" in words(office.get("/staff/jobs"))
