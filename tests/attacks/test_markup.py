"""Scripts wherever somebody can write: none may come to life on any page or in a letter.

Pages are parsed as a browser would, and looked at for what would run, rather than for the words.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sqlalchemy import select, text, update

from engine import notices
from engine.awards.certificates import certificate
from engine.forms import schema
from engine.records import catalogue
from engine.records.database import Database
from engine.records.tables import (
    Account,
    Award,
    Comment,
    DraftRow,
    EditionRow,
    Evidence,
    Letter,
    Recognition,
    Score,
    Snapshot,
)
from engine.web import words
from tests.attacks.conftest import Stage, in_time, sane
from tests.web.conftest import GARDEN

NASTY = (
    "\"'></textarea></title></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "{{7*7}}<svg/onload=alert(1)>"
)
SHORT = "\"'><script>alert(1)</script>"

OUR_SCRIPTS = "/static/js/"
URLS = (
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "xlink:href",
    "srcdoc",
)


def _nasty_list() -> bytes:
    """A list of who holds what, as a CSV file."""
    made = io.StringIO()
    csv.writer(made).writerows(
        [["email", "credential", "earned_on", "source", NASTY], [NASTY, NASTY, NASTY, NASTY, NASTY]]
    )
    return made.getvalue().encode()


class Living(HTMLParser):
    """Collects what a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "script" and not said.get("src", "").startswith(OUR_SCRIPTS):
            self.found.append(f"<script {said}>")
        if tag in ("object", "embed", "base", "math", "style", "applet", "frame", "foreignobject"):
            self.found.append(f"<{tag}>")
        if tag == "meta" and "http-equiv" in said:
            self.found.append(f"<meta {said}>")
        for name, value in said.items():
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.found.append(f"<{tag} {name}={value!r}>")
            scheme = "".join(value.split()).lower().partition(":")[0]
            if name in URLS and scheme in ("javascript", "vbscript", "data"):
                self.found.append(f"<{tag} {name}={value!r}>")
            if '"' in name or "<" in name or "'" in name:
                self.found.append(f"<{tag} … {name}>")


def living(html: str) -> list[str]:
    reader = Living()
    reader.feed(html)
    return reader.found


@pytest.fixture
def poisoned(stage: Stage) -> Stage:
    """Every text in the database that a person wrote, replaced, past every check of the way in."""
    with stage.database.transaction() as session:
        for column, table in (
            (Account.name, Account),
            (Award.recipient_name, Award),
            (Award.title, Award),
            (Award.statement, Award),
            (Award.issuer, Award),
            (Comment.body, Comment),
            (Score.notes, Score),
            (Evidence.name, Evidence),
            (Recognition.source, Recognition),
            (Letter.subject, Letter),
            (Letter.text, Letter),
            (Letter.to_address, Letter),
        ):
            session.execute(update(table).values({column: NASTY[:200]}))
        session.execute(update(Evidence).values(name=SHORT))
        for table in (DraftRow, Snapshot):
            for row in session.scalars(select(table)):
                row.answers = _poison(row.answers)
    return stage


