"""Templates and routes compile once for each test process, not once for each of its many apps.

Compiling takes half a second for a page of a form, and a seventh of a second for all the addresses
of an app. What was compiled stays with its source, its name, and everything else that the compiler
looks at: a template of the same name in another app is not mistaken for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class Kept(BytecodeCache):
    """Compiled templates, in this process only."""

    def __init__(self) -> None:
        self.codes: dict[tuple[Any, ...], Any] = {}

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        key = (name, filename, source, *_said(environment))
        bucket = Bucket(environment, "", "")
        bucket.key = key  # type: ignore[assignment]
        bucket.code = self.codes.get(key)
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.code  # type: ignore[index]

    def load_bytecode(self, bucket: Bucket) -> None:
        raise NotImplementedError

    def dump_bytecode(self, bucket: Bucket) -> None:
        raise NotImplementedError


def keep_compiled_templates() -> None:
    """Let every Flask app of this process share what was compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Kept()}


def keep_compiled_routes() -> None:
    """Let every route of this process that is spelled alike share the code that builds its
    addresses; the code is handed the route itself."""
    compile_builder: Callable[..., Any] = Rule._compile_builder
    kept: dict[tuple[Any, ...], Any] = {}

    def kept_builder(rule: Rule, append_unknown: bool = True) -> Any:
        converters = tuple((name, type(one)) for name, one in rule._converters.items())
        defaults = tuple((rule.defaults or {}).items())
        key = (rule.rule, tuple(rule._trace), converters, defaults, append_unknown)
        if (known := kept.get(key)) is None:
            known = kept[key] = compile_builder(rule, append_unknown)
        return known

    Rule._compile_builder = kept_builder  # type: ignore[method-assign]


def _said(environment: Environment) -> tuple[Any, ...]:
    """What makes the same source compile otherwise."""
    # Filters and tests of constants are worked out by the compiler.
    known = (*environment.filters.values(), *environment.tests.values())
    return (
        *(f"{one.__module__}.{one.__qualname__}" for one in known if hasattr(one, "__qualname__")),
        *sorted(environment.extensions),
        type(environment).__qualname__,
        environment.trim_blocks,
        environment.lstrip_blocks,
        environment.undefined,
        environment.finalize,
        getattr(environment, "newstyle_gettext", None),
    )
