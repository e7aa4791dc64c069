"""Reports of abuse reach program staff, who decide; a flood of them stays small."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.errors import Refused
from engine.records.tables import GalleryReport
from engine.submissions import gallery, gallery_forgetting, gallery_limits, gallery_reports
from engine.web.origins import place_of
from tests.databases import ON_SQLITE
from tests.gallery.conftest import Swap


def rows(swap: Swap) -> list[GalleryReport]:
    with swap.database.read() as session:
        return list(session.scalars(select(GalleryReport).order_by(GalleryReport.id)))


def test_a_report_reaches_staff_by_mail_and_on_their_page(swap: Swap) -> None:
    item = swap.shares()
    assert swap.reports(item, email="vic@home.example").status_code == 303
    (letter,) = swap.letters("gallery-reported")
    assert letter.to_address == "sam@example.org"
    assert f"/staff/gallery/{item}" in letter.text
    sam = swap.browser("sam")
    assert "Beans on a string" in sam.get("/staff/gallery").text
    page = sam.get(f"/staff/gallery/{item}").text
    assert "A name on the photo." in page
    assert "vic@home.example" in page
    assert swap.public(item)


def test_reports_are_for_staff_alone(swap: Swap) -> None:
    item = swap.shares()
    swap.reports(item)
    for who in ("ana", "ben", "rosa"):
        assert swap.browser(who).get(f"/staff/gallery/{item}").status_code == 403
    assert "A name on the photo." not in swap.browser("ana").get("/my-work/shared").text


@pytest.mark.parametrize(
    "typed",
    [{"reason": ""}, {"reason": "else"}, {"words": " "}, {"words": "b" * 4_001}, {"email": "vic"}],
)
def test_a_report_says_what_is_wrong(swap: Swap, typed: dict[str, str]) -> None:
    answer = swap.reports(swap.shares(), **typed)
    assert answer.status_code == 422
    assert rows(swap) == []


def test_dismissed_reports_change_nothing(swap: Swap) -> None:
    item = swap.shares()
    swap.reports(item)
    sam = swap.browser("sam")
    assert sam.post(f"/staff/gallery/{item}", {"_do": "dismiss"}).status_code == 303
    (row,) = rows(swap)
    assert (row.decision, row.decided_by) == ("dismissed", swap.cast["sam"].id)
    assert swap.public(item)
    assert sam.post(f"/staff/gallery/{item}", {"_do": "dismiss"}).status_code == 422


def test_taking_the_page_down_settles_its_reports(swap: Swap) -> None:
    item = swap.shares()
    swap.reports(item)
    said = {"_do": "take-down", "reason": "A name."}
    swap.browser("sam").post(f"/staff/gallery/{item}", said)
    (row,) = rows(swap)
    assert row.decision == "taken-down"
    assert not swap.public(item)


def test_the_next_report_after_a_decision_brings_a_letter_again(swap: Swap) -> None:
    item = swap.shares()
    for _turn in range(2):
        swap.reports(item)
    assert len(swap.letters("gallery-reported")) == 1
    swap.browser("sam").post(f"/staff/gallery/{item}", {"_do": "dismiss"})
    swap.reports(item)
    assert len(swap.letters("gallery-reported")) == 2


def test_too_many_reports_from_one_place_are_refused(
    swap: Swap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_limits, "FROM_ONE_PLACE", 2)
    item = swap.shares()
    assert [swap.reports(item).status_code for _turn in range(3)] == [303, 303, 429]


@ON_SQLITE
def test_ten_thousand_reports_are_few_rows_and_one_letter(swap: Swap) -> None:
    item = swap.shares()
    for start in range(0, 10_000, 500):
        with swap.database.transaction() as session:
            found = gallery.item_of(session, item)
            for number in range(start, start + 500):
                place = place_of(swap.settings, f"2001:db8:{number:x}::1", swap.now)
                gallery_reports.report(session, found, "spam", "Bad.", "", place, swap.now)
    with swap.database.read() as session:
        kept = session.scalar(select(func.count()).select_from(GalleryReport))
    assert kept == gallery_limits.OPEN_REPORTS
    assert swap.row(item).reports_beyond == 10_000 - gallery_limits.OPEN_REPORTS
    assert len(swap.letters("gallery-reported")) == 1
    work = swap.row(item).submission_id
    assert swap.events(work).count("gallery-reported") == gallery_limits.OPEN_REPORTS
    assert "10,000 reports" in swap.browser("sam").get("/staff/gallery").text


def test_a_network_address_is_kept_for_a_day_and_as_a_digest(swap: Swap) -> None:
    item = swap.shares()
    swap.reports(item, email="vic@home.example")
    (row,) = rows(swap)
    assert "127.0.0.1" not in row.reported_from
    assert len(row.reported_from) == 64
    swap.later(days=1, minutes=1)
    gallery_forgetting.forget(swap.context, swap.now)
    (row,) = rows(swap)
    assert (row.reported_from, row.email) == ("", "vic@home.example")


def test_who_reported_is_forgotten_after_the_decision(swap: Swap) -> None:
    item = swap.shares()
    swap.reports(item, email="vic@home.example")
    swap.browser("sam").post(f"/staff/gallery/{item}", {"_do": "dismiss"})
    swap.later(days=swap.settings.gallery_visitor_days, minutes=1)
    gallery_forgetting.forget(swap.context, swap.now)
    assert [one.email for one in rows(swap)] == [""]


def test_only_staff_decide(swap: Swap) -> None:
    item = swap.shares()
    swap.reports(item)
    for who in ("ana", "rosa"):
        with swap.database.transaction() as session:
            found = gallery.item_of(session, item)
            with pytest.raises(Refused):
                gallery_reports.dismiss(session, found, swap.cast[who], swap.now)
