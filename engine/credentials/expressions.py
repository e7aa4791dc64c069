"""The Common Expression Language as a small tree, and the tree as text again.

`cel` has no cost limit and tells nothing about what an expression looks at. So documents'
expressions become a tree first; only what the tree can hold is ever written out for `cel` to
compile. The tree also lets `lint` walk field paths against a form's schema.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MACROS = ("all", "exists", "exists_one", "map", "filter")


@dataclass(frozen=True)
class Constant:
    value: str | float | bool | None


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Select:
    """`of.field`; inside `has(...)` when `tested`."""

    of: Node
    field: str
    tested: bool = False


@dataclass(frozen=True)
class Index:
    of: Node
    at: Node


@dataclass(frozen=True)
class Call:
    """A function's call; a method's target is its first argument."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Macro:
    """`over.all(each, body)` and its kin; `body` has two parts in `map(x, test, value)`."""

    macro: str
    over: Node
    each: str
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Operation:
    """An operator with one, two or (`?:`) three operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Listed:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapped:
    entries: tuple[tuple[Node, Node], ...]


Node = Constant | Name | Select | Index | Call | Macro | Operation | Listed | Mapped


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    match node:
        case Select(of=of):
            return (of,)
        case Index(of=of, at=at):
            return (of, at)
        case Call(arguments=arguments):
            return arguments
        case Macro(over=over, body=body):
            return (over, *body)
        case Operation(operands=operands):
            return operands
        case Listed(items=items):
            return items
        case Mapped(entries=entries):
            return tuple(part for entry in entries for part in entry)
    return ()


def written(node: Node) -> str:
    """The expression as text for `cel`, with every number a double and every loop counted.

    CEL does not mix whole numbers and fractions (`1 + 1.5` is an error there), so literals are
    written as doubles and positions in lists are converted back by `_at`. Loops call `_tick` at
    every step and `_keep` for what they gather, so that `rules` can stop them; functions are
    written with an underscore before them, so that none of `cel` itself can be reached.
    """
    match node:
        case Constant(value=value):
            return _literal(value)
        case Name(name=name):
            return name
        case Select(of=of, field=field, tested=tested):
            selected = f"{written(of)}.{field}"
            return f"has({selected})" if tested else selected
        case Index(of=of, at=at):
            return f"{written(of)}[{_position(at)}]"
        case Call(function=function, arguments=arguments):
            return f"_{function}({', '.join(written(one) for one in arguments)})"
        case Macro():
            return _loop(node)
        case Operation(operator="?:", operands=(test, yes, no)):
            return f"({written(test)} ? {written(yes)} : {written(no)})"
        case Operation(operator="/" | "%" as operator, operands=(one, other)):
            name = "_divided" if operator == "/" else "_modulo"
            return f"{name}({written(one)}, {written(other)})"
        case Operation(operator=operator, operands=(operand,)):
            return f"{operator}({written(operand)})"
        case Operation(operator=operator, operands=operands):
            return f"({f' {operator} '.join(written(one) for one in operands)})"
        case Listed(items=items):
            return f"[{', '.join(written(one) for one in items)}]"
        case Mapped(entries=entries):
            return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in entries) + "}"


def _loop(node: Macro) -> str:
    over, each = written(node.over), node.each
    *tests, last = (written(part) for part in node.body)
    weights = [_weight(part) for part in node.body]
    tick = f"_tick({sum(one for one, _ in weights)}.0, {sum(lists for _, lists in weights)}.0)"
    if node.macro == "map":
        kept = f"_keep({last})" if tests else f"({tick} ? _keep({last}) : null)"
        return f"{over}.map({each}, {''.join(f'{tick} && {test}, ' for test in tests)}{kept})"
    if node.macro == "filter":
        return f"{over}.filter({each}, {tick} && {last} && _keep({each}) == {each})"
    return f"{over}.{node.macro}({each}, {tick} && {last})"


def _weight(node: Node) -> tuple[int, int]:
    """How much one step of a loop does: nodes, and whole lists that operators may go through."""
    nodes, lists = 1, 0
    if isinstance(node, Operation) and node.operator in ("in", "==", "!=", "+"):
        lists += not any(isinstance(part, Constant | Listed) for part in node.operands)
    for part in children(node):
        if not isinstance(node, Macro) or part is node.over:
            more, through = _weight(part)
            nodes, lists = nodes + more, lists + through
    return nodes, lists


def _literal(value: Any) -> str:
    if isinstance(value, float):
        text = repr(value)
        return f"({text})" if value < 0 else text
    return json.dumps(value, ensure_ascii=False)


def _position(node: Node) -> str:
    if isinstance(node, Constant) and isinstance(node.value, float) and node.value.is_integer():
        return str(int(node.value))
    return written(node) if isinstance(node, Constant) else f"_at({written(node)})"