def _poison(value: object, key: str = "") -> object:
    if isinstance(value, dict):
        return {name: _poison(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_poison(one, key) for one in value]
    return value if key == "photo" or not isinstance(value, str) else NASTY


def pages_of(stage: Stage) -> list[tuple[str, str]]:
    ana = [
        f"/submissions/{stage.work}{tail}"
        for tail in (
            "",
            "/plot/place",
            "/plot/seasons?check=1",
            "/handover/picture",
            "/check",
            "/print",
            "/story",
        )
    ]
    office = [
        "/staff",
        "/staff/awards",
        f"/staff/awards/{stage.serial}",
        "/staff/people",
        "/staff/mail",
        f"/staff/people/{stage.cast['ana'].id}",
        f"/staff/mail/{stage.letter}",
        "/staff/recognitions",
        "/staff/submissions",
        f"/staff/submissions/{stage.work}",
        "/staff/jobs",
        "/queue",
        f"/submissions/{stage.work}/advance/take_away",
        f"/review/{stage.work}",
    ]
    return (
        [("ana", path) for path in [*ana, "/my-work", "/account", f"/verify/{stage.serial}"]]
        + [
            ("rosa", path)
            for path in (f"/review/{stage.work}", "/queue", f"/submissions/{stage.work}/print")
        ]
        + [("ada", path) for path in office]
        + [("otto", f"/review/{stage.work}"), ("", f"/verify/{stage.serial}"), ("", "/")]
    )


def test_no_stored_text_comes_to_life_on_any_page(poisoned: Stage) -> None:
    shown = 0
    for name, path in pages_of(poisoned):
        page = poisoned.browser(name).get(path)
        sane(page, 200)
        assert living(page.text) == [], (name, path)
        assert "49<svg" not in page.text
        shown += "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert shown > 20, "the pages show what was planted, as words"


def test_no_posted_text_comes_to_life_in_the_answer(stage: Stage) -> None:
    ben, sam, rosa = stage.browser("ben"), stage.browser("sam"), stage.browser("rosa")
    place = f"/submissions/{stage.ready}/plot/place"
    seen = ben.seen(place)
    ben.post(place, {"_seen": seen, "/plot/garden_name": "other"}, json=True)
    answers = [
        ben.post(
            place, {"_seen": seen, "/plot/garden_name": NASTY, "/plot/area": NASTY, NASTY: NASTY}
        ),
        ben.post(f"{place}{SHORT}", {NASTY: NASTY}),
        stage.browser().client.post(place, data={NASTY: NASTY}),
        ben.client.post(place, data={NASTY: NASTY}),
        stage.browser().post(
            "/sign-in", {"_email": NASTY, "_next": "/" + NASTY, "_repost": "1", NASTY: NASTY}
        ),
        stage.browser().get("/sign-in", query_string={"next": "/" + NASTY.replace(" ", "")}),
        stage.browser("otto").post(
            f"/review/{stage.work}",
            {"_seen": "1", "notes/ground/alive": NASTY, "note/plot/area": NASTY},
        ),
        rosa.post(
            f"/review/{stage.work}",
            {"_seen": "0", "notes/ground/alive": NASTY, "note/plot/area": NASTY},
        ),
        rosa.post(f"/review/{stage.work}", {"_go": NASTY, "revision": "2"}),
        sam.post(
            "/staff/people/new",
            {"email": NASTY, "name": NASTY, "password": "x", "roles": "candidate"},
        ),
        sam.post(
            "/staff/recognitions",
            dict.fromkeys(("person", "credential", "earned_on", "source"), NASTY),
        ),
        sam.post("/staff/recognitions/badge", dict.fromkeys(("person", "address"), NASTY)),
        sam.post(
            "/staff/recognitions/list",
            {"source": NASTY, "list": (io.BytesIO(_nasty_list()), f"{NASTY}.csv")},
        ),
        sam.post(
            "/staff/awards/lists/new",
            {
                "credential": NASTY,
                "source": NASTY,
                "list": (io.BytesIO(_nasty_list()), f"{NASTY}.csv"),
            },
        ),
        sam.post(
            "/staff/awards/lists/new",
            {
                "credential": GARDEN,
                "source": NASTY,
                "list": (io.BytesIO(_nasty_list()), f"{NASTY}.csv"),
            },
        ),
        sam.get("/staff/people", query_string={"q": NASTY}),
        sam.get("/staff/mail", query_string={"to": NASTY}),
        sam.get("/queue", query_string={"state": NASTY, "credential": NASTY, "whose": NASTY}),
        sam.get(f"/staff/documents/{SHORT}"),
        sam.get(f"/verify/{SHORT}"),
        sam.get(f"/{SHORT}"),
        sam.post(
            f"/submissions/{stage.work}/advance/take_away", {"revision": "1", "comment": NASTY}
        ),
    ]
    for number, answer in enumerate(answers):
        sane(answer)
        assert living(answer.text) == [], number


HOSTILE_PROSE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html,<script>)",
    "[x](vbscript:x)",
    '![x](x" onerror=alert(1))',
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x]: javascript:alert(1)\n\n[x]",
    "`<script>`",
    "```\n</code><script>alert(1)</script>\n```",
    "<svg><script>1</script></svg>",
    "<details open ontoggle=alert(1)>",
    '[x](http://a.b/"onmouseover=alert(1))',
    "| <img onerror=1 src=x> |\n|--|",
    "<!--><script>alert(1)</script>",
    "&lt;script&gt;",
    "\u202e<b>",
    "<math><mi//xlink:href=javascript:1>",
    "[a](//evil.example)",
    "<form action=x><button formaction=javascript:1>",
]


@pytest.mark.parametrize("prose", HOSTILE_PROSE, ids=range(len(HOSTILE_PROSE)))
def test_the_prose_of_documents_is_only_prose(prose: str) -> None:
    assert living(str(words.prose(prose))) == []
    assert "<form" not in words.prose(prose)


@pytest.mark.parametrize(
    "prose",
    [
        "*" * 20_000,
        "[" * 20_000,
        "> " * 5_000,
        "`" * 20_001,
        "- " * 5_000,
        "|" * 20_000,
        "a**" * 10_000,
        "![" * 10_000,
        "<" * 20_000,
    ],
    ids=range(9),
)
def test_hostile_prose_takes_bounded_time(prose: str) -> None:
    with in_time():
        words.prose(prose)


