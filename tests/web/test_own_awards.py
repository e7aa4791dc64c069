"""One's own awards: private until one chooses otherwise, shown as far as one chooses, and nobody
else's business. Evidence and consents are in tests/gallery/test_shown_evidence.py."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from engine.awards import correcting, issuing, suspending
from engine.awards.badges import awarded
from engine.people import SYSTEM
from engine.records import audit
from engine.records.tables import Account, Award, AwardCredential, Handle, Submission
from tests.conftest import TERM, School
from tests.web.conftest import GARDEN

HANDLE = "ana-teaches"


def shows(school: School, serial: str, *what: str, who: str = "ana") -> None:
    answer = school.browser(who).post(
        f"/my-work/awards/{serial}", dict.fromkeys(what or ("on_page", "names_holder"), "yes")
    )
    assert answer.status_code == 303, answer.text


def opens_page(school: School, handle: str = HANDLE, who: str = "ana") -> None:
    answer = school.browser(who).post("/my-work/awards/page", {"handle": handle})
    assert answer.status_code == 303, answer.text


def award(school: School, serial: str) -> Award:
    with school.database.read() as session:
        return session.get_one(Award, serial)


def kinds(school: School, chain: str) -> list[str]:
    with school.database.read() as session:
        return [one.kind for one in audit.story(session, chain)]


def test_nothing_is_public_until_somebody_says_so(school: School) -> None:
    serial = school.award("ana", GARDEN)
    assert (award(school, serial).on_page, award(school, serial).shown_evidence) == (False, [])
    assert school.browser().get(f"/verify/{serial}/embed").status_code == 404
    opens_page(school)
    page = school.browser().get(f"/people/{HANDLE}")
    assert page.status_code == 200
    assert serial not in page.text


def test_page_shows_the_awards_that_were_put_on_it(school: School) -> None:
    shown, kept = school.award("ana", GARDEN), school.award("ana", "open-studio")
    shows(school, shown)
    opens_page(school)
    page = school.browser().get(f"/people/{HANDLE}")
    assert f"/verify/{shown}" in page.text
    assert kept not in page.text
    assert f"/badges/pictures/{award(school, shown).edition_digest}.svg" in page.text
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "noindex" in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "private, no-cache"


def test_page_that_is_taken_back_is_gone_at_once(school: School) -> None:
    opens_page(school)
    school.browser("ana").post("/my-work/awards/page", {"_do": "close"})
    gone = school.browser().get(f"/people/{HANDLE}")
    never = school.browser().get("/people/nobody-ever")
    assert gone.status_code == never.status_code == 404
    assert _plain(gone.text) == _plain(never.text)
    assert kinds(school, f"account:{school.cast['ana'].id}")[-2:] == ["page-opened", "page-closed"]


def _plain(text: str) -> str:
    """A page without the number of its request and its own address."""
    return re.sub(r"\b[2-9A-HJ-NP-Z]{8}\b|/people/[a-z-]+", "", text)


def test_page_of_a_closed_account_is_gone(school: School) -> None:
    opens_page(school)
    with school.database.transaction() as session:
        session.execute(update(Account).values(active=False))
    assert school.browser().get(f"/people/{HANDLE}").status_code == 404


def test_address_that_somebody_had_is_nobody_elses(school: School) -> None:
    opens_page(school)
    school.browser("ana").post("/my-work/awards/page", {"_do": "close"})
    refused = school.browser("ben").post("/my-work/awards/page", {"handle": HANDLE})
    assert refused.status_code == 422
    assert "This address can’t be used" in unescape(refused.text)
    opens_page(school)  # her own, again
    with school.database.read() as session:
        assert session.scalars(select(Handle.handle)).all() == [HANDLE]


def test_address_has_a_plain_shape(school: School) -> None:
    for typed in [
        "an",
        "a" * 41,
        "ana ruiz",
        "ana_ruiz",
        "-ana",
        "ana-",
        "a--b",
        "aña",
        "АНА",
        "../x",
        "",
        "a/b",
    ]:
        answer = school.browser("ana").post("/my-work/awards/page", {"handle": typed})
        assert answer.status_code == 422
        assert "letters (a–z), digits and single hyphens" in unescape(answer.text)
        if typed:
            assert typed in unescape(answer.text)  # what was typed is still there


def test_address_does_not_look_like_the_programs_own(school: School) -> None:
    for typed in [
        "admin",
        "the-0fficial",
        "hill-school",
        "hillschool-awards",
        "adm1n",
        "verify",
        "help-desk",
    ]:
        answer = school.browser("ana").post("/my-work/awards/page", {"handle": typed})
        assert answer.status_code == 422
        assert "This address can’t be used" in unescape(answer.text)


def test_short_words_mislead_only_by_themselves(school: School) -> None:
    for typed in ["my", "me", "t-est", "new", "1nfo"]:
        answer = school.browser("ana").post("/my-work/awards/page", {"handle": typed})
        assert answer.status_code == 422
    for typed in ["my-linh", "an-my-tran", "mai-new", "vy-test", "root-edit"]:
        opens_page(school, typed)


def test_suggested_address_cannot_be_guessed(school: School) -> None:
    pages = [school.browser("ana").get("/my-work/awards").text for _ in range(2)]
    found = [re.search(r'name="handle"[^>]* value="([a-z0-9-]+)"', page) for page in pages]
    offered = [one[1] for one in found if one]
    assert len(set(offered)) == 2
    assert all(re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}", one) for one in offered)


def test_nobody_sees_or_changes_somebody_elses(school: School) -> None:
    serial = school.award("ana", GARDEN)
    before = award(school, serial)
    for who in ("ben", "rosa", "sam", "ada"):
        browser = school.browser(who)
        for path in ("", "/qr.svg", "/qr.png"):
            assert browser.get(f"/my-work/awards/{serial}{path}").status_code == 404, (who, path)
        assert browser.post(f"/my-work/awards/{serial}", {"on_page": "yes"}).status_code == 404
        assert serial not in browser.get("/my-work/awards").text
        assert browser.get("/my-work/awards/record.json").status_code == 404
    assert award(school, serial).on_page == before.on_page


def test_badge_is_signed_anew_when_it_says_something_else(school: School) -> None:
    serial = school.award("ana", GARDEN)
    browser = school.browser("ana")
    assert "Ana Ruiz" in browser.get(f"/badges/{serial}.json").text
    shows(school, serial, "on_page")
    said = browser.get(f"/badges/{serial}.json").text
    assert "Ana Ruiz" not in said
    assert kinds(school, f"award:{serial}")[-1] == "shown"


def test_nothing_is_recorded_where_nothing_changes(school: School) -> None:
    serial = school.award("ana", GARDEN)
    shows(school, serial, "names_holder")
    assert "shown" not in kinds(school, f"award:{serial}")


def test_what_is_to_be_hidden_does_not_wait_for_a_key(school: School) -> None:
    serial = school.award("ana", GARDEN)
    school.browser("ana").get(f"/badges/{serial}.json")
    for file in school.settings.keys.iterdir():
        file.write_text("not a key")
    shows(school, serial, "on_page")
    assert award(school, serial).names_holder is False
    with school.database.read() as session:
        assert session.get(AwardCredential, serial) is None


def test_framed_award_says_how_it_stands_and_sets_no_cookie(school: School) -> None:
    serial = school.award("ana", GARDEN)
    shows(school, serial)
    assert school.browser("ben").get(f"/verify/{serial}/embed").status_code == 404  # no page yet
    opens_page(school)
    frame = school.browser("ben").get(f"/verify/{serial}/embed")
    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    assert "script" not in frame.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in frame.headers
    assert "<script" not in frame.text
    assert "Valid" in frame.text
    assert "Ana Ruiz" in frame.text
    with school.database.transaction() as session:
        issuing.revoke(session, session.get_one(Award, serial), "A mistake.", SYSTEM, TERM)
    frame = school.browser().get(f"/verify/{serial}/embed")
    assert "Revoked" in frame.text
    assert "Valid" not in frame.text
    assert (
        "frame-ancestors 'none'"
        in (school.browser().get(f"/verify/{serial}").headers["Content-Security-Policy"])
    )


def test_frame_of_one_who_is_not_named_does_not_name_them(school: School) -> None:
    serial = school.award("ana", GARDEN)
    shows(school, serial, "on_page")
    opens_page(school)
    assert "Ana Ruiz" not in school.browser().get(f"/verify/{serial}/embed").text


def test_revoked_award_leaves_the_page(school: School) -> None:
    serial = school.award("ana", GARDEN)
    shows(school, serial)
    opens_page(school)
    with school.database.transaction() as session:
        issuing.revoke(session, session.get_one(Award, serial), "A mistake.", SYSTEM, TERM)
    assert serial not in school.browser().get(f"/people/{HANDLE}").text
    browser = school.browser("ana")
    own = browser.get(f"/my-work/awards/{serial}")
    assert "A mistake." in own.text
    assert "linkedin.com" not in own.text
    assert "A revoked award is on nobody’s page" in own.text
    assert "Show it on my page" not in own.text
    # Taking the name off is still one's own to do, and leaves the rest as it was.
    browser.post(f"/my-work/awards/{serial}", {"on_page": "yes"})
    assert (award(school, serial).on_page, award(school, serial).names_holder) == (True, False)


def test_nobody_is_told_that_they_hold_what_does_not_count(school: School) -> None:
    serial, browser = school.award("ana", "instructional-coach"), school.browser("ana")
    shows(school, serial)
    work = f"/submissions/{award(school, serial).submission_id}"
    with school.database.transaction() as session:
        work_of_it = session.get_one(Submission, award(school, serial).submission_id)
        work_of_it.state = "awarded"
    page = browser.get(work).text
    assert "You hold this credential." in page
    assert "Congratulations" in page
    with school.database.transaction() as session:
        one = session.get_one(Award, serial)
        suspending.suspend(session, one, "A question is open.", SYSTEM, TERM)
    page, mine = browser.get(work).text, browser.get("/my-work").text
    assert "You hold this credential." not in page
    assert "This award is suspended since 2 March 2026." in page
    assert "Reason: A question is open." in page
    assert "Congratulations" not in page
    assert "Page to share" not in page + mine
    assert "What anybody sees who checks it" in mine
    assert "It is left out there" in browser.get(f"/my-work/awards/{serial}").text


def test_linkedin_gets_what_it_reads_from_the_address(school: School) -> None:
    serial = school.award("ana", GARDEN)
    page = unescape(school.browser("ana").get(f"/my-work/awards/{serial}").text)
    found = re.search(r'href="(https://www\.linkedin\.com/[^"]+)"', page)
    assert found
    parts = urlsplit(found[1])
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == "/profile/add"
    assert asked == asked | {
        "startTask": "CERTIFICATION_NAME",
        "name": award(school, serial).title,
        "organizationName": "Hill School",
        "issueYear": "2026",
        "issueMonth": "3",
        "certUrl": f"{school.settings.base_url}/verify/{serial}",
        "certId": serial,
    }


def test_codes_lead_to_the_verification_page(school: School) -> None:
    serial = school.award("ana", GARDEN)
    browser = school.browser("ana")
    svg = browser.get(f"/my-work/awards/{serial}/qr.svg")
    png = browser.get(f"/my-work/awards/{serial}/qr.png?download=1")
    assert svg.mimetype == "image/svg+xml"
    assert png.data.startswith(b"\x89PNG")
    assert "attachment" in png.headers["Content-Disposition"]
    assert svg.data == browser.get(f"/my-work/awards/{serial}/qr.svg").data


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "محمد عبد الرحمن", "Ana \u202eziuR", "Ana 🌱 " + "x" * 190],
)
def test_any_name_is_a_name(school: School, name: str) -> None:
    with school.database.transaction() as session:
        session.execute(
            update(Account).where(Account.id == school.cast["ana"].id).values(name=name)
        )
    serial = school.award("ana", GARDEN)
    shows(school, serial)
    opens_page(school)
    browser = school.browser("ana")
    for path in (f"/people/{HANDLE}", f"/verify/{serial}/embed", f"/my-work/awards/{serial}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    paper = browser.get("/my-work/awards/transcript.pdf")
    assert paper.data.startswith(b"%PDF")
    assert "\n" not in paper.headers["Content-Disposition"]
    record = browser.get("/my-work/awards/record.json")
    assert record.get_json()["type"] == ["VerifiableCredential", "ClrCredential"]


def test_what_is_kept_in_confidence_is_never_shown(school: School) -> None:
    serial = school.award("ana", "coaching-log")
    page = school.browser("ana").get(f"/my-work/awards/{serial}").text
    assert "Kept in confidence" in page
    assert "linkedin" not in page
    answer = school.browser("ana").post(f"/my-work/awards/{serial}", {"on_page": "yes"})
    assert answer.status_code in (403, 422)
    assert award(school, serial).on_page is False
    assert school.browser("ana").get("/my-work/awards/record.json").status_code == 404


def test_switching_the_language_keeps_what_was_typed(school: School) -> None:
    page = school.browser("ana").post(
        "/my-work/awards/page", {"handle": "ana-ruiz-1", "_language": "es"}
    )
    assert page.status_code == 200
    assert 'value="ana-ruiz-1"' in page.text
    serial = school.award("ana", GARDEN)
    page = school.browser("ana").post(
        f"/my-work/awards/{serial}", {"on_page": "yes", "_language": "es"}
    )
    assert re.search(r'name="on_page"[^>]* checked', page.text)
    assert award(school, serial).on_page is False


DID_KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


@pytest.mark.parametrize("typed", [DID_KEY, "did:web:ana.example.org", "did:web:a.org%3A8443:me"])
def test_did_of_a_known_shape_is_taken(school: School, typed: str) -> None:
    assert school.browser("ana").post("/account/did", {"did": f" {typed} "}).status_code == 303
    serial = school.award("ana", GARDEN)
    said = school.browser("ana").get(f"/badges/{serial}.json").get_json(force=True)
    assert said["credentialSubject"]["id"] == typed


def test_did_of_another_shape_is_kept_as_typed_and_refused(school: School) -> None:
    for typed in [
        "ana",
        "did:example:ana",
        "did:key:z6Mk",
        "did:key:u7QE",
        "did:web:localhost",
        "did:web:",
        "did:web:a.org/x",
        "did:web:a.org?x",
        "did:key:" + "z" * 600,
        "did:web:ana .org",
    ]:
        answer = school.browser("ana").post("/account/did", {"did": typed})
        assert answer.status_code == 422
        assert typed in unescape(answer.text)
        with school.database.read() as session:
            assert session.get_one(Account, school.cast["ana"].id).did == ""


def test_list_asks_as_many_questions_for_many_awards(
    school: School, count_queries: list[str]
) -> None:
    school.award("ana", GARDEN)
    browser = school.browser("ana")
    browser.get("/my-work/awards")
    count_queries.clear()
    browser.get("/my-work/awards")
    few = len(count_queries)
    for id in ("open-studio", "kitchen-talk", "listening-circle"):
        school.award("ana", id)
    browser.get("/my-work/awards")
    count_queries.clear()
    browser.get("/my-work/awards")
    assert len(count_queries) == few


def test_corrected_award_leads_to_the_one_in_its_place(school: School) -> None:
    serial = school.award("ana", GARDEN)
    shows(school, serial)
    opens_page(school)
    with school.database.transaction() as session:
        old = session.get_one(Award, serial)
        new = correcting.correct(
            session, school.settings, old, "Ana Gómez", "A new name.", school.cast["sam"], TERM
        ).serial
    browser = school.browser("ana")
    assert f"/my-work/awards/{new}" in browser.get(f"/my-work/awards/{serial}").text
    assert browser.post(f"/my-work/awards/{serial}", {"on_page": "yes"}).status_code >= 400
    assert serial not in browser.get("/my-work/awards").text
    public = school.browser().get(f"/people/{HANDLE}").text
    assert serial not in public
    assert new in public  # what was shown of the one is shown of the other


def test_former_name_is_nowhere_in_public_once_it_was_corrected(school: School) -> None:
    serial = school.award("ana", GARDEN)
    shows(school, serial)
    with school.database.transaction() as session:
        old = session.get_one(Award, serial)
        former = old.recipient_name
        awarded.credential_of(session, old, school.settings)
        correcting.correct(
            session, school.settings, old, "Zoe Hall", "A new name.", school.cast["sam"], TERM
        )
    visitor = school.browser()
    page = visitor.get(f"/verify/{serial}")
    assert "Not said here any more, since it was corrected." in page.text
    for said in (
        page,
        visitor.json(f"/verify/{serial}"),
        visitor.get(f"/verify/{serial}", headers={"Accept": "application/vc"}),
        visitor.get(f"/verify/{serial}/embed"),
        *(visitor.get(f"/badges/{serial}{kind}") for kind in ("", ".json", ".svg")),
        visitor.json(f"/badges/2.0/{serial}"),
    ):
        assert former not in said.text, said.request.path


def test_transcript_whose_design_has_a_fault_says_that_the_awards_stand(
    school: School, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    school.award("ana", GARDEN)
    own = school.settings.instance / "templates"
    (own / "records").mkdir(parents=True)
    (own / "records" / "transcript.html").write_text("<html>\n{{ transcript.name + 1 }}", "utf-8")
    house = school.app.extensions["accolade"]
    changed = replace(house.settings, templates=(own, *house.settings.templates))
    monkeypatch.setitem(school.app.extensions, "accolade", replace(house, settings=changed))
    answer = school.browser("ana").get("/my-work/awards/transcript.pdf")
    assert answer.status_code == 503
    assert "Your awards stand." in unescape(answer.text)
    assert "(records/transcript.html, line 2): can only concatenate str" in caplog.text
    assert "line 2" not in answer.text
