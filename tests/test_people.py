"""Accounts: signing in, being kept waiting, changing one's password, losing access."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from engine import people
from engine.errors import NotFound, Refused
from engine.people import ANONYMOUS, SYSTEM, Actor
from engine.records import audit
from engine.records.database import Database
from engine.records.tables import Account, SignInFailure

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
PASSWORD = "three quiet words"


@pytest.fixture
def ana(database: Database) -> Account:
    with database.transaction() as session:
        return people.add(session, " Ana@School.org ", "Ana Ruiz", PASSWORD, ["candidate"], NOON)


@pytest.fixture
def sign_in(database: Database) -> Callable[..., Account | None]:
    def signing_in(
        password: str = PASSWORD, email: str = "ana@school.org", at: datetime = NOON
    ) -> Account | None:
        with database.transaction() as session:
            return people.authenticate(session, email, password, at)

    return signing_in


SignIn = Callable[..., Account | None]


def as_actor(account: Account) -> Actor:
    return Actor(account.id, account.name, account.email, frozenset(account.roles))


def test_address_is_kept_in_one_spelling(ana: Account, sign_in: SignIn) -> None:
    assert ana.email == "ana@school.org"
    found = sign_in(email="ANA@school.org  ")
    assert found is not None
    assert found.id == ana.id


def test_password_is_kept_as_an_argon2id_hash(ana: Account) -> None:
    assert ana.password_hash.startswith("$argon2id$")
    assert PASSWORD not in ana.password_hash


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@school.org", "wrong"),
        ("ana@school.org", ""),
        ("ana@school.org", "x" * 100_000),
        ("nobody@school.org", PASSWORD),
        ("", PASSWORD),
        ("not an address", PASSWORD),
    ],
)
def test_wrong_address_or_password_opens_nothing(
    ana: Account, sign_in: SignIn, email: str, password: str
) -> None:
    assert sign_in(password, email) is None


def test_closed_account_opens_nothing(ana: Account, sign_in: SignIn, database: Database) -> None:
    with database.transaction() as session:
        people.set_active(session, ana.id, False, SYSTEM, NOON)
    assert sign_in() is None


def test_unknown_address_takes_as_long_as_a_known_one(ana: Account, sign_in: SignIn) -> None:
    """The quickest of several, in turns and by this process's own time: a busy machine slows one
    as much as the other, and tells nothing."""
    times: dict[str, list[float]] = {"ana@school.org": [], "nobody@school.org": []}
    sign_in("wrong", "warm@up.org")
    for day in range(6):
        for email, spent in times.items():
            started = time.process_time()
            sign_in("wrong", email, NOON + timedelta(days=2 * day))
            spent.append(time.process_time() - started)
    known, unknown = (min(spent) for spent in times.values())
    assert 0.5 < known / unknown < 2


def test_sixth_try_has_to_wait_and_the_wait_grows(ana: Account, sign_in: SignIn) -> None:
    for _ in range(5):
        assert sign_in("wrong") is None
    with pytest.raises(Refused) as refused:
        sign_in()
    assert refused.value.refusal.code == "throttled"
    assert "Wait 30 seconds" in refused.value.refusal.remedy

    later = NOON + timedelta(seconds=30)
    assert sign_in("wrong", at=later) is None
    with pytest.raises(Refused, match="Wait 60 seconds"):
        sign_in(at=later)
    assert sign_in(at=later + timedelta(seconds=60)) is not None


def test_success_forgets_the_failures(ana: Account, sign_in: SignIn) -> None:
    for _ in range(4):
        sign_in("wrong")
    assert sign_in() is not None
    for _ in range(4):
        sign_in("wrong")
    assert sign_in() is not None


def test_unknown_addresses_have_to_wait_too(sign_in: SignIn) -> None:
    for _ in range(5):
        sign_in("wrong", "nobody@school.org")
    with pytest.raises(Refused):
        sign_in("wrong", "nobody@school.org")


def test_one_address_does_not_keep_another_waiting(ana: Account, sign_in: SignIn) -> None:
    for _ in range(5):
        sign_in("wrong", "ben@school.org")
    assert sign_in() is not None


def test_failures_are_forgotten_after_a_day_and_name_nobody(
    sign_in: SignIn, database: Database
) -> None:
    sign_in("wrong", "secret-typed-here@x.org")
    with database.read() as session:
        (kept,) = session.scalars(select(SignInFailure))
    assert "secret" not in kept.address_digest
    sign_in("wrong", "ben@school.org", NOON + timedelta(days=2))
    with database.read() as session:
        (left,) = session.scalars(select(SignInFailure))
    assert left.address_digest != kept.address_digest


def test_hash_of_other_parameters_opens_the_door_and_is_made_anew(
    ana: Account, sign_in: SignIn, database: Database
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.transaction() as session:
        session.execute(update(Account).values(password_hash=weak))
    assert sign_in() is not None
    with database.read() as session:
        renewed = session.scalar(select(Account.password_hash))
    assert renewed != weak
    assert sign_in() is not None


@pytest.mark.parametrize(
    ("email", "name", "password", "roles", "wrong"),
    [
        ("ana", "Ben", PASSWORD, ["candidate"], ["email"]),
        ("a@b@c", "Ben", PASSWORD, ["candidate"], ["email"]),
        ("ben@x.org\nBcc: all@x.org", "Ben", PASSWORD, ["candidate"], ["email"]),
        ("ANA@school.org", "Ben", PASSWORD, ["candidate"], ["email"]),
        ("ben@x.org", " \u200b ", PASSWORD, ["candidate"], ["name"]),
        ("ben@x.org", "Ben", "short", ["candidate"], ["password"]),
        ("ben@x.org", "Ben", "aaaaaaaaaaaaaa", ["candidate"], ["password"]),
        ("ben@x.org", "Ben", PASSWORD, ["emperor"], ["roles"]),
        ("", "", "", [], ["email", "name", "password", "roles"]),
    ],
)
def test_account_is_refused_with_everything_that_is_wrong(
    ana: Account,
    database: Database,
    email: str,
    name: str,
    password: str,
    roles: list[str],
    wrong: list[str],
) -> None:
    with database.transaction() as session:
        assert list(people.problems_of(session, email, name, password, roles)) == wrong
        with pytest.raises(Refused) as refused:
            people.add(session, email, name, password, roles, NOON)
    assert len(refused.value.refusal.details) == len(wrong)


def test_session_leads_to_the_person(ana: Account, database: Database) -> None:
    with database.read() as session:
        assert people.actor(session, ana.id, 0) == as_actor(ana)
        assert people.actor(session, ana.id, 1) is None
        assert people.actor(session, "somebody else", 0) is None


def test_new_password_ends_every_session(ana: Account, sign_in: SignIn, database: Database) -> None:
    new = "four even quieter words"
    with database.transaction() as session:
        found = people.change_password(session, as_actor(ana), PASSWORD, new, NOON)
    assert found == {}
    with database.read() as session:
        assert people.actor(session, ana.id, 0) is None
    assert sign_in() is None
    again = sign_in(new)
    assert again is not None
    assert again.session_epoch == 1


def test_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    ana: Account, sign_in: SignIn, database: Database
) -> None:
    with database.transaction() as session:
        found = people.change_password(session, as_actor(ana), "wrong", "short", NOON)
    assert list(found) == ["current_password", "new_password"]
    assert sign_in() is not None


def test_staff_give_a_new_password_and_end_the_wait(
    ana: Account, sign_in: SignIn, database: Database
) -> None:
    for _ in range(5):
        sign_in("wrong")
    with database.transaction() as session:
        people.set_password(session, ana.id, "a fresh start here", SYSTEM, NOON)
    assert sign_in("a fresh start here") is not None


def test_closing_an_account_ends_its_sessions(ana: Account, database: Database) -> None:
    with database.transaction() as session:
        people.set_active(session, ana.id, False, SYSTEM, NOON)
    with database.read() as session:
        assert people.actor(session, ana.id, 0) is None


def test_an_administrator_cannot_take_that_role_from_themselves(
    ana: Account, database: Database
) -> None:
    with database.transaction() as session:
        people.set_roles(session, ana.id, ["candidate", "admin"], people.SYSTEM, NOON)
    with (
        pytest.raises(Refused, match="can't take the administrator's role from yourself"),
        database.transaction() as session,
    ):
        people.set_roles(session, ana.id, ["candidate"], as_actor(ana), NOON)
    with database.transaction() as session:
        people.set_roles(session, ana.id, ["candidate"], people.SYSTEM, NOON)


def test_changes_of_an_account_are_recorded(ana: Account, database: Database) -> None:
    with database.transaction() as session:
        people.set_roles(session, ana.id, ["reviewer", "candidate"], SYSTEM, NOON)
        people.set_roles(session, ana.id, ["candidate", "reviewer"], SYSTEM, NOON)
        people.set_active(session, ana.id, False, SYSTEM, NOON)
    with database.read() as session:
        story = audit.story(session, f"account:{ana.id}")
    assert [one.kind for one in story] == ["added", "roles", "closed"]
    assert story[1].facts == {"from": ["candidate"], "to": ["candidate", "reviewer"]}
    assert story[1].actor_id == "command line"


def test_unknown_person_is_not_found(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NotFound):
        people.set_roles(session, "nobody", ["candidate"], SYSTEM, NOON)


def test_stranger_has_no_name_and_no_role() -> None:
    assert Actor("", "", "", frozenset()) == ANONYMOUS
