"""Does a page that somebody linked to answer? Asked from here, and so with care.

Whoever gives a link could make this server knock at any door it can reach. So the name is resolved
once, every address that it stands for must be public, the connection goes to the very address that
was looked at, and each redirect is looked at anew. No cookies, no password, no script. Of a page at
most 64 kB are read, for its title, and nothing of it is kept; `read` takes a whole document.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final, Literal
from urllib.parse import quote, urljoin, urlsplit

from engine.languages import N_

State = Literal["answered", "silent", "missing", "sign-in", "not-public"]

PATIENCE: Final = 10.0
"""Seconds for everything together."""
REDIRECTS: Final = 3
READ: Final = 64 * 1024
LONGEST: Final = 2000
_PORTS = (80, 443)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_SIGN_IN_HOSTS = ("accounts.google.com", "login.microsoftonline.com", "login.live.com")
_SIGN_IN_PATH = re.compile(
    r"(?:^|[/._-])(?:log-?in|sign-?in|signin|sso|servicelogin)(?:$|[/._?-])", re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    """What an address said; `title` is its page's own, or empty."""

    state: State
    title: str = ""


@dataclass(frozen=True)
class Posted:
    """How a message was received: the other side's status, and what went wrong in words."""

    status: int | None
    problem: str = ""


Trouble = Literal["", "silent", "missing", "not-public", "not-secure", "too-large"]

TROUBLES: Final[Mapping[Trouble, str]] = {
    "": "",
    "silent": N_("It gives no answer, or none in time."),
    "missing": N_("There is nothing at that address."),
    "not-public": N_("It is inside a private network, and is not asked."),
    "not-secure": N_("It leads to an address that does not begin with https://."),
    "too-large": N_("It holds more than is read here."),
}
"""Why there is nothing, in words."""


@dataclass(frozen=True)
class Read:
    """What an address holds; without a body, `problem` says why there is none."""

    body: bytes | None
    status: int | None
    problem: Trouble = ""
    url: str = ""
    """Where the answer came from: elsewhere than was asked, after a redirect."""


class _NotPublic(Exception):
    """The name leads to an address that is nobody else's business."""


def tidy_address(typed: str) -> str:
    """`typed` as an address that a browser opens, or an empty text when it is none.

    `example.org/film` gets its `https://`; `javascript:…`, `file:…` and an address with a password
    in it are none.
    """
    text = typed.strip()
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", text) and "." in text:
        text = f"https://{text}"
    if len(text) > LONGEST or _UNSAFE.search(text):
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
        path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
        fragment = f"#{quote(parts.fragment, safe='/%:@!$&()*+,;=~-._?')}" if parts.fragment else ""
    except (ValueError, UnicodeError):  # half a surrogate pair among them
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username is not None:
        return ""
    shown = f"[{host}]" if ":" in host else host
    where = shown if port is None else f"{shown}:{port}"
    found = f"{parts.scheme.lower()}://{where}{path}{query}{fragment}"
    return found if len(found) <= LONGEST else ""


def ask(url: str, *, private: bool = False, patience: float = PATIENCE) -> Answer:
    """Whether `url` answers, and what its page is called. Raises nothing.

    With `private`, addresses inside a network are asked too.
    """
    until = time.monotonic() + patience
    moved = False
    try:
        for _hop in range(REDIRECTS + 1):
            if moved and _asks_for_sign_in(url):
                return Answer("sign-in")
            status, headers, body = _fetch("HEAD", url, private, until)
            if status < 300 or status >= 400:
                status, headers, body = _fetch("GET", url, private, until)
            if status in (301, 302, 303, 307, 308) and headers.get("Location"):
                url, moved = tidy_address(urljoin(url, headers["Location"])), True
                if not url:
                    return Answer("silent")
                continue
            return _judged(status, headers, body)
    except _NotPublic:
        return Answer("not-public")
    except (OSError, http.client.HTTPException, ValueError):
        return Answer("silent")
    return Answer("silent")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool = False,
    patience: float = PATIENCE,
) -> Posted:
    """Send a message to `url`, with the same care. Follows no redirect, and raises nothing."""
    until = time.monotonic() + patience
    try:
        status, _, _ = _fetch("POST", url, private, until, body, headers)
    except _NotPublic:
        return Posted(None, "The address is inside a private network, and is not asked.")
    except TimeoutError:
        return Posted(None, f"No answer within {patience:.0f} seconds.")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Posted(None, f"No answer: {type(error).__name__}: {error}"[:500])
    return Posted(status, "" if 200 <= status < 300 else f"It answered {status}.")


