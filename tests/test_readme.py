"""The README keeps its word: every command in it runs, every setting exists, every link leads on.

The five minutes that it promises are walked in `browser/test_readme_five_minutes.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from engine.settings import Settings, load_settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
VIRTUAL = Path(sys.executable).parents[1]
GOES_ON = ("accolade preview", "accolade serve", "accolade worker")
"""Commands that run until they are told to end."""
BY_MAKE = {"demo", "test", "check", "bench"}
"""What takes minutes: only that make knows it, and what it would run, is looked at here."""


def blocks(language: str) -> list[str]:
    """The README's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a clone is after `make demo`, without the demonstration's data."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv").symlink_to(VIRTUAL)
    (folder / "instance").mkdir()
    [own, _] = blocks("toml")
    (folder / "instance" / "settings.toml").write_text(own, "utf-8")
    return folder


def test_every_command_runs_in_its_order(place: Path) -> None:
    for command in COMMANDS:
        if command.startswith("make "):
            _asked_of_make(command)
        elif command.startswith(GOES_ON):
            _goes_on(place, command)
        else:
            _runs(place, command)

    settings = load_settings(place / "instance", {})
    assert (settings.documents[-1] / "my-topic.yaml").is_file()
    assert (place / "backup.sqlite").stat().st_size > 100_000


def test_every_target_of_make_that_is_shown_is_known() -> None:
    assert {line.split()[1] for line in COMMANDS if line.startswith("make ")} == BY_MAKE


def test_every_setting_is_shown_and_exists(tmp_path: Path) -> None:
    said = tomllib.loads(blocks("toml")[1])
    (tmp_path / "settings.toml").write_text(blocks("toml")[1], "utf-8")

    chosen = load_settings(tmp_path, {})

    # The key is made, not chosen, and the folder is where the settings are.
    assert set(said) == {one.name for one in fields(Settings)} - {"instance", "secret_key"}
    assert chosen.site_name == said["site_name"]


def test_every_link_and_picture_leads_to_a_file() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)

    missing = [one for one in targets if "://" not in one and not (ROOT / one).is_file()]

    assert targets
    assert missing == []


def test_every_folder_of_the_map_is_there() -> None:
    named = re.findall(r"^\| (.*?) \|", README.partition("## The map")[2], re.MULTILINE)
    folders = [name for cell in named for name in re.findall(r"`([a-z]+/)`", cell)]

    assert len(folders) >= 7
    assert [one for one in folders if not (ROOT / one).is_dir()] == []


def _asked_of_make(command: str) -> None:
    program, *targets = shlex.split(command)
    done = subprocess.run(
        [program, "--dry-run", *targets], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _runs(place: Path, command: str) -> None:
    """Run a line in a shell in which the lines before it ran; two passwords are typed."""
    done = subprocess.run(
        ["sh", "-c", _shell(command)],
        cwd=place,
        env=_environment(),
        input="four plain words here\n" * 2,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def _goes_on(place: Path, command: str) -> None:
    """Start it at a free port, wait until it works, and end it."""
    said = re.sub(r" --port \d+", "", command)
    port = _free_port()
    own = "" if said == "accolade worker" else f" --port {port}"
    process = subprocess.Popen(
        ["sh", "-c", _shell(f"exec {said}{own}")],
        cwd=place,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "Ctrl+C ends it" in first, first + process.stdout.read()
        if own:
            _wait_for(port, process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _shell(command: str) -> str:
    activate = ". .venv/bin/activate"
    return command if command == activate else f"{activate} && {command}"


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ACCOLADE_")}
    return {**own, "PYTHONUNBUFFERED": "1"}


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in _patiently():
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return


def _patiently(seconds: float = 60) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
    raise AssertionError(f"nothing in {seconds} seconds")
