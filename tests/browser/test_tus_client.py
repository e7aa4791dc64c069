"""A tus client that others wrote, against the server that people run, with connections that break
and a server that is killed."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from sqlalchemy import select
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader.uploader import Uploader

from engine.people import Actor
from engine.records.database import Database
from engine.records.tables import Account, Evidence
from engine.submissions import drafting
from tests.browser.house import LiveHouse
from tests.conftest import ROOT, settings_in

pytestmark = pytest.mark.xdist_group("films")

MB = 1024 * 1024
ACCOLADE = Path(sys.executable).with_name("accolade")
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + random.Random(5).randbytes(12 * MB)


class Granian:
    """`accolade serve`, as an installation runs it; it may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        tests = ROOT / "tests" / "documents"
        self.process = subprocess.Popen(
            [str(ACCOLADE), "serve", "--port", str(self.port)],
            cwd=ROOT,
            env={
                **os.environ,
                "ACCOLADE_INSTANCE": str(self.folder),
                "ACCOLADE_DOCUMENTS": str(tests),
                "ACCOLADE_WORKFLOWS": str(tests / "workflows"),
                "ACCOLADE_EMBEDDED_WORKER": "false",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(1200):
            try:
                if requests.options(f"{self.url}/uploads/x", timeout=5).status_code == 204:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """At once, without a chance to tidy anything up, its own processes included."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def granian(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Granian]:
    folder = tmp_path_factory.mktemp("granian")
    for file in (*founded.glob("accolade.sqlite*"), founded / "secret.key"):
        shutil.copy(file, folder / file.name)
    made = Granian(folder)
    yield made
    made.kill()


@pytest.fixture
def work(granian: Granian) -> Iterator[tuple[TusClient, str, Database]]:
    """A client with Ana's session, a submission of hers, and the database."""
    settings = settings_in(granian.folder)
    database = Database(settings.database_url)
    with database.transaction() as session:
        row = session.scalars(select(Account).where(Account.email == "ana@example.org")).one()
        ana = Actor(row.id, row.name, row.email, frozenset(row.roles))
        house = LiveHouse(granian.url, settings, database)
        edition = house.edition("field-video")
        id = drafting.open_submission(session, edition, ana, datetime.now(UTC)).id
    cookie = {"Cookie": f"accolade={house.cookie(ana)}"}
    yield TusClient(f"{granian.url}/submissions/{id}/uploads", headers=cookie), id, database
    database.dispose()


def uploader(client: TusClient, path: Path, **named: object) -> Uploader:
    path.write_bytes(FILM)
    said = {"pointer": "/answers/lesson", "filename": path.name}
    return client.uploader(str(path), metadata=said, **named)


def digests(database: Database, name: str) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Evidence.sha256).where(Evidence.name == name)))


WHOLE = hashlib.sha256(FILM).hexdigest()


@pytest.mark.parametrize("checked", [True, False])
def test_client_sends_a_film_in_pieces(
    work: tuple[TusClient, str, Database], tmp_path: Path, checked: bool
) -> None:
    client, _, database = work
    name = f"pieces-{checked}.mp4"
    sending = uploader(client, tmp_path / name, chunk_size=5 * MB, upload_checksum=checked)
    sending.upload()
    assert digests(database, name) == [WHOLE]


def test_client_sends_a_film_in_one_piece(
    work: tuple[TusClient, str, Database], tmp_path: Path
) -> None:
    client, _, database = work
    uploader(client, tmp_path / "one.mp4").upload()
    assert digests(database, "one.mp4") == [WHOLE]


def test_client_goes_on_after_the_server_was_killed(
    granian: Granian, work: tuple[TusClient, str, Database], tmp_path: Path
) -> None:
    client, _, database = work
    sending = uploader(client, tmp_path / "killed.mp4", chunk_size=3 * MB)
    sending.upload(stop_at=6 * MB)
    granian.kill()
    with pytest.raises(TusCommunicationError):
        sending.upload(stop_at=9 * MB)
    granian.start()
    again = uploader(client, tmp_path / "killed.mp4", chunk_size=3 * MB, url=sending.url)
    assert again.offset == 6 * MB
    again.upload()
    assert digests(database, "killed.mp4") == [WHOLE]


@pytest.mark.parametrize("how", ["cut", "killed"])
def test_what_arrived_of_a_large_piece_is_kept(
    granian: Granian, work: tuple[TusClient, str, Database], tmp_path: Path, how: str
) -> None:
    client, _, database = work
    name = f"half-{how}.mp4"
    sending = uploader(client, tmp_path / name)
    sending.set_url(sending.create_url())
    head = "".join(
        f"{key}: {text}\r\n"
        for key, text in {
            **client.headers,
            "Tus-Resumable": "1.0.0",
            "Host": "x",
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(FILM)),
        }.items()
    )
    path = str(sending.url).removeprefix(granian.url)
    with socket.create_connection(("127.0.0.1", granian.port)) as line:
        line.sendall(f"PATCH {path} HTTP/1.1\r\n{head}\r\n".encode() + FILM[: 4 * MB])
        if how == "killed":
            _until(granian.folder, 3 * MB)
            granian.kill()
            granian.start()
    for _ in range(600):
        if (arrived := sending.get_offset()) >= 3 * MB:
            break
        time.sleep(0.05)
    assert 3 * MB <= arrived <= 4 * MB
    again = uploader(client, tmp_path / name, url=sending.url, retries=5, retry_delay=1)
    again.upload()
    assert digests(database, name) == [WHOLE]


def test_client_hears_that_a_file_is_not_wanted(
    work: tuple[TusClient, str, Database], tmp_path: Path
) -> None:
    client, _, database = work
    path = tmp_path / "words.mp4"
    path.write_bytes(b"Only words.")
    said = {"pointer": "/answers/lesson", "filename": path.name}
    with pytest.raises(TusCommunicationError) as refused:
        client.uploader(str(path), metadata=said).upload()
    assert refused.value.status_code == 415
    assert digests(database, path.name) == []


def _until(folder: Path, size: int) -> None:
    for _ in range(1500):
        if any(one.stat().st_size >= size for one in (folder / "evidence/.uploads").iterdir()):
            return
        time.sleep(0.02)
    raise AssertionError("too little has arrived")
