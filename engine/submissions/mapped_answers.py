"""Where the answers of one version of a credential go in another: values, marks and pointers.

Nothing is dropped: what the newer version has no place for stays where it is, and `left` names it.
Pure; `submissions.migrating` reads and writes the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from engine.credentials.credential import Credential
from engine.credentials.field_paths import Shape
from engine.forms.drafts import MARKS
from engine.forms.pointers import escape, tokens


class Mapped(NamedTuple):
    """Answers by form in their new places, with the marks beside them."""

    answers: dict[str, Any]
    marks: dict[str, dict[str, Any]]


class Routes:
    """The way from an older version's pointers to those of `credential`."""

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        moves = credential.migrate
        self._fields = sorted(moves.fields.items(), key=lambda one: len(one[0]), reverse=True)
        self._forms = dict(moves.forms)

    def of(self, pointer: str) -> str:
        """Where `pointer` of the older version is now; marks' names, with what follows a `#`, too.
        The longest field that is named wins, then the form."""
        for old, new in self._fields:
            if pointer == old or pointer.startswith((f"{old}/", f"{old}#")):
                return new + pointer[len(old) :]
        form, slash, rest = pointer[1:].partition("/")
        return f"/{escape(self._forms.get(form, form))}{slash}{rest}" if pointer else pointer

    def applied(self, answers: Mapping[str, Any], marks: Mapping[str, Any]) -> Mapped:
        """All answers and marks in their new places. A place that is taken already, or that the
        answers around it have no room for, keeps the answer where it was."""
        whole = deepcopy(dict(answers))
        lifted = [(old, new, _taken(whole, old)) for old, new in self._fields]
        moved: dict[str, Any] = {}
        # Forms that keep their name first: one that comes to them adds to what is there.
        for form in sorted(whole, key=lambda name: name in self._forms):
            target = self._forms.get(form, form)
            if target not in moved:
                moved[target] = whole[form]
            elif isinstance(moved[target], dict) and isinstance(whole[form], dict):
                for key, value in whole[form].items():
                    if key in moved[target]:
                        moved.setdefault(form, {})[key] = value
                    else:
                        moved[target][key] = value
        for old, new, value in reversed(lifted):
            if value is not _NOTHING and not _put(moved, new, value):
                _put(moved, old, value)
        names = {
            kind: {self.of(name): value for name, value in dict(marks.get(kind, {})).items()}
            for kind in MARKS
        }
        return Mapped(moved, names)

    def left(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers, already in their new places, that this version does not ask for: by
        pointer, whole forms or questions of a form."""
        found: dict[str, Any] = {}
        for form, said in sorted(answers.items()):
            schema = self.credential.forms.get(form)
            if schema is None:
                if said:
                    found[f"/{escape(form)}"] = said
            elif isinstance(said, Mapping):
                shape = Shape.of(schema, schema)
                if not shape.is_open:
                    found |= {
                        f"/{escape(form)}/{escape(key)}": value
                        for key, value in said.items()
                        if key not in shape.names
                    }
        return found

    def moved(self, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """(old, new) for what is there and has another place now."""
        for old, new in sorted(self._fields):
            if _at(answers, old) is not _NOTHING:
                yield old, new
        for old, new in sorted(self._forms.items()):
            if answers.get(old):
                yield f"/{escape(old)}", f"/{escape(new)}"


_NOTHING = object()


def _at(answers: Any, pointer: str) -> Any:
    for token in tokens(pointer):
        if isinstance(answers, Mapping) and token in answers:
            answers = answers[token]
        elif isinstance(answers, list) and token.isdecimal() and int(token) < len(answers):
            answers = answers[int(token)]
        else:
            return _NOTHING
    return answers


def _taken(answers: dict[str, Any], pointer: str) -> Any:
    """The value at `pointer`, and `answers` without it."""
    *way, last = tokens(pointer)
    around: Any = answers
    for token in way:
        around = around.get(token) if isinstance(around, dict) else None
    return around.pop(last, _NOTHING) if isinstance(around, dict) else _NOTHING


def _put(answers: dict[str, Any], pointer: str, value: Any) -> bool:
    *way, last = tokens(pointer)
    around: Any = answers
    for token in way:
        if not isinstance(around, dict):
            return False
        around = around.setdefault(token, {})
    if not isinstance(around, dict) or last in around:
        return False
    around[last] = value
    return True
