"""Reviewers take places and hand them back; staff see who reviews and name others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.records.tables import Account, Declaration, Review, Submission
from tests.submissions.conftest import NOON, garden
from tests.submissions.jury import Jury, seat
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]


def there(house: GardenHouse, *, claims: tuple[str, ...] = (), **block: Any) -> str:
    with house.garden.database.transaction() as session:
        jury = seat(house.garden, session, **block)
        for who in claims:
            jury.claim(who)
        return jury.submission.id


def seats(house: GardenHouse, id: str) -> tuple[list[str], int]:
    found = house.find(id)
    return found.reviewer_ids, found.places_free


def test_a_reviewer_takes_a_place_on_the_submissions_page(house: GardenHouse) -> None:
    id = there(house, count=2)
    browser = house.browser("kim")
    assert "Review this" in words(browser.get(f"/review/{id}"))
    answer = browser.post(f"/review/{id}/claim", data={"block": ""})
    assert (answer.status_code, answer.location) == (303, f"/review/{id}")
    assert seats(house, id) == (["kim"], 1)
    assert "It is with you now." in words(browser.get(f"/review/{id}"))


def test_a_reviewer_takes_a_place_from_the_queue(house: GardenHouse) -> None:
    id = there(house)
    page = house.browser("kim").get("/queue").text
    assert f'action="/review/{id}/claim"' in page


def test_whoever_was_slower_is_told_so_and_sees_who_has_it(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    browser = house.browser("leo")
    answer = browser.post(f"/review/{id}/claim", data={"block": ""}, follow_redirects=True)
    said = words(answer)
    assert "Somebody else has taken it up; no place is free." in said
    assert "Kim has this submission now." in said


def test_a_place_is_handed_back_on_the_review_page(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    browser = house.browser("kim")
    assert "Hand it back without a decision" in words(browser.get(f"/review/{id}"))
    answer = browser.post(f"/review/{id}/hand-back", data={"reason": "Too busy"})
    assert (answer.status_code, answer.location) == (303, "/queue")
    assert seats(house, id) == ([], 1)


def test_a_workflow_with_its_own_way_back_shows_only_that_one(house: GardenHouse) -> None:
    id = house.taken()
    page = words(house.browser("judge").get(f"/review/{id}"))
    assert "Put back" in page
    assert "Hand it back without a decision" not in page


def test_a_reviewer_says_that_they_have_a_conflict_of_interest(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    browser = house.browser("kim")
    assert browser.get(f"/review/{id}/conflict").status_code == 200
    answer = browser.post(f"/review/{id}/conflict", data={"reason": "My cousin"})
    assert (answer.status_code, answer.location) == (303, "/queue")
    assert seats(house, id) == ([], 1)
    assert id not in browser.get("/queue").text
    said = words(browser.get(f"/review/{id}"))
    assert "You have a conflict of interest here." in said
    assert "You have declared" in words(browser.get(f"/review/{id}/conflict"))


def test_a_conflict_needs_a_reason_and_keeps_what_was_typed(house: GardenHouse) -> None:
    id = there(house)
    answer = house.browser("kim").post(f"/review/{id}/conflict", data={"reason": " "})
    assert answer.status_code == 422
    assert "Say in a few words what the conflict is." in words(answer)
    with house.garden.database.read() as session:
        assert session.scalars(select(Declaration)).all() == []


def test_a_candidate_has_no_page_to_declare_a_conflict(house: GardenHouse) -> None:
    id = there(house)
    assert house.browser("grower").get(f"/review/{id}/conflict").status_code == 403
    assert house.browser("stranger").get(f"/review/{id}/conflict").status_code == 404


# Staff.


def test_staff_see_who_has_it_who_is_free_and_why_somebody_is_not(house: GardenHouse) -> None:
    id = there(house, claims=("kim",), count=2, exclude=["same_school"], due="P5D")
    said = words(house.browser("office").get(f"/staff/submissions/{id}/reviewers"))
    assert "2 reviewers are wanted. 1 place is free." in said
    assert "Kim" in said
    assert "17 March 2026" in said
    assert "They work at the candidate’s school." in said


def test_staff_ask_somebody(house: GardenHouse) -> None:
    id = there(house, pick="manual")
    browser = house.browser("office")
    address = f"/staff/submissions/{id}/reviewers"
    answer = browser.post(address, data={"_do": "assign:kim", "block": ""})
    assert (answer.status_code, answer.location) == (303, address)
    assert seats(house, id) == (["kim"], 0)
    assert "Kim is asked to review it" in words(browser.get(address))


def test_staff_ask_somebody_in_the_place_of_another(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    browser, address = house.browser("office"), f"/staff/submissions/{id}/reviewers"
    said = {"_do": "assign:leo", "block": "", "instead_of": "kim", "reason": ""}
    answer = browser.post(address, data=said)
    assert answer.status_code == 422
    assert "Say in a few words why." in words(answer)
    browser.post(address, data={**said, "reason": "Kim is ill"})
    assert seats(house, id) == (["leo"], 0)


def test_staff_name_who_takes_up_what_waits(house: GardenHouse) -> None:
    id = house.entered()
    browser, address = house.browser("office"), f"/staff/submissions/{id}/reviewers"
    assert "Name a reviewer" in words(browser.get(f"/staff/submissions/{id}"))
    page = browser.get(address)
    assert "Nobody has taken it up yet." in words(page)
    assert 'value="hand-to:judge"' in page.text
    said = {"_do": "hand-to:judge", "step": "take", "revision": house.find(id).revision}
    answer = browser.post(address, data=said)
    assert (answer.status_code, answer.location) == (303, address)
    assert (house.find(id).state, seats(house, id)) == ("judging", (["judge"], 0))
    said_now = words(browser.get(address))
    assert "Judge is asked to review it, and gets a message." in said_now
    assert "named by staff" in said_now


def test_staff_who_were_slower_than_a_reviewer_are_told_so(house: GardenHouse) -> None:
    id = house.entered()
    said = {"_do": "hand-to:judge", "step": "take", "revision": "99999999999999999999"}
    answer = house.browser("office").post(f"/staff/submissions/{id}/reviewers", data=said)
    assert answer.status_code == 409
    assert house.find(id).state == "on_show"


def test_staff_are_told_why_somebody_cannot_take_up_what_waits(house: GardenHouse) -> None:
    id = house.entered()
    said = {"_do": "hand-to:grower", "step": "take", "revision": house.find(id).revision}
    answer = house.browser("office").post(f"/staff/submissions/{id}/reviewers", data=said)
    assert answer.status_code == 422
    assert "they are not one of the Judge." in words(answer)


def test_only_staff_name_who_takes_up_what_waits(house: GardenHouse) -> None:
    id = house.entered()
    said = {"_do": "hand-to:judge", "step": "take", "revision": house.find(id).revision}
    answer = house.browser("judge").post(f"/staff/submissions/{id}/reviewers", data=said)
    assert answer.status_code == 403
    assert house.find(id).state == "on_show"


def test_staff_free_a_place(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    data = {"_do": "take-away:kim", "reason": "Ill"}
    house.browser("office").post(f"/staff/submissions/{id}/reviewers", data=data)
    assert seats(house, id) == ([], 1)


def test_staff_record_and_withdraw_a_conflict(house: GardenHouse) -> None:
    id = there(house)
    browser, address = house.browser("office"), f"/staff/submissions/{id}/reviewers"
    browser.post(address, data={"_do": "declare", "reviewer": "kim", "reason": "Married"})
    assert "Kim Married" in words(browser.get(address))
    with house.garden.database.read() as session:
        (made,) = session.scalars(select(Declaration.id))
    browser.post(address, data={"_do": f"withdraw:{made}"})
    assert "None is declared." in words(browser.get(address))


def test_staff_search_the_pool(house: GardenHouse) -> None:
    id = there(house, pick="manual")
    said = house.browser("office").get(f"/staff/submissions/{id}/reviewers?q=lake").text
    assert "assign:kim" in said
    assert "assign:ines" not in said


def test_an_empty_pool_is_told_on_the_page(house: GardenHouse) -> None:
    with house.garden.database.transaction() as session:
        jury = seat(house.garden, session, by="chair", enter=False)
        jury.change("vera", active=False)
        jury.go("enter")
    said = words(house.browser("office").get(f"/staff/submissions/{jury.submission.id}/reviewers"))
    assert "There is nobody who could be asked" in said


@pytest.mark.parametrize("who", ["kim", "grower", "stranger"])
def test_nobody_else_names_reviewers(house: GardenHouse, who: str) -> None:
    id = there(house, pick="manual")
    browser, address = house.browser(who), f"/staff/submissions/{id}/reviewers"
    assert browser.get(address).status_code == 403
    answer = browser.post(address, data={"_do": "assign:kim", "block": ""})
    assert answer.status_code == 403
    assert seats(house, id) == ([], 1)


def test_the_panel_costs_the_same_for_few_and_for_many(house: GardenHouse) -> None:
    id = there(house, pick="manual", exclude=["same_school", "earlier_reviewer"])
    browser, address = house.browser("office"), f"/staff/submissions/{id}/reviewers"
    browser.get(address)
    with house.counted() as few:
        browser.get(address)
    from tests.submissions.jury import person

    with house.garden.database.transaction() as session:
        session.add_all([person(f"more{number}", ["reviewer"]) for number in range(30)])
    with house.counted() as many:
        browser.get(address)
    assert len(many) == len(few)


# Absence, groups and school.


def test_a_reviewer_says_when_they_are_away(house: GardenHouse) -> None:
    there(house)
    browser = house.browser("kim")
    today = browser.application.extensions["accolade"].clock().date()
    first, last = (today + timedelta(days=3)).isoformat(), (today + timedelta(days=9)).isoformat()
    said = {"since": first, "until": last, "delegate": "leo"}
    answer = browser.post("/account/absence", data=said)
    assert (answer.status_code, answer.location) == (303, "/account/absence")
    assert "Leo stands in." in words(browser.get("/account/absence"))
    browser.post("/account/absence", data={"_do": "back"})
    assert "stands in." not in words(browser.get("/account/absence"))


def test_a_day_that_makes_no_sense_is_handed_back(house: GardenHouse) -> None:
    there(house)
    answer = house.browser("kim").post("/account/absence", data={"since": "soon", "until": "2"})
    assert answer.status_code == 422
    assert 'value="soon"' in answer.text


def test_staff_say_it_for_a_reviewer_and_others_do_not(house: GardenHouse) -> None:
    there(house)
    assert house.browser("office").get("/staff/people/kim/absence").status_code == 200
    assert house.browser("leo").post("/staff/people/kim/absence").status_code == 403
    assert house.browser("grower").get("/account/absence").status_code == 404


def test_staff_say_which_groups_and_school_somebody_has(house: GardenHouse) -> None:
    there(house)
    browser = house.browser("office")
    data = {"groups": ["chairs"], "new_groups": "night, day-shift", "school": "Lake  Road School"}
    answer = browser.post("/staff/people/kim/place", data=data)
    assert answer.status_code == 303
    with house.garden.database.read() as session:
        kim = session.get_one(Account, "kim")
        assert (kim.groups, kim.school) == (["chairs", "day-shift", "night"], "Lake Road School")
    page = browser.get("/staff/people/leo").text
    assert '<option value="Hill Street School">' in page
    assert 'value="day-shift"' in page


def test_a_groups_name_is_one_that_documents_can_use(house: GardenHouse) -> None:
    there(house)
    data = {"new_groups": "no good name!", "school": "Lake"}
    answer = house.browser("office").post("/staff/people/kim/place", data=data)
    assert answer.status_code == 422
    assert "can’t be the name of a group" in words(answer)
    assert 'value="no good name!"' in answer.text


def test_a_closed_account_frees_its_places_at_once(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    house.browser("office").post("/staff/people/kim/active", data={"active": "no"})
    assert seats(house, id) == ([], 1)
    with house.garden.database.read() as session:
        assert session.scalars(select(Review.status)).all() == ["given_up"]


def test_somebody_who_is_no_reviewer_any_more_loses_their_places(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    data = {"roles": ["candidate"]}
    house.browser("office").post("/staff/people/kim/roles", data=data)
    assert seats(house, id) == ([], 1)
    gone = house.browser("kim").post(f"/review/{id}", data={"_go": "give_ribbon", "revision": "1"})
    assert gone.status_code in (403, 404)
    assert house.find(id).state == "on_show"


def test_the_story_of_an_assignment_is_told_to_staff(house: GardenHouse) -> None:
    id = there(house, claims=("kim",))
    with house.garden.database.transaction() as session:
        jury = Jury(house.garden, session, session.get_one(Submission, id))
        jury.hand_back("kim", NOON)
        jury.assign("leo")
    said = words(house.browser("office").get(f"/staff/submissions/{id}"))
    assert "took it up for review" in said
    assert "handed it back" in said
    assert "asked Leo to review it" in said
