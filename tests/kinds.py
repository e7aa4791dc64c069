"""Every kind of event that the source records, read from the source itself.

`audit.record(session, chain, kind, …)` is called directly, or by functions that are handed the
kind: whoever calls those is read too. What cannot be read is reported, so that no kind hides.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import engine

ROOT = Path(engine.__file__).parent
Place = tuple[str, str]
"""A module and a function in it."""


class Found(NamedTuple):
    kinds: frozenset[tuple[str, str]]
    """Modules and the kinds that they record."""
    unreadable: frozenset[str]


class Function(NamedTuple):
    module: str
    node: ast.FunctionDef
    names: dict[str, str]
    """What imported names of the module stand for."""

    def parameters(self) -> list[str]:
        said = self.node.args
        return [one.arg for one in (*said.posonlyargs, *said.args, *said.kwonlyargs)]


@cache
def recorded() -> Found:
    functions = list(_functions())
    calls = [
        (function, call, place)
        for function in functions
        for call in ast.walk(function.node)
        if isinstance(call, ast.Call) and any(place := _called(function, call))
    ]
    takers: dict[Place, int] = {("engine.records.audit", "record"): 2}
    kinds: set[tuple[str, str]] = set()
    unreadable: set[str] = set()
    while True:
        before = dict(takers)
        for function, call, place in calls:
            if place not in takers:
                continue
            given = _argument(functions, place, call, takers[place])
            said = _read(function, given)
            if said is not None:
                kinds.update((function.module, kind) for kind in said)
            elif isinstance(given, ast.Name) and given.id in function.parameters():
                own = (function.module, function.node.name)
                takers[own] = function.parameters().index(given.id)
            else:
                unreadable.add(f"{function.module}:{call.lineno}")
        if takers == before:
            return Found(frozenset(kinds), frozenset(unreadable))


def _functions() -> Iterator[Function]:
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(("engine", *path.relative_to(ROOT).with_suffix("").parts))
        tree = ast.parse(path.read_text("utf-8"))
        names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    names[one.asname or one.name] = f"{node.module}.{one.name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield Function(module, node, names)


def _called(function: Function, call: ast.Call) -> Place:
    at = call.func
    if isinstance(at, ast.Name):
        module, _dot, name = function.names.get(at.id, "").rpartition(".")
        return (module, name) if module else (function.module, at.id)
    if isinstance(at, ast.Attribute) and isinstance(at.value, ast.Name):
        return function.names.get(at.value.id, ""), at.attr
    return "", ""


def _argument(
    functions: list[Function], place: Place, call: ast.Call, number: int
) -> ast.expr | None:
    if number < len(call.args):
        return call.args[number]
    for one in functions:
        if (one.module, one.node.name) == place:
            name = one.parameters()[number]
            return next((said.value for said in call.keywords if said.arg == name), None)
    return None


def _read(function: Function, said: ast.expr | None) -> set[str] | None:
    """The texts that an expression may be; None when the source does not tell."""
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        return {said.value}
    if isinstance(said, ast.IfExp):
        both = _read(function, said.body), _read(function, said.orelse)
        return None if None in both else set().union(*(one or () for one in both))
    if not isinstance(said, ast.Name):
        return None
    found: set[str] = set()
    for node in ast.walk(function.node):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == said.id:
                    found |= _read(function, node.value) or set()
                elif isinstance(target, ast.Tuple):
                    for number, one in enumerate(target.elts):
                        if isinstance(one, ast.Name) and one.id == said.id:
                            found |= _unpacked(function, node.value, number)
    return found or None


def _unpacked(function: Function, value: ast.expr, number: int) -> set[str]:
    """The texts at one place of the tuples in a table that is looked up: `a, b = table[key]`."""
    if not isinstance(value, ast.Subscript) or not isinstance(value.value, ast.Name):
        return set()
    found: set[str] = set()
    for node in ast.walk(function.node):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Dict)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == value.value.id
        ):
            for row in node.value.values:
                if isinstance(row, ast.Tuple):
                    found |= _read(function, row.elts[number]) or set()
    return found
