"""Addresses that programs come to and no pages do: which they are, and how they are answered.

No cookie means anything there, so nothing can be done in the name of somebody who has only a page
of ours open. That is why forms' tokens are not asked for, and why pages of other sites may read
every answer. What goes wrong is said as JSON in the shape of each standard: `Imsx_StatusInfo` (Open
Badges 3.0 §B.3.1) or OAuth's own (RFC 6749 §5.2).
"""

from __future__ import annotations

from typing import Final, Literal

from flask import Flask, Response, jsonify, request

from engine.languages import N_, _

BADGES: Final = "/ims/ob/v3p0/"
METADATA: Final = "/.well-known/oauth-authorization-server"
OAUTH: Final = ("/oauth/register", "/oauth/token", "/oauth/revoke", METADATA)
BLUEPRINTS: Final = ("open_badges", "oauth")

_MINOR: Final = {
    304: "not_modified",
    400: "invalid_data",
    401: "unauthorizedrequest",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    406: "not_acceptable",
    429: "server_busy",
    500: "internal_server_error",
    503: "server_busy",
}
"""Open Badges 3.0 §B.3.6, by the status that goes with it."""
_WORDS: Final = {
    400: N_("Something in this request is missing or damaged."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not answer requests by this method."),
    413: N_("The body of this request is larger than any that is read here."),
    500: N_("Something broke on this side. Nothing was changed."),
    503: N_("This could not be finished now, and nothing was changed. Try again in a minute."),
}
"""For whoever reads a program's log; a person's page speaks of pages and buttons."""
_ERRORS: Final = {
    429: "temporarily_unavailable",
    500: "server_error",
    503: "temporarily_unavailable",
}
"""Of OAuth; what is missing here was a request that made no sense."""
_A_DAY: Final = "86400"


def asked() -> Literal["badges", "oauth", ""]:
    """Which of them this request came to; empty for a page."""
    if request.path.startswith(BADGES):
        return "badges"
    return "oauth" if request.path in OAUTH else ""


def status_info(status: int, words: str, minor: str = "") -> Response:
    """An answer that says what became of a request. `words` are for whoever reads the log."""
    response = jsonify(
        imsx_codeMajor="success" if status < 400 else "failure",
        imsx_severity="status" if status in (304, 404) else "error",
        imsx_description=words,
        imsx_codeMinor={
            "imsx_codeMinorField": [
                {
                    "imsx_codeMinorFieldName": "TargetEndSystem",
                    "imsx_codeMinorFieldValue": minor or _MINOR.get(status, "unknown"),
                }
            ]
        },
    )
    response.status_code = status
    return response


def oauth_error(status: int, code: str, words: str) -> Response:
    """The same in the words of OAuth."""
    response = jsonify(error=code, error_description=words)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def failure(status: int, words: str) -> Response | None:
    """Anything that went wrong, as the address that was asked for answers; None for a page.
    `words` are what a page would say."""
    if status == 409:  # two at the same moment: the one that came second tries again
        status = 503
    words = _(_WORDS[status]) if status in _WORDS else words
    match asked():
        case "badges":
            return status_info(status, words)
        case "oauth":
            plain = words.encode("ascii", "ignore").decode().translate({34: "'", 92: "/"})
            return oauth_error(status, _ERRORS.get(status, "invalid_request"), plain)
    return None


def register(app: Flask) -> None:
    """Let pages of other sites, such as a wallet in a browser, read the answers of `app`'s
    addresses for programs. Nobody's cookie goes along: none is sent where `*` may read."""

    @app.after_request
    def open_to_browsers(response: Response) -> Response:
        if asked():
            said = response.headers
            said["Access-Control-Allow-Origin"] = "*"
            said["Access-Control-Expose-Headers"] = (
                "Link, X-Total-Count, Retry-After, WWW-Authenticate, X-Request-Number"
            )
            if request.method == "OPTIONS":
                said["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
                said["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Accept"
                said["Access-Control-Max-Age"] = _A_DAY
        return response
