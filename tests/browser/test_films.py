"""Films on the reviewer's desk: watched with captions at any speed, and noted at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import demo, filming
from engine.filming import film
from engine.people import Actor
from engine.records.files import EvidenceStore
from engine.submissions import captions, drafting
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse

SECONDS = 100
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 01:30.000\nGood morning, everybody.\n"
BODY = "Here the children take over."
SPEED = """async (film) => {
  film.muted = true; await film.play();
  const [began, from] = [performance.now(), film.currentTime];
  const speed = () => (film.currentTime - from) / (performance.now() - began) * 1000;
  do await new Promise((done) => setTimeout(done, 500));
  while (speed() <= 1.2 && performance.now() - began < 10_000);
  film.pause();
  return speed(); }"""
"""How many seconds of the film pass in one; a busy machine stumbles at first."""


@dataclass(frozen=True)
class Watched:
    """A submission with one film with captions, and short clips without, one of them broken."""

    id: str
    reviewer: Actor


@pytest.fixture
def watched(house: LiveHouse) -> Watched:
    """Films that the reviewer has taken up."""
    edition = house.edition("filmed-lesson")
    candidate, reviewer = house.person(), house.person("reviewer")
    cast = {
        demo.REVIEWER[0]: reviewer,
        demo.STAFF[0]: house.person("staff"),
        candidate.email: candidate,
    }
    now, store = datetime.now(UTC) - timedelta(days=1), EvidenceStore(house.settings.evidence)
    with house.database.transaction() as session:
        stage = demo.Stage(session, house.settings, store, cast, now)
        work = drafting.open_submission(session, edition, candidate, now)
        subject = drafting.subject_of(session, work.id)
        kept = []
        for place, name, content in (
            ("lesson", "lesson.webm", film(SECONDS)),
            ("clips", "greeting.webm", filming.titled("A greeting")),
            ("clips", "goodbye.webm", film(6)),
            ("clips", "broken.mp4", demo.EMPTY_FILM),
        ):
            at = f"/answers/{place}"
            bytes_ = BytesIO(content)
            one = drafting.keep_file(store, subject, at, bytes_, name, 2**20, candidate)
            drafting.attach(session, subject, one, candidate, now)
            kept.append(one.id)
        words = captions.keep(store, subject, BytesIO(CAPTIONS), "lesson.vtt", candidate)
        captions.attach(session, subject, kept[0], words, candidate, now)
        said = {"lesson": kept[0], "clips": kept[1:]}
        drafting.fill(session, subject, {"answers": said}, candidate, now)
        assert edition.workflow is not None
        for transition in demo.way_to(edition.workflow, "watching"):
            demo.walk(stage, edition, work, transition)
        return Watched(work.id, reviewer)


def player(page: Page, name: str) -> Locator:
    return page.locator(f'video.player[aria-label="{name}"]')


def loaded(one: Locator) -> None:
    """Wait until the player knows how long its film is."""
    one.evaluate(
        """film => film.readyState > 0 || new Promise((done) => {
          film.addEventListener("loadedmetadata", done, { once: true }); film.load(); })"""
    )


def sought(one: Locator, seconds: float) -> None:
    """Move the player as its own slider does."""
    one.evaluate(
        """(film, moment) => new Promise((done) => {
          film.addEventListener("seeked", done, { once: true }); film.currentTime = moment; })""",
        seconds,
    )


def time_of(one: Locator) -> float:
    return float(one.evaluate("film => film.currentTime"))


def note_on(page: Page, place: str) -> Locator:
    """Where a note on that answer is written."""
    return page.locator(f'details[id="new/answers/{place}"]')


def test_the_film_plays_with_its_captions_at_the_speed_that_one_wants(
    visits: Visits, watched: Watched
) -> None:
    desk = visits.open(watched.reviewer)
    desk.goto(f"/review/{watched.id}")
    one = player(desk, "lesson.webm")
    loaded(one)

    assert one.evaluate("film => film.duration") == SECONDS
    assert one.evaluate("film => film.videoWidth") == 64
    # The browser's own controls offer the speed; nothing here takes that away.
    expect(one).to_have_js_property("controls", True)
    assert one.evaluate("film => film.getAttribute('controlslist')") is None
    # A choice beside the player, which every browser offers to the keyboard as well.
    speed = desk.get_by_label("Speed lesson.webm")
    speed.focus()
    desk.keyboard.type("2")
    expect(speed.locator("option:checked")).to_have_text("2 ×")
    assert one.evaluate(SPEED) > 1.2
    shown = one.evaluate("""film => [...film.textTracks].map((track) => [
        track.kind, track.mode, [...track.activeCues].map((cue) => cue.text)])""")
    assert shown == [["captions", "showing", ["Good morning, everybody."]]]
    visits.look(desk, "captions")


def test_a_note_is_written_at_the_moment_that_the_player_shows(
    visits: Visits, watched: Watched
) -> None:
    desk = visits.open(watched.reviewer)
    desk.goto(f"/review/{watched.id}")
    one = player(desk, "lesson.webm")
    loaded(one)
    sought(one, 83)
    desk.get_by_role("button", name="Note at 1:23").click()

    box = note_on(desk, "lesson")
    expect(box).to_have_attribute("open", "")
    expect(box.get_by_label("Moment of the film")).to_have_value("1:23")
    expect(box.get_by_label("What should change here?")).to_be_focused()
    desk.keyboard.type(BODY)
    visits.look(desk, "noting")
    box.get_by_role("button", name="Keep this note").click()
    note = desk.locator(".margin-note", has_text=BODY)
    expect(note.get_by_role("link", name="At 1:23")).to_be_visible()

    one = player(desk, "lesson.webm")
    loaded(one)
    assert time_of(one) == 0
    note.get_by_role("link", name="At 1:23").click()
    expect(one).to_be_focused()
    assert time_of(one) == 83
    visits.look(desk, "sought")


def test_a_note_on_one_of_several_films_names_the_one_that_was_watched(
    visits: Visits, watched: Watched
) -> None:
    desk = visits.open(watched.reviewer)
    desk.goto(f"/review/{watched.id}")
    one = player(desk, "goodbye.webm")
    loaded(one)
    sought(one, 4)
    one.locator("xpath=following-sibling::button[1]").click()

    box = note_on(desk, "clips")
    film_chosen = box.get_by_label("Film", exact=True)
    expect(film_chosen.locator("option:checked")).to_have_text("goodbye.webm")
    expect(box.get_by_label("Moment of the film")).to_have_value("0:04")
    desk.keyboard.type(BODY)
    box.get_by_role("button", name="Keep this note").click()
    link = desk.locator(".margin-note", has_text=BODY).get_by_role("link", name="At 0:04")
    link.click()
    expect(player(desk, "goodbye.webm")).to_be_focused()


def test_a_film_that_does_not_play_says_so_and_can_be_downloaded(
    visits: Visits, watched: Watched
) -> None:
    desk = visits.open(watched.reviewer)
    desk.goto(f"/review/{watched.id}")
    said = desk.locator(".player__trouble:visible")
    expect(said).to_have_text(
        "This browser can’t play this file. Download “broken.mp4” and open it with a player on"
        " your computer."
    )
    with desk.expect_download() as download:
        said.get_by_role("link").click()
    assert download.value.path().read_bytes() == demo.EMPTY_FILM
    visits.look(desk, "broken")


def test_the_film_of_the_demonstration_plays(visits: Visits, watched: Watched) -> None:
    desk = visits.open(watched.reviewer)
    desk.goto(f"/review/{watched.id}")
    one = player(desk, "greeting.webm")
    loaded(one)
    assert one.evaluate("film => [film.duration, film.videoWidth]") == [20, 480]
    sought(one, 15)
    assert time_of(one) == 15


def test_a_moment_is_typed_where_no_script_looks_at_the_player(
    visits: Visits, watched: Watched
) -> None:
    desk = visits.open(watched.reviewer, scripts=False)
    desk.goto(f"/review/{watched.id}")
    box = note_on(desk, "lesson")
    box.locator("summary").click()
    box.get_by_label("What should change here?").fill(BODY)
    moment = box.get_by_label("Moment of the film")
    moment.fill("one minute")
    box.get_by_role("button", name="Keep this note").click()
    expect(desk.get_by_text("“one minute” is no moment of a film.")).to_be_visible()
    expect(desk.get_by_role("heading", name="What you had written")).to_be_visible()
    expect(desk.get_by_text(BODY)).to_be_visible()

    desk.get_by_role("link", name="Back to the submission").click()
    box.locator("summary").click()
    box.get_by_label("What should change here?").fill(BODY)
    moment.fill("1:23")
    box.get_by_role("button", name="Keep this note").click()
    link = desk.locator(".margin-note", has_text=BODY).get_by_role("link", name="At 1:23")
    target = link.get_attribute("href")
    assert target is not None
    expect(player(desk, "lesson.webm")).to_have_attribute("id", target.removeprefix("#"))
    link.click()
    expect(player(desk, "lesson.webm")).to_be_in_viewport()
    visits.look(desk, "typed")
