"""Showing a badge through the pages: what one holds already counts at once, or one is told why not.

The badges are signed by a library that is not ours; the document `water-safety` names their issuer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob3.ldp import OB3LdpSigner
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.awards import issuing
from engine.awards.recognising import reaching
from engine.awards.recognising.presenting import MOST
from engine.records import catalogue, jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Account, BadgeCheck, EditionRow, Evidence, Letter, Recognition
from tests import editions
from tests.awards.badges.issuing_site import Issuer, Site, pem_of, serving
from tests.conftest import TERM, School
from tests.databases import ON_SQLITE
from tests.web.conftest import PNG

pytestmark = ON_SQLITE  # what counts is decided and recorded on both, in tests/awards

PAGE = "/credentials/water-safety/badge"
STAFF = "/staff/recognitions/badge"
ACHIEVEMENT = "https://state.example.org/achievements/facilitator"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        yield made


@pytest.fixture
def issuer(site: Site) -> Issuer:
    return Issuer(site, Ed25519PrivateKey.from_private_bytes(bytes(range(32))), ACHIEVEMENT)


@pytest.fixture
def intranet(school: School) -> School:
    """Where addresses of this machine may be asked."""
    there = school.app.extensions["accolade"]
    settings = replace(there.settings, links_to_private_networks=True)
    school.app.extensions["accolade"] = replace(there, settings=settings)
    return school


def picture(issuer: Issuer, **said: Any) -> bytes:
    made: bytes = OB3LdpSigner(pem_of(issuer.key)).sign_into_png(issuer.credential(**said), PNG)
    return made


def show(
    school: School, data: bytes, who: str = "ana", path: str = PAGE, **said: str
) -> TestResponse:
    file = (BytesIO(data), "..\\badge.png")
    return school.browser(who).post(path, {"badge": file, **said})


def words(answer: TestResponse) -> str:
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def recognitions(school: School) -> list[Recognition]:
    with school.database.read() as session:
        return list(session.scalars(select(Recognition)))


def files(school: School) -> list[Evidence]:
    with school.database.read() as session:
        return list(session.scalars(select(Evidence)))


def test_a_good_badge_counts_at_once_and_is_kept_as_the_proof(
    school: School, issuer: Issuer
) -> None:
    page = school.browser("ana").get("/credentials/water-safety")
    assert f'href="{PAGE}"' in page.text
    shown = picture(issuer)
    answer = show(school, shown)
    assert (answer.status_code, answer.location) == (303, "/credentials/water-safety")
    (made,), (proof,) = recognitions(school), files(school)
    assert (made.account_id, made.source) == (school.cast["ana"].id, "State Boathouses")
    assert (made.proof_id, proof.name, proof.media_type) == (proof.id, "badge.png", "image/png")
    page = school.browser("ana").get("/credentials/water-safety")
    assert "You hold this credential." in words(page)
    assert f'href="{PAGE}"' not in page.text
    # Byte for byte, so that it can be checked again.
    assert school.browser("sam").get(f"/evidence/{proof.id}").data == shown
    assert school.browser("ben").get(f"/evidence/{proof.id}").status_code == 404
    assert "by Ana Ruiz" in words(school.browser("sam").get("/staff/recognitions"))
    assert issuer.site.asked == []


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda issuer: picture(issuer).replace(b"Facilitator", b"Facilitatur"), "unreadable"),
        (
            lambda issuer: json.dumps(issuer.document()).replace("Shown.", "Shewn.").encode(),
            "tampered",
        ),
        (lambda issuer: picture(issuer, expiration_date=TERM), "expired"),
        (
            lambda issuer: picture(Issuer(issuer.site, Ed25519PrivateKey.generate(), ACHIEVEMENT)),
            "unknown-issuer",
        ),
        (
            lambda issuer: picture(issuer, achievement="https://x.example.org/1"),
            "other-achievement",
        ),
        (lambda issuer: picture(issuer, email="ben@example.org"), "not-yours"),
        (lambda issuer: picture(issuer, identifiers=[]), "no-recipient"),
        (lambda _issuer: PNG, "no-badge"),
        (lambda _issuer: b"Hello", "unreadable"),
    ],
)
def test_what_does_not_count_is_refused_in_words_and_not_kept(
    school: School, issuer: Issuer, spoil: Callable[[Issuer], bytes], code: str
) -> None:
    data = spoil(issuer)
    if code == "unreadable" and data.startswith(b"\x89PNG"):
        code = "tampered"  # the picture's own checksums are nobody's signature
    answer = show(school, data)
    assert answer.status_code == 422
    assert f'data-code="{code}"' in answer.text
    assert "This badge is not counted" in words(answer)
    assert (recognitions(school), files(school)) == ([], [])


def test_a_badge_that_its_issuer_took_back_is_refused(intranet: School, issuer: Issuer) -> None:
    url = issuer.site.put(
        "/revoked", {"issuer": issuer.did, "revokedCredential": [{"id": "urn:uuid:9"}]}
    )
    status = [{"id": url, "type": "1EdTechRevocationList"}]
    revoked = issuer.token(id="urn:uuid:9", credential_status=status).encode()
    assert 'data-code="revoked"' in show(intranet, revoked).text
    assert show(intranet, issuer.token(credential_status=status).encode()).status_code == 303


def test_an_address_is_asked_and_kept_in_the_form(intranet: School, issuer: Issuer) -> None:
    address = issuer.site.put("/badge", issuer.document(email="ben@example.org"))
    answer = intranet.browser("ana").post(PAGE, {"address": address})
    assert answer.status_code == 422
    assert f'value="{address}"' in answer.text
    issuer.site.put("/badge", issuer.document())
    assert intranet.browser("ana").post(PAGE, {"address": address}).status_code == 303
    (proof,) = files(intranet)
    assert proof.name == "badge.json"


def test_an_address_inside_the_network_is_not_asked(school: School, issuer: Issuer) -> None:
    address = issuer.site.put("/badge", issuer.document())
    answer = school.browser("ana").post(PAGE, {"address": address})
    assert 'data-code="unreachable"' in answer.text
    assert issuer.site.asked == []


def test_so_many_badges_are_looked_at_in_an_hour_and_no_more(
    intranet: School, issuer: Issuer
) -> None:
    """Every one may ask other sites, and keeps a part of this one busy meanwhile."""
    browser = intranet.browser("ana")
    for _number in range(MOST):
        assert 'data-code="unreadable"' in show(intranet, b"Hello").text
    address = issuer.site.put("/badge", issuer.document())
    answer = browser.post(PAGE, {"address": address})
    assert answer.status_code == 422
    assert 'data-code="throttled"' in answer.text
    assert f'value="{address}"' in answer.text
    assert issuer.site.asked == []
    assert show(intranet, PNG, "sam", STAFF, person="ana@example.org").text.count("no-badge") == 1
    with intranet.database.transaction() as session:
        for one in session.scalars(select(BadgeCheck)):
            one.checked_at -= timedelta(hours=1)
    assert browser.post(PAGE, {"address": address}).status_code == 303


def test_what_nobody_looked_at_is_not_counted(school: School) -> None:
    assert show(school, PNG, "ana", STAFF, person="ana@example.org").status_code == 403
    assert show(school, PNG, path="/credentials/instructional-coach/badge").status_code == 404
    school.browser("ana").post(PAGE, {"address": " "})
    with school.database.read() as session:
        assert list(session.scalars(select(BadgeCheck))) == []


def test_nothing_is_asked_of_an_issuer_whom_no_document_names(
    intranet: School, issuer: Issuer
) -> None:
    owner = f"{issuer.site.url}/issuer"
    answer = show(intranet, issuer.token(issuer=owner).encode())
    assert 'data-code="unknown-issuer"' in answer.text
    assert "is not known here" in words(answer)
    assert issuer.site.asked == []


def test_nothing_chosen_is_said_at_the_field(school: School) -> None:
    answer = school.browser("ana").post(PAGE, {"address": " "})
    assert answer.status_code == 422
    assert 'href="#badge"' in answer.text


def test_a_hosted_badge_of_the_older_version_counts_too(intranet: School, issuer: Issuer) -> None:
    issuer.profile()
    address = issuer.site.put("/assertion", issuer.assertion().to_dict())
    accept(intranet, "water-safety", f"{issuer.site.url}/issuer", f"{issuer.site.url}/class")
    assert intranet.browser("ana").post(PAGE, {"address": address}).status_code == 303
    (made,) = recognitions(intranet)
    assert (made.source, made.badge_id) == ("State University", address)


def accept(school: School, credential_id: str, issuer: str, achievement: str) -> None:
    """Publish a new version that accepts one badge."""
    with school.database.transaction() as session:
        edition = catalogue.current(session, credential_id)
        assert edition is not None
        row = session.get_one(EditionRow, edition.digest)
        document = {
            **row.bundle["credential"],
            "version": row.version + 1,
            "accepts": [{"issuer": issuer, "achievement": achievement}],
        }
        editions.put(session, {**row.bundle, "credential": document}, TERM)


@pytest.mark.row("A1")
def test_the_last_prerequisite_may_be_a_badge_and_a_letter_tells(
    school: School, issuer: Issuer
) -> None:
    accept(school, "learning-facilitator", issuer.did, ACHIEVEMENT)
    school.hold("ana", "standards-ambassador", "instructional-specialist")
    page = school.browser("ana").get("/credentials/instructional-coach")
    assert 'href="/credentials/learning-facilitator/badge"' in page.text
    answer = show(school, picture(issuer), path="/credentials/learning-facilitator/badge")
    assert answer.status_code == 303
    context = JobContext(school.settings, school.database, EvidenceStore.of(school.settings))
    jobs.drain(context)
    with school.database.read() as session:
        letters = list(session.scalars(select(Letter).where(Letter.name == reaching.LETTER)))
    assert [one.to_address for one in letters] == ["ana@example.org"]
    page = school.browser("ana").get("/credentials/instructional-coach")
    assert re.search(r"/credentials/[^/]+/badge\b", page.text) is None


def test_staff_show_a_badge_for_somebody(school: School, issuer: Issuer) -> None:
    unknown = show(school, picture(issuer), "sam", STAFF, person="nobody@example.org")
    assert unknown.status_code == 422
    assert 'value="nobody@example.org"' in unknown.text
    wrong = show(school, picture(issuer), "sam", STAFF, person="ben@example.org")
    assert 'data-code="not-yours"' in wrong.text
    assert 'href="/staff/recognitions?person=ben@example.org"' in wrong.text
    answer = show(school, picture(issuer), "sam", STAFF, person="Ana@example.org")
    assert answer.location == "/staff/recognitions"
    (made,) = recognitions(school)
    assert (made.account_id, made.recorded_by) == (school.cast["ana"].id, school.cast["sam"].id)


def test_a_badge_shown_again_says_that_it_is_held(school: School, issuer: Issuer) -> None:
    show(school, picture(issuer))
    assert 'data-code="held"' in show(school, picture(issuer)).text
    assert len(recognitions(school)) == 1


def test_what_has_ended_is_said_where_it_stands(school: School, issuer: Issuer) -> None:
    shown = picture(issuer)
    show(school, shown)
    with school.database.transaction() as session:
        made = session.scalars(select(Recognition)).one()
        made.expires_at = TERM
        account = session.get_one(Account, school.cast["ana"].id)
        assert issuing.held(session, account.id, TERM.replace(year=2030)) == set()
    assert "Expired" in words(school.browser("sam").get("/staff/recognitions"))
    assert "Expired" in words(school.browser("ana").get("/my-work"))


def test_credentials_that_accept_no_badge_have_no_such_page(school: School) -> None:
    for id in ("learning-facilitator", "instructional-coach", "nothing"):
        assert school.browser("ana").get(f"/credentials/{id}/badge").status_code == 404


def test_what_was_typed_stays_when_the_language_is_switched(school: School) -> None:
    said = {"address": "https://example.org/badge", "_language": "es"}
    answer = school.browser("ana").post(PAGE, said)
    assert 'value="https://example.org/badge"' in answer.text
