"""Requirements: how far the answers have come towards what is asked for in numbers.

A requirement is a measure (CEL) and a target: "5 of 8 visits". It shows as a bar on the task list
and on the page where it is answered. One with a message is a rule as well: until its target is
reached, the message stands at `at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from engine.credentials import rules
from engine.forms.nodes import Node
from engine.forms.pointers import escape
from engine.languages import _


class _Page(Protocol):
    @property
    def form_id(self) -> str: ...

    @property
    def keys(self) -> frozenset[str]: ...


class _Form(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def root(self) -> Node: ...


@dataclass(frozen=True, eq=False)
class Requirement:
    """One requirement. `self` of its measure is the form, or every form by id."""

    id: str
    form_id: str
    """Empty when it is over the whole submission."""
    label: str
    measure: rules.Expression
    target: float
    unit: str
    message: str
    at: str
    """A full pointer."""

    def value(self, answers: Mapping[str, Any], purse: rules.Purse | None = None) -> float:
        """How far `answers` (pruned, keyed by form id) have come. A measure that yields a list
        counts its items; one whose answers are not there yet counts none."""
        said = answers.get(self.form_id, {}) if self.form_id else answers
        try:
            found = self.measure.value({"self": said}, purse)
        except rules.BadRule:
            return 0
        if isinstance(found, list | tuple):
            return len(found)
        return found if isinstance(found, int | float) else 0

    def concerns(self, page: _Page) -> bool:
        """Whether something on `page` counts towards it."""
        seen = self.measure.views.get("self")
        if seen is None:
            return False
        if self.form_id:
            return self.form_id == page.form_id and _some(seen, page)
        form = seen.members.get(page.form_id)
        return seen.whole or (form is not None and _some(form, page))


class Reached(NamedTuple):
    """A requirement with how far it has come, as a bar shows it."""

    id: str
    label: str
    value: float
    target: float
    unit: str

    @property
    def met(self) -> bool:
        return self.value >= self.target

    @property
    def words(self) -> str:
        """`5 of 8 visits`."""
        value, target = _plain(self.value), _plain(self.target)
        if not self.unit:
            return _("%(value)s of %(target)s", value=value, target=target)
        return _("%(value)s of %(target)s %(unit)s", value=value, target=target, unit=self.unit)


def compiled(form_id: str, said: Any) -> Iterator[Requirement]:
    """The requirements of a form's schema, or of a credential (`form_id` is empty then).

    Raises `BadRule` for a measure that does not compile, which `lint` reports first.
    """
    above = f"/{escape(form_id)}" if form_id else ""
    for number, one in enumerate(said if isinstance(said, list | tuple) else ()):
        if not isinstance(one, Mapping) or not isinstance(one.get("measure"), str):
            continue
        target = one.get("target")
        yield Requirement(
            id=f"{above}#{number}",
            form_id=form_id,
            label=str(one.get("label", "")),
            measure=rules.compile(one["measure"], ["self"]),
            target=float(target) if isinstance(target, int | float) else 1.0,
            unit=str(one.get("unit", "")),
            message=str(one.get("message", "")),
            at=above + str(one.get("at", "")),
        )


def reached(requirements: Iterable[Requirement], answers: Mapping[str, Any]) -> list[Reached]:
    """How far `answers` (pruned, keyed by form id) have come with each."""
    purse = rules.Purse()
    return [
        Reached(one.id, one.label, one.value(answers, purse), one.target, one.unit)
        for one in requirements
    ]


def of_page(requirements: Iterable[Requirement], page: _Page) -> list[Requirement]:
    """Those towards which something on `page` counts."""
    return [one for one in requirements if one.concerns(page)]


def of_forms(forms: Iterable[_Form], over_all: Sequence[Any]) -> tuple[Requirement, ...]:
    """Every requirement of a credential: its forms' in their order, then its own."""
    own = (one for form in forms for one in compiled(form.id, form.root.schema.get("requirements")))
    return (*own, *compiled("", over_all))


def _some(seen: Any, page: _Page) -> bool:
    return bool(seen.whole or page.keys.intersection(seen.members))


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:.1f}"
