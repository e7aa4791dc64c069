"""Rules and guards: CEL expressions over answers, with bounds and words for their failures.

An expression sees only the names it is given and the functions listed in `FUNCTIONS`. It cannot
take unbounded time: its length and nesting are bounded when it is compiled, the size of the lists
that it loops over when it is evaluated.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

import cel

from engine.credentials.expressions import (
    Call,
    Macro,
    Name,
    Node,
    children,
    written,
)
from engine.credentials.functions import FUNCTIONS, NotADate, numbers
from engine.credentials.looking import View, looked_at
from engine.credentials.parsing import BadExpression, parse
from engine.errors import AccoladeError

# The words of a failure are in `BadRule`; `cel` would log a callback's failure a second time.
logging.getLogger("cel").addHandler(logging.NullHandler())
logging.getLogger("cel").propagate = False

MAX_LIST = 10_000
"""The longest list that a rule may look at."""
MAX_VALUES = 100_000
"""How many values a rule may be given."""
MAX_TEXT = 2_000_000
"""How many characters of text a rule may be given."""
MAX_STEPS = 200_000
"""What a rule's loops and helpers may do at most; roughly microseconds."""
MAX_TOGETHER = 1_000_000
"""What all the rules of one check may do: a rule in a row is worked out for every row."""


class Purse:
    """The steps that several evaluations share; when it is empty, the rest of them fail."""

    def __init__(self, steps: float = MAX_TOGETHER) -> None:
        self.steps = steps


class BadRule(AccoladeError):
    """An expression cannot be compiled or evaluated. Its text is fit for the document's author."""


class Expression:
    """A compiled rule or guard. Make one with `compile`; it may be shared between threads."""

    def __init__(self, source: str, tree: Node) -> None:
        text = written(tree)
        self.source = source
        self.tree = tree
        self._program = cel.compile(text)
        self._looked_at = looked_at(tree, free_names(tree))
        inner = {name for name in _INNER if f"{name}(" in text}
        self._functions = tuple(sorted({f"_{name}" for name in called(tree)} | inner))

    @property
    def views(self) -> Mapping[str, View]:
        """What it looks at, by variable."""
        return self._looked_at

    def holds(self, variables: Mapping[str, Any], purse: Purse | None = None) -> bool | None:
        """Whether the rule is kept; None when an answer that it needs is not there yet.

        Unanswered means missing, null or empty text, or text that `date` cannot read (the
        schema's `format` speaks for that); use `has(self.name)` to ask whether there is an
        answer. Raises `BadRule` when it fails otherwise, or does not say true or false.
        """
        try:
            value = self.value(variables, purse)
        except Unanswered:
            return None
        if not isinstance(value, bool):
            raise BadRule(f"The rule “{self.source}” must say true or false.")
        return value

    def value(self, variables: Mapping[str, Any], purse: Purse | None = None) -> Any:
        """What it evaluates to; numbers are floats. Raises `BadRule`; its kind `Unanswered` when
        an answer that it needs is not there yet."""
        run = _Run(self.source, min(MAX_STEPS, purse.steps) if purse else MAX_STEPS)
        try:
            return self._value(run, variables)
        finally:
            if purse:
                purse.steps -= run.spent

    def _value(self, run: _Run, variables: Mapping[str, Any]) -> Any:
        given = {
            name: run.widened(view.of(variables.get(name)))
            for name, view in self._looked_at.items()
        }
        context = cel.Context(given, {name: run.callable(name) for name in self._functions})
        try:
            value = self._program.execute(context)
        except (KeyError, IndexError) as error:
            raise run.failure or Unanswered(
                f"The rule “{self.source}” needs an answer: {error}."
            ) from error
        except Exception as error:  # whatever `cel` raises, the author gets words, not a traceback
            said = str(error).partition(". CEL does not coerce")[0].rstrip(".")
            raise run.failure or BadRule(
                f"The rule “{self.source}” cannot be worked out: {said}."
            ) from error
        if run.failure is not None:
            raise run.failure
        return value


class Unanswered(BadRule):
    """An expression needs an answer that is not there yet."""


def compile(source: str, names: Collection[str]) -> Expression:
    """A checked expression over the variables `names`.

    Right: `compile("self.end >= self.start", ["self"])`. Wrong, raising `BadRule`:
    `compile("end >= self.start", ["self"])` (an unknown name), `compile("1 +", [])`.
    """
    return _compile(source, tuple(sorted(names)))


@lru_cache(maxsize=4096)
def _compile(source: str, names: tuple[str, ...]) -> Expression:
    try:
        tree = parse(source)
    except BadExpression as error:
        raise BadRule(f"“{_short(source)}” does not compile: {error}.") from error
    _check(tree, frozenset(names), source)
    try:
        return Expression(source, tree)
    except Exception as error:
        first = str(error).splitlines()[0]
        raise BadRule(f"“{_short(source)}” does not compile: {first}.") from error


def free_names(node: Node) -> frozenset[str]:
    """The variables that an expression looks at; those that its loops bind are not among them."""
    if isinstance(node, Name):
        return frozenset((node.name,))
    if isinstance(node, Macro):
        inside = frozenset[str]().union(*(free_names(part) for part in node.body))
        return free_names(node.over) | (inside - {node.each})
    return frozenset[str]().union(*(free_names(part) for part in children(node)))


