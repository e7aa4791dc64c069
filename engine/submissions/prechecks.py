"""What a scoring sheet says before its reviewer has said anything.

A look-for with `precheck` is answered by the engine: whether everything that its guide's forms
require is answered. Others begin with what was carried over from an earlier round (`carrying`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from engine.credentials.credential import ScoringGuide
from engine.forms import answers as forms_answers
from engine.forms.pointers import within
from engine.forms.schema import form_set_of
from engine.permissions import SubmissionSubject
from engine.submissions import drafting, reused
from engine.submissions.scores import Key, Score, Scores, kept


def given(
    session: Session,
    subject: SubmissionSubject,
    guides: Sequence[ScoringGuide],
    carried: Scores,
) -> Iterable[tuple[Key, Score]]:
    """What a sheet says before its reviewer has said anything."""
    verdicts = verdicts_on(session, subject, guides)
    for guide in guides:
        for look_for in guide.look_fors:
            key = guide.id, look_for.id
            if key in verdicts:
                yield key, verdicts[key]
            elif key in carried:
                score = kept(look_for, carried[key])
                if score.decision is not None:
                    yield key, score


def verdicts_on(
    session: Session, subject: SubmissionSubject, guides: Iterable[ScoringGuide]
) -> dict[Key, Score]:
    """What the engine answers for the reviewer: whether everything that a guide's forms require
    is answered."""
    asked = [guide for guide in guides if any(one.precheck for one in guide.look_fors)]
    if not asked:
        return {}
    problems = forms_answers.validate(
        form_set_of(subject.edition),
        drafting.draft_of(session, subject.submission.id),
        drafting.evidence_of(session, subject.submission.id),
        offers=reused.offers_for(session, subject),
    )
    return {
        (guide.id, look_for.id): Score(
            "N"
            if any(within(one.pointer, f"/{form}") for one in problems for form in guide.reviews)
            else "Y",
            origin="precheck",
        )
        for guide in asked
        for look_for in guide.look_fors
        if look_for.precheck
    }
