"""The forms that transitions ask for: filled when one is taken, and kept with its event.

They are small: a reason, a date, a recommendation. What they say, guards see as `step`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from engine.credentials.credential import Edition
from engine.credentials.workflow import Transition
from engine.errors import Problem
from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.schema import FormSet, form_set
from engine.languages import current

STEP = "step"
"""The id of the one form in a step's form set."""
_KEPT = 256
_sets: OrderedDict[tuple[str, str, str], FormSet] = OrderedDict()


def form_of(edition: Edition, transition: Transition) -> FormSet | None:
    """The form of a transition, compiled once per edition and language; None when it has none."""
    if not transition.form or edition.workflow is None:
        return None
    key = (edition.digest, transition.form, current())
    if key not in _sets:
        schema = edition.workflow.forms[transition.form]
        _sets[key] = form_set({STEP: schema})
        while len(_sets) > _KEPT:
            _sets.popitem(last=False)
    return _sets[key]


def problems(form: FormSet, draft: Draft) -> list[Problem]:
    """What is wrong with what was filled in."""
    return forms_answers.validate(form, draft, {})


def said(form: FormSet, draft: Draft) -> Mapping[str, Any]:
    """What is kept of it: the answers without hidden branches."""
    found = forms_answers.prune(form, draft).get(STEP, {})
    return found if isinstance(found, Mapping) else {}
