"""The PostgreSQL server of the tests goes with the tests, however they end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT

HOLDING = """
from tests.databases import running_server
with running_server() as server:
    print(server.address.query["host"], flush=True)
    input()
"""


def runs(process: str) -> bool:
    """Whether it is there, and not only because nobody has asked yet how it ended."""
    try:
        said = (Path("/proc") / process / "stat").read_text()
    except OSError:
        return False
    return said.rpartition(")")[2].split()[0] != "Z"


def test_killed_tests_leave_no_server_behind() -> None:
    told = {name: said for name, said in os.environ.items() if name != "ACCOLADE_TEST_DATABASE_URL"}
    held = subprocess.Popen(
        [sys.executable, "-c", HOLDING],
        cwd=ROOT,
        env=told,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert held.stdout is not None
    folder = Path(held.stdout.readline().strip())
    server = (folder / "data" / "postmaster.pid").read_text().split()[0]
    assert runs(server)

    held.kill()
    held.communicate()

    until = time.monotonic() + 60
    while (folder.exists() or runs(server)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not runs(server)
    assert not folder.exists()
