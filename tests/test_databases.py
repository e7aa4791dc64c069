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
    server = Path("/proc") / (folder / "data" / "postmaster.pid").read_text().split()[0]
    assert server.exists()

    held.kill()
    held.communicate()

    until = time.monotonic() + 60
    while (folder.exists() or server.exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not server.exists()
    assert not folder.exists()
