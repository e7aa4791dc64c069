"""Finding shared work: by words, subject, grade and standard, in pages, files and the feed."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID
from xml.etree import ElementTree

import pytest

from engine.submissions import gallery_reading
from engine.submissions.gallery_reading import Wanted, _order, may_be_shown
from tests.conftest import Browser
from tests.databases import ON_SQLITE
from tests.gallery.conftest import Swap
from tests.records.test_photos import photo

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def two(swap: Swap) -> tuple[str, str]:
    """Beans, and peas by Ben."""
    beans = swap.shares(standard="4.b " + _statement(swap, "4.b"))
    swap.later(days=1)
    peas = swap.shares(
        "ben",
        name="Péas in a pot",
        about="Sweet and green.",
        subjects=["The arts", "Science"],
        grades=["Grade 10"],
        standard="NGSS 2-LS2-1: plants need light",
        shown_as=None,
    )
    return beans, peas


def _statement(swap: Swap, code: str) -> str:
    from engine.credentials.library import Library

    framework = Library(swap.settings.documents, swap.settings.workflows).frameworks("en")["tlms"]
    return next(one.statement for one in framework.items if one.code == code)


def found(browser: Browser, query: str) -> list[str]:
    page = browser.get(f"/gallery{query}").text
    return re.findall(r'href="/gallery/([0-9a-f]{32})"', page)


def test_the_newest_stands_first(swap: Swap, two: tuple[str, str]) -> None:
    beans, peas = two
    assert found(swap.browser(), "") == [peas, beans]


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("?q=string", "b"),
        ("?q=PEAS", "p"),
        ("?q=p%C3%A9as", "p"),
        ("?q=pea", "p"),
        ("?q=soak", "bp"),
        ("?q=soak+sweet", "p"),
        ("?q=nothing", ""),
        ("?q=%25", "bp"),
        ("?q=_", "bp"),
        ("?q=died", ""),  # what is not public is not found either
        ("?q=reflective", "b"),  # a word of the standard
        ("?subject=science", "bp"),
        ("?subject=the+arts", "p"),
        ("?grade=grade+2", "b"),
        ("?grade=grade+10&subject=science", "p"),
        ("?grade=grade+2&subject=the+arts", ""),
        ("?standard=tlms:4.b", "b"),
        ("?standard=ngss+2+ls2+1+plants+need+light", "p"),
        ("?standard=' OR 1=1 --", ""),
        ("?subject=science&q=sweet", "p"),
    ],
)
def test_it_is_found_by(swap: Swap, two: tuple[str, str], query: str, which: str) -> None:
    beans, peas = two
    assert set(found(swap.browser(), query)) == {{"b": beans, "p": peas}[one] for one in which}


def test_the_filters_offer_what_there_is_with_how_often(swap: Swap, two: tuple[str, str]) -> None:
    page = swap.browser().get("/gallery").text
    assert re.findall(r"<option[^>]*>([^<]*)</option>", page) == [
        *("Every subject", "Science (2)", "The arts (1)"),
        *("Every grade", "Grade 2 (1)", "Grade 10 (1)"),
        "Every standard",
        *(one for one in re.findall(r">((?:4\.b|NGSS)[^<]*\(1\))<", page)),
    ]
    assert len(re.findall(r">((?:4\.b|NGSS)[^<]*\(1\))<", page)) == 2


def test_what_is_taken_off_is_not_offered_as_a_filter(swap: Swap, two: tuple[str, str]) -> None:
    _beans, peas = two
    swap.browser("ben").post(f"/my-work/shared/{peas}", {"_do": "hide"})
    assert "The arts" not in swap.browser().get("/gallery").text


def test_a_standard_of_a_framework_leads_to_its_page(swap: Swap, two: tuple[str, str]) -> None:
    beans, peas = two
    assert 'href="/frameworks/tlms#4.b"' in swap.browser().get(f"/gallery/{beans}").text
    assert "/frameworks/" not in swap.browser().get(f"/gallery/{peas}").text


def test_it_speaks_spanish_where_its_document_does(swap: Swap) -> None:
    item = swap.shares()
    page = swap.browser().get(f"/gallery/{item}", headers={"Accept-Language": "es"}).text
    assert "Cómo hacerlo" in page
    assert "Grado 2" in page
    assert "Intercambio de semillas" in page


def test_grades_stand_in_the_order_of_their_numbers() -> None:
    named = ["Grade 10", "Kindergarten", "Grade 2", "2", "10", ""]
    assert sorted(named, key=_order) == ["", "Grade 2", "Grade 10", "Kindergarten", "2", "10"]


@ON_SQLITE
def test_pages_follow_one_another_and_cost_the_same(swap: Swap, count_queries: list[str]) -> None:
    item = swap.shares()
    swap.copies(item, 2)
    swap.browser().get("/gallery")
    count_queries.clear()
    swap.browser().get("/gallery")
    at_three = len(count_queries)
    swap.copies(item, 42)
    count_queries.clear()
    visitor = swap.browser()
    page = visitor.get("/gallery").text
    assert len(count_queries) == at_three
    seen = found(visitor, "")
    while following := re.search(r'href="([^"]*)" rel="next"', page):
        page = visitor.get(following[1].replace("&amp;", "&")).text
        seen += re.findall(r'href="/gallery/([0-9a-f]{32})"', page)
    assert len(seen) == len(set(seen)) == 45


@ON_SQLITE
def test_the_feed_costs_the_same_for_many(swap: Swap, count_queries: list[str]) -> None:
    item = swap.shares()
    swap.browser().get("/gallery/feed.atom")
    count_queries.clear()
    swap.browser().get("/gallery/feed.atom")
    at_one = len(count_queries)
    swap.copies(item, 60)
    count_queries.clear()
    feed = ElementTree.fromstring(swap.browser().get("/gallery/feed.atom").data)
    assert len(count_queries) == at_one
    assert len(feed.findall(f"{ATOM}entry")) == 50


def test_looking_sets_no_cookie(swap: Swap) -> None:
    item = swap.shares()
    for path in ("/gallery", f"/gallery/{item}", "/gallery/feed.atom"):
        answer = swap.app.test_client().get(path)
        assert "Set-Cookie" not in answer.headers


def test_what_never_was_is_not_found(swap: Swap) -> None:
    for path in ("/gallery/none", "/gallery/none/ask", "/gallery/none/files/none"):
        assert swap.browser().get(path).status_code == 404


# The feed


def test_the_feed_is_valid_atom(swap: Swap, two: tuple[str, str]) -> None:
    """RFC 4287 §4.1: what a feed and an entry must have, once, and of which kind."""
    answer = swap.browser().get("/gallery/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            (element,) = one.findall(f"{ATOM}{name}")
            assert element.text
        moment = datetime.fromisoformat(str(one.findtext(f"{ATOM}updated")))
        assert moment.tzinfo is not None
        assert all(author.findtext(f"{ATOM}name") for author in one.findall(f"{ATOM}author"))
        assert one.findall(f"{ATOM}author")
        for link in one.findall(f"{ATOM}link"):
            assert link.get("href", "").startswith(("https://awards.example/", "https://creative"))
        assert [link.get("rel") for link in one.findall(f"{ATOM}link")].count("alternate") == 1
    (own,) = [one for one in feed.findall(f"{ATOM}link") if one.get("rel") == "self"]
    assert own.get("href") == "https://awards.example/gallery/feed.atom"
    ids = [str(one.findtext(f"{ATOM}id")) for one in entries]
    assert [UUID(id).hex for id in ids] == [two[1], two[0]]
    assert [one.findtext(f"{ATOM}rights") for one in entries] == ["CC BY 4.0", "CC BY 4.0"]
    for entry in entries:
        assert all(one.get("term") for one in entry.findall(f"{ATOM}category"))


def test_an_empty_feed_is_valid_too(swap: Swap) -> None:
    feed = ElementTree.fromstring(swap.browser().get("/gallery/feed.atom").data)
    assert feed.findtext(f"{ATOM}updated") == "2000-01-01T00:00:00Z"


def test_the_feed_escapes_and_leaves_out_what_xml_cannot_say(swap: Swap) -> None:
    swap.shares(name="Beans & <peas>\x0b \ufffe", about="A\x08 B")
    feed = ElementTree.fromstring(swap.browser().get("/gallery/feed.atom").data)
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "Beans & <peas> "
    assert entry.findtext(f"{ATOM}summary") == "A B"


def test_a_feed_that_stayed_the_same_is_not_sent_again(swap: Swap) -> None:
    swap.shares()
    visitor = swap.browser()
    etag = visitor.get("/gallery/feed.atom").headers["ETag"]
    again = visitor.get("/gallery/feed.atom", headers={"If-None-Match": etag})
    assert again.status_code == 304


# Files


def test_files_are_served_as_files_and_never_as_pages(swap: Swap) -> None:
    work = swap.begins()
    file = swap.attaches(work, b"seed,days\nbean,4\n", "page.csv")
    swap.moves(work, "submit")
    swap.awards(work)
    item = swap.item(work).id
    answer = swap.browser().get(f"/gallery/{item}/files/{file}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    page = swap.browser().get(f"/gallery/{item}").text
    assert f'href="/gallery/{item}/files/{file}"' in page
    assert "page.csv" in page


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<html><meta name='author' content='Bo'>", "page.html"), (b"{\\rtf1 Bo}", "plan.rtf")],
)
def test_a_file_whose_marks_nobody_can_clean_is_not_shown(
    swap: Swap, content: bytes, name: str
) -> None:
    work = swap.begins()
    file = swap.attaches(work, content, name)
    swap.moves(work, "submit")
    swap.awards(work)
    item = swap.item(work).id
    assert swap.browser().get(f"/gallery/{item}/files/{file}").status_code == 404
    page = swap.browser().get(f"/gallery/{item}").text
    assert name not in page
    assert file not in page
    assert "Soak the beans." in page


def test_sound_and_film_are_shown_as_they_are() -> None:
    assert may_be_shown("audio/mpeg")
    assert may_be_shown("video/mp4")
    assert not may_be_shown("image/heic")
    assert not may_be_shown("application/msword")


@ON_SQLITE
def test_every_kind_of_filter_is_offered_however_many_others_there_are(
    swap: Swap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_reading, "MOST_CHOICES", 1)
    swap.shares(subjects=["Science", "The arts", "Reading"])
    with swap.database.read() as session:
        few = gallery_reading.choices(session, Wanted())
        more = gallery_reading.choices(session, Wanted(marks={"subject": "the arts"}))
    assert {kind: len(some) for kind, some in few.items()} == {
        "subject": 1,
        "grade": 1,
        "standard": 0,
    }
    assert {one.key for one in more["subject"]} == {"reading", "the arts"}


def test_a_photo_says_nothing_of_where_and_with_what_it_was_taken(swap: Swap) -> None:
    work = swap.begins()
    taken = photo()
    assert b"Exif" in taken
    file = swap.attaches(work, taken, "beans.jpg")
    swap.moves(work, "submit")
    swap.awards(work)
    answer = swap.browser().get(f"/gallery/{swap.item(work).id}/files/{file}")
    assert answer.mimetype == "image/jpeg"
    assert b"GPS" not in answer.data
    assert b"Hill Camera" not in answer.data


def test_no_other_file_comes_by_an_items_address(swap: Swap) -> None:
    """Neither another item's, nor one of the same work that its page does not show."""
    work = swap.begins()
    hidden = swap.attaches(work, b"Not this one.", "old.txt")
    shown = swap.attaches(work, b"This one.", "new.txt")
    swap.moves(work, "submit")
    swap.awards(work)
    item = swap.item(work).id
    assert swap.browser().get(f"/gallery/{item}/files/{shown}").status_code == 200
    assert swap.browser().get(f"/gallery/{item}/files/{hidden}").status_code == 404
    other = swap.shares("ben")
    assert swap.browser().get(f"/gallery/{other}/files/{shown}").status_code == 404


