"""The house has floors: a module imports only from floors below, or its own package without a loop.

Read from the source with `ast`, so that an import hidden inside a function counts as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import engine

# Every module is read once, in one process.
pytestmark = pytest.mark.xdist_group("floors")
ROOT = Path(engine.__file__).parent
FLOORS = {
    "errors": 0,
    "filming": 0,
    "languages": 0,
    "phrases": 0,
    "settings": 0,
    "time_zones": 0,
    "credentials": 1,
    "forms": 2,
    "records": 3,
    "people": 4,
    "connections": 4,
    "permissions": 4,
    "mail": 4,
    "notices": 4,
    "awards": 5,
    "submissions": 6,
    "web": 7,
    "cli": 8,
    "demo": 7,
    "rehearsals": 7,
}
FORBIDDEN = {
    "credentials": {"flask", "sqlalchemy", "wtforms"},
    "forms": {"flask", "sqlalchemy"},
    "records": {"flask"},
    "awards": {"flask"},
    "submissions": {"flask"},
    "people": {"flask"},
    "connections": {"flask"},
    "permissions": {"flask"},
    "mail": {"flask"},
    "notices": {"flask"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if not name.endswith("__init__") and "migrations" not in name:
            yield name, path


@cache
def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are written out in full"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


NAMES = {name for name, _ in modules()}


@cache
def own() -> dict[str, set[str]]:
    """By module, the modules of this house that it imports."""
    return {
        name: {
            one.removeprefix("engine.")
            for one in imports(path)
            if one.removeprefix("engine.") in NAMES and one != f"engine.{name}"
        }
        for name, path in modules()
    }


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_module_imports_only_from_floors_below_or_its_own_package(name: str) -> None:
    room = name.split(".")[0]
    upward = [
        other
        for other in own()[name]
        if other.split(".")[0] != room and FLOORS[other.split(".")[0]] > FLOORS[room]
    ]
    assert upward == []


def test_no_imports_go_round_in_a_circle() -> None:
    try:
        TopologicalSorter(own()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1]))


@pytest.mark.parametrize(("name", "path"), [*modules()], ids=[name for name, _ in modules()])
def test_domain_code_knows_no_web(name: str, path: Path) -> None:
    banned = FORBIDDEN.get(name.split(".")[0], set())
    assert {one.split(".")[0] for one in imports(path)} & banned == set()


@pytest.mark.parametrize("path", [*ROOT.rglob("__init__.py")], ids=lambda path: path.parent.name)
def test_packages_hold_at_most_a_docstring(path: Path) -> None:
    body = ast.parse(path.read_text("utf-8")).body
    assert all(isinstance(node, ast.Expr) for node in body)
