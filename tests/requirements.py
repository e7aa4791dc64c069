"""Which document answers each row of what the program asks for, and which tests check it.

Rows and their documents are listed in `requirements.toml`; tests name theirs with the marker
`row`, on a function or for a whole module. `make requirements` writes all of it to
`docs/requirements.md`, and `tests/test_requirements.py` holds that file to it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LISTED = Path(__file__).with_suffix(".toml")
WRITTEN = ROOT / "docs" / "requirements.md"
HEAD = """\
# What the program asks for, and where it is

Each row of the program’s requirements, with the documents that answer it and the tests that check
it. `make requirements` writes this page from `tests/requirements.toml` and from the marker `row`
of the tests.
"""


TABLE = ("| Row | What it asks | Documents | Tests |", "|---|---|---|---|")


class Row(NamedTuple):
    """One requirement."""

    id: str
    says: str
    documents: tuple[str, ...]
    """Paths from the top of the repository."""


class Check(NamedTuple):
    """A test that checks a row; without a `name`, a whole module does."""

    path: str
    name: str

    @property
    def sentence(self) -> str:
        return self.name.removeprefix("test_").replace("_", " ")


def rows() -> list[Row]:
    """Every row, in the order of the list."""
    listed = tomllib.loads(LISTED.read_text("utf-8"))
    return [
        Row(id, said["says"], tuple(said["documents"]))
        for part in listed.values()
        for id, said in part.items()
    ]


def parts() -> dict[str, list[str]]:
    """The ids of each part's rows, by the part's title."""
    listed = tomllib.loads(LISTED.read_text("utf-8"))
    return {title: list(part) for title, part in listed.items()}


def checks() -> dict[str, list[Check]]:
    """The tests of each row, by its id."""
    found: dict[str, list[Check]] = {}
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        text = path.read_text("utf-8")
        if "mark.row(" not in text:
            continue
        for id, name in _marked(ast.parse(text)):
            found.setdefault(id, []).append(Check(path.relative_to(ROOT).as_posix(), name))
    return found


def _marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            said = node.value.elts if isinstance(node.value, ast.List) else [node.value]
            yield from ((id, "") for id in _rows_in(said))
        if isinstance(node, ast.FunctionDef):
            yield from ((id, node.name) for id in _rows_in(node.decorator_list))


def _rows_in(marks: Iterable[ast.expr]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.row":
            yield from (ast.literal_eval(one) for one in mark.args)


def page() -> str:
    """The page as it should be."""
    by_id, found = {row.id: row for row in rows()}, checks()
    lines = [HEAD]
    for title, ids in parts().items():
        lines += [f"## {title}", "", *TABLE]
        lines += [_line(by_id[id], found.get(id, [])) for id in ids]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _line(row: Row, tests: list[Check]) -> str:
    documents = "<br>".join(f"[{Path(one).name}](../{one})" for one in row.documents)
    by_path: dict[str, list[str]] = {}
    for one in tests:
        by_path.setdefault(one.path, []).append(one.sentence)
    said = [
        f"[{Path(path).name}](../{path})" + (f": {'; '.join(names)}" if all(names) else "")
        for path, names in by_path.items()
    ]
    return f"| {row.id} | {row.says} | {documents} | {'<br>'.join(said)} |"


def main() -> None:
    WRITTEN.write_text(page(), "utf-8")
    listed, tests = rows(), checks()
    print(f"{len(listed)} rows, {sum(map(len, tests.values()))} checks: {WRITTEN}")  # noqa: T201


if __name__ == "__main__":
    main()
