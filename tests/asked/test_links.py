"""One-time links: asking, answering, reminding, correcting, taking back."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.asked.conftest import START, Kitchen


def test_person_reads_what_they_are_asked_without_an_account(kitchen: Kitchen) -> None:
    page = kitchen.school.browser().get(kitchen.link(kitchen.asks()))
    assert page.status_code == 200
    assert "Ana Ruiz asks you" in page.text
    assert "in a film of a <strong>talk in my kitchen</strong>" in page.text
    assert "I am Bo Finch, and I have read this." in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_letter_brings_the_link(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    (letter,) = [one for one in kitchen.letters() if one.name == "consent-asked"]
    assert letter.to_address == "bo@example.org"
    assert kitchen.link(asking) in letter.text


def test_person_who_was_asked_in_spanish_reads_spanish(kitchen: Kitchen) -> None:
    said = {"concern": "filmed", "name": "Bo Finch", "email": "bo@example.org", "language": "es"}
    kitchen.school.browser("ana").post(kitchen.path("ask"), said)
    page = kitchen.school.browser().get(kitchen.link(kitchen.row().id)).text
    assert '<html lang="es">' in page
    assert "charla en mi cocina" in page


def test_answer_is_kept_with_the_words_that_it_is_to(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    answer = kitchen.answers(asking)
    assert answer.status_code == 303
    row = kitchen.row()
    assert (row.state, row.answered_at) == ("given", START)
    assert row.wording == (
        "Being filmed\n\nI may be seen and heard in a film of a **talk in my kitchen**."
    )
    (event,) = [one for one in kitchen.events() if one.kind == "person-gave"]
    assert (event.actor_name, event.source) == ("Bo Finch", None)
    assert event.facts["words"] == row.wording
    assert event.facts["wording"] == row.wording_digest


def test_answer_needs_a_tick_that_it_is_them(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    answer = kitchen.answers(asking, me="")
    assert answer.status_code == 422
    assert "Please tick that this is you." in answer.text
    assert kitchen.row().state == "asked"


def test_no_needs_no_tick(kitchen: Kitchen) -> None:
    kitchen.answers(kitchen.asks(), "refused", me="")
    assert kitchen.row().state == "refused"


def test_same_link_shows_what_was_said_and_takes_it_back(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.answers(asking)
    page = kitchen.school.browser().get(kitchen.link(asking)).text
    assert "You said yes on 15 January 2030." in page
    assert "Yes, I agree" not in page
    assert kitchen.answers(asking, "withdrawn").status_code == 303
    assert kitchen.row().state == "withdrawn"
    page = kitchen.school.browser().get(kitchen.link(asking)).text
    assert "You took your yes back on 15 January 2030." in page


def test_who_said_no_may_change_their_mind(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.answers(asking, "refused")
    kitchen.answers(asking)
    assert kitchen.row().state == "given"


def test_forwarded_link_says_whom_it_is_for_and_its_owner_hears_of_every_answer(
    kitchen: Kitchen,
) -> None:
    asking = kitchen.asks()
    page = kitchen.school.browser().get(kitchen.link(asking)).text
    assert "This page is for Bo Finch alone." in page
    kitchen.answers(asking)
    (letter,) = [one for one in kitchen.letters() if one.name == "consent-receipt"]
    assert letter.to_address == "bo@example.org"
    assert "If it was not you who answered" in letter.text


def test_second_use_of_a_link_is_told_that_it_was_answered(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.answers(asking)
    again = kitchen.answers(asking, wording=kitchen.row().wording_digest)
    assert again.status_code == 409
    assert "You have answered already." in again.text


def test_link_used_twice_at_once_is_used_once(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    answers: list[Any] = []
    both = threading.Barrier(2)

    def use(say: str) -> None:
        browser = kitchen.school.browser()
        page = browser.get(kitchen.link(asking)).text
        wording = page.split('name="wording" value="')[1].split('"')[0]
        token = browser.token()
        both.wait()
        said = {"csrf_token": token, "say": say, "me": "yes", "wording": wording}
        answers.append((say, browser.client.post(kitchen.link(asking), data=said)))

    threads = [threading.Thread(target=use, args=(say,)) for say in ("given", "given")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answer.status_code for _, answer in answers) == [303, 409]
    assert [one.kind for one in kitchen.events()].count("person-gave") == 1


@pytest.mark.parametrize("token", ["x", "a" * 24, "%00", "AAAA-BBBB_CCCC"])
def test_links_that_lead_nowhere_look_alike(kitchen: Kitchen, token: str) -> None:
    asking = kitchen.asks()
    kitchen.school.browser("ana").post(kitchen.path(asking, "take-back"))
    ended = kitchen.school.browser().get(kitchen.link(asking))
    wrong = kitchen.school.browser().get(f"/a/{token}")
    assert (ended.status_code, wrong.status_code) == (404, 404)
    assert "This link leads nowhere." in ended.text
    assert token == "%00" or "This link leads nowhere." in wrong.text


def test_wrong_address_is_corrected_and_the_old_link_dies(kitchen: Kitchen) -> None:
    first = kitchen.asks(email="boo@example.org")
    answer = kitchen.school.browser("ana").post(
        kitchen.path(first, "correct"), {"email": "bo@example.org"}
    )
    assert answer.status_code == 303
    second = kitchen.row()
    assert (second.email, second.id == first) == ("bo@example.org", False)
    assert kitchen.school.browser().get(kitchen.link(first)).status_code == 404
    assert kitchen.answers(second.id).status_code == 303


def test_reminder_goes_out_once_a_day_at_most(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    page = kitchen.school.browser("ana").post(kitchen.path(asking, "remind"))
    assert page.status_code == 422
    assert "Bo Finch got a letter less than a day ago." in page.text
    kitchen.later(days=1)
    assert kitchen.school.browser("ana").post(kitchen.path(asking, "remind")).status_code == 303
    reminders = [one for one in kitchen.letters() if one.name == "consent-reminder"]
    assert [one.to_address for one in reminders] == ["bo@example.org"]


def test_nobody_is_reminded_who_said_no(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.answers(asking, "refused")
    kitchen.later(days=3)
    page = kitchen.school.browser("ana").post(kitchen.path(asking, "remind"))
    assert page.status_code == 422
    assert "Please don’t press them." in page.text
    assert kitchen.school.browser("ana").post(kitchen.path(asking, "take-back")).status_code == 422
    assert [one.name for one in kitchen.letters()].count("consent-reminder") == 0


def test_who_said_no_is_not_asked_again_under_another_name(kitchen: Kitchen) -> None:
    kitchen.answers(kitchen.asks(), "refused")
    kitchen.says(cook="Robert Finch")
    said = {"concern": "filmed", "name": "Robert Finch", "email": "bo@example.org"}
    page = kitchen.school.browser("ana").post(kitchen.path("ask"), said)
    assert page.status_code == 422
    assert "Bo Finch has said no." in page.text


def test_reminder_that_comes_after_the_answer_is_not_written(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.later(days=1)
    kitchen.school.browser("ana").post(kitchen.path(asking, "remind"))
    kitchen.answers(asking)
    assert "consent-reminder" not in [one.name for one in kitchen.letters()]


def test_link_that_waited_for_too_long_says_so_and_a_new_letter_wakes_it(
    kitchen: Kitchen,
) -> None:
    asking = kitchen.asks()
    kitchen.later(days=60)
    page = kitchen.school.browser().get(kitchen.link(asking))
    assert "This link has waited for too long." in page.text
    assert kitchen.answers(asking).status_code == 409
    kitchen.school.browser("ana").post(kitchen.path(asking, "remind"))
    assert kitchen.answers(asking).status_code == 303


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "This does not look like an e-mail address."),
        ("bo at example.org", "This does not look like an e-mail address."),
        ("ana@example.org", "This is your own address."),
    ],
)
def test_address_that_can_reach_nobody_else_is_refused(
    kitchen: Kitchen, email: str, words: str
) -> None:
    said = {"concern": "filmed", "name": "Bo Finch", "email": email}
    page = kitchen.school.browser("ana").post(kitchen.path("ask"), said)
    assert page.status_code == 422
    assert words in page.text
    assert not email or f'value="{email}"' in page.text


def test_only_people_whom_the_answers_name_are_asked(kitchen: Kitchen) -> None:
    said = {"concern": "filmed", "name": "Zoe Stranger", "email": "zoe@example.org"}
    assert kitchen.school.browser("ana").post(kitchen.path("ask"), said).status_code == 404
    said = {"concern": "photographed", "name": "Bo Finch", "email": "bo@example.org"}
    assert kitchen.school.browser("ana").post(kitchen.path("ask"), said).status_code == 404


@pytest.mark.parametrize("who", ["ben", "rosa", "sam"])
def test_nobody_but_the_candidate_asks(kitchen: Kitchen, who: str) -> None:
    asking = kitchen.asks()
    browser = kitchen.school.browser(who)
    for path in ("ask", f"{asking}/remind", f"{asking}/correct", f"{asking}/take-back"):
        said = {"concern": "filmed", "name": "Bo Finch", "email": "other@example.org"}
        assert browser.post(kitchen.path(*path.split("/")), said).status_code in (403, 404)
    assert kitchen.row().email == "bo@example.org"


def test_an_account_at_the_same_time_makes_no_difference(kitchen: Kitchen) -> None:
    """Ana herself opens the link that she was never sent: the page is the same, and an answer by
    it is told to Bo."""
    asking = kitchen.asks()
    assert "I am Bo Finch" in kitchen.school.browser("ana").get(kitchen.link(asking)).text


def test_language_switch_keeps_the_page(kitchen: Kitchen) -> None:
    browser = kitchen.school.browser()
    asking = kitchen.asks()
    page = browser.post(kitchen.link(asking), {"_language": "es", "me": "yes"})
    assert "charla en mi cocina" in page.text
    assert "checked" in page.text


def test_link_of_work_that_was_set_aside_says_that_nothing_is_needed(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    assert kitchen.fires("ana", "withdraw").status_code == 303
    page = kitchen.school.browser().get(kitchen.link(asking))
    assert "This is not needed any more. Thank you for coming." in page.text
    assert kitchen.answers(asking).status_code == 409
    assert kitchen.row().state == "asked"


def test_yes_can_be_taken_back_long_after_the_work_has_ended(kitchen: Kitchen) -> None:
    asking = kitchen.asks()
    kitchen.answers(asking)
    assert kitchen.fires("ana", "withdraw").status_code == 303
    kitchen.later(days=900)
    assert kitchen.answers(asking, "withdrawn").status_code == 303
    assert kitchen.row().state == "withdrawn"
