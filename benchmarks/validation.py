"""Every problem of a whole submission, against a bare cached jsonschema validator."""

from __future__ import annotations

import json

import jsonschema

from benchmarks.installation import installation
from benchmarks.timing import Figure, medians, milliseconds
from engine.forms.answers import Draft, prune, validate
from engine.forms.schema import form_set_of


def measure() -> list[Figure]:
    """Ours does more: hidden branches, cross-field rules, words for each problem."""
    with installation() as here:
        edition = here.edition
    form_set = form_set_of(edition)
    reference = {
        id: jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        for id, schema in edition.credential.forms.items()
    }
    full = Draft.of({id: dict(said) for id, said in edition.examples.items()})
    figures = []
    for name, draft in {"filled": full, "with errors": _with_errors(full)}.items():
        pruned = prune(form_set, draft)
        problems = validate(form_set, draft)

        def bare(said: dict[str, object] = pruned) -> object:
            return [list(reference[id].iter_errors(said[id])) for id in reference]

        def ours(draft: Draft = draft) -> object:
            return validate(form_set, draft)

        took = medians({"ours": ours, "bare": bare}, rounds=40)
        size = len(json.dumps(pruned)) / 1024
        figures.append(
            Figure(
                f"validating a submission, {name}",
                took["ours"] / took["bare"],
                0.1,
                f"{milliseconds(took['ours'])} against {milliseconds(took['bare'])} by jsonschema, "
                f"{size:.0f} KB, {len(problems)} problems",
            )
        )
    return figures


def _with_errors(full: Draft) -> Draft:
    """The same answers with every third top-level answer of each form taken away."""
    return Draft.of(
        {
            id: {key: one for number, (key, one) in enumerate(said.items()) if number % 3}
            for id, said in full.answers.items()
        }
    )
