"""Templates, routes and statements compile once for each test process, not for each of its many
apps and databases.

Compiling takes half a second for a page of a form, and a seventh of a second for all the addresses
of an app. What was compiled stays with its source, its name, and everything else that the compiler
looks at: a template of the same name in another app is not mistaken for it. A statement's key is
SQLAlchemy's own, where the dialect of each engine counts as any other that speaks the same.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.orm import Mapper
from sqlalchemy.util import HasMemoized, LRUCache
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
    """Let the routes of this process that are spelled alike share what was parsed, and the code
    that builds their addresses; the code is handed the route itself."""
    compile_rule: Callable[[Rule], None] = Rule.compile
    kept: dict[tuple[Any, ...], Rule] = {}

    def compile_once(rule: Rule) -> None:
        converters = tuple(rule.map.converters.items())
        defaults = tuple((rule.defaults or {}).items())
        place = (rule.host, rule.subdomain, rule.map.host_matching, rule.merge_slashes)
        key = (rule.rule, place, converters, defaults)
        if (known := kept.get(key)) is None:
            compile_rule(rule)
            kept[key] = rule
            return
        rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
        rule.arguments |= known.arguments
        rule._build = MethodType(known._build.__func__, rule)  # type: ignore[attr-defined]
        rule._build_unknown = MethodType(known._build_unknown.__func__, rule)  # type: ignore[attr-defined]

    Rule.compile = compile_once  # type: ignore[method-assign]


class Statements(LRUCache[Any, Any]):
    """Compiled statements of all engines."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_spoken(key), default)

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        return super().__getitem__(_spoken(key))

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(_spoken(key), value)


def keep_compiled_statements() -> None:
    """Let every engine of this process share what was compiled, for statements and for rows."""
    made, kept = Engine.__init__, Statements(2000)

    def make(engine: Engine, *said: Any, **named: Any) -> None:
        made(engine, *said, **named)
        if engine._compiled_cache is not None:
            engine._compiled_cache = kept

    def _compiled_cache(mapper: Mapper[Any]) -> Statements:
        return Statements(mapper._compiled_cache_size)

    Engine.__init__ = make  # type: ignore[method-assign]
    Mapper._compiled_cache = HasMemoized.memoized_attribute(_compiled_cache)


def _spoken(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """`key` with what a compiler asks its dialect in place of the dialect."""
    dialect, *rest = key
    said = (
        type(dialect),
        dialect.server_version_info,
        dialect.paramstyle,
        dialect.default_schema_name,
        dialect.max_identifier_length,
        dialect._json_serializer,
        dialect._json_deserializer,
    )
    return (said, *rest)


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
