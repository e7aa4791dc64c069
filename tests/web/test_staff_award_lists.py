"""A list of people, through the pages: seen row by row, awarded as it was seen, printed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import partial
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import event, func, insert, inspect, select
from werkzeug.test import TestResponse

from engine.awards.certificates import bundles
from engine.awards.lists import award_list_job, award_lists
from engine.errors import Conflict
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import (
    Account,
    Award,
    AwardList,
    CertificateBundle,
    Event,
)
from engine.web import staff_award_lists
from engine.web.paging import cut
from tests.conftest import Browser, School
from tests.databases import ON_SQLITE
from tests.web.stuck_jobs import STUCK, stuck

pytestmark = ON_SQLITE  # lists are awarded on both engines in tests/awards

NEW = "/staff/awards/lists/new"
BEGIN = "/staff/awards/lists/begin"
CREDENTIAL = "herb-spiral"
SOURCE = "Workshop, June 2026"
TEXT = (
    "E-mail address;Name;Awarded on\n"
    "ana@example.org;Ana Ruiz;2026-03-01\n"
    "ben@example.org;;\n"
    "late@example.org;Léa Comer;\n"
    "nonsense;;\n"
)


def look(browser: Browser, data: bytes = TEXT.encode("cp1252"), **said: str) -> TestResponse:
    fields = {"credential": CREDENTIAL, "source": SOURCE, "tells": "yes", **said}
    return browser.post(NEW, {"list": (BytesIO(data), "june.csv"), **fields})


def hidden(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(waiting|digest)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


def words(answer: TestResponse) -> str:
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def context(school: School) -> JobContext:
    settings = school.settings
    return JobContext(settings, school.database, EvidenceStore(settings.evidence))


def begun(school: School, browser: Browser, **said: str) -> str:
    """The address of a list that was begun."""
    answer = browser.post(BEGIN, hidden(look(browser, TEXT.encode(), **said)))
    assert answer.status_code == 303, words(answer)
    return answer.location


def work(school: School) -> None:
    with school.database.read() as session:
        ids = session.scalars(select(AwardList.id)).all()
    for id in ids:
        award_list_job.run(context(school), {"list": id})


def awarded(school: School) -> list[str]:
    with school.database.read() as session:
        names = select(Award.recipient_name).where(Award.credential_id == CREDENTIAL)
        return sorted(session.scalars(names))


def test_what_is_shown_is_awarded(school: School) -> None:
    office = school.browser("sam")
    assert f'href="{NEW}"' in office.get("/staff/awards").text
    page = look(office)
    assert page.status_code == 200
    said = words(page)
    assert "Nobody is awarded anything yet." in said
    assert "No submission stands behind these awards." in said
    assert "Ana Ruiz ana@example.org 2 1 March 2026 Awarded." in said
    assert "Ben Okafor ben@example.org 3 Today Awarded." in said
    assert "Nobody has an account with this address." in said
    assert "“nonsense” is no whole e-mail address." in said
    assert "2 rows can’t be awarded" in said
    assert "Award it to 2 people" in said
    assert awarded(school) == []
    answer = office.post(BEGIN, hidden(page))
    assert answer.status_code == 303
    assert awarded(school) == []
    work(school)
    assert awarded(school) == ["Ana Ruiz", "Ben Okafor"]
    told = words(office.get(answer.location))
    assert "2 people were awarded it; 2 rows were left out." in told
    assert "All of it is finished." in told
    assert SOURCE in told
    assert "june.csv" in words(office.get("/staff/awards/lists"))
    with school.database.read() as session:
        events = session.scalars(select(Event).where(Event.kind == "awarded"))
        mine = [one for one in events if one.facts.get("source") == SOURCE]
        assert {one.actor_id for one in mine} == {school.cast["sam"].id}
        serials = session.scalars(select(Award.serial).where(Award.credential_id == CREDENTIAL))
        award = words(office.get(f"/staff/awards/{serials.first()}"))
    assert f"{SOURCE} ( june.csv ). No submission stands behind it." in award


def test_whoever_has_no_account_is_added_when_that_is_ticked(school: School) -> None:
    office = school.browser("sam")
    assert "An account is made for this person." in words(look(office, adds="yes"))
    begun(school, office, adds="yes")
    work(school)
    assert awarded(school) == ["Ana Ruiz", "Ben Okafor", "Léa Comer"]
    with school.database.read() as session:
        id = session.scalars(select(Account.id).where(Account.email == "late@example.org")).one()
    assert "Léa Comer" in words(office.get(f"/staff/people/{id}"))


def test_pressed_twice_and_brought_twice_it_is_awarded_once(school: School) -> None:
    office, ada = school.browser("sam"), school.browser("ada")
    form = hidden(look(office))
    hers = hidden(look(ada))
    assert office.post(BEGIN, form).status_code == 303
    for browser, said in ((office, form), (ada, hers)):
        again = browser.post(BEGIN, said)
        assert again.status_code == 409
        assert "Being awarded already, from the list “june.csv”." in words(again)
        assert "There is nobody to award it to" in words(again)
        assert "See what became of it on" in words(again)
    work(school)
    assert "Holds it already, since" in words(look(office))
    assert awarded(school) == ["Ana Ruiz", "Ben Okafor"]


def test_progress_is_told_with_scripts_and_without(school: School) -> None:
    office = school.browser("sam")
    where = begun(school, office)
    page = office.get(where)
    assert f'data-run="{where}"' in page.text
    assert f'href="{where}?watch=1"' in page.text
    assert office.get(f"{where}?watch=1").headers["Refresh"] == f"3; url={where}?watch=1"
    assert office.json(where).get_json() == {"done": 0, "refused": 2, "total": 4, "ready": False}
    work(school)
    assert office.json(where).get_json() == {"done": 2, "refused": 2, "total": 4, "ready": True}
    assert "Refresh" not in office.get(f"{where}?watch=1").headers


def test_a_list_is_stopped_and_goes_on(school: School) -> None:
    office = school.browser("sam")
    where = begun(school, office)
    assert office.post(f"{where}/stop").status_code == 303
    work(school)
    assert awarded(school) == []
    assert "It was stopped." in words(office.get(where))
    school.browser("ada").post(f"{where}/go-on")
    work(school)
    assert awarded(school) == ["Ana Ruiz", "Ben Okafor"]
    assert office.post(f"{where}/stop").status_code == 303
    assert "All of it is finished." in words(office.get(where))


def test_a_missing_key_is_said_and_nothing_begins(school: School) -> None:
    office = school.browser("sam")
    form = hidden(look(office))
    begun(school, office, credential="seed-swap")  # the first makes the key
    key = school.settings.keys / "issuer.pem"
    content = key.read_bytes()
    key.unlink()
    answer = office.post(BEGIN, form)
    assert answer.status_code == 503
    assert "key" in words(answer)
    assert awarded(school) == []
    key.write_bytes(content)
    assert office.post(BEGIN, hidden(answer)).status_code == 303
    work(school)
    assert awarded(school) == ["Ana Ruiz", "Ben Okafor"]


def test_a_credential_that_goes_while_a_list_is_looked_at_is_said(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = school.browser("sam")
    form = hidden(look(office))

    def changed(*_said: object) -> str:
        monkeypatch.setattr(award_lists, "awardable", lambda _session: {})
        monkeypatch.setattr(award_lists, "_may_be_listed", lambda _edition: False)
        raise Conflict("Something changed.")

    monkeypatch.setattr(award_lists, "begin", changed)
    answer = office.post(BEGIN, form)
    assert answer.status_code == 422
    assert "Choose the credential that the list awards." in words(answer)


def test_the_lists_are_asked_for_with_as_many_queries_for_3_as_for_30_and_come_in_pages(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_award_lists, "PAGE_ROWS", 30)
    monkeypatch.setattr(staff_award_lists, "cut", partial(cut, limit=30))
    office = school.browser("sam")
    begun(school, office)

    def more(number: int) -> None:
        with school.database.transaction() as session:
            first = session.scalars(select(AwardList)).first()
            assert first is not None
            kept = {one.key: getattr(first, one.key) for one in inspect(AwardList).column_attrs}
            time = session.scalars(select(func.count()).select_from(AwardList)).one()
            rows = [
                {**kept, "id": f"list-{one}", "name": f"l{one}.csv", "time": one}
                for one in range(time, time + number)
            ]
            session.execute(insert(AwardList), rows)

    def queries() -> int:
        asked: list[str] = []
        listen: Callable[..., None] = lambda *said: asked.append(said[2])  # noqa: E731
        event.listen(school.database.engine, "before_cursor_execute", listen)
        assert office.get("/staff/awards/lists").status_code == 200
        event.remove(school.database.engine, "before_cursor_execute", listen)
        return len(asked)

    queries()
    more(2)
    few = queries()
    more(27)
    assert queries() == few
    assert "Earlier ones" not in words(office.get("/staff/awards/lists"))
    more(1)
    page = office.get("/staff/awards/lists")
    found = re.search(r'href="(/staff/awards/lists\?after=[^"]+)"', page.text)
    assert found is not None
    last = office.get(unescape(found[1]))
    names = re.compile(r">(june\.csv|l\d+\.csv)</a>")
    assert len(names.findall(page.text)) == 30
    assert len(names.findall(last.text)) == 1
    assert len({*names.findall(page.text), *names.findall(last.text)}) == 31


def test_the_page_of_a_file_says_what_holds_it_up(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = school.browser("sam")
    begun(school, office)
    work(school)
    where = office.post("/staff/awards/certificates", {"name": "", "kind": "zip"}).location
    assert "What went wrong" not in words(office.get(where))
    for state, words_of_it in STUCK.items():
        job = stuck(state, "The key is away.")
        monkeypatch.setattr(bundles, "stuck", lambda _session, _bundle, job=job: job)
        page = words(office.get(where))
        assert f"This file is not ready yet {words_of_it}" in page
        assert "What went wrong: The key is away." in page
        assert "This goes on by itself" not in page


def test_what_was_typed_is_kept_when_something_is_wrong(school: School) -> None:
    office = school.browser("sam")
    for data in (b"", b"PK\x03\x04", b"Name;School\nAna;Hill\n", b"\x00\x01"):
        answer = look(office, data, adds="yes")
        assert answer.status_code == 422
        assert 'href="#list"' in answer.text
        assert f'value="{SOURCE}"' in answer.text
        assert re.search(rf'value="{CREDENTIAL}"[^>]* selected', answer.text)
        assert re.search(r'name="adds"[^>]* checked', answer.text)
    missing = office.post(NEW, {"source": ""})
    assert [f'href="#{name}"' in missing.text for name in ("credential", "source", "list")] == [
        True
    ] * 3
    unknown = look(office, credential="driving")
    assert unknown.status_code == 422
    assert 'href="#credential"' in unknown.text


def test_a_list_that_somebody_else_looked_at_is_not_awarded(school: School) -> None:
    form = hidden(look(school.browser("ada")))
    answer = school.browser("sam").post(BEGIN, form)
    assert answer.status_code == 422
    assert "Choose the file once more." in words(answer)
    assert awarded(school) == []


def test_switching_the_language_loses_nothing(school: School) -> None:
    office = school.browser("sam")
    page = look(office, adds="yes")
    spanish = office.post(BEGIN, {**hidden(page), "_language": "es"})
    assert spanish.status_code == 200
    assert awarded(school) == []
    assert office.post(BEGIN, hidden(spanish)).status_code == 303
    work(school)
    assert awarded(school) == ["Ana Ruiz", "Ben Okafor", "Léa Comer"]


def test_certificates_of_a_list_come_in_one_file(school: School) -> None:
    office = school.browser("sam")
    where = begun(school, office)
    work(school)
    list_id = where.rpartition("/")[2]
    answer = office.post("/staff/awards/certificates", {"list": list_id, "kind": "zip"})
    assert answer.status_code == 303
    page = office.get(answer.location)
    assert f'data-run="{answer.location}"' in page.text
    assert office.json(answer.location).get_json()["total"] == 2
    assert office.get(f"{answer.location}/file").status_code == 404
    with school.database.read() as session:
        id = session.scalars(select(CertificateBundle.id)).one()
    for _step in ("print", "bind"):
        bundles.run(context(school), {"bundle": id})
    assert "2 certificates are in it." in words(office.get(answer.location))
    file = office.get(f"{answer.location}/file")
    assert file.headers["Content-Disposition"].startswith("attachment; filename=")
    assert file.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(BytesIO(file.data)) as archive:
        assert sorted(name.partition(" (")[0] for name in archive.namelist()) == [
            "Herb Spiral, Ana Ruiz",
            "Herb Spiral, Ben Okafor",
        ]
    for name in ("ana", "rosa"):
        assert school.browser(name).get(f"{answer.location}/file").status_code == 403
    bundles.path_of(CertificateBundle(id=id, kind="zip"), school.settings).unlink()
    assert "This file is no longer here." in words(office.get(answer.location))
    assert office.get(f"{answer.location}/file").status_code == 404


def test_certificates_of_the_awards_that_a_search_finds_come_in_one_file(school: School) -> None:
    office = school.browser("sam")
    begun(school, office)
    work(school)
    page = office.get("/staff/awards?name=ruiz")
    assert 'name="name" value="ruiz"' in page.text
    answer = office.post("/staff/awards/certificates", {"name": "ruiz", "kind": "pdf"})
    assert answer.status_code == 303
    with school.database.read() as session:
        bundle = session.scalars(select(CertificateBundle)).one()
        award = session.scalars(select(Award).where(Award.recipient_name == "Ana Ruiz")).one()
    assert (bundle.kind, bundle.title, bundle.serials) == (
        "pdf",
        "Certificates, ruiz",
        [award.serial],
    )
    nobody = office.post("/staff/awards/certificates", {"name": "xyz", "kind": "pdf"})
    assert nobody.status_code in (403, 409, 422)
    assert "There are no certificates here." in nobody.text
