"""Markdown as readers will see it, for whoever is writing it.

The page's script asks at each pause in typing. Nothing is kept; what comes back is cleaned like
all Markdown (`engine.forms.prose`).
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine.forms.nodes import clean
from engine.forms.prose import prose
from engine.web.asking import me

proofs = Blueprint("proofs", __name__)

LONGEST = 100_000
"""Characters; longer texts are not shown before they are saved."""


@proofs.post("/prose")
def proof() -> Response:
    """The `text` that was posted, as HTML without a page around it."""
    if "accolade" in current_app.extensions:  # the preview of a document has no people
        me()
    text = clean(request.form.get("text", ""))
    if len(text) > LONGEST:
        raise RequestEntityTooLarge
    response = make_response(prose(text))
    response.headers["Cache-Control"] = "no-store"
    return response
