"""The points that candidates tick before they submit, in the words that they had before them.

Which questions these are is the document's `before_submitting`; ticking is the form's own. Here is
what of it stands beside the button, and what the trail keeps of each round: a later edition may
say something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.forms import display
from engine.forms.display import ShownForm
from engine.forms.entries import Entry
from engine.forms.schema import form_set_of
from engine.permissions import SubmissionSubject

FACT = "ticked"
"""What the trail calls it."""


def shown(subject: SubmissionSubject, forms: Iterable[ShownForm]) -> list[Entry]:
    """The checklists among answers that are laid out to be read, in the document's order."""
    wanted = subject.edition.credential.before_submitting
    found = {one.pointer: one for one in _every(forms) if one.pointer in wanted}
    return [found[pointer] for pointer in wanted if pointer in found]


def told(subject: SubmissionSubject, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail keeps when `answers` are handed in: the words of every point that is ticked,
    by the question's pointer; nothing where there are no checklists."""
    if not subject.edition.credential.before_submitting:
        return {}
    forms = display.read_only(form_set_of(subject.edition), dict(answers))
    return {FACT: {one.pointer: list(one.items) for one in shown(subject, forms)}}


def _every(forms: Iterable[ShownForm]) -> Iterator[Entry]:
    return (one for form in forms for top in form.entries for one in top.all())