def called(node: Node) -> frozenset[str]:
    """The functions that an expression calls."""
    own = {node.function} if isinstance(node, Call) else set()
    return frozenset(own).union(*(called(part) for part in children(node)))


def _check(node: Node, names: frozenset[str], source: str) -> None:
    if isinstance(node, Name) and node.name not in names:
        near = _near(node.name, names)
        raise BadRule(f"“{_short(source)}” names {node.name!r}, which is not known here.{near}")
    if isinstance(node, Call):
        function = FUNCTIONS.get(node.function)
        if function is None:
            near = _near(node.function, [*FUNCTIONS, "has", "all", "exists", "map", "filter"])
            raise BadRule(f"“{_short(source)}” calls {node.function!r}, which is not known.{near}")
        if len(node.arguments) not in function.arguments:
            wanted = " or ".join(str(number) for number in function.arguments)
            raise BadRule(f"“{_short(source)}”: {node.function} takes {wanted} arguments.")
    if isinstance(node, Macro):
        _check(node.over, names, source)
        for part in node.body:
            _check(part, names | {node.each}, source)
        return
    for part in children(node):
        _check(part, names, source)


def _near(word: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    return f" Known: {', '.join(sorted(known))}." if 0 < len(known) <= 8 else ""


def _short(source: str) -> str:
    return source if len(source) <= 120 else f"{source[:117]}…"


class _Run:
    """One evaluation: widens what it is given, counts what it does, remembers why it failed.

    A failure is kept in `failure` rather than raised: `a || b` in CEL swallows what one side
    raises, which would let a loop run on past its bound.
    """

    def __init__(self, source: str, steps: float) -> None:
        self.source = _short(source)
        self.failure: BadRule | None = None
        self.given = self.steps = float(steps)
        self.values = 0
        self.text = 0
        self.longest = 0
        self.kept = 0.0

    @property
    def spent(self) -> float:
        """Steps, and what looking at the answers costs."""
        return 1 + self.given - max(self.steps, 0) + self.values / 10

    def widened(self, value: Any, depth: int = 0) -> Any:
        """`value` for `cel`: numbers as floats, unanswered members of objects left out."""
        self.values += 1
        if self.values > MAX_VALUES or self.text > MAX_TEXT or depth > 64:
            raise BadRule(f"There is too much to look at for the rule “{self.source}”.")
        if isinstance(value, str):
            self.text += len(value)
            return value
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, Mapping):
            return {
                str(key): self.widened(one, depth + 1)
                for key, one in value.items()
                if one is not None and one != ""
            }
        items = list(value)
        self.longest = max(self.longest, len(items))
        if len(items) > MAX_LIST:
            raise BadRule(
                f"A list of {len(items):,} is too long for the rule “{self.source}” "
                f"(at most {MAX_LIST:,})."
            )
        return [self.widened(one, depth + 1) for one in items]

    def callable(self, name: str) -> Callable[..., Any]:
        if name in _INNER:
            return getattr(self, name[1:])  # type: ignore[no-any-return]
        function = FUNCTIONS[name[1:]].call

        def call(*arguments: Any) -> Any:
            if not self.spend(1 + sum(_values(one) for one in arguments)):
                return None
            try:
                return function(*arguments)
            except NotADate as error:
                self.fail(Unanswered(f"The rule “{self.source}”: {error}."))
            except Exception as error:
                self.fail(
                    BadRule(f"The rule “{self.source}” cannot be worked out: {name[1:]}: {error}.")
                )
            return None

        return call

    def fail(self, failure: BadRule) -> None:
        self.failure = self.failure or failure

    def spend(self, steps: float) -> bool:
        self.steps -= steps
        if self.steps < 0:
            self.fail(BadRule(f"There is too much to loop over for the rule “{self.source}”."))
            return False
        return True

    def tick(self, nodes: float, lists: float) -> bool:
        return self.spend(1 + nodes / 10 + lists * self.longest / 25)

    def keep(self, value: Any) -> Any:
        # `cel` 0.10 copies all that `map` and `filter` have gathered at every step of theirs.
        self.kept += _values(value)
        if not self.spend(1 + self.kept / 8):
            raise OverflowError  # to return would let it copy on; `failure` has the words
        return value

    def at(self, position: Any) -> Any:
        whole = isinstance(position, float) and position.is_integer()
        return int(position) if whole else position

    def divided(self, one: Any, other: Any) -> float | None:
        return self._arithmetic("/", one, other)

    def modulo(self, one: Any, other: Any) -> float | None:
        return self._arithmetic("%", one, other)

    def _arithmetic(self, sign: str, one: Any, other: Any) -> float | None:
        try:
            first, second = numbers(one, other)
            return first / second if sign == "/" else first % second
        except ZeroDivisionError:
            self.fail(BadRule(f"The rule “{self.source}” divides by zero."))
        except ValueError as error:
            self.fail(BadRule(f"The rule “{self.source}” cannot be worked out: {error}."))
        return None


_INNER = ("_at", "_divided", "_keep", "_modulo", "_tick")


def _values(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + sum(_values(one) for one in value.values())
    if isinstance(value, list):
        return 1 + sum(_values(one) for one in value)
    return 1 + len(value) // 1000 if isinstance(value, str) else 1
