"""Badges as files: the picture of a credential, which anybody may see, and the badge of an award,
baked into that picture or as JSON, for its holder, program staff, and everybody it is shown to.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final

from flask import Blueprint, make_response, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.awards.badges import awarded, picture
from engine.awards.badges.baking import bake
from engine.awards.held import shown_to_all
from engine.awards.serial import typed_serial
from engine.errors import NotFound
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.files import safe_name
from engine.records.tables import Account, Award
from engine.web.asking import house, me, read_session

blueprint = Blueprint("badge_pictures", __name__)

_DRAWN: Final = {"svg": picture.svg, "png": picture.png}
_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png", "json": "application/ld+json"}
_A_YEAR: Final = 31_536_000


@blueprint.get("/badges/pictures/<name>.<any(svg, png):ending>")
def drawn(name: str, ending: str) -> ResponseReturnValue:
    """The picture of one edition, by its digest: `DIGEST.svg`; `DIGEST.es.svg` with the words of a
    translation, or the document's own for want of it. What was published never changes, so it may
    be kept."""
    digest, _dot, language = name.partition(".")
    with read_session() as session:
        editions = catalogue.editions(session, digest)
    edition = editions.said(language) if language else editions.as_written()
    response = make_response(_DRAWN[ending](edition.credential, house().settings.site_name))
    response.mimetype = _TYPES[ending]
    response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/badges/<serial>.<any(svg, png, json):ending>")
def download(serial: str, ending: str) -> ResponseReturnValue:
    """The badge of an award as a file to keep: its picture with the signed credential in it, or
    the credential alone."""
    settings = house().settings
    with read_session() as session:
        award = session.get(Award, typed_serial(serial) or serial)
        if award is None or not _shown(session, award):
            person = me()
            if award is None:
                raise NotFound(_("There is no such award among yours."))
            require(person, "award.see", award)
        signed = awarded.credential_of(session, award, settings)
        credential = catalogue.as_written(session, award.edition_digest).credential
    if ending == "json":
        content = signed.encode()
    else:
        content = bake(_DRAWN[ending](credential, award.issuer), signed)
    response = send_file(
        io.BytesIO(content),
        mimetype=_TYPES[ending],
        as_attachment=True,
        download_name=safe_name(f"{award.title}.{ending}"),
        conditional=True,
        etag=hashlib.sha256(content).hexdigest(),
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _shown(session: Session, award: Award) -> bool:
    """Whether its holder shows it to everybody, and it was not taken back."""
    holder = session.get(Account, award.recipient_id)
    return shown_to_all.on_own_page(award, holder) and shown_to_all.stands(award)
