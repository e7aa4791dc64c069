"""Every fault of a document and its pointer, against both libraries bare; then whole submissions.

The libraries list errors with pointers, as `Checker.faults` does. A submission also leaves out
hidden branches, and finds for each fault the question that it is about, and words for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
import jsonschema_rs

from benchmarks import sixty
from benchmarks.installation import installation
from benchmarks.timing import Figure, medians, milliseconds
from engine.forms.answers import Draft, prune, validate
from engine.forms.checking import Checker
from engine.forms.pointers import join
from engine.forms.schema import form_set, form_set_of

OFTEN = 40
"""Documents in a row: what took the machine's caches before a turn should not decide it. The first
of a turn takes three times as long as the third, whichever way."""


def measure() -> list[Figure]:
    """A document of 4 KB, and the catalogue's examples."""
    return [*_document(), *_submissions()]


def _document() -> list[Figure]:
    schema, said = sixty.schema(), sixty.faulty_answers()
    checker = Checker(schema)
    fast = jsonschema_rs.validator_for(schema, validate_formats=True)
    cls = jsonschema.Draft202012Validator
    slow = cls(schema, format_checker=cls.FORMAT_CHECKER)

    def ours() -> list[tuple[str, str]]:
        return [(join("", one.path), one.keyword) for one in checker.faults(said)]

    def by_fast() -> list[tuple[str, str]]:
        return [(join("", one.instance_path), one.message) for one in fast.iter_errors(said)]

    def by_slow() -> list[tuple[str, str]]:
        return [(join("", one.absolute_path), one.message) for one in slow.iter_errors(said)]

    assert len(ours()) == len(by_fast()) == len(by_slow())
    ways = {
        name: _often(way) for name, way in {"ours": ours, "fast": by_fast, "slow": by_slow}.items()
    }
    took = {name: one / OFTEN for name, one in medians(ways, rounds=40, warm=5).items()}
    about = (
        f"{len(json.dumps(said)) / 1024:.0f} KB, {len(ours())} faults: "
        f"{milliseconds(took['ours'])} against "
    )
    return [
        Figure(
            "every fault, against jsonschema-rs",
            took["ours"] / took["fast"],
            2.0,
            about + milliseconds(took["fast"]),
        ),
        Figure(
            "every fault, against jsonschema",
            took["ours"] / took["slow"],
            0.05,
            about + milliseconds(took["slow"]),
        ),
    ]


def _often(way: Callable[[], object]) -> Callable[[], object]:
    return lambda: [way() for _ in range(OFTEN)]


def _submissions() -> list[Figure]:
    """JSON Schema against JSON Schema; then the same with the document's rules, which bare
    jsonschema knows nothing of. Ours also leaves out hidden branches and words each problem."""
    with installation() as here:
        edition = here.edition
    schemas = edition.credential.forms
    reference = {
        id: jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        for id, schema in schemas.items()
    }
    with_rules = form_set_of(edition)
    without = form_set(_without_rules(schemas), (), edition.frameworks)
    full = Draft.of({id: dict(said) for id, said in edition.examples.items()})
    figures = []
    for name, draft in {"filled in": full, "with gaps": _with_errors(full)}.items():
        pruned = prune(without, draft)

        def bare(said: dict[str, object] = pruned) -> object:
            return [list(reference[id].iter_errors(said[id])) for id in reference]

        def by_schema(draft: Draft = draft) -> object:
            return validate(without, draft)

        def by_all(draft: Draft = draft) -> object:
            return validate(with_rules, draft)

        took = medians({"schema": by_schema, "all": by_all, "bare": bare}, rounds=60)
        theirs = f"against {milliseconds(took['bare'])} by jsonschema"
        size = f"{len(json.dumps(pruned)) / 1024:.0f} KB"
        figures += [
            Figure(
                f"validating every answer, {name}",
                took["schema"] / took["bare"],
                0.1,
                f"{milliseconds(took['schema'])} {theirs}, {size}, "
                f"{len(validate(without, draft))} problems",
            ),
            Figure(
                f"the same and all rules, {name}",
                took["all"] / took["bare"],
                None,
                f"{milliseconds(took['all'])} {theirs}, which checks no rules",
            ),
        ]
    return figures


def _without_rules(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {key: _without_rules(one) for key, one in schema.items() if key != "rules"}
    return [_without_rules(one) for one in schema] if isinstance(schema, list) else schema


def _with_errors(full: Draft) -> Draft:
    """The same answers with every third top-level answer of each form taken away."""
    return Draft.of(
        {
            id: {key: one for number, (key, one) in enumerate(said.items()) if number % 3}
            for id, said in full.answers.items()
        }
    )
