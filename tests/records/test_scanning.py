"""A scanner is asked before a file is kept; one that does not answer says nothing good."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import EvidenceRejected
from engine.records.files import EvidenceStore
from engine.records.scanning import Scanner, scanner_at

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The text that every scanner takes for a virus, so that scanners can be tried."""


class Clamd:
    """Speaks INSTREAM as clamd does, over a real socket."""

    def __init__(self, listening: socket.socket, limit: int = 10**9, says: bytes = b"") -> None:
        self.listening, self.limit, self.says = listening, limit, says
        self.seen: list[bytes] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as said:
                self.answer(line, said)

    def answer(self, line: socket.socket, said: io.BufferedReader) -> None:
        assert said.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(said.read(4), "big"):
            content += said.read(size)
            if len(content) > self.limit:
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append(content)
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        line.sendall(self.says or found)


@contextmanager
def listening(place: Path | None = None) -> Iterator[tuple[socket.socket, str]]:
    if place is None:
        line = socket.create_server(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{line.getsockname()[1]}"
    else:
        line = socket.socket(socket.AF_UNIX)
        line.bind(str(place))
        line.listen()
        url = f"unix:{place}"
    with line:
        yield line, url


def store_with(url: str, folder: Path) -> EvidenceStore:
    return EvidenceStore(folder, scanner_at(url))


def files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_clean_file_is_shown_whole_and_kept(tmp_path: Path, kind: str) -> None:
    content = b"lesson plan " * 60_000
    with listening(tmp_path / "clamd" if kind == "unix" else None) as (line, url):
        clamd = Clamd(line)
        kept = store_with(url, tmp_path / "files").keep(io.BytesIO(content), 10**7)
    assert kept.bytes == len(content)
    assert clamd.seen == [content]


def test_infected_file_is_refused_in_words_and_nothing_is_kept(tmp_path: Path) -> None:
    with listening() as (line, url):
        Clamd(line)
        with pytest.raises(EvidenceRejected) as refused:
            store_with(url, tmp_path).keep(io.BytesIO(EICAR), 1000)
    assert refused.value.code == "infected"
    assert "(Eicar-Test-Signature)" in str(refused.value)
    assert files(tmp_path) == []


def test_file_that_the_scanner_does_not_read_is_not_taken_for_clean(tmp_path: Path) -> None:
    with listening() as (line, url):
        Clamd(line, limit=1000)
        with pytest.raises(EvidenceRejected) as refused:
            store_with(url, tmp_path).keep(io.BytesIO(b"x" * 5_000_000), 10**7)
    assert refused.value.code == "infected"
    assert "larger than our virus scanner reads" in str(refused.value)
    assert files(tmp_path) == []


@pytest.mark.parametrize("says", [b"stream: ERROR\0", b"\0", b"OK\0", b"UNKNOWN COMMAND\0"])
def test_answer_that_is_no_verdict_is_not_taken_for_clean(tmp_path: Path, says: bytes) -> None:
    with listening() as (line, url):
        Clamd(line, says=says)
        with pytest.raises(EvidenceRejected) as refused:
            store_with(url, tmp_path).keep(io.BytesIO(b"x"), 1000)
    assert refused.value.code == "unscanned"


def test_scanner_that_is_away_lets_nothing_in(tmp_path: Path) -> None:
    with listening() as (_, url):
        pass
    with pytest.raises(EvidenceRejected) as refused:
        store_with(url, tmp_path).keep(io.BytesIO(b"x"), 1000)
    assert refused.value.code == "unscanned"
    assert files(tmp_path) == []


@pytest.mark.parametrize("url", ["127.0.0.1:3310", "http://x", "unix", "x"])
def test_address_of_another_kind_is_found_when_the_installation_starts(url: str) -> None:
    with pytest.raises(ValueError, match="clamd_url must begin with"):
        scanner_at(url)


def test_without_a_scanner_nobody_is_asked() -> None:
    assert scanner_at("") is None
    assert scanner_at("tcp://127.0.0.1:3310") == Scanner("tcp://127.0.0.1:3310")
