"""Where a request comes from: for the trail, `web 192.0.2.0/24`, and for counting, a digest.

Events are kept for ever and nothing can be taken out of them, so they hold the network and never
the address: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one. That tells the
school from the street, and no two people in one house apart. It is the address that the server
sees; behind a proxy it is the proxy's, unless `trusted_proxies` says to believe it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from flask import request

from engine.records import audit
from engine.settings import Settings
from engine.web.asking import house, now

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT = {4: 24, 6: 48}
"""Bits of an address that the audit keeps, by the version of the protocol."""
_COUNTED = {4: 32, 6: 64}
"""Bits that tell one place from another, by the same."""


class Told:
    """Has every event that a request records say where the request came from."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with audit.coming_from(origin(environ.get("REMOTE_ADDR", ""))):
            return self._application(environ, start_response)


def origin(address: Any) -> str:
    """`web` and the network that an address is in; `web` alone for what is no address."""
    known = _known(address)
    if known is None:
        return "web"
    return f"web {ip_network((known, _KEPT[known.version]), strict=False)}"


def place() -> str:
    """`place_of` of the request that is answered now."""
    return place_of(house().settings, request.remote_addr or "", now())


def place_of(settings: Settings, address: str, at: datetime) -> str:
    """A digest of a network address, another one every day, to count by how much comes from it. Of
    IPv6 the first half, which is what one household has."""
    known = _known(address)
    if known is not None:
        address = str(ip_network((known, _COUNTED[known.version]), strict=False))
    said = f"place {at:%Y-%m-%d} {address}".encode()
    return hmac.new(settings.secret_key.encode(), said, hashlib.sha256).hexdigest()


def _known(address: Any) -> IPv4Address | IPv6Address | None:
    try:
        known = ip_address(str(address).partition("%")[0])
    except ValueError:
        return None
    return getattr(known, "ipv4_mapped", None) or known
