"""Large files over bad networks, in a real browser: cut, paused, left and taken up again."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

from engine.people import Actor
from engine.records.tables import Evidence
from engine.submissions import drafting
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
MB = 1024 * 1024


@pytest.fixture
def open_work(house: LiveHouse, visits: Visits) -> Callable[..., tuple[Actor, str, Page]]:
    """Somebody new with the tiny document of films and links open before them."""

    def open_it(**options: object) -> tuple[Actor, str, Page]:
        who = house.person()
        with house.database.transaction() as session:
            from datetime import UTC, datetime

            edition = house.edition("field-video")
            id = drafting.open_submission(session, edition, who, datetime.now(UTC)).id
        page = visits.open(who, **options)  # type: ignore[arg-type]
        page.goto(f"/submissions/{id}/answers/answers")
        if options.get("scripts", True):
            expect(page.locator(".evidence[data-ready]")).to_have_count(4)
        return who, id, page

    return open_it


def film(folder: Path, size: int, name: str = "lesson.mp4") -> Path:
    path = folder / name
    path.write_bytes(FILM + random.Random(size).randbytes(size))
    return path


def slow(page: Page, megabytes: float) -> None:
    """Let so many megabytes a second leave; 0 is as many as will."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": megabytes * MB or -1,
        },
    )
    # The conditions hold for as long as the session that asked for them.
    if not megabytes:
        wire.detach()


def field(page: Page, name: str) -> Locator:
    return page.locator(f'.evidence[data-evidence="/answers/{name}"]')


def choose(page: Page, name: str, *files: Path) -> None:
    field(page, name).locator(".evidence__drop input[type=file]").set_input_files(
        [str(one) for one in files]
    )


def until_arrived(bar: Locator, megabytes: int) -> None:
    expect(bar).to_be_visible()
    bar.evaluate(
        """(bar, least) => new Promise((done) => {
          const look = () => (bar.value >= least ? done() : setTimeout(look, 20)); look(); })""",
        megabytes * MB,
    )


def kept(house: LiveHouse, submission_id: str) -> dict[str, str]:
    with house.database.read() as session:
        rows = session.scalars(select(Evidence).where(Evidence.submission_id == submission_id))
        return {one.name: one.sha256 for one in rows}


def test_film_survives_a_pause_a_reload_and_a_lost_connection(
    house: LiveHouse,
    visits: Visits,
    open_work: Callable[..., tuple[Actor, str, Page]],
    tmp_path: Path,
) -> None:
    _, id, page = open_work()
    path = film(tmp_path, 30 * MB)
    box = field(page, "lesson")
    slow(page, 6)
    choose(page, "lesson", path)
    until_arrived(box.locator("progress"), 10)
    box.get_by_role("button", name="Pause").click()
    expect(box.locator(".evidence__meta")).to_contain_text("Paused")
    visits.look(page, "paused")
    box.get_by_role("button", name="Continue").click()
    until_arrived(box.locator("progress"), 13)

    page.reload()
    told = field(page, "lesson").locator(".evidence__file")
    expect(told).to_contain_text("lesson.mp4")
    expect(told).to_contain_text("Choose this file again, and the rest follows.")
    visits.look(page, "after-reload")
    slow(page, 4)
    choose(page, "lesson", path)
    box = field(page, "lesson")
    expect(box.locator(".evidence__file")).to_have_count(1)
    until_arrived(box.locator("progress"), 16)
    page.route("**/uploads/*", lambda route: route.abort("connectionreset"))
    expect(box.locator(".evidence__meta")).to_contain_text("The connection was lost.")
    visits.look(page, "cut")
    page.unroute("**/uploads/*")

    expect(box.get_by_role("link", name=re.compile("lesson.mp4"))).to_be_visible()
    visits.look(page, "kept")
    assert kept(house, id) == {"lesson.mp4": hashlib.sha256(path.read_bytes()).hexdigest()}
    expect(page.locator("#announcements")).to_contain_text("lesson.mp4 is kept")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert house.stored(id, "/answers/lesson")
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.includes('upload'))") == []


def test_several_films_travel_at_once_and_one_is_taken_back(
    house: LiveHouse, open_work: Callable[..., tuple[Actor, str, Page]], tmp_path: Path
) -> None:
    _, id, page = open_work()
    films = [film(tmp_path, 2 * MB + number, f"clip{number}.mp4") for number in range(5)]
    slow(page, 2)
    choose(page, "clips", *films)
    box = field(page, "clips")
    expect(box.locator("progress")).to_have_count(5)
    gone = box.locator(".evidence__file").filter(has_text="clip3.mp4")
    gone.get_by_role("button", name="Stop").click()
    expect(box.locator(".evidence__file")).to_have_count(4)
    slow(page, 0)
    expect(box.locator(".evidence__file a")).to_have_count(4)
    assert sorted(kept(house, id)) == ["clip0.mp4", "clip1.mp4", "clip2.mp4", "clip4.mp4"]


