"""The questions of a survey, as they are asked and as they are counted.

A survey's form is compiled by the same engine as every other (`forms.schema`); what is counted are
the single questions in it, each under its own path: `helps`, or `views/safe` for a matrix's row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.credentials.credential import Edition
from engine.credentials.surveys import Survey
from engine.forms.agreements import Checkbox
from engine.forms.choices import Checkboxes, Choosing
from engine.forms.fields import Number
from engine.forms.groups import Group
from engine.forms.nodes import Leaf, Node
from engine.forms.schema import FormSet, form_set_of
from engine.languages import _


@dataclass(frozen=True)
class Question:
    """One question, and how its answers are counted."""

    path: str
    title: str
    choices: tuple[tuple[Any, str], ...] = ()
    """The answers that it offers, each with its words; none where it is answered in one's own."""
    number: bool = False
    """Whether an average of its answers means something."""
    several: bool = False
    """Whether more than one choice may be made."""

    @property
    def is_words(self) -> bool:
        return not self.choices and not self.number


def forms_of(edition: Edition, survey: Survey) -> FormSet:
    """The survey's form alone, compiled and remembered like those of a credential."""
    credential = replace(
        edition.credential, forms={survey.id: survey.form}, rules=(), requirements=()
    )
    # Its own digest, so that it is remembered beside the credential's forms, not in their place.
    digest = f"{edition.digest}/surveys/{survey.id}"
    return form_set_of(replace(edition, digest=digest, credential=credential))


def questions_of(edition: Edition, survey: Survey) -> tuple[Question, ...]:
    """Everything that the survey asks, in its order, in the language of the moment."""
    return tuple(_below(forms_of(edition, survey).forms[survey.id].root, ""))


def answer_at(answers: Mapping[str, Any], path: str) -> Any:
    """What one answer says to a question; None for nothing."""
    found: Any = answers
    for step in path.split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _below(node: Node, path: str) -> Iterator[Question]:
    if isinstance(node, Group):
        for child in node.nodes():
            yield from _below(child, f"{path}/{child.key}" if path else child.key)
    elif isinstance(node, Leaf):
        yield _counted(node, path)


def _counted(node: Leaf, path: str) -> Question:
    if isinstance(node, Choosing):
        choices = tuple((choice.value, choice.label) for choice in node.choices)
        numbers = bool(choices) and all(_is_number(value) for value, _label in choices)
        several = isinstance(node, Checkboxes)
        return Question(path, node.title, choices, numbers and not several, several)
    if isinstance(node, Checkbox):
        return Question(path, node.title, ((True, _("Yes")),))
    return Question(path, node.title, number=isinstance(node, Number))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
