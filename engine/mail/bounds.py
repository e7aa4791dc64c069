"""The small language of letters: Jinja in a sandbox in which nothing can run for long.

Staff write letters in the browser, and a mistake must cost them a message, never the server. So
besides what Jinja's sandbox forbids, everything that could repeat or grow is counted: turns of
loops, calls, filters, sums and joins. A template that is over its budget is a finding. Only what
is listed here can be called; each of it does work in proportion to what it is given, which is
bounded too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import islice
from typing import Any, Final

from jinja2 import TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_SOURCE: Final = 20_000
"""Characters of a template."""
LONGEST_OUTPUT: Final = 200_000
"""Characters of whatever a template makes, in all and in between."""
MOST_STEPS: Final = 20_000
MOST_SECONDS: Final = 2.0
LONGEST_RANGE: Final = 1000
_LARGEST = 10**15
_WIDEST = 40

_STRING_METHODS = frozenset(
    {"capitalize", "endswith", "lower", "lstrip", "rstrip", "split", "startswith", "strip"}
    | {"title", "upper"}
)
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})
_FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "first", "float", "int", "last", "length"),
    *("list", "lower", "max", "min", "reverse", "sort", "string", "sum", "title", "trim"),
    *("truncate", "unique", "upper", "wordcount"),
)


class TooMuch(TemplateRuntimeError):
    """A template that would go on for too long, or grow too large."""


class _Meter:
    def __init__(self) -> None:
        self.steps = 0
        self.until = time.monotonic() + MOST_SECONDS


_meter: ContextVar[_Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[None]:
    """The budget of one rendering."""
    token = _meter.set(_Meter())
    try:
        yield
    finally:
        _meter.reset(token)


def step(cost: int = 1) -> None:
    """Take `cost` from the budget. Raises `TooMuch` when nothing is left."""
    if (meter := _meter.get()) is None:
        return
    meter.steps += cost
    if meter.steps > MOST_STEPS or time.monotonic() > meter.until:
        raise TooMuch("This letter goes on for too long: a loop in it is too large.")


def fits(length: int) -> None:
    """Raises `TooMuch` when something would have more characters than a letter may."""
    if length > LONGEST_OUTPUT:
        raise TooMuch("This letter would be too large: something in it is repeated too often.")


def joined(parts: Iterable[Any]) -> str:
    """The parts as one text, as long as it fits."""
    found, length = [], 0
    for part in parts:
        text = str(part)
        length += len(text)
        fits(length)
        found.append(text)
    return "".join(found)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Where the templates of letters run. `callables` are what they may call by name."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    concat = staticmethod(joined)

    def __init__(self, callables: dict[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(**options)
        ours = {**callables, "range": _range}
        self.globals.clear()
        self.globals.update(ours)
        self._ours = frozenset(ours.values())
        known = self.filters
        self.filters = {name: _counted(known[name]) for name in _FILTERS}
        self.filters.update(
            {
                "join": _counted(_join),
                "indent": _counted(_indent),
                "wordwrap": lambda text, *_width, **_more: text,  # every long line is folded
                "round": _counted(_round),
                _TURNS: _turns,
                _JOINED: _concatenated,
            }
        )

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST_SOURCE:
            words = f"This letter is too long: there is room for {LONGEST_SOURCE:,} characters."
            raise TemplateSyntaxError(words, 1, name, filename)
        return _watched(super()._parse(source, name, filename), name, filename)

    def _load_template(self, name: str, globals: Any) -> Any:
        step(20)
        return super()._load_template(name, globals)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        step()
        return super().call(__context, __obj, *args, **kwargs)

    def is_safe_callable(self, obj: Any) -> bool:
        """Only what is listed: ours, macros and blocks, and a few methods of texts and tables."""
        whose = getattr(obj, "__self__", None)
        name = getattr(obj, "__name__", "")
        if isinstance(whose, str):
            return name in _STRING_METHODS
        if isinstance(whose, dict):
            return name in _MAPPING_METHODS
        if isinstance(obj, Macro | BlockReference | Undefined) or isinstance(whose, LoopContext):
            return True
        try:
            return obj in self._ours
        except TypeError:
            return False

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Sums of numbers that fit a page, and texts and lists put together."""
        step()
        if isinstance(left, int | float) and isinstance(right, int | float):
            if operator != "**":
                found = super().call_binop(context, operator, left, right)
                if abs(found) <= _LARGEST:
                    return found
        elif operator == "+" and isinstance(left, str) and isinstance(right, str):
            return joined((left, right))
        elif (
            operator == "+"
            and isinstance(left, list)
            and isinstance(right, list)
            and len(left) + len(right) <= LONGEST_RANGE
        ):
            return left + right
        raise TooMuch(f"“{operator}” can't be done with these in a letter.")


_TURNS = "turns of a loop"
_JOINED = "put together"
"""Filters that a template can't name, since their names are no names."""


def _watched(tree: nodes.Template, name: str | None, filename: str | None) -> nodes.Template:
    """Has every loop count its turns, and every `~` its letters."""
    for loop in list(tree.find_all(nodes.For)):
        if loop.recursive:
            words = "A letter's loops can't be recursive."
            raise TemplateSyntaxError(words, loop.lineno, name, filename)
        loop.iter = _filtered(loop.iter, _TURNS)
    _watch_joins(tree)
    return tree


def _watch_joins(node: nodes.Node) -> None:
    for field, value in node.iter_fields():
        if isinstance(value, list):
            value[:] = [_watched_join(one) for one in value]
        elif isinstance(value, nodes.Node):
            setattr(node, field, _watched_join(value))


def _watched_join(node: Any) -> Any:
    if isinstance(node, nodes.Node):
        _watch_joins(node)
    if not isinstance(node, nodes.Concat):
        return node
    return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOINED)


def _filtered(node: Any, name: str) -> Any:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno).set_environment(
        node.environment
    )


def _turns(things: Iterable[Any]) -> Iterator[Any]:
    for one in things:
        step()
        yield one


def _concatenated(parts: Sequence[Any]) -> str:
    step(len(parts))
    return joined(parts)


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > LONGEST_RANGE:
        raise TooMuch(f"A range in a letter has at most {LONGEST_RANGE:,} numbers.")
    return found


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose work is taken from the budget, and whose result must fit."""

    @wraps(function)  # with the marks that say what else it wants to be given
    def counted(*values: Any, **named: Any) -> Any:
        step(1 + sum(len(one) for one in values if isinstance(one, Sized)) // 100)
        found = function(*values, **named)
        if isinstance(found, str):
            fits(len(found))
        return found

    return counted


def _join(things: Iterable[Any], between: str = "", attribute: str | None = None) -> str:
    found: list[Any] = []
    for one in islice(things, LONGEST_OUTPUT):
        shown = one.get(attribute, "") if attribute and isinstance(one, dict) else one
        found += [between, shown] if found else [shown]
    return joined(found)


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    before = " " * max(0, min(int(width), _WIDEST))
    lines = str(text).splitlines()
    return "\n".join(
        before + line if (number or first) and (line or blank) else line
        for number, line in enumerate(lines)
    )


def _round(value: float, digits: int = 0) -> float:
    return round(float(value), max(-15, min(int(digits), 15)))