def test_somebody_elses_file_is_never_shown(swap: Swap) -> None:
    """Whoever types another's file into their own answers."""
    theirs = swap.attaches(swap.begins("ben"), b"Ben's.", "ben.txt", "ben")
    work = swap.begins()
    swap.moves(work, "submit")
    from engine.records.tables import Snapshot

    with swap.database.transaction() as session:
        snapshot = session.get_one(Snapshot, (work, 1))
        swapped = {**snapshot.answers["swap"], "steps": [{"words": "x", "files": [theirs]}]}
        snapshot.answers = {"swap": swapped}
    swap.awards(work)
    item = swap.item(work)
    assert item.files == []
    assert swap.browser().get(f"/gallery/{item.id}/files/{theirs}").status_code == 404
    assert "ben.txt" not in swap.browser().get(f"/gallery/{item.id}").text


# The catalogue


def test_the_catalogue_points_to_the_gallery_once_there_is_something_in_it(swap: Swap) -> None:
    assert 'href="/gallery"' not in swap.browser().get("/").text
    item = swap.shares()
    assert 'href="/gallery"' in swap.browser().get("/").text
    swap.browser("ana").post(f"/my-work/shared/{item}", {"_do": "hide"})
    assert 'href="/gallery"' not in swap.browser().get("/").text