@pytest.mark.parametrize("late", ["evidence", "autosave"])
def test_film_chosen_before_the_scripts_are_here_goes_up_once_they_are(
    house: LiveHouse,
    visits: Visits,
    open_work: Callable[..., tuple[Actor, str, Page]],
    tmp_path: Path,
    late: str,
) -> None:
    who, id, _ = open_work()
    page = visits.open(who)
    held: list[Route] = []
    page.route(f"**/js/{late}.js*", lambda route: held.append(route))
    page.goto(f"/submissions/{id}/answers/answers")
    kept_film = field(page, "lesson").locator(".evidence__file a", has_text="lesson.mp4")
    choose(page, "lesson", film(tmp_path, 1000))
    if late == "autosave":
        expect(kept_film).to_be_visible()

    for route in held:
        route.continue_()

    expect(kept_film).to_be_visible()
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert house.stored(id, "/answers/lesson")
    assert list(kept(house, id)) == ["lesson.mp4"]


def test_films_may_be_dropped_on_their_question(
    house: LiveHouse, open_work: Callable[..., tuple[Actor, str, Page]]
) -> None:
    _, id, page = open_work()
    carried = page.evaluate_handle(
        """() => { const all = new DataTransfer();
          for (const name of ['one.mp4', 'two.mp4']) all.items.add(new File([new Uint8Array(
            [0,0,0,24,102,116,121,112,109,112,52,50,0,0,0,0,109,112,52,50]), name], name));
          return all; }"""
    )
    zone = field(page, "clips").locator(".evidence__drop")
    zone.dispatch_event("dragenter", {"dataTransfer": carried})
    expect(field(page, "clips")).to_have_class(re.compile("evidence--over"))
    zone.dispatch_event("drop", {"dataTransfer": carried})
    expect(field(page, "clips").locator(".evidence__file a")).to_have_count(2)
    assert sorted(kept(house, id)) == ["one.mp4", "two.mp4"]


def test_file_of_another_kind_is_told_about_and_can_be_put_away_by_keyboard(
    house: LiveHouse, open_work: Callable[..., tuple[Actor, str, Page]], tmp_path: Path
) -> None:
    _, id, page = open_work()
    path = tmp_path / "lesson.mp4"
    path.write_bytes(b"<script>alert(1)</script>")
    choose(page, "lesson", path)
    item = field(page, "lesson").locator(".evidence__file--failed")
    expect(item).to_contain_text("“lesson.mp4” is a web page. What we can take here: video.")
    expect(page.locator("#announcements")).to_contain_text("What we can take here: video.")
    item.get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    expect(item).to_have_count(0)
    expect(field(page, "lesson").locator("input[type=file]")).to_be_focused()
    assert kept(house, id) == {}


@pytest.mark.parametrize("scripts", [True, False])
def test_link_is_added_with_its_title(
    house: LiveHouse,
    visits: Visits,
    open_work: Callable[..., tuple[Actor, str, Page]],
    scripts: bool,
) -> None:
    _, id, page = open_work(scripts=scripts)
    box = field(page, "page")
    box.get_by_label("Address").fill("javascript:alert(1)")
    box.get_by_role("button", name="Add link").click()
    expect(page.locator(".field__error").first).to_contain_text("not the address of a web page")
    visits.look(page, "refused-link")
    box = field(page, "page")
    expect(box.get_by_label("Address")).to_have_value("javascript:alert(1)")
    box.get_by_label("Address").fill("http://127.0.0.1:9/class")
    box.get_by_label("What it is called").fill("Our class page")
    box.get_by_role("button", name="Add link").click()
    link = field(page, "page").locator(".evidence__file a")
    expect(link).to_contain_text("Our class page")
    expect(link).to_have_attribute("href", "http://127.0.0.1:9/class")
    expect(field(page, "page").get_by_label("Address")).to_have_value("")
    if scripts:
        expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    else:
        page.get_by_role("button", name="Save and finish later").click()
    assert house.stored(id, "/answers/page")
    page.goto(f"/submissions/{id}/answers/answers")
    expect(field(page, "page")).to_contain_text("inside a private network")
    visits.look(page, "checked-link")


@pytest.mark.parametrize("scripts", [True, False])
def test_film_gets_its_captions(
    house: LiveHouse,
    visits: Visits,
    open_work: Callable[..., tuple[Actor, str, Page]],
    tmp_path: Path,
    scripts: bool,
) -> None:
    _, id, page = open_work(scripts=scripts)
    words = tmp_path / "lesson.vtt"
    words.write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nGood morning.\n")
    choose(page, "lesson", film(tmp_path, 1000))
    if not scripts:
        page.get_by_role("button", name="Save and finish later").click()
        page.goto(f"/submissions/{id}/answers/answers")
    item = field(page, "lesson").locator(".evidence__file")
    expect(item.get_by_role("link", name=re.compile("lesson.mp4"))).to_be_visible()
    item.locator(".evidence__captions input").set_input_files(str(words))
    if scripts:
        expect(item).to_contain_text("The captions are kept: lesson.vtt")
    else:
        page.get_by_role("button", name="Save and finish later").click()
    visits.look(page, "captions")
    with house.database.read() as session:
        one = session.scalars(select(Evidence).where(Evidence.name == "lesson.mp4")).all()[-1]
        assert one.captions_id is not None
        assert session.get_one(Evidence, one.captions_id).media_type == "text/vtt"