def test_a_document_full_of_scripts_renders_as_words(stage: Stage) -> None:
    """Staff write documents, and may paste what they found."""
    with stage.database.transaction() as session:
        row = session.execute(
            select(EditionRow.digest, EditionRow.bundle).where(EditionRow.credential_id == GARDEN)
        ).one()
        bundle = _soiled(row.bundle)
        if stage.database.is_sqlite:
            guards = text(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'editions'"
            )
            for trigger in session.scalars(guards).all():
                session.execute(text(f'DROP TRIGGER "{trigger}"'))
        else:
            session.execute(text("ALTER TABLE editions DISABLE TRIGGER USER"))
        session.execute(
            text("UPDATE editions SET bundle = :bundle WHERE digest = :digest"),
            {"bundle": json.dumps(bundle), "digest": row.digest},
        )
    catalogue._editions.clear()
    schema._known.clear()
    try:
        paths = [
            ("", f"/credentials/{GARDEN}"),
            ("", f"/credentials/{GARDEN}/examples/plot"),
            ("", "/"),
        ]
        shown = 0
        for name, path in [*paths, *pages_of(stage)]:
            page = stage.browser(name).get(path)
            sane(page, 200)
            assert living(page.text) == [], (name, path)
            shown += "&lt;script&gt;alert(1)" in page.text
        assert shown > 10
    finally:
        catalogue._editions.clear()
        schema._known.clear()


_WORDS = {
    "title",
    "summary",
    "instructions",
    "why",
    "effort",
    "description",
    "hint",
    "label",
    "public_label",
    "text",
    "item_title",
    "add_label",
    "unit",
    "statement",
    "introduction",
    "reason",
    "remedy",
    "message",
    "confirm",
    "signatory",
    "signatory_title",
}


def _soiled(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: SHORT + " [x](javascript:alert(1))"
            if key in _WORDS and isinstance(one, str)
            else _soiled(one)
            for key, one in value.items()
        }
    return [_soiled(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "value",
    [
        "{{ 7*7 }}",
        "{% for x in range(10**9) %}x{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "x\nBcc: evil@example.org",
        "x\r\n\r\nBody",
        "Subject: other",
        "\u2028Bcc: x",
        "=?utf-8?q?=0ABcc:_x?=",
    ],
)
def test_what_people_write_is_never_a_template_nor_a_header_of_a_letter(
    shared: Stage, value: str
) -> None:
    notes = [{"look_for": value, "notes": value}]
    told = {"credential": value, "path": "/x", "comment": value, "notes": notes}
    for letter in ("submitted", "returned", "awarded"):
        subject, body, *_more = notices.compose(shared.settings, letter, value, told)
        assert "49" not in subject + body
        assert "uid=" not in body
        assert "\n" not in subject
        written = Letter(
            id="x",
            to_address="ana@example.org",
            subject=subject,
            text=body,
            written_at=words.datetime(2026, 1, 1, tzinfo=words.UTC),
        )
        mail = notices.message(shared.settings, written)
        assert set(mail.keys()) <= {
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "Content-Type",
            "Content-Transfer-Encoding",
            "MIME-Version",
        }
        head = mail.as_bytes().partition(b"\r\n\r\n")[0]
        assert b"\r\nBcc" not in head


@pytest.mark.parametrize(
    "address", ["a@b.org\r\nBcc: x@y.org", "a@b.org, x@y.org", "<a@b.org>\nX: y"]
)
def test_an_address_adds_nobody(shared: Stage, address: str) -> None:
    sam = shared.browser("sam")
    said = {"email": address, "name": "A", "password": "a long phrase", "roles": "candidate"}
    assert sam.post("/staff/people/new", said).status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "<img src='file:///etc/passwd'>",
        "<link rel=attachment href='file:///etc/passwd'>",
        "</title><script>x</script>",
        "{{ 7*7 }}",
        "\u202eanA",
        "<style>@import 'http://evil.example'</style>",
        "&amp;",
        "\x00",
        "a" * 200,
    ],
)
def test_a_name_on_a_certificate_fetches_nothing(stage: Stage, name: str) -> None:
    """Printing reads HTML: a name must not become a part of it."""
    with stage.database.transaction() as session:
        award = session.get_one(Award, stage.serial)
        edition = catalogue.edition(session, award.edition_digest)
        facts = replace(certificate.facts_of(award, edition), name=name)
    pdf = certificate.render(facts, stage.settings)
    assert pdf.startswith(b"%PDF-")
    assert b"root:x:" not in pdf
    assert b"/EmbeddedFile" not in pdf


def test_the_database_keeps_its_own_counsel(shared: Stage) -> None:
    """What looks like SQL is only text, in filters too."""
    assert isinstance(shared.database, Database)
    before = shared.dump()
    sam = shared.browser("sam")
    for trick in (
        "' OR '1'='1",
        "'; DROP TABLE accounts; --",
        '" OR ""="',
        "\\' OR 1=1 --",
        "%' ESCAPE '",
        "1)",
    ):
        for path, name in (
            ("/staff/people", "q"),
            ("/staff/mail", "to"),
            ("/staff/awards", "name"),
            ("/staff/submissions", "state"),
            ("/staff/submissions", "name"),
        ):
            page = sam.get(path, query_string={name: trick})
            sane(page, 200)
            assert "planted" not in page.text.replace("planted-by-ana-letter", "")
            assert "Greta Gone" not in page.text
    assert shared.dump() == before
