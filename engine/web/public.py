"""What anybody may see: the catalogue, a credential's page, an example, and verification.

Whoever is signed in also sees where they stand. Nothing here tells whether a person has an
account; the verification page tells exactly what the certificate in one's hand says.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from engine.awards import printing, status
from engine.awards.serial import typed_serial
from engine.credentials.credential import Edition
from engine.errors import NotFound
from engine.forms import display
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import may, require
from engine.records import catalogue
from engine.records.files import safe_name
from engine.records.tables import Award
from engine.submissions import gallery_reading
from engine.web import catalogue as shown
from engine.web import frameworks, gallery, pathway, pathway_map
from engine.web.answering import answering
from engine.web.asked import asked
from engine.web.asking import actor, house, me, now, read_session, wants_json

public = Blueprint("public", __name__)
public.register_blueprint(answering)
public.register_blueprint(asked)
public.register_blueprint(frameworks.blueprint)
public.register_blueprint(gallery.blueprint)

VERIFICATION_MEMBERS = (
    "status",
    "message",
    "serial",
    "credential",
    "statement",
    "recipient",
    "issuer",
    "issued_at",
    "expires_at",
    "revoked_at",
    "revoked_reason",
    "address",
)
"""Of the JSON answer, whatever it says."""


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


@public.get("/verify")
def find_certificate() -> ResponseReturnValue:
    """Asks for the number on a certificate; with one, leads to its page."""
    typed = request.args.get("serial", "").strip()
    if not typed:
        return render_template("web/public/find.html")
    return redirect(url_for("public.verify", serial=typed_serial(typed) or typed), 303)


@public.get("/verify/<serial>")
def verify(serial: str) -> ResponseReturnValue:
    """Whether a certificate is valid, as a page or as JSON.

    Unknown numbers get the same members, all null, after the same query: nothing but the answer
    tells a number that was never given from one that was.
    """
    asked = typed_serial(serial) or serial
    with read_session() as session:
        award = session.get(Award, asked)
    standing = status.standing(award, now())
    found = 200 if award else 404
    if wants_json():
        said = status.as_json(award, standing, house().settings.base_url)
        return jsonify({**dict.fromkeys(VERIFICATION_MEMBERS), **said}), found
    page = render_template(
        "web/public/verify.html",
        award=award,
        standing=standing,
        serial=asked,
        may_download=award is not None and _may_download(award),
    )
    return page, found


@public.get("/certificates/<serial>.pdf")
def certificate(serial: str) -> ResponseReturnValue:
    """The certificate, for its holder and program staff; printed now if no worker has yet."""
    person = me()
    with read_session() as session:
        award = session.get(Award, serial)
        if award is None:
            raise NotFound(_("There is no such award among yours."))
        require(person, "award.see", award)
        edition = catalogue.as_written(session, award.edition_digest)
    response = send_file(
        printing.path_for(award, edition.credential, house().settings),
        mimetype="application/pdf",
        download_name=safe_name(f"{award.title}, {award.recipient_name}.pdf"),
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _may_download(award: Award) -> bool:
    try:
        return may(actor(), "award.see", award) is None
    except NotFound:
        return False


def _known(edition: Edition | None) -> Edition:
    if edition is None:
        raise NotFound(_("There is no such credential in the catalogue."))
    return edition
