"""Links are asked whether they answer, and nobody's doors are knocked at by way of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.records import addresses
from engine.records.addresses import Answer, ask, is_public, tidy_address


@dataclass
class Site:
    """A web site on this machine: paths with what they answer."""

    url: str
    paths: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.command, self.path))
            made.headers.append(dict(self.headers))
            made.paths[self.path.partition("?")[0]](self)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def page(
    status: int = 200, body: bytes = b"", kind: str = "text/html; charset=utf-8", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            request.send_header(name, text)
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body)

    return answer


def test_page_that_answers_says_its_title(site: Site) -> None:
    site.paths["/"] = page(body="<title>Week 3:\n  fractions \u202e é</title><p>".encode())
    assert ask(site.url + "/", private=True) == Answer("answered", "Week 3: fractions é")
    assert [method for method, _ in site.asked] == ["HEAD", "GET"]
    assert site.headers[1]["Range"] == "bytes=0-65535"
    assert not {"Cookie", "Authorization", "Referer"} & set(site.headers[1])


def test_file_that_answers_has_no_title(site: Site) -> None:
    site.paths["/film.mp4"] = page(206, b"<title>no</title>", "video/mp4")
    assert ask(site.url + "/film.mp4", private=True) == Answer("answered")


def test_site_that_knows_no_head_is_asked_by_get(site: Site) -> None:
    def choosy(request: BaseHTTPRequestHandler) -> None:
        page(405 if request.command == "HEAD" else 200, b"<title>Here</title>")(request)

    site.paths["/"] = choosy
    assert ask(site.url, private=True) == Answer("answered", "Here")


@pytest.mark.parametrize(
    ("status", "state"),
    [(404, "missing"), (410, "missing"), (401, "sign-in"), (403, "sign-in"), (500, "silent")],
)
def test_what_a_page_refuses_with_is_told_apart(site: Site, status: int, state: str) -> None:
    site.paths["/"] = page(status)
    assert ask(site.url, private=True).state == state


@pytest.mark.parametrize("to", ["/login?next=%2Fdoc", "/users/sign-in", "/ServiceLogin", "/sso/x"])
def test_page_that_sends_to_a_sign_in_is_known_by_it(site: Site, to: str) -> None:
    site.paths["/doc"] = page(302, Location=to)
    assert ask(site.url + "/doc", private=True).state == "sign-in"


def test_three_redirects_are_followed_and_no_more(site: Site) -> None:
    for number in range(9):
        site.paths[f"/{number}"] = page(302, Location=f"/{number + 1}")
    site.paths["/9"] = page(body=b"<title>There</title>")
    assert ask(site.url + "/6", private=True) == Answer("answered", "There")
    assert ask(site.url + "/5", private=True) == Answer("silent")


def test_page_that_drips_is_given_up(site: Site) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            request.wfile.write(b"X-More: yes\r\n")
            request.wfile.flush()
            time.sleep(0.05)

    site.paths["/"] = drip
    start = time.monotonic()
    assert ask(site.url, private=True, patience=0.5).state == "silent"
    assert time.monotonic() - start < 3


def test_page_without_end_is_read_to_its_64th_kilobyte(site: Site) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        if request.command == "GET":
            for _ in range(100_000):
                request.wfile.write(b" " * 65536)

    site.paths["/"] = endless
    start = time.monotonic()
    assert ask(site.url, private=True).state == "answered"
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX" * 9999])
def test_what_is_no_web_site_is_silent(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:

        def serve() -> None:
            # Asked once or twice, by what the first answer was; an empty line ends it.
            while True:
                other, _place = line.accept()
                with other:
                    if not other.recv(1000):
                        return
                    with suppress(ConnectionError):  # nobody need listen to nonsense to its end
                        other.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        place = line.getsockname()
        asked = ask(f"http://127.0.0.1:{place[1]}", private=True, patience=3)
        socket.create_connection(place).close()
        serving.join()
        assert asked.state == "silent"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "x", ""),
        *("64:ff9b:1::5db8:d822", "64:ff9b:1:ffff::1", "::7f00:1", "::5db8:d822"),
    ],
)
def test_addresses_that_are_nobodys_business_are_told_apart(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_address_inside_the_network_is_not_asked(site: Site) -> None:
    site.paths["/"] = page()
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
        port = site.url.rsplit(":", 1)[1]
        assert ask(f"http://{host}:{port}/", patience=2).state in ("not-public", "silent")
    assert site.asked == []


def test_name_that_resolves_anew_to_the_inside_gains_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that was looked at is the one that is connected to: nobody asks a second time."""
    site.paths["/"] = page()
    resolve, answers = socket.getaddrinfo, iter(["93.184.216.34", "127.0.0.1"])
    connected: list[str] = []

    def rebinding(host: str, port: int, *more: object, **named: object) -> object:
        if host == "rebinding.example":
            host = next(answers)
        return resolve(host, port, *more, **named)  # type: ignore[arg-type]

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        connected.append(address[0])
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert ask("http://rebinding.example/").state == "silent"
    assert connected == ["93.184.216.34"]


def test_public_page_that_redirects_inside_is_not_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.paths["/inside"] = page()
    site.paths["/"] = page(302, Location="/inside")
    looked = iter([True, False])
    monkeypatch.setattr(addresses, "is_public", lambda _: next(looked))
    assert ask(site.url).state == "not-public"
    assert [path for _, path in site.asked] == ["/"]


def test_name_with_one_address_inside_is_not_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("8.8.8.8", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    assert ask("http://both.example/").state == "not-public"


def test_other_services_of_a_public_machine_are_not_knocked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 25))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert ask("http://mail.example:25/").state == "not-public"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (" example.org/film ", "https://example.org/film"),
        ("HTTP://Example.org", "http://example.org"),
        ("https://bücher.example/ä ö".replace(" ", "%20"), "https://xn--bcher-kva.example/%C3%A4%20%C3%B6"),
        ("http://[2606::1]:8080/", "http://[2606::1]:8080/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("ftp://example.org", ""),
        ("https://user:secret@example.org", ""),
        ("https://example.org\\@evil.example", ""),
        ("https://example.org/\r\nSet-Cookie: x", ""),
        ("https://", ""),
        ("https://example.org:99999", ""),
        ("//example.org", ""),
        ("words", ""),
        ("", ""),
        ("https://example.org/" + "a" * 3000, ""),
        ("https://" + "a" * 70 + ".example", ""),
    ],
)  # fmt: skip
def test_only_addresses_of_web_pages_are_taken(typed: str, address: str) -> None:
    assert tidy_address(typed) == address
