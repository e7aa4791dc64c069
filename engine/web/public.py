"""What anybody may see: the catalogue, a credential's page, an example; and certificates.

Whoever is signed in also sees where they stand. Nothing here tells whether a person has an
account. Whether a certificate is good is answered in `verification` and `file_verification`.
"""

from __future__ import annotations

import logging

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from engine.awards.certificates import printing
from engine.credentials.credential import Edition
from engine.errors import NotFound, Refusal, Refused
from engine.forms import display
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.files import safe_name
from engine.records.tables import Award
from engine.submissions import gallery_reading
from engine.web import (
    badge_pictures,
    file_verification,
    frameworks,
    gallery,
    pathway,
    pathway_map,
    shown_awards,
    verification,
)
from engine.web import catalogue as shown
from engine.web.answering import answering
from engine.web.asked import asked
from engine.web.asking import actor, house, me, now, read_session, transaction

_log = logging.getLogger("accolade.web")

public = Blueprint("public", __name__)
public.register_blueprint(answering)
public.register_blueprint(asked)
public.register_blueprint(badge_pictures.blueprint)
public.register_blueprint(frameworks.blueprint)
public.register_blueprint(gallery.blueprint)
verification.add_to(public)
file_verification.add_to(public)
public.register_blueprint(shown_awards.blueprint)


@public.get("/")
def shelves() -> ResponseReturnValue:
    """Every credential, by stack and tier, with where one stands; or those that are searched for.

    Asked with `q` (words), `kind`, `stack` and `where`.
    """
    ask = shown.asked(request.args)
    with read_session() as session:
        record = pathway.record_of(session, actor(), now())
        found = shown.found(catalogue.current_all(session), record, ask)
        return render_template(
            "web/public/catalogue.html",
            ask=ask,
            found=found,
            stacks={one.id: one.title for one in found.stacks},
            where={name: _(words) for name, words in shown.WHERE.items()},
            gallery=gallery_reading.anything_public(session),
        )


@public.get("/pathways")
def pathways() -> ResponseReturnValue:
    """The map: which credentials lead on to which, as a picture and in words."""
    with read_session() as session:
        record = pathway.record_of(session, actor(), now())
        editions = catalogue.current_all(session)
    return render_template("web/public/pathways.html", map=pathway_map.of(editions, record))


@public.get("/credentials/<credential_id>")
def credential(credential_id: str) -> ResponseReturnValue:
    """One credential: what it stands for, what comes before and after, how it is earned."""
    with read_session() as session:
        editions = {one.credential.id: one for one in catalogue.current_all(session)}
        edition = _known(editions.get(credential_id))
        record = pathway.record_of(session, actor(), now())
        return render_template(
            "web/public/credential.html",
            edition=edition,
            credential=edition.credential,
            pages=form_set_of(edition).pages,
            card=pathway.card(edition, record, editions.values()),
            before=pathway.prerequisites(edition, record, editions),
            after=pathway.after(edition, editions),
            feeding=pathway.feeding(edition, record, editions.values()),
        )


@public.get("/credentials/<credential_id>/examples/<form_id>")
def example(credential_id: str, form_id: str) -> ResponseReturnValue:
    """A filled example of one form, to read."""
    with read_session() as session:
        edition = _known(catalogue.current(session, credential_id))
    if form_id not in edition.examples:
        raise NotFound(_("There is no such example."))
    answers = {form_id: edition.examples[form_id]}
    shown = [one for one in display.read_only(form_set_of(edition), answers) if one.id == form_id]
    return render_template(
        "web/public/example.html",
        credential=edition.credential,
        title=edition.credential.examples[form_id],
        forms=shown,
    )


@public.get("/certificates/<serial>.pdf")
def certificate(serial: str) -> ResponseReturnValue:
    """The certificate, for its holder and program staff; printed now if no worker has yet.

    `?language=es` has it in another language of its document.
    """
    person = me()
    with read_session() as session:
        award = session.get(Award, serial)
        if award is None:
            raise NotFound(_("There is no such award among yours."))
        require(person, "award.see", award)
        editions = catalogue.editions(session, award.edition_digest)
        edition = editions.said(request.args.get("language") or editions.own)
        sheet = printing.sheet_of(session, award, edition, house().settings)
    try:
        path = printing.path_of(sheet, house().settings)
    except printing.NotPrinted as error:
        _log.error("the certificate of %s: %s", serial, error)
        with transaction() as session:
            printing.try_again(session, serial, sheet.facts.language)
        raise Refused(_not_now()) from error
    response = send_file(
        path,
        mimetype="application/pdf",
        download_name=safe_name(f"{award.title}, {award.recipient_name}.pdf"),
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _not_now() -> Refusal:
    return Refusal(
        _("This certificate can't be printed just now. The award itself stands."),
        _("Program staff can see what is wrong. Come back later."),
        "not-printed",
    )


def _known(edition: Edition | None) -> Edition:
    if edition is None:
        raise NotFound(_("There is no such credential in the catalogue."))
    return edition
