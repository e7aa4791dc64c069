"""The tests of a group run in one process, so that what they share is made once.

With pytest 9.2 they no longer do, without a word: everything passes and takes half as long again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
import os
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(6))
def test_of_a_group(number):
    with open({said!r}, "a") as file:
        print(os.environ["PYTEST_XDIST_WORKER"], file=file)
"""


def test_tests_of_a_group_run_in_one_process(tmp_path: Path) -> None:
    said = tmp_path / "said"
    (tmp_path / "test_it.py").write_text(TESTS.format(said=str(said)), "utf-8")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", str(tmp_path)]

    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)

    workers = said.read_text("utf-8").split()
    assert len(workers) == 6
    assert len(set(workers)) == 1
