"""CEL text to a tree, within bounds on its length and nesting.

Follows the grammar of the CEL specification (cel-spec, "Syntax"), without messages and bytes.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from engine.credentials.expressions import (
    MACROS,
    Call,
    Constant,
    Index,
    Listed,
    Macro,
    Mapped,
    Name,
    Node,
    Operation,
    Select,
)

MAX_LENGTH = 2_000
"""Characters in one expression."""
MAX_NESTING = 32
"""Levels of brackets, operators and calls within each other."""


class BadExpression(ValueError):
    """The text is not an expression, or passes a bound. Its words are fit for an author."""


class _Token(NamedTuple):
    kind: Literal["name", "number", "text", "sign", "end"]
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f]+|//[^\n]*)
      | (?P<text>[rR]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''
            |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
      | (?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)[uU]?
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)

_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("<", "<=", ">", ">=", "==", "!=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)


def parse(source: str) -> Node:
    """The tree of an expression. Raises `BadExpression` with what is wrong and where."""
    if len(source) > MAX_LENGTH:
        raise BadExpression(f"it is longer than {MAX_LENGTH:,} characters")
    if not source.strip():
        raise BadExpression("it is empty")
    parser = _Parser(_tokens(source))
    node = parser.expression()
    parser.expect_end()
    return node


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise BadExpression(f"{source[at]!r} means nothing at character {at + 1}")
        kind = match.lastgroup
        if kind != "space":
            text = match["number"] if kind == "number" else match[0]
            found.append(_Token(kind, text, at))  # type: ignore[arg-type]
        at = match.end()
    found.append(_Token("end", "", len(source)))
    return found


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.depth = 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.index]

    def taken(self, *signs: str) -> str:
        """The next token's text if it is one of `signs`, which is then behind us; else empty."""
        token = self.now
        if token.text in signs and (token.kind == "sign" or token.text == "in"):
            self.index += 1
            return token.text
        return ""

    def expect(self, sign: str) -> None:
        if not self.taken(sign):
            found = repr(self.now.text) if self.now.text else "the end"
            raise BadExpression(f"{sign!r} is expected at character {self.now.at + 1}, not {found}")

    def expect_end(self) -> None:
        if self.now.kind != "end":
            raise BadExpression(f"{self.now.text!r} is unexpected at character {self.now.at + 1}")

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise BadExpression(f"it nests deeper than {MAX_NESTING} levels")
        node = self.binary(0)
        if self.taken("?"):
            yes = self.binary(0)
            self.expect(":")
            node = Operation("?:", (node, yes, self.expression()))
        self.depth -= 1
        return node

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        operands = [self.binary(level + 1)]
        operators: list[str] = []
        while sign := self.taken(*_LEVELS[level]):
            operators.append(sign)
            operands.append(self.binary(level + 1))
        node = operands[0]
        if operators and level < 2:
            # `a && b && c` is one node, so that a long list of conditions is not deep.
            return Operation(operators[0], tuple(operands))
        if len(operators) > MAX_NESTING:
            raise BadExpression(f"it has more than {MAX_NESTING} {operators[0]!r} in a row")
        for sign, operand in zip(operators, operands[1:], strict=True):
            node = Operation(sign, (node, operand))
        return node

    def unary(self) -> Node:
        sign = self.taken("!", "-")
        if not sign:
            return self.member()
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise BadExpression(f"it nests deeper than {MAX_NESTING} levels")
        operand = self.unary()
        self.depth -= 1
        if sign == "-" and isinstance(operand, Constant) and isinstance(operand.value, float):
            return Constant(-operand.value)
        return Operation(sign, (operand,))

    def member(self) -> Node:
        node = self.primary()
        links = 0
        while sign := self.taken(".", "["):
            links += 1
            if links > MAX_NESTING:
                raise BadExpression(f"it chains more than {MAX_NESTING} parts")
            if sign == "[":
                node = Index(node, self.expression())
                self.expect("]")
            else:
                name = self.name()
                node = self.method(node, name) if self.taken("(") else Select(node, name)
        return node

    def name(self) -> str:
        token = self.now
        if token.kind != "name" or token.text in ("in", "true", "false", "null"):
            raise BadExpression(f"a name is expected at character {token.at + 1}")
        self.index += 1
        return token.text

    def method(self, target: Node, name: str) -> Node:
        arguments = self.arguments(")")
        if name in MACROS:
            return _macro(target, name, arguments)
        return Call(name, (target, *arguments))

    def arguments(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self.taken(end):
            if found:
                self.expect(",")
                if end != ")" and self.taken(end):
                    break
            found.append(self.expression())
        return found

    def primary(self) -> Node:
        token = self.now
        if self.taken("("):
            node = self.expression()
            self.expect(")")
            return node
        if self.taken("["):
            return Listed(tuple(self.arguments("]")))
        if self.taken("{"):
            return self.mapping()
        if token.kind == "number":
            self.index += 1
            return Constant(_number(token.text))
        if token.kind == "text":
            self.index += 1
            return Constant(_text(token.text))
        words: dict[str, bool | None] = {"true": True, "false": False, "null": None}
        if token.kind == "name" and token.text in words:
            self.index += 1
            return Constant(words[token.text])
        if token.kind == "end":
            raise BadExpression("it ends too early")
        name = self.name()
        if not self.taken("("):
            return Name(name)
        arguments = self.arguments(")")
        if name == "has":
            return _has(arguments)
        if name in MACROS:
            raise BadExpression(f"write LIST.{name}(x, ...), not {name}(...)")
        return Call(name, tuple(arguments))

    def mapping(self) -> Node:
        entries: list[tuple[Node, Node]] = []
        while not self.taken("}"):
            if entries:
                self.expect(",")
            key = self.expression()
            self.expect(":")
            entries.append((key, self.expression()))
        return Mapped(tuple(entries))


def _macro(over: Node, name: str, arguments: list[Node]) -> Node:
    each, *body = arguments or [Constant(None)]
    wanted = (1, 2) if name == "map" else (1,)
    if not isinstance(each, Name) or len(body) not in wanted:
        raise BadExpression(f"write LIST.{name}(x, something about x)")
    return Macro(name, over, each.name, tuple(body))


def _has(arguments: list[Node]) -> Node:
    if len(arguments) != 1 or not isinstance(arguments[0], Select):
        raise BadExpression("write has(self.name), with one field in the brackets")
    return Select(arguments[0].of, arguments[0].field, tested=True)


def _number(text: str) -> float:
    number = float(int(text, 16)) if text[:2] in ("0x", "0X") else float(text)
    if number in (float("inf"), float("-inf")):
        raise BadExpression(f"the number {text} is too large")
    return number


_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)", re.S)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _text(token: str) -> str:
    raw = token[0] in "rR"
    token = token[1:] if raw else token
    quotes = 3 if token[:3] in ('"""', "'''") else 1
    inside = token[quotes:-quotes]
    return inside if raw else _ESCAPE.sub(_unescaped, inside)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 1:
        if code in _SIMPLE:
            return _SIMPLE[code]
        if code in "\\?\"'`":
            return code
        raise BadExpression(f"'\\{code}' is not an escape; write '\\\\{code}'")
    number = int(code, 8) if code.isdecimal() else int(code[1:], 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise BadExpression(f"'\\{code}' is not a character")
    return chr(number)
