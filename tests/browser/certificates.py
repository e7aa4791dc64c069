"""Certificates in every standing, and their files, for those who check them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from playwright.sync_api import Page
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from engine.awards import places
from engine.awards.badges import awarded
from engine.records.tables import Award
from engine.settings import Settings
from tests.web.test_file_verification import of_others

STANDINGS = ("suspended", "replaced", "expired", "renewed", "unnamed")


def serials(session: Session, settings: Settings, like: str) -> dict[str, str]:
    """An award in each standing, made once after the one of the serial `like`."""
    found = {}
    for number, standing in enumerate(STANDINGS):
        serial = f"SEEN-{number:04}"
        found[standing] = serial
        if session.get(Award, serial) is None:
            session.add(_made(session, serial, standing, like))
            session.flush()
    for serial in found.values():
        awarded.credential_of(session, session.get_one(Award, serial), settings)
    return found


def _made(session: Session, serial: str, standing: str, like: str) -> Award:
    known = session.get_one(Award, like)
    place = places.free(session)
    award = Award(**{one.key: getattr(known, one.key) for one in inspect(Award).column_attrs})
    award.serial, award.submission_id = serial, None
    award.status_list, award.status_index = place.list, place.entry
    award.issued_at = award.issued_at + timedelta(seconds=1)  # neither the first nor the last
    match standing:
        case "suspended":
            award.suspended_at, award.suspended_reason = award.issued_at, "A question is open."
        case "replaced":
            award.replaced_at, award.replaced_by = award.issued_at, like
        case "expired":
            award.expires_at = award.issued_at + timedelta(days=1)
        case "renewed":
            award.renews = "SEEN-0002"
        case "unnamed":
            award.names_holder = False
    return award


def badge(session: Session, settings: Settings, serial: str) -> bytes:
    """The signed badge of an award."""
    return awarded.credential_of(session, session.get_one(Award, serial), settings).encode()


def files(good: bytes) -> Iterator[tuple[str, bytes, int]]:
    """What somebody may bring: the name of what comes of it, the file, and the status."""
    yield "good", good, 200
    yield "changed", good.replace(b'"validFrom":"20', b'"validFrom":"19', 1), 200
    yield "foreign", of_others(), 200
    yield "refused", b"{}", 422


def bring(page: Page, data: bytes) -> None:
    """Choose a file on the page, and have it checked."""
    page.locator("#file").set_input_files(
        {"name": "badge.json", "mimeType": "application/json", "buffer": data}
    )
    page.get_by_role("button", name="Check this file", exact=True).click()
    page.wait_for_load_state()
