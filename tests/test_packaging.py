"""What is shipped: a wheel that stands on its own, and lists of names and versions only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "engine": "engine",
    "schemas": "engine/shipped/schemas",
    "templates": "engine/shipped/templates",
    "workflows": "engine/shipped/workflows",
}
"""Where the repository's folders are in the wheel."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(ROOT, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the repository, with the wheel installed in `site`."""
    folder = tmp_path_factory.mktemp("elsewhere")
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target")
    _run(folder, *pip, str(folder / "site"), str(wheel))
    return folder


def test_the_wheel_holds_everything_that_is_shipped(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())

    expected = {
        f"{place}/{name.removeprefix(folder + '/')}"
        for folder, place in FOLDERS.items()
        for name in _tracked(folder)
    }

    assert expected - inside == set()
    for kind in (
        "engine/py.typed",
        "engine/web/static/style.css",
        "engine/records/migrations/versions/0001_initial.py",
        "engine/shipped/schemas/meta/credential.json",
        "engine/shipped/templates/web/base.html",
    ):
        assert kind in inside


def test_the_wheel_holds_nothing_of_an_installation_or_of_the_tests(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in inside} == {"engine", f"accolade-{_version()}.dist-info"}
    assert [name for name in inside if "__pycache__" in name or "sqlite" in name] == []


def test_the_installed_wheel_checks_and_publishes_the_catalogue(elsewhere: Path) -> None:
    assert _accolade(elsewhere, "check") == "No faults found.\n"

    published = _accolade(elsewhere, "publish", "--all")

    assert re.search(r"^instructional-coach version \d+  [0-9a-f]{64}$", published, re.MULTILINE)
    assert _accolade(elsewhere, "audit", "verify") == "Every chain holds.\n"


def test_the_installed_wheel_serves_its_own_pages(elsewhere: Path) -> None:
    asked = (
        "from pathlib import Path; from engine.settings import load_settings;"
        "from engine.web.app import create_app;"
        "from engine.records.database import Database;"
        "settings = load_settings(Path('pages'), {});"
        "database = Database(settings.database_url); database.migrate();"
        "client = create_app(settings, database).test_client();"
        "print(client.get('/').status_code, client.get('/static/style.css').status_code)"
    )

    assert _python(elsewhere, "-c", asked) == "200 200\n"


def test_a_new_document_is_not_written_into_the_installed_package(elsewhere: Path) -> None:
    command = ("-c", "from engine.cli import main; main()", "new", "goal", "my-goal")
    refused = subprocess.run(
        [sys.executable, *command],
        cwd=elsewhere,
        env=_environment(elsewhere),
        capture_output=True,
        text=True,
    )

    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Say where to write it with --into")
    assert list(elsewhere.rglob("my-goal.yaml")) == []


def test_constraints_hold_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()

    pinned = [line for line in lines if line and not line.startswith("#")]

    assert [
        one for one in pinned if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", one)
    ] == []
    assert len({_plain(one.split("==")[0]) for one in pinned}) == len(pinned)


def test_constraints_cover_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    ]
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {_plain(line.split("==")[0]) for line in lines}

    named = {_plain(re.split(r"[\[<>=!~; ]", one)[0]) for one in wanted}

    assert named - pinned == set()


def test_no_tracked_file_names_an_index_of_packages() -> None:
    names = "|".join(("--index" + "-url", "--extra-index" + "-url", "find" + "-links", "[/.]pypi"))
    address = re.compile(rf"(?:{names})", re.IGNORECASE)

    found = [
        f"{name}:{number}"
        for name in _tracked()
        for number, line in enumerate(_lines(ROOT / name), 1)
        if address.search(line)
    ]

    assert found == []


def _tracked(folder: str = "") -> list[str]:
    """The files that a clone has; without git (a source archive), those that are there."""
    try:
        listed = _git("ls-files", "--", folder or ".")
    except (OSError, subprocess.CalledProcessError):
        return [
            str(file.relative_to(ROOT))
            for file in (ROOT / folder).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        ]
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def _plain(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    version: str = project["project"]["version"]
    return version


def _accolade(folder: Path, *words: str) -> str:
    return _python(folder, "-c", "from engine.cli import main; main()", *words)


def _python(folder: Path, *words: str) -> str:
    """What Python prints there; it finds Accolade in the wheel, and nowhere else."""
    where = _run(folder, "-c", "import engine; print(engine.__file__)")
    assert where.startswith(str(folder / "site"))
    return _run(folder, *words)


def _run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ACCOLADE_")}
    return {**own, "PYTHONPATH": str(folder / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
