"""What follows from saving a page, apart from going on: what its script is told, and which
questions the answers have brought up.

The work grows with the page, never with the submission: no other form is read, and the page's own
is gone through only for requirements that measure it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import Problem
from engine.forms import answers as forms_answers
from engine.forms import requirements, revealing
from engine.forms.answers import Draft
from engine.forms.pointers import within
from engine.forms.requirements import Reached
from engine.forms.revealing import New
from engine.forms.schema import FormSet, Page
from engine.languages import _, ngettext
from engine.submissions import drafting
from engine.submissions.drafting import Saved


def told(
    session: Session, submission_id: str, form_set: FormSet, page: Page, saved: Saved
) -> dict[str, Any]:
    """The answer to a save by the page's own script, as JSON: when, how many of the page's
    questions are answered, which are asked now, and how far the requirements are.

    Whether the answers are right is not worked out here: that takes the whole form, and is asked
    for by going on.
    """
    progress = forms_answers.page_progress(page, saved.draft, ())
    return {
        "saved_at": saved.saved_at.isoformat(timespec="seconds"),
        "seen": saved.seen,
        "progress": {"answered": progress.answered, "total": progress.total},
        "shown": revealing.shown(page, saved.draft),
        "requirements": [
            {"id": one.id, "value": one.value, "target": one.target, "words": one.words}
            for one in bars(session, submission_id, form_set, page, saved.draft)
        ],
    }


def bars(
    session: Session, submission_id: str, form_set: FormSet, page: Page, draft: Draft
) -> list[Reached]:
    """How far the requirements are that this page counts towards."""
    wanted = requirements.of_page(form_set.requirements, page)
    if any(not one.form_id for one in wanted):
        draft = drafting.draft_of(session, submission_id)
    elif wanted:
        form_set = form_set.alone(page.form_id)
    return requirements.reached(wanted, forms_answers.prune(form_set, draft)) if wanted else []


def brought_up(page: Page, saved: Saved, has_scripts: bool) -> list[New]:
    """The questions that this save has brought up and that the person has not seen yet.

    A page with scripts has shown what depends on one answer by itself, at once.
    """
    if has_scripts and not revealing.conditions_of(page).judged:
        return []
    return revealing.appeared(page, saved.before, saved.draft)


def all_new(problems: Iterable[Problem], new: Sequence[New]) -> bool:
    """Whether every problem is that a question is unanswered which has only just come up."""
    return all(any(within(one.pointer, other.pointer) for other in new) for one in problems)


def words_for(new: Sequence[New]) -> str:
    """`Your answers brought up one more question: “Where to?”`."""
    named = ", ".join(f"“{one.label}”" for one in new[:3]) + (" …" if len(new) > 3 else "")
    return ngettext(
        "Saved. Your answers brought up one more question: %(named)s.",
        "Saved. Your answers brought up %(count)s more questions: %(named)s.",
        len(new),
        named=named,
    )


def nothing_new() -> str:
    """What is said when somebody asks to see what applies, and it is all there."""
    return _("Saved. Every question that applies is on this page.")