def read(
    url: str,
    headers: Mapping[str, str],
    most: int,
    *,
    private: bool = False,
    patience: float = PATIENCE,
) -> Read:
    """What the `https` address `url` holds, whole, of at most `most` bytes, with the same care.
    Each redirect must lead to `https` again. Raises nothing."""
    until = time.monotonic() + patience
    sent = {"Accept-Encoding": "identity", "User-Agent": "Accolade (reads a badge)", **headers}
    try:
        for _hop in range(REDIRECTS + 1):
            if urlsplit(url).scheme != "https":
                return Read(None, None, "not-secure")
            if time.monotonic() >= until:
                break
            status, said, body = _fetch("GET", url, private, until, more=sent, most=most + 1)
            if status in (301, 302, 303, 307, 308) and said.get("Location"):
                url = tidy_address(urljoin(url, said["Location"]))
                continue
            if status in (404, 410):
                return Read(None, status, "missing", url)
            if status != 200 or said.get("Content-Encoding", "identity") != "identity":
                return Read(None, status, "silent", url)
            if len(body) > most:
                return Read(None, status, "too-large", url)
            return Read(body, status, "", url)
    except _NotPublic:
        return Read(None, None, "not-public")
    except (OSError, http.client.HTTPException, ValueError):
        pass
    return Read(None, None, "silent")


def _judged(status: int, headers: http.client.HTTPMessage, body: bytes) -> Answer:
    if status in (401, 403, 407):
        return Answer("sign-in")
    if status in (404, 410):
        return Answer("missing")
    # 416: the page is shorter than the piece of it that was asked for.
    if status >= 400 and status not in (405, 416, 429):
        return Answer("silent")
    kind = headers.get_content_type()
    charset = headers.get_content_charset() or "utf-8"
    return Answer("answered", _title(body, charset) if kind == "text/html" else "")


def _asks_for_sign_in(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname in _SIGN_IN_HOSTS or bool(_SIGN_IN_PATH.search(parts.path))


def _fetch(
    method: str,
    url: str,
    private: bool,
    until: float,
    sent: bytes | None = None,
    more: Mapping[str, str] | None = None,
    most: int = READ,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    host = parts.hostname or ""
    address = _public_address(host, port, private)
    with _within(until) as sockets:
        line = socket.create_connection((address, port), max(0.1, until - time.monotonic()))
        sockets.append(line)
        if secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
            sockets.append(line)
        asked = http.client.HTTPConnection(host, port)
        asked.sock = line
        try:
            headers = {
                "Host": parts.netloc,
                "User-Agent": "Accolade (checks whether a link answers)",
                "Accept": "text/html,*/*;q=0.5",
                "Accept-Encoding": "identity",
                "Connection": "close",
            }
            if method == "GET":
                headers["Range"] = f"bytes=0-{READ - 1}"
            if more is not None:
                headers = {"Host": parts.netloc, "Connection": "close", **more}
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            asked.request(method, target, body=sent, headers=headers)
            reply = asked.getresponse()
            body = reply.read(most) if method == "GET" else b""
            if time.monotonic() >= until:  # cut short, which looks like the end of it from here
                raise TimeoutError
            return reply.status, reply.headers, body
        finally:
            asked.close()


@contextmanager
def _within(until: float) -> Iterator[list[socket.socket]]:
    """Ends the connection when the time is up, however slowly the other side drips its answer."""
    sockets: list[socket.socket] = []

    def hang_up() -> None:
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                one.close()

    timer = threading.Timer(max(0.1, until - time.monotonic()), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield sockets
    finally:
        timer.cancel()
        for one in sockets:
            one.close()


def _public_address(host: str, port: int, private: bool) -> str:
    """One address of `host`. Raises `_NotPublic` unless all of them are public, and `OSError`."""
    found = [str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and (
        not all(is_public(one) for one in found) or (port not in _PORTS and port < 1024)
    ):
        raise _NotPublic
    return found[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet: none of this machine, of a network behind it,
    of a carrier's, or one that stands for such an address in another notation."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if any(found in one for one in _TRANSLATED):
            return False
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b:1::/48"), ipaddress.IPv6Network("::/96"))
"""Where a network writes IPv4 addresses in its own way, and where they were once written."""


def _title(body: bytes, charset: str) -> str:
    try:
        text = body.decode(charset, "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    reader = _TitleReader()
    reader.feed(text)
    seen = "".join(char for char in reader.words if char.isprintable() or char.isspace())
    return " ".join(seen.split())[:150]


class _TitleReader(HTMLParser):
    """Takes the first title of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self._state = "before"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and self._state == "before":
            self._state = "inside"

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._state = "after"

    def handle_data(self, data: str) -> None:
        if self._state == "inside":
            self.words += data
