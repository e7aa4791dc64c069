"""What conditions of a workflow may look at: the names, and the shape of each value.

`GUARD_NAMES` is what every workflow has in common and what expressions are compiled with;
`shapes_of` adds what one workflow's own names make of it, so that `visits.revewing` is a finding.
The values come from `submissions.facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.credentials.documents import listing, mapping
from engine.credentials.field_paths import Shape

_NUMBER = {"type": "number"}
_YES_NO = {"type": "boolean"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNTS = {"type": "object", "additionalProperties": _NUMBER}


def _numbers(*names: str) -> dict[str, Mapping[str, Any]]:
    return dict.fromkeys(names, _NUMBER)


_ASSIGNED = _numbers("required", "assigned", "open", "closed", "missing")
_TOTALS = {
    **_numbers("total", "decided", "undecided", "yes", "no", "not_applicable", "rated"),
    **_numbers("points", "possible", "percent", "mean", "lowest", "no_without_notes"),
    **dict.fromkeys(("all_yes", "all_decided"), _YES_NO),
}
GUARD_NAMES: Mapping[str, Mapping[str, Any]] = {
    "prerequisites": {
        "properties": {"met": _YES_NO, "missing": _TEXTS, **_numbers("held", "needed")}
    },
    "answers": {"properties": _numbers("problems")},
    "form": {},
    "scores": {
        "properties": {
            **_TOTALS,
            **_numbers("disagreements"),
            "agreed": _YES_NO,
            "guides": {"type": "object", "additionalProperties": {"properties": _TOTALS}},
        }
    },
    "reviews": {
        "properties": {
            **_ASSIGNED,
            "recommend": _COUNTS,
            "blocks": {
                "type": "object",
                "additionalProperties": {"properties": _ASSIGNED},
            },
        }
    },
    "notes": {"properties": _numbers("shared", "staff", "unanswered")},
    "submission": {
        "properties": {
            "state": _TEXT,
            **_numbers("round", "revision", "attempts", "days_here"),
            "overdue": _YES_NO,
            "visits": _COUNTS,
            "fired": _COUNTS,
        }
    },
    "candidate": {"properties": _numbers("others_under_way")},
    "actor": {
        "properties": {
            "roles": _TEXTS,
            "groups": _TEXTS,
            "reviewed": _YES_NO,
            "decided": _YES_NO,
        }
    },
    "step": {},
    "today": {"type": "string", "format": "date"},
}
"""What a guard may look at. `form` is the answers by form, which differ by credential; `step` the
answers of the transition's own form, which differ by transition."""


def shapes_of(data: Mapping[str, Any], transition: Mapping[str, Any]) -> dict[str, Shape]:
    """The shapes of all names as a condition of `transition` sees them in this workflow."""
    names = {**GUARD_NAMES, **_own(data)}
    form = mapping(mapping(data.get("forms")).get(str(transition.get("form"))))
    if form:
        names["step"] = form
    return {name: Shape.of(schema, schema) for name, schema in names.items()}


def blocks_of(state: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A state's review blocks by name; the only one of a state is called the empty name."""
    several = {name: mapping(one) for name, one in mapping(state.get("reviews")).items()}
    if several:
        return several
    return {"": mapping(state["review"])} if isinstance(state.get("review"), Mapping) else {}


def guard_sources(data: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Every condition of a workflow, each with its transition's name."""
    for name, one in mapping(data.get("transitions")).items():
        for _, source in conditions(mapping(one)):
            if isinstance(source, str):
                yield name, source


def conditions(transition: Mapping[str, Any]) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    """A transition's conditions, each with its place below the transition."""
    for number, guard in enumerate(listing(transition.get("when"))):
        if isinstance(guard, Mapping):
            yield ("when", number, "rule"), guard.get("rule")
    if "auto" in transition:
        yield ("auto",), transition["auto"]
    for number, choice in enumerate(listing(transition.get("choose"))):
        if isinstance(choice, Mapping) and "when" in choice:
            yield ("choose", number, "when"), choice["when"]


def _own(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """`submission` and `reviews` with this workflow's states, transitions, blocks and
    recommendations by name."""
    states = {name: mapping(one) for name, one in mapping(data.get("states")).items()}
    blocks = [one for state in states.values() for one in blocks_of(state).items()]
    named = {name for name, _ in blocks}
    said = {word for _, block in blocks for word in mapping(block.get("recommend"))}
    submission = {
        **GUARD_NAMES["submission"]["properties"],
        "visits": _counts(states),
        "fired": _counts(mapping(data.get("transitions"))),
    }
    reviews = {
        **GUARD_NAMES["reviews"]["properties"],
        "recommend": _counts(said),
        "blocks": {
            "type": "object",
            "properties": {name: {"properties": _ASSIGNED} for name in sorted(named)},
        },
    }
    return {"submission": {"properties": submission}, "reviews": {"properties": reviews}}


def _counts(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(sorted(map(str, names)), _NUMBER)}
