"""Nothing is public before the agreement, the review and everybody's consent; and nothing after."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from engine.awards import issuing
from engine.errors import NotFound, Refused
from engine.people import SYSTEM
from engine.records.tables import Award, GalleryItem
from engine.submissions import gallery, gallery_publishing
from tests.gallery.conftest import Swap

pytestmark = pytest.mark.row("C6")


def test_awarded_work_is_public_and_its_teacher_is_told(swap: Swap) -> None:
    item = swap.shares()
    assert swap.public(item)
    (letter,) = swap.letters("gallery-published")
    assert letter.to_address == "ana@example.org"
    assert f"/gallery/{item}" in letter.text
    work = swap.row(item).submission_id
    assert swap.events(work) == ["gallery-published"]


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_nothing_is_public_before_the_review_has_ended(swap: Swap, steps: int) -> None:
    work = swap.begins()
    if steps > 0:
        swap.moves(work, "submit")
    if steps > 1:
        swap.moves(work, "claim", who="rosa")
    assert swap.items() == []
    assert "Beans" not in swap.browser().get("/gallery").text


def test_without_the_agreement_it_cannot_be_submitted(swap: Swap) -> None:
    work = swap.begins(agree=None)
    with pytest.raises(Refused):
        swap.moves(work, "submit")
    swap.says(work, agree=True)
    swap.moves(work, "submit")


@pytest.mark.parametrize("spoiled", [{"agree": False}, {"agree": None}, {"license": "Mine"}])
def test_an_award_of_work_without_agreement_or_license_publishes_nothing(
    swap: Swap, spoiled: dict[str, Any]
) -> None:
    """Such as what an older version of the document let through."""
    from engine.records.tables import Snapshot

    work = swap.begins()
    swap.moves(work, "submit")
    with swap.database.transaction() as session:
        snapshot = session.get_one(Snapshot, (work, 1))
        said = {**snapshot.answers["swap"], **spoiled}
        kept = {key: value for key, value in said.items() if value is not None}
        snapshot.answers = {"swap": kept}
    swap.awards(work)
    assert swap.items() == []


def test_only_what_the_document_names_becomes_public(swap: Swap) -> None:
    item = swap.shares()
    page = swap.browser().get(f"/gallery/{item}").text
    for shown in ("Soak the beans.", "Beans climb strings", "Ana R., Hill School", "CC BY 4.0"):
        assert shown in page
    row = swap.row(item)
    assert set(row.answers["swap"]) == {
        *("name", "about", "shown_as", "license", "steps", "growth", "subjects", "grades"),
    }
    for private in ("half of them died", "bo@home.example", ">Bo<", "ana@example.org", "Ana Ruiz"):
        assert private not in page


def test_who_gave_no_name_is_a_teacher(swap: Swap) -> None:
    item = swap.shares(shown_as=None)
    page = swap.browser().get(f"/gallery/{item}").text
    assert "Shared by A teacher" in page
    assert re.search(r"\bAna\b", page) is None


def test_the_page_says_what_was_reviewed_whatever_is_drafted_later(swap: Swap) -> None:
    item = swap.shares()
    swap.says(swap.row(item).submission_id, name="Something else", about="Never reviewed")
    page = swap.browser().get(f"/gallery/{item}").text
    assert "Beans on a string" in page
    assert "Never reviewed" not in page


def test_a_revoked_award_takes_its_page_off(swap: Swap) -> None:
    item = swap.shares()
    with swap.database.transaction() as session:
        award = session.scalars(select(Award)).one()
        issuing.revoke(session, award, "Granted to the wrong person.", SYSTEM, swap.now)
    assert not swap.public(item)


def test_the_run_chart_is_drawn_with_its_points_as_a_table(swap: Swap) -> None:
    page = swap.browser().get(f"/gallery/{swap.shares()}").text
    assert "<svg" in page
    assert "All 8 points as a table" in page
    assert "5 May 2029" in page


def test_an_empty_column_is_left_out(swap: Swap) -> None:
    page = swap.browser().get(f"/gallery/{swap.shares()}").text
    assert "Height" in page
    assert ">Note<" not in page


# Consents


def test_with_everybodys_consent_it_is_public(swap: Swap) -> None:
    work = swap.begins()
    swap.quotes(work)
    swap.moves(work, "submit")
    swap.awards(work)
    assert swap.public(swap.item(work).id)


def test_without_a_consent_it_cannot_be_submitted(swap: Swap) -> None:
    work = swap.begins()
    swap.quotes(work, said="")
    with pytest.raises(Refused):
        swap.moves(work, "submit")


def test_a_consent_that_is_withdrawn_takes_the_page_off_at_once(swap: Swap) -> None:
    work = swap.begins()
    token = swap.quotes(work)
    file = swap.attaches(work, b"Soak them.", "steps.txt")
    swap.moves(work, "submit")
    swap.awards(work)
    item = swap.item(work).id
    files = f"/gallery/{item}/files/{file}"
    assert swap.browser().get(files).status_code == 200
    swap.answers(token, "withdrawn")
    assert not swap.public(item)
    visitor = swap.browser()
    assert visitor.get(f"/gallery/{item}").status_code == 410
    assert visitor.get(files).status_code == 410
    with pytest.raises(Refused), swap.database.transaction() as session:
        gallery.share_again(session, gallery.item_of(session, item), swap.cast["ana"], swap.now)
    swap.answers(token, "given")


def test_a_consent_that_is_withdrawn_during_the_review_keeps_it_from_becoming_public(
    swap: Swap,
) -> None:
    work = swap.begins()
    token = swap.quotes(work)
    swap.moves(work, "submit")
    swap.answers(token, "withdrawn")
    with pytest.raises(Refused):
        swap.awards(work)
    assert swap.items() == []


def test_no_page_may_be_kept_by_a_cache(swap: Swap) -> None:
    item = swap.shares()
    for path in ("/gallery", f"/gallery/{item}", "/gallery/feed.atom"):
        assert swap.browser().get(path).headers["Cache-Control"] == "private, no-cache"


# Taking it off


def test_its_teacher_takes_it_off_and_shares_it_again(swap: Swap) -> None:
    item = swap.shares()
    ana = swap.browser("ana")
    assert ana.post(f"/my-work/shared/{item}", {"_do": "hide"}).status_code == 303
    assert not swap.public(item)
    assert "Off the gallery" in ana.get("/my-work/shared").text
    assert ana.post(f"/my-work/shared/{item}", {"_do": "share"}).status_code == 303
    assert swap.public(item)
    work = swap.row(item).submission_id
    assert swap.events(work) == ["gallery-published", "gallery-hidden", "gallery-shared-again"]


def test_what_is_off_answers_with_calm_words(swap: Swap) -> None:
    item = swap.shares()
    swap.browser("ana").post(f"/my-work/shared/{item}", {"_do": "hide"})
    answer = swap.browser().get(f"/gallery/{item}")
    assert answer.status_code == 410
    assert "This is not shared any more" in answer.text
    assert "Beans" not in answer.text
    for more in ("ask", "report"):
        assert swap.browser().get(f"/gallery/{item}/{more}").status_code == 410


def test_nobody_else_takes_it_off(swap: Swap) -> None:
    item = swap.shares()
    for who in ("ben", "rosa", "sam"):
        answer = swap.browser(who).post(f"/my-work/shared/{item}", {"_do": "hide"})
        assert answer.status_code == 404
        with pytest.raises(NotFound), swap.database.transaction() as session:
            gallery.hide(session, gallery.item_of(session, item), swap.cast[who], swap.now)
    assert swap.public(item)


def test_staff_take_it_down_with_a_reason_that_its_teacher_reads(swap: Swap) -> None:
    item = swap.shares()
    sam = swap.browser("sam")
    refused = sam.post(f"/staff/gallery/{item}", {"_do": "take-down", "reason": "  "})
    assert refused.status_code == 422
    assert swap.public(item)
    said = {"_do": "take-down", "reason": "A photo shows a name."}
    assert sam.post(f"/staff/gallery/{item}", said).status_code == 303
    assert not swap.public(item)
    (letter,) = swap.letters("gallery-taken-down")
    assert "A photo shows a name." in letter.text
    assert "A photo shows a name." in swap.browser("ana").get("/my-work/shared").text


def test_its_teacher_cannot_put_back_what_staff_took_down(swap: Swap) -> None:
    item = swap.shares()
    sam = swap.browser("sam")
    sam.post(f"/staff/gallery/{item}", {"_do": "take-down", "reason": "A name."})
    ana = swap.browser("ana")
    assert ana.post(f"/my-work/shared/{item}", {"_do": "share"}).status_code == 403
    assert not swap.public(item)
    sam.post(f"/staff/gallery/{item}", {"_do": "put-back"})
    assert swap.public(item)


def test_what_staff_put_back_stays_off_where_its_teacher_took_it_off(swap: Swap) -> None:
    item = swap.shares()
    sam = swap.browser("sam")
    sam.post(f"/staff/gallery/{item}", {"_do": "take-down", "reason": "A name."})
    swap.browser("ana").post(f"/my-work/shared/{item}", {"_do": "hide"})
    sam.post(f"/staff/gallery/{item}", {"_do": "put-back"})
    assert not swap.public(item)


def test_only_staff_take_pages_down(swap: Swap) -> None:
    item = swap.shares()
    for who in ("ana", "ben", "rosa"):
        with swap.database.transaction() as session:
            found = gallery.item_of(session, item)
            with pytest.raises(Refused):
                gallery.take_down(session, found, "No.", swap.cast[who], swap.now)
    assert swap.row(item).taken_down_at is None


def test_its_address_is_the_same_after_another_round(swap: Swap) -> None:
    """Where a state makes work public, and the work goes through it again."""
    item = swap.shares()
    with swap.database.transaction() as session:
        row = session.get_one(GalleryItem, item)
        row.round = 0
    with swap.database.transaction() as session:
        from engine.submissions import drafting

        subject = drafting.subject_of(session, swap.row(item).submission_id)
        assert gallery_publishing.settle(session, subject, swap.now) is not None
    (again,) = swap.items()
    assert (again.id, again.round) == (item, 1)
