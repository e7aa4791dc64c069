"""What badges lead to on the web: issuers' profiles, keys and lists, read with bounds.

A badge is a stranger's word, and every address in it is one that a stranger chose. So only `https`
is asked, only public addresses (`records.addresses`), a few of them, a little of each, and all of
it within a few seconds: somebody waits for the page.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

from engine.awards.badges import strict_json
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.records import addresses

PATIENCE: Final = 12.0
"""Seconds for everything that one badge leads to."""
MOST: Final = 8
"""Addresses that one badge may lead to; a hosted one has three or four."""
LARGEST: Final = 5 * 1024 * 1024
"""Bytes of a badge itself: a picture, in most cases."""
_ACCEPT: Final = (
    "application/ld+json, application/vc, application/json;q=0.9, application/jwt;q=0.9,"
    " image/png;q=0.8, image/svg+xml;q=0.8, */*;q=0.1"
)


class Gone(Refused):
    """What stood there is gone for good, says the site. At a badge's own address that means that it
    was taken back; anywhere else it is one more address that does not answer."""


class Reads(Protocol):
    """Whatever reads the web for a badge."""

    def read(self, url: str, most: int = ...) -> bytes:
        """What `url` holds. Raises `Refused` (`unreachable`), `Gone` among them."""
        ...

    def stands_at(self, url: str) -> str:
        """Where that stood which was read of `url`: elsewhere, after a redirect."""
        ...


class Web:
    """The web as one badge may see it. Used for one badge, and forgotten."""

    def __init__(self, *, private: bool = False, patience: float = PATIENCE) -> None:
        self._private = private
        self._until = time.monotonic() + patience
        self._known: dict[str, bytes] = {}
        self._moved: dict[str, str] = {}

    def read(self, url: str, most: int = strict_json.MAX_BYTES) -> bytes:
        """What `url` holds, at most `most` bytes. Raises `Refused`."""
        if url in self._known:
            return self._known[url]
        if len(self._known) >= MOST:
            raise _unreachable(url, _("It leads to more addresses than a badge should."))
        asked = addresses.tidy_address(url)
        if not asked.startswith("https://"):
            raise _unreachable(url, _("Only addresses that begin with https:// are asked."))
        found = addresses.read(
            asked,
            {"Accept": _ACCEPT},
            most,
            private=self._private,
            patience=self._until - time.monotonic(),
        )
        if found.status == 410:
            raise Gone(_unanswered(url, _(_WHY[found.problem])))
        if found.body is None:
            raise _unreachable(url, _(_WHY[found.problem]))
        self._known[url] = found.body
        if found.url != asked:
            self._moved[url] = found.url
        return found.body

    def stands_at(self, url: str) -> str:
        """Where that stood which was read of `url`."""
        return self._moved.get(url, url)


_WHY: Final[Mapping[addresses.Trouble, str]] = addresses.TROUBLES


def json_at(web: Reads, url: str) -> dict[str, Any]:
    """The JSON object at `url`."""
    return strict_json.read_object(web.read(url))


def _unreachable(url: str, why: str) -> Refused:
    return Refused(_unanswered(url, why))


def _unanswered(url: str, why: str) -> Refusal:
    return Refusal(
        _("The badge can't be checked: %(url)s does not answer as it should.", url=url[:200])
        + " "
        + why,
        _("Nothing is lost. Try again later, or send the badge to program staff."),
        "unreachable",
    )
