"""Somebody's name changes: they ask, program staff answer, and certificates follow.

A name is not changed by whoever has it alone, since it is printed on certificates that others rely
on. When staff agree, the account is called so, and every award that stands is issued anew with it
(`correcting`). A request is two columns of the account and events of its trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import notices, people
from engine.awards import correcting, reasons
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.records import audit, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Award
from engine.settings import Settings

JOB: Final = "answer-name"
LETTER: Final = "name-answered"


def ask(session: Session, person: Actor, name: str, at: datetime) -> None:
    """Ask program staff to be called `name`. A later request takes the place of an earlier one.

    Raises `Refused` for no name, or the one that the person has.
    """
    account = session.get_one(Account, person.id, with_for_update=True)
    wanted = people.shown_name(name)
    if not wanted:
        raise Refused(Refusal(_("No name was given."), _("Enter your new name."), "name-required"))
    if wanted == account.name:
        raise Refused(
            Refusal(_("You are called so here already."), _("Enter your new name."), "same-name")
        )
    account.name_wanted, account.name_asked_at = wanted, account.name_asked_at or at
    session.flush()
    _record(session, account, "name-asked", {"wanted": wanted}, person, at)


def withdraw(session: Session, person: Actor, at: datetime) -> None:
    """The person asks for no other name any more."""
    account = session.get_one(Account, person.id, with_for_update=True)
    if account.name_asked_at is not None:
        _close(session, account)
        _record(session, account, "name-unasked", {}, person, at)


def waiting(
    session: Session, newer: Sequence[ColumnElement[bool]] = (), limit: int = 50
) -> Sequence[Account]:
    """Who waits for an answer, the longest first."""
    found = (
        select(Account)
        .where(Account.name_asked_at.is_not(None), *newer)
        .order_by(Account.name_asked_at, Account.id)
        .limit(limit)
    )
    return session.scalars(found).all()


def change(
    session: Session,
    settings: Settings,
    account: Account,
    name: str,
    reason: str,
    reissue: bool,
    actor: Actor,
    at: datetime,
) -> list[Award]:
    """Call somebody `name`, and with `reissue` have every award that stands issued anew so; returns
    the new awards. Whoever asked for a name has their answer by this. Raises `Refused`, also for
    the name that they have while they wait for another (`same-name`): no change to tell of."""
    said = reasons.said(reason)
    session.refresh(account, with_for_update=True)
    before, asked = account.name, account.name_asked_at is not None
    if asked and people.shown_name(name) == before != account.name_wanted:
        raise Refused(
            Refusal(
                _("This is the name that they have."),
                _("Change it, or leave it as it is and say why."),
                "same-name",
            )
        )
    people.rename(session, account, name, actor, at)
    new = correcting.correct_all(session, settings, account, said, actor, at) if reissue else []
    _close(session, account)
    if asked or account.name != before:
        _answer(session, account, "", at)
    return new


def refuse(session: Session, account: Account, reason: str, actor: Actor, at: datetime) -> None:
    """Leave the name as it is, and tell whoever asked why. Raises `Refused` without a reason, and
    where nobody asked, or was answered a moment ago."""
    said = reasons.said(reason)
    session.refresh(account, with_for_update=True)
    if account.name_asked_at is None:
        raise Refused(
            Refusal(
                _("There is no request to answer."),
                _("Somebody else may have answered it a moment ago."),
                "answered",
            )
        )
    facts = {"wanted": account.name_wanted, "reason": said}
    _close(session, account)
    _record(session, account, "name-refused", facts, actor, at)
    _answer(session, account, said, at)


def _close(session: Session, account: Account) -> None:
    account.name_wanted, account.name_asked_at = "", None
    session.flush()


def _answer(session: Session, account: Account, reason: str, at: datetime) -> None:
    id = f"{LETTER}.{account.id}.{at.isoformat()}"
    payload = {"id": id, "account": account.id, "reason": reason}
    jobs.enqueue(session, JOB, payload, key=id)


def _record(
    session: Session,
    account: Account,
    kind: str,
    facts: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    audit.record(session, f"account:{account.id}", kind, facts, actor, at)


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write the answer and queue its sending. Done twice, there is still one letter."""
    with context.database.transaction() as session:
        to = session.get_one(Account, payload["account"])
        if to.active:
            values = {"reason": payload["reason"], "person": to.name, "path": "/account"}
            notices.write(
                session,
                context.settings,
                LETTER,
                to,
                values,
                datetime.now(UTC),
                id=payload["id"],
            )


jobs.register(JOB, compose)
