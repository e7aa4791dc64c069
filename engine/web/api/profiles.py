"""A person's profile (Open Badges 3.0 §B.1.14): what it says, and the little of it that a program
may change."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from engine import people
from engine.awards.badges import contexts, dids
from engine.awards.badges.badge import listed
from engine.awards.held import own_page
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.records.tables import Account
from engine.web.asking import house, now, read_session, transaction

_KEPT: Final = ("@context", "id", "type", "name", "email", "url")


def of(person: Actor) -> dict[str, Any]:
    """The person's own."""
    with read_session() as session:
        return _profile(people.get(session, person.id))


def change(person: Actor, said: dict[str, Any]) -> dict[str, Any]:
    """Make the profile what `said` has, as far as that is the person's to choose here: the DID that
    badges name them by is the `id`. Gives the profile as it is then.

    Raises `Refused`: `unreadable` for what is no profile, or holds what is not kept here, and
    `profile` for what program staff keep.
    """
    id = said.get("id")
    if "Profile" not in listed(said.get("type")) or not isinstance(id, str) or not id.strip():
        raise _no(_("This is no profile: it needs an “id”, and “Profile” as its “type”."))
    if other := sorted(set(said) - set(_KEPT)):
        names = ", ".join(name[:60] for name in other[:5])
        raise _no(_("Nothing like this is kept here of anybody: %(names)s.", names=names))
    with transaction() as session:
        account = people.get(session, person.id)
        now_said = _profile(account)
        for name in ("name", "email", "url"):
            if name in said and said[name] != now_said.get(name):
                raise Refused(
                    Refusal(
                        _("“%(name)s” is not for an app to change here.", name=name),
                        _(
                            "Certificates carry the name as it stands, so program staff keep it"
                            " and the e-mail address; the page of awards the person opens here."
                        ),
                        "profile",
                    )
                )
        if id != now_said["id"]:
            did = "" if id == _urn(account) else id
            if problem := dids.choose(session, person, did, house().settings, now()):
                raise _no(problem.message)
        return _profile(account)


def _profile(account: Account) -> dict[str, Any]:
    said: dict[str, Any] = {
        "@context": [contexts.CREDENTIALS, contexts.BADGES],
        "id": account.did or _urn(account),
        "type": ["Profile"],
        "name": account.name,
        "email": account.email,
    }
    if account.handle:
        said["url"] = own_page.address(account.handle, house().settings)
    return said


def _urn(account: Account) -> str:
    """Names the account to programs, and tells them nothing of it."""
    return UUID(account.id).urn


def _no(words: str) -> Refused:
    return Refused(Refusal(words, code="unreadable"))
