"""Showing a badge: a file or an address, checked while one waits, recorded when it is good.

The same for a candidate, on the page of the credential that it should count as, and for staff, who
say whose it is. Nothing of the database is held while other sites are asked. What is wrong with a
badge is said on the page, above the form as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from io import BytesIO
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine import people
from engine.awards.badges import verifying
from engine.awards.badges.badge import Badge
from engine.awards.badges.web import LARGEST, Web
from engine.awards.recognising import presenting
from engine.credentials.credential import Credential
from engine.errors import EvidenceRejected, NotFound, Problem, Refusal, Refused
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.tables import Account
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.kept_files import kept
from engine.web.language_choice import switching

mine = Blueprint("presenting", __name__)
blueprint = Blueprint("presenting", __name__, url_prefix="/recognitions/badge")


class Asked(NamedTuple):
    """The form as typed."""

    address: str = ""
    person: str = ""
    """An e-mail address; staff only."""


@mine.get("/credentials/<credential_id>/badge")
def ask(credential_id: str) -> ResponseReturnValue:
    """The form: I hold this already."""
    me()
    return _mine(_accepting(credential_id), Asked())


@mine.post("/credentials/<credential_id>/badge")
def show(credential_id: str) -> ResponseReturnValue:
    """Check the badge, and record it when it is good."""
    person = me()
    credential, asked = _accepting(credential_id), _asked()
    if switching():
        return _mine(credential, asked)
    if problems := _problems(asked):
        return _mine(credential, asked, problems)
    try:
        with read_session() as session:
            account = people.get(session, person.id)
        counted = _present(asked, account, credential_id)
    except Refused as refused:
        return _mine(credential, asked, refusal=refused.refusal)
    except EvidenceRejected as rejected:
        return _mine(credential, asked, [Problem("badge", rejected.code, rejected.message)])
    flash(
        _("Your badge is good. You hold %(credential)s from now on.", credential=counted.title),
        "good",
    )
    return redirect(url_for("public.credential", credential_id=credential_id), 303)


@blueprint.get("")
def ask_for_somebody() -> ResponseReturnValue:
    """The form, with whose badge it is."""
    return _staff(Asked(person=request.args.get("person", "")))


@blueprint.post("")
def show_for_somebody() -> ResponseReturnValue:
    """Check somebody's badge, and record it as what it counts as."""
    require(me(), "recognition.record")
    asked = _asked()
    if switching():
        return _staff(asked)
    with read_session() as session:
        account = session.scalar(
            select(Account).where(Account.email == people.normal_email(asked.person))
        )
    problems = _problems(asked)
    if account is None:
        words = _("Give the e-mail address of somebody who has an account here.")
        problems.insert(0, Problem("person", "unknown", words))
    if problems or account is None:
        return _staff(asked, problems)
    try:
        counted = _present(asked, account)
    except Refused as refused:
        return _staff(asked, refusal=refused.refusal)
    except EvidenceRejected as rejected:
        return _staff(asked, [Problem("badge", rejected.code, rejected.message)])
    flash(
        _(
            "The badge is good: %(name)s holds %(credential)s from now on.",
            name=account.name,
            credential=counted.title,
        ),
        "good",
    )
    return redirect(url_for("staff.recognitions.recorded"), 303)


def _present(asked: Asked, account: Account, wanted: str = "") -> presenting.Counted:
    """Verify, judge, keep the file, record. Raises `Refused` and `EvidenceRejected`."""
    with transaction() as session:
        presenting.may_show(session, me(), now())
    with read_session() as session:
        known = presenting.issuers(session)
    badge, shown = _verified(asked, known)
    with read_session() as session:  # before the file is kept: what does not count is not
        presenting.judge(session, badge, account, now(), wanted)
    proof = kept(shown)
    with transaction() as session:
        owner = people.get(session, account.id)
        _made, counted = presenting.record(session, badge, owner, proof, me(), now(), wanted)
    return counted


def _verified(asked: Asked, known: Collection[str]) -> tuple[Badge, FileStorage]:
    web = Web(private=house().settings.links_to_private_networks)
    file = request.files.get("badge")
    if file is not None and file.filename:
        data = file.stream.read(LARGEST + 1)
        name = file.filename
        badge = verifying.verify(data, web, now(), known)
    else:
        badge, data = verifying.verify_address(asked.address, web, now(), known)
        name = "badge.png" if data.startswith(b"\x89PNG") else "badge.json"
    return badge, FileStorage(BytesIO(data), filename=name)


def _asked() -> Asked:
    return Asked(*(request.form.get(name, "").strip()[:2_000] for name in Asked._fields))


def _problems(asked: Asked) -> list[Problem]:
    file = request.files.get("badge")
    if (file is None or not file.filename) and not asked.address:
        return [Problem("badge", "required", _("Choose the file, or give its address."))]
    return []


def _accepting(credential_id: str) -> Credential:
    with read_session() as session:
        edition = catalogue.current(session, credential_id)
    if edition is None or not edition.credential.accepts:
        raise NotFound(_("There is no such credential in the catalogue."))
    return edition.credential


def _mine(
    credential: Credential,
    asked: Asked,
    problems: Sequence[Problem] = (),
    refusal: Refusal | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "web/candidate/badge.html",
        credential=credential,
        issuers=list(dict.fromkeys(one.name for one in credential.accepts if one.name)),
        asked=asked,
        refusal=refusal,
        problems=problems,
        errors={problem.pointer: problem.message for problem in problems},
    )
    return page, 422 if problems or refusal else 200


def _staff(
    asked: Asked, problems: Sequence[Problem] = (), refusal: Refusal | None = None
) -> ResponseReturnValue:
    page = render_template(
        "web/staff/badge.html",
        asked=asked,
        refusal=refusal,
        problems=problems,
        errors={problem.pointer: problem.message for problem in problems},
    )
    return page, 422 if problems or refusal else 200
