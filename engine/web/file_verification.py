"""Whether a certificate's file is good: a PDF, a picture with a badge in it, or the badge itself.

Whoever has the file was shown what is on it; the answer says whether that may be trusted, and how
the award stands by now. Nothing is kept. The form has no token, since pages for everybody set no
cookie and nothing is changed but the count of checks; that the post comes from a page of this site
is asked as for every post.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.awards.badges import hosted, issuer
from engine.awards.certificates import signature
from engine.awards.verification import brought, file_checks, verified
from engine.awards.verification.brought import Brought, Ours
from engine.awards.verification.verified import Verified
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.records.tables import Account, Award
from engine.web.asking import house, now, read_session, transaction, wants_json
from engine.web.language_choice import switching
from engine.web.origins import place
from engine.web.verification import answered, as_json, our_document, signatory

MEMBERS: Final = (
    "result",
    "kind",
    "message",
    "remedy",
    "paper",
    "badge",
    "issuer",
    "notes",
    "awards",
)
"""Of the JSON answer, whatever it says."""


def add_to(blueprint: Blueprint) -> None:
    """The address, as a part of `blueprint`."""
    blueprint.add_url_rule("/verify/file", view_func=check_file, methods=["POST"])
    blueprint.add_url_rule("/verify/file", "choose_file", choose_file)


def choose_file() -> ResponseReturnValue:
    """Where the answer stood: its file is gone, so the form once more."""
    return redirect(url_for("public.find_certificate"), 303)


def check_file() -> ResponseReturnValue:
    """Check the `file` that was posted."""
    if switching():  # the answer can't be given again without the file
        return choose_file()
    file = request.files.get("file")
    if file is None or not file.filename:
        asked = Refusal(
            _("No file was chosen."),
            _("Choose the certificate’s file: a PDF, PNG, SVG or JSON file."),
            "required",
        )
        return _answer(Brought("badge", "refused", refusal=asked), [], 422)
    try:
        with transaction() as session:
            file_checks.may_check(session, place(), now())
    except Refused as refused:
        return _answer(Brought("badge", "refused", refusal=refused.refusal), [], 429)
    found = brought.check(file.stream.read(brought.LARGEST + 1), _ours(), now())
    engine = house().database.engine
    awards = [answered(one, verified.row_of(engine, one)) for one in found.serials]
    return _answer(found, awards, 200 if found.word != "refused" else 422)


def _answer(found: Brought, awards: list[Verified], status: int) -> ResponseReturnValue:
    cover = found.paper.cover(signature.known(house().settings)) if found.paper else ""
    # On a file that is as we signed it the name stands in print; who has only the badge has it not.
    named = cover == "whole"
    if wants_json():
        return jsonify(_as_json(found, awards, cover)), status
    page = render_template(
        "web/public/verify-file.html",
        found=found,
        cover=cover,
        named=named,
        awards=awards,
        one=awards[0] if len(awards) == 1 and not found.is_record else None,
        signatory=signatory(),
    )
    return page, status


def _as_json(found: Brought, awards: list[Verified], cover: str) -> dict[str, Any]:
    refusal = found.refusal
    return dict.fromkeys(MEMBERS) | {
        "result": found.word,
        "kind": found.kind,
        "message": refusal.reason if refusal else None,
        "remedy": refusal.remedy if refusal else None,
        "paper": cover or None,
        "badge": found.title or None,
        "issuer": {"id": found.issuer, "name": found.issuer_name} if found.issuer else None,
        "notes": list(found.notes),
        "awards": [as_json(one) for one in awards],
    }


def _ours() -> Ours:
    settings = house().settings
    us = issuer.of(settings)
    return Ours(
        us.did, our_document(us), settings.base_url, signature.known(settings), _standing_here
    )


def _standing_here(serial: str) -> dict[str, Any] | None:
    """The award of `serial` as a badge of 2.0; None: nobody was given it."""
    with read_session() as session:
        award = session.get(Award, serial)
        account = session.get(Account, award.recipient_id if award else "")
        if award is None or account is None:
            return None
        return hosted.assertion(award, account, [], house().settings)
