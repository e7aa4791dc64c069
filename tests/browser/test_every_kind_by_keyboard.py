"""Every kind of question answered by keys alone, saved, and found in the draft as it was given.

Each document in `tests/documents/fields` is filled with what `answers.yaml` says to it, so a kind
that comes with a document of its own needs only its answers here.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from engine.credentials.credential import Edition
from engine.credentials.reading import read_yaml
from engine.forms.pointers import tokens
from engine.people import Actor
from engine.submissions import drafting
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse, page_urls
from tests.browser.keyboard import KeyboardHand
from tests.conftest import ROOT

FIELDS = sorted(file.stem for file in (ROOT / "tests" / "documents" / "fields").glob("*.yaml"))

Answers = dict[str, Any]


@cache
def _written() -> dict[str, Answers]:
    text = (Path(__file__).parent / "answers.yaml").read_text("utf-8")
    found: dict[str, Answers] = read_yaml(text, "answers.yaml").data
    return found


def answers_to(name: str) -> Answers:
    """What somebody answers to the tiny document of this name; free to be changed."""
    return deepcopy(_written()[name])


@dataclass(frozen=True)
class Begun:
    """Somebody's submission of one tiny document, and what they will answer."""

    edition: Edition
    id: str
    answers: Answers


def begin(house: LiveHouse, candidate: Actor, name: str) -> Begun:
    """Open the document; where it asks for earlier work, let that be handed in."""
    said = answers_to(name)
    if name == "reuse":
        said = {"answers": _reused(house, candidate, said["answers"])}
    edition = house.edition(f"field-{name}")
    with house.database.transaction() as session:
        opened = drafting.open_submission(session, edition, candidate, datetime.now(UTC))
        return Begun(edition, opened.id, said)


def _reused(house: LiveHouse, candidate: Actor, said: Any) -> Any:
    """The same answers with each reference to earlier work as it is stored."""
    if isinstance(said, list):
        return [_reused(house, candidate, one) for one in said]
    if "of" not in said:
        return {key: _reused(house, candidate, one) for key, one in said.items()}
    earlier = begin(house, candidate, said["of"])
    with house.database.transaction() as session:
        subject = drafting.subject_of(session, earlier.id)
        drafting.fill(session, subject, earlier.answers, candidate, datetime.now(UTC))
    house.hand_in_again(earlier.edition, earlier.id, candidate)
    value: Any = earlier.answers
    for step in tokens(said["at"]):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return {"submission": earlier.id, "round": 1, "pointer": said["at"], "value": value}


def test_every_document_has_its_answers() -> None:
    assert sorted(_written()) == FIELDS


@pytest.mark.parametrize("name", FIELDS)
def test_it_is_answered_and_saved_by_keyboard_alone(
    house: LiveHouse, visits: Visits, name: str
) -> None:
    candidate = house.person()
    begun = begin(house, candidate, name)
    page = visits.open(candidate)
    hand = KeyboardHand(page, scripts=True)
    pages = page_urls(begun.edition, begun.id)

    page.goto(pages[0])
    for url in pages:
        expect(page).to_have_url(house.url + url)
        hand.fill(begun.answers)
        for pointer in reversed(hand.movable_rows()):
            hand.move_first_down(pointer)
            _swap(begun.answers, pointer)
        hand.press(page.get_by_role("button", name="Save and continue"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")

    assert _comparable(house.drafted(begun.id)) == begun.answers
    expect(page.locator(".error-summary")).to_have_count(0)


def _swap(answers: Answers, pointer: str) -> None:
    """Let the first two rows at `pointer` change places."""
    rows: Any = answers
    for step in tokens(pointer):
        rows = rows[int(step)] if isinstance(rows, list) else rows[step]
    rows[0], rows[1] = rows[1], rows[0]


def _comparable(said: Any) -> Any:
    """Stored answers without the digests of what they refer to."""
    if isinstance(said, list):
        return [_comparable(one) for one in said]
    if isinstance(said, dict):
        return {key: _comparable(one) for key, one in said.items() if key != "digest"}
    return said
