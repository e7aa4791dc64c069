"""Somebody asks for another name, staff answer, and certificates follow."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.certificates import printing
from engine.awards.held import renaming
from engine.errors import Refused
from engine.people import Actor
from engine.records import audit
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Award, Letter
from tests.awards.conftest import NOON, Greenhouse

GROWER = Actor("grower", "Ana Ruiz", "grower@example.org", frozenset({"candidate"}))


def grower(session: Session) -> Account:
    return session.get_one(Account, "grower")


def change(greenhouse: Greenhouse, session: Session, name: str, reissue: bool) -> list[Award]:
    return renaming.change(
        session,
        greenhouse.settings,
        grower(session),
        name,
        "She married.",
        reissue,
        greenhouse.office,
        NOON,
    )


def letters(greenhouse: Greenhouse, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    monkeypatch.setattr(printing, "path_for", lambda *given: None)
    drain(
        JobContext(
            greenhouse.settings, greenhouse.database, EvidenceStore(greenhouse.settings.evidence)
        )
    )
    with greenhouse.database.read() as session:
        found = [(one.name, one.text) for one in session.scalars(select(Letter))]
    return sorted(one for one in found if one[0] in ("name-answered", "award-corrected"))


def test_a_wish_waits_until_staff_answer_it(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    renaming.ask(session, GROWER, " Ana  Hall ", NOON)
    assert [one.id for one in renaming.waiting(session)] == ["grower"]
    assert (grower(session).name, grower(session).name_wanted) == ("Ana Ruiz", "Ana Hall")
    (new,) = change(greenhouse, session, "Ana Hall", reissue=True)
    assert (grower(session).name, new.recipient_name) == ("Ana Hall", "Ana Hall")
    assert award.replaced_by == new.serial
    assert list(renaming.waiting(session)) == []
    told = [one.kind for one in audit.story(session, "account:grower")]
    assert told == ["name-asked", "renamed"]


def test_a_name_is_changed_without_new_certificates(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    assert change(greenhouse, session, "Ana Hall", reissue=False) == []
    assert (grower(session).name, award.replaced_by) == ("Ana Hall", None)
    assert len(change(greenhouse, session, "Ana Hall", reissue=True)) == 1


def test_a_refused_wish_is_answered_with_its_reason(
    greenhouse: Greenhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with greenhouse.database.transaction() as session:
        renaming.ask(session, GROWER, "Queen", NOON)
        renaming.refuse(session, grower(session), "Is it yours?", greenhouse.office, NOON)
        with pytest.raises(Refused) as refused:
            renaming.refuse(session, grower(session), "Again.", greenhouse.office, NOON)
        assert refused.value.refusal.code == "answered"
        assert (grower(session).name, grower(session).name_wanted) == ("Ana Ruiz", "")
    ((name, text),) = letters(greenhouse, monkeypatch)
    assert name == "name-answered"
    assert "Is it yours?" in text


def test_a_changed_name_is_told_once_and_each_certificate(
    greenhouse: Greenhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with greenhouse.database.transaction() as session:
        greenhouse.award(session)
        renaming.ask(session, GROWER, "Ana Hall", NOON)
        change(greenhouse, session, "Ana Hall", reissue=True)
    names = [name for name, _ in letters(greenhouse, monkeypatch)]
    assert names == ["award-corrected", "name-answered"]


def test_nothing_and_the_same_name_are_not_asked_for(
    greenhouse: Greenhouse, session: Session
) -> None:
    for name, code in (("\u200b ", "name-required"), ("Ana Ruiz", "same-name")):
        with pytest.raises(Refused) as refused:
            renaming.ask(session, GROWER, name, NOON)
        assert refused.value.refusal.code == code
    assert list(renaming.waiting(session)) == []


def test_a_wish_is_not_answered_with_the_name_that_they_have(
    greenhouse: Greenhouse, session: Session
) -> None:
    renaming.ask(session, GROWER, "Ana Hall", NOON)
    with pytest.raises(Refused) as refused:
        change(greenhouse, session, " Ana  Ruiz", reissue=True)
    assert refused.value.refusal.code == "same-name"
    assert [one.id for one in renaming.waiting(session)] == ["grower"]


def test_a_wish_is_taken_back(greenhouse: Greenhouse, session: Session) -> None:
    renaming.ask(session, GROWER, "Ana Hall", NOON)
    renaming.withdraw(session, GROWER, NOON)
    renaming.withdraw(session, GROWER, NOON)
    assert list(renaming.waiting(session)) == []
    told = [one.kind for one in audit.story(session, "account:grower")]
    assert told == ["name-asked", "name-unasked"]


def test_a_name_has_no_signs_that_nobody_sees(greenhouse: Greenhouse, session: Session) -> None:
    renaming.ask(session, GROWER, "\u202eAna\x00\n <b>Hall</b> " + "x" * 500, NOON)
    assert grower(session).name_wanted == ("Ana <b>Hall</b> " + "x" * 500)[:200]
