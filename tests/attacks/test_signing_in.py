"""Guessing passwords and addresses, and roles that come and go."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from sqlalchemy import select, update

from engine.people import FREE_TRIES
from engine.records.tables import Account, SignInFailure
from tests.attacks.conftest import Stage, in_time, sane
from tests.conftest import PASSWORD

WRONG = "not the password"


def attempt(stage: Stage, email: str, password: str = WRONG):  # type: ignore[no-untyped-def]
    return stage.browser().post("/sign-in", {"_email": email, "_password": password})


def plain(text: str, *own: str) -> str:
    """A page without what differs at every request."""
    text = re.sub(r'csrf_token" value="[^"]*"|number: .*', "", text)
    for one in own:
        text = text.replace(one, "")
    return text


@pytest.mark.parametrize("email", ["gone@example.org", "nobody@example.org"])
def test_no_word_tells_whether_an_address_has_an_account(stage: Stage, email: str) -> None:
    known = attempt(stage, "ana@example.org")
    other = attempt(stage, email, PASSWORD if email.startswith("gone") else WRONG)
    assert known.status_code == other.status_code == 400
    assert plain(known.text, "ana@example.org") == plain(other.text, email)
    assert [name for name, _ in known.headers] == [name for name, _ in other.headers]


def test_no_word_tells_it_after_many_tries_either(stage: Stage) -> None:
    answers = {}
    for email in ("ana@example.org", "nobody@example.org"):
        for _ in range(FREE_TRIES):
            attempt(stage, email)
        answers[email] = attempt(stage, email)
    assert {one.status_code for one in answers.values()} == {429}
    texts = {
        plain(one.text, email).split("Wait ")[0].split("error-summary")[0]
        for email, one in answers.items()
    }
    assert len(texts) == 1


def test_the_time_that_it_takes_tells_nothing(stage: Stage) -> None:
    """The middle of several, each address new, so that nothing is throttled."""
    times: dict[str, list[float]] = {"known": [], "unknown": [], "closed": []}
    people = {"known": ["ana", "ben", "rosa", "sam", "ada"], "closed": ["gone"]}
    attempt(stage, "warm@nowhere.org")
    for number in range(5):
        for kind, spent in times.items():
            names = people.get(kind, [f"nobody{number}"])
            started = time.process_time()
            attempt(stage, f"{names[number % len(names)]}@example.org")
            spent.append(time.process_time() - started)
    medians = [statistics.median(spent) for spent in times.values()]
    assert max(medians) < 2 * min(medians), times


def test_waiting_holds_for_the_right_password_and_every_spelling(stage: Stage) -> None:
    for spelling in ("ana@example.org", "ANA@example.org", " Ana@Example.org\t", "ana@EXAMPLE.ORG"):
        attempt(stage, spelling)
    for _ in range(FREE_TRIES):
        attempt(stage, "ana@example.org")
    for spelling in ("ana@example.org", "AnA@example.org "):
        assert attempt(stage, spelling, PASSWORD).status_code == 429
    assert attempt(stage, "ben@example.org", PASSWORD).status_code == 303


def test_a_success_elsewhere_does_not_reset_the_count(stage: Stage) -> None:
    for _ in range(FREE_TRIES):
        attempt(stage, "ana@example.org")
        attempt(stage, "ben@example.org", PASSWORD)
    assert attempt(stage, "ana@example.org", PASSWORD).status_code == 429


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ana",
        "@",
        "a@b@c",
        "ana@example.org\r\nBcc: x@y.org",
        "ana@example.org\x00",
        "x" * 100_000,
        "ana@example.org' OR '1'='1",
        "%",
        "\ufffd",
        "‮gro.elpmaxe@ana",
        "ａｎａ@example.org",
    ],
)
@pytest.mark.parametrize("password", ["", "x" * 1_000_000, "\x00", "' OR 1=1 --", "\U0001f600"])
def test_nonsense_signs_nobody_in(shared: Stage, email: str, password: str) -> None:
    with in_time():
        answer = attempt(shared, email, password)
    sane(answer, 400, 429)


def test_what_is_typed_as_an_address_is_not_stored(stage: Stage) -> None:
    attempt(stage, "my-password-by-mistake@x.org", "x")
    with stage.database.read() as session:
        rows = session.scalars(select(SignInFailure)).all()
    assert "by-mistake" not in repr([vars(row) for row in rows])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("rosa", "/queue"),
        ("sam", "/staff"),
        ("sam", "/staff/people"),
        ("ada", "/staff/documents"),
        ("rosa", "/review/{work}"),
        ("sam", "/evidence/{photo}"),
        ("rosa", "/evidence/{photo}"),
    ],
)
def test_a_role_that_is_taken_away_is_gone_at_the_next_click(
    stage: Stage, name: str, path: str
) -> None:
    browser, path = stage.browser(name), path.format(work=stage.work, photo=stage.photo)
    assert browser.get(path).status_code == 200
    with stage.database.transaction() as session:
        session.execute(
            update(Account).where(Account.id == stage.cast[name].id).values(roles=["candidate"])
        )
    assert browser.get(path).status_code in (403, 404)
    assert browser.get("/my-work").status_code == 200
    before = stage.dump()
    said = {"_seen": "1", "_go": "save", "score/ground/alive": "Y", "revision": "2"}
    for post in (f"/review/{stage.work}", f"/staff/awards/{stage.serial}/revoke"):
        assert browser.post(post, {**said, "reason": "x"}).status_code in (403, 404)
    assert stage.dump() == before


@pytest.mark.parametrize("name", ["sam", "rosa", "ana"])
@pytest.mark.parametrize(
    "roles",
    [
        ["admin"],
        ["staff"],
        ["candidate", "reviewer", "staff", "admin"],
        ["admin", "candidate"],
        ["Admin"],
        ["root"],
        ["*"],
        [""],
        ["staff "],
        [],
    ],
    ids=str,
)
def test_nobody_but_an_administrator_makes_staff(
    shared: Stage, name: str, roles: list[str]
) -> None:
    browser = shared.browser(name)
    for target in ("ben", name, "ada", "gone"):
        browser.post(f"/staff/people/{shared.cast[target].id}/roles", {"roles": roles})
    browser.post(
        "/staff/people/new",
        {
            "email": "mole@example.org",
            "name": "Mole",
            "password": "a long phrase",
            "roles": roles,
            "admin": "1",
            "is_admin": "true",
            "active": "yes",
        },
    )
    with shared.database.read() as session:
        office = {
            one.email.partition("@")[0]: frozenset(one.roles) & {"staff", "admin"}
            for one in session.scalars(select(Account))
        }
    assert {name: said for name, said in office.items() if said} == {
        "sam": {"staff"},
        "ada": {"staff", "admin"},
        "gone": {"staff", "admin"},
    }


@pytest.mark.parametrize("target", ["ada", "gone"])
def test_program_staff_cannot_take_over_an_administrator(shared: Stage, target: str) -> None:
    sam, person = shared.browser("sam"), f"/staff/people/{shared.cast[target].id}"
    before = shared.dump()
    for tail, said in (
        ("password", {"password": "a phrase of sams"}),
        ("active", {"active": "no"}),
        ("active", {"active": "yes"}),
        ("roles", {"roles": "candidate"}),
    ):
        assert sam.post(f"{person}/{tail}", said).status_code == 403
    assert shared.dump() == before


def test_extra_fields_change_nothing_of_ones_own_account(stage: Stage) -> None:
    ana = stage.browser("ana")
    ana.post(
        "/account/password",
        {
            "current_password": PASSWORD,
            "new_password": "another long phrase",
            "roles": "admin",
            "email": "sam@example.org",
            "id": stage.cast["ada"].id,
            "session_epoch": "9",
        },
    )
    with stage.database.read() as session:
        account = session.get_one(Account, stage.cast["ana"].id)
    assert (account.roles, account.email, account.session_epoch) == (
        ["candidate"],
        "ana@example.org",
        1,
    )
