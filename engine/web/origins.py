"""Where a request comes from, as the trail keeps it: `web 192.0.2.0/24`.

Events are kept for ever and nothing can be taken out of them, so they hold the network and never
the address: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one. That tells the
school from the street, and no two people in one house apart. It is the address that the server
sees; behind a proxy it is the proxy's, unless `ProxyFix` is wrapped around the application.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from engine.records import audit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT = {4: 24, 6: 48}
"""Bits, by the version of the protocol."""


class Told:
    """Has every event that a request records say where the request came from."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with audit.coming_from(origin(environ.get("REMOTE_ADDR", ""))):
            return self._application(environ, start_response)


def origin(address: Any) -> str:
    """`web` and the network that an address is in; `web` alone for what is no address."""
    try:
        known = ip_address(str(address).partition("%")[0])
    except ValueError:
        return "web"
    if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return f"web {ip_network((known, _KEPT[known.version]), strict=False)}"
