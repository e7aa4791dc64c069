"""The catalogue: stacks and tiers, how far one is, searching, the map, and what comes next.

Held against the documents that are published, whatever they are called: the counts of the stacks
that the program names are the rows C-I to C-III of its own list.
"""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from engine.awards import issuing
from engine.credentials.credential import Edition
from engine.credentials.pathways import ready
from engine.credentials.stacks import Stack, stacks_of
from engine.people import SYSTEM
from engine.records import catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Letter, Recognition, Submission, new_id
from engine.web import pathway
from tests.conftest import TERM, School
from tests.web.conftest import GARDEN

COACH = "instructional-coach"


def editions(school: School) -> list[Edition]:
    with school.database.read() as session:
        return catalogue.current_all(session)


def stacks(school: School) -> list[Stack]:
    return [one for one in stacks_of(editions(school)) if len(one.editions) > 1]


def linked(page: str) -> list[str]:
    """The credentials that a page links to, each once, in order."""
    return list(dict.fromkeys(re.findall(r'href="/credentials/([\w-]+)"', page)))


def listed(page: str) -> list[str]:
    """Those that stand on the shelves."""
    titles = re.findall(r'class="entry__title"><a href="/credentials/([\w-]+)"', page)
    return list(titles)


def words(page: str) -> str:
    """The text of a page, without its marks."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def shelf(page: str, id: str) -> str:
    """One shelf of the catalogue."""
    start = page.index(f'aria-labelledby="{id}"')
    return page[start : page.index("</section>", start)]


def letters(school: School, name: str = "prerequisites-met") -> list[Letter]:
    store = school.app.extensions["accolade"].store
    jobs.drain(JobContext(school.settings, school.database, store))
    with school.database.read() as session:
        found = session.scalars(select(Letter).where(Letter.name == name).order_by(Letter.id))
        return list(found)


@pytest.mark.row("C-I", "C-II", "C-III")
def test_the_three_stacks_have_six_four_and_five_credentials(school: School) -> None:
    assert [len(one.editions) for one in stacks(school)] == [6, 4, 5]


def test_every_credential_of_a_stack_stands_on_its_shelf_tier_by_tier(school: School) -> None:
    page = school.browser().get("/").text
    for stack in stacks(school):
        own = shelf(page, stack.id)
        tiers = re.findall(r'class="shelf__tier">([^<]+)<', own)
        assert tiers == [tier.title for tier in stack.tiers]
        assert listed(own) == [one.credential.id for one in stack.editions]


@pytest.mark.row("C-I", "C-II", "C-III")
@pytest.mark.parametrize("count", [0, 1, "all but one", "all"])
def test_a_stack_says_how_many_of_it_i_hold(school: School, count: int | str) -> None:
    expected = []
    for stack in stacks(school):
        ids = [one.credential.id for one in stack.editions]
        many = {"all": len(ids), "all but one": len(ids) - 1}.get(str(count), count)
        assert isinstance(many, int)
        school.hold("ana", *ids[:many])
        expected.append((stack.id, f"{many} of {len(ids)} held"))

    page = school.browser("ana").get("/").text

    for id, said in expected:
        assert said in shelf(page, id)


def test_a_visitor_is_told_how_large_a_stack_is_and_nothing_of_anybody(school: School) -> None:
    first = stacks(school)[0]
    school.hold("ana", first.editions[0].credential.id)
    page = school.browser().get("/").text
    assert f"{len(first.editions)} credentials" in shelf(page, first.id)
    assert "held" not in words(page)
    assert 'name="where"' not in page


def test_a_stack_names_the_next_one_that_i_neither_hold_nor_began(school: School) -> None:
    one, two, three = stacks(school)[0].editions[:3]
    school.hold("ana", one.credential.id)
    school.open("ana", two.credential.id)
    assert f"Next: {three.credential.title}" in words(school.browser("ana").get("/").text)


def test_a_revoked_credential_no_longer_counts_in_its_stack(school: School) -> None:
    first = stacks(school)[0]
    serial = school.award("ana", first.editions[0].credential.id)
    assert f"1 of {len(first.editions)} held" in school.browser("ana").get("/").text
    with school.database.transaction() as session:
        issuing.revoke(session, school.award_of(session, serial), "A mix-up.", SYSTEM, TERM)
    assert f"0 of {len(first.editions)} held" in school.browser("ana").get("/").text


# Searching


def test_a_search_shows_what_says_every_word_whatever_its_case_and_accents(school: School) -> None:
    for edition in editions(school)[:5]:
        asked = edition.credential.title.upper().replace("E", "É")
        found = listed(school.browser().get("/", query_string={"q": asked}).text)
        assert edition.credential.id in found
        assert len(found) < len(editions(school))


def test_a_search_finds_by_a_standards_code(school: School) -> None:
    aligned = next(one for one in editions(school) if one.alignment)
    found = listed(school.browser().get(f"/?q={aligned.alignment[0].code}").text)
    assert aligned.credential.id in found


def test_filters_narrow_together(school: School) -> None:
    first = stacks(school)[0]
    ids = [one.credential.id for one in first.editions]
    school.hold("ana", ids[0])
    browser = school.browser("ana")
    assert listed(browser.get(f"/?stack={first.id}").text) == ids
    assert listed(browser.get(f"/?stack={first.id}&where=held").text) == ids[:1]
    assert listed(browser.get(f"/?stack={first.id}&kind=goal").text) == []


def test_where_i_stand_is_a_filter(school: School) -> None:
    school.hold("ana", *stacks(school)[0].editions[0].credential.prerequisites.credentials)
    school.open("ana", GARDEN)
    browser = school.browser("ana")
    assert listed(browser.get("/?where=begun").text) == [GARDEN]
    ready = listed(browser.get("/?where=ready").text)
    waiting = listed(browser.get("/?where=waiting").text)
    assert COACH in waiting
    assert COACH not in ready
    school.hold("ana", "standards-ambassador", "learning-facilitator", "instructional-specialist")
    assert COACH in listed(browser.get("/?where=ready").text)


@pytest.mark.parametrize("query", ["kind=nonsense", "where=nowhere", "stack=none", "q=%20"])
def test_what_means_nothing_leaves_the_catalogue_whole(school: School, query: str) -> None:
    browser = school.browser("ana")
    assert listed(browser.get(f"/?{query}").text) == listed(browser.get("/").text)


def test_a_search_that_finds_nothing_says_so_and_leads_back(school: School) -> None:
    page = school.browser().get("/", query_string={"q": "<b>xyzzy</b>"})
    assert page.status_code == 200
    assert "Nothing matches" in page.text
    assert "<b>xyzzy" not in page.text
    assert 'value="&lt;b&gt;xyzzy&lt;/b&gt;"' in page.text


def test_the_search_is_a_plain_form_that_keeps_what_was_asked(school: School) -> None:
    page = school.browser().get("/?q=student&kind=micro-credential").text
    form = page[page.index("catalogue-search") :]
    form = form[: form.index("</form>")]
    assert 'method="get"' in form
    assert 'value="student"' in form
    assert '<option value="micro-credential" selected>' in form


# What is missing for the next one, and the map


def test_the_catalogue_says_what_is_missing_for_the_next_one(school: School) -> None:
    school.hold("ana", "standards-ambassador", "learning-facilitator")
    said = words(school.browser("ana").get("/").text)
    assert "2 of 3 held. Still missing: Instructional Specialist" in said
    assert "Still missing" not in words(school.browser().get("/").text)


def test_my_work_shows_the_stacks_in_which_i_have_taken_a_step(school: School) -> None:
    first, other, _third = stacks(school)
    assert "On the way" not in words(school.browser("ana").get("/my-work").text)
    school.hold("ana", first.editions[0].credential.id, "standards-ambassador")
    said = words(school.browser("ana").get("/my-work").text)
    assert f"{first.title} Held 1 of {len(first.editions)}" in said
    assert other.title not in said
    assert "1 of 3 held. Still missing:" in said


def test_the_map_says_in_words_what_its_picture_shows(school: School) -> None:
    page = school.browser().get("/pathways")
    assert page.status_code == 200
    for edition in editions(school):
        for id in edition.credential.builds_towards:
            lead = page.text.index(f'<strong><a href="/credentials/{edition.credential.id}"')
            assert f'href="/credentials/{id}"' in page.text[lead : page.text.index("</li>", lead)]
    for stack in stacks(school):
        assert {one.credential.id for one in stack.editions} <= set(linked(page.text))
    assert page.text.count("<rect ") == page.text.count("<li><strong>")


def test_the_map_shows_one_whole_box_for_a_stack_and_where_i_stand(school: School) -> None:
    first = stacks(school)[0]
    school.hold("ana", first.editions[0].credential.id)
    assert f"{first.title} 1 of {len(first.editions)} held" in words(
        school.browser("ana").get("/pathways").text
    )


@pytest.mark.row("A0")
def test_an_award_is_progress_on_what_it_builds_towards(school: School) -> None:
    browser = school.browser("ana")
    assert "0 of 1 earned" in browser.get("/credentials/teacher-leader").text
    school.award("ana", COACH)
    assert "1 of 1 earned" in browser.get("/credentials/teacher-leader").text


# The last prerequisite


@pytest.fixture
def three(school: School) -> tuple[str, ...]:
    asked = next(one for one in editions(school) if one.credential.id == COACH)
    return asked.credential.prerequisites.credentials


def test_the_last_prerequisite_tells_the_candidate(school: School, three: tuple[str, ...]) -> None:
    school.hold("ana", *three[:2])
    assert letters(school) == []
    school.hold("ana", three[2])
    (letter,) = letters(school)
    assert (letter.to_address, letter.subject, letter.path) == (
        "ana@example.org",
        "The way to Instructional Coach is open",
        f"/credentials/{COACH}",
    )


def test_who_has_begun_is_led_to_their_draft(school: School, three: tuple[str, ...]) -> None:
    draft = school.open("ana", COACH)
    school.hold("ana", *three)
    (letter,) = letters(school)
    assert letter.path == f"/submissions/{draft}"
    assert "You can submit it as soon as it is complete." in letter.text


def grant(school: School, name: str, credential_id: str) -> str:
    """An award of a credential that nobody submits work for here; gives its serial."""
    edition = next(one for one in editions(school) if one.credential.id == credential_id)
    with school.database.transaction() as session:
        work = Submission(
            id=new_id(),
            edition_digest=edition.digest,
            credential_id=credential_id,
            candidate_id=school.cast[name].id,
            state="awarded",
            state_kind="outcome",
            state_since=TERM,
            opened_at=TERM,
            submitted_at=TERM,
            reviewer_id=None,
        )
        session.add(work)
        session.flush()
        person = session.get_one(Account, school.cast[name].id)
        return issuing.issue(session, work, edition, person, school.settings, SYSTEM, TERM).serial


def test_an_award_from_here_tells_as_well(school: School, three: tuple[str, ...]) -> None:
    school.hold("ana", *three[:2])
    grant(school, "ana", three[2])
    assert [one.path for one in letters(school)] == [f"/credentials/{COACH}"]


def test_an_expired_prerequisite_closes_the_way_again(
    school: School, three: tuple[str, ...]
) -> None:
    school.hold("ana", *three[:2])
    serial = grant(school, "ana", three[2])
    with school.database.transaction() as session:
        school.award_of(session, serial).expires_at = TERM + timedelta(days=1)
    ana = school.cast["ana"]
    with school.database.read() as session:
        before = pathway.record_of(session, ana, TERM)
        after = pathway.record_of(session, ana, TERM + timedelta(days=2))
    coach = next(one for one in editions(school) if one.credential.id == COACH)
    assert (ready(coach, before.held), ready(coach, after.held)) == (True, False)


def test_what_is_rolled_back_tells_nobody(school: School, three: tuple[str, ...]) -> None:
    school.hold("ana", *three[:2])
    with school.database.transaction() as session:
        person, office = session.get_one(Account, school.cast["ana"].id), school.cast["sam"]
        issuing.recognise(session, person, three[2], TERM.date(), "State", None, office, TERM)
        session.rollback()
    assert letters(school) == []


def test_a_second_grant_of_the_same_tells_nothing_new(
    school: School, three: tuple[str, ...]
) -> None:
    school.hold("ana", *three)
    school.hold("ana", three[0])
    assert len(letters(school)) == 1


def test_nobody_is_told_about_what_they_hold_or_of_somebody_else(
    school: School, three: tuple[str, ...]
) -> None:
    school.award("ana", COACH)
    school.hold("ana", *three)
    assert letters(school) == []


def test_a_revoked_prerequisite_closes_the_way_and_a_new_one_opens_it_again(
    school: School, three: tuple[str, ...]
) -> None:
    browser = school.browser("ana")
    school.hold("ana", *three)
    assert COACH in listed(browser.get("/?where=ready").text)
    with school.database.transaction() as session:
        row = session.scalars(
            select(Recognition).where(Recognition.credential_id == three[0])
        ).one()
        issuing.revoke_recognition(session, row, "A mix-up.", school.cast["sam"], TERM)
    assert COACH in listed(browser.get("/?where=waiting").text)
    school.hold("ana", three[0])
    assert COACH in listed(browser.get("/?where=ready").text)
    assert len(letters(school)) == 2


def test_the_pages_cost_the_same_queries_with_little_and_with_much(
    school: School, count_queries: list[str]
) -> None:
    browser = school.browser("ana")
    costs = []
    for ids in ((), [one.credential.id for one in stacks(school)[0].editions]):
        school.hold("ana", *ids)
        for path in ("/", "/pathways", "/my-work"):
            browser.get(path)
            count_queries.clear()
            browser.get(path)
            costs.append(len(count_queries))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 8


def test_of_the_last_two_granted_at_the_same_moment_one_tells(
    school: School, three: tuple[str, ...]
) -> None:
    school.hold("ana", three[0])
    office, day = school.cast["sam"], TERM.date()
    other = threading.Thread(target=school.hold, args=("ana", three[2]))
    with school.database.transaction() as session:
        person = session.get_one(Account, school.cast["ana"].id)
        issuing.recognise(session, person, three[1], day, "State", None, office, TERM)
        other.start()
        other.join(0.3)  # it waits for this transaction
        assert other.is_alive()
    other.join()
    assert len(letters(school)) == 1
