"""Which files and links of the work behind an award may be shown with it, to anybody.

Nothing is shown unless the holder chose it (`showing`). What may be chosen is what they attached
themselves to what was handed in last; never what a document keeps in confidence, and of what other
people are in only what they agreed to see published. Asked anew each time somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import display
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.records import author_marks
from engine.records.tables import Award, Evidence
from engine.submissions import consents, drafting, snapshots
from engine.submissions.askings import person_key

MOST: Final = 20
"""Pieces that are shown with one award."""
_PRIVATE: Final = frozenset({"write_only", "secret"})
_RECORDINGS: Final = ("audio/", "video/")


class Choice(NamedTuple):
    """One piece of evidence, and the question that it answers."""

    evidence: Evidence
    question: str
    """With the row that it is in: `Artifact 2: As files`."""
    closed: str
    """Why it can't be shown, in words; empty where it can."""

    @property
    def recorded(self) -> bool:
        """Whether it is sound or film, which is shown with what the file says of itself: nobody can
        take that out here."""
        return self.evidence.media_type.startswith(_RECORDINGS)


def choices(session: Session, award: Award) -> list[Choice]:
    """Everything that was attached to the work behind an award, in the order of its questions.

    Empty for awards without work behind them, and for what is kept in confidence.
    """
    if award.submission_id is None:
        return []
    subject = drafting.subject_of(session, award.submission_id)
    rounds = {} if subject.edition.credential.confidential else snapshots.lately(session, subject)
    if not rounds:
        return []
    handed_in = rounds[max(rounds)]
    questions: dict[str, str] = {}
    forms = display.read_only(form_set_of(subject.edition), handed_in.answers, handed_in)
    named = display.labels(forms)
    for form in forms:
        for entry in (one for top in form.entries for one in top.all()):
            for id in entry.evidence if entry.kind not in _PRIVATE else ():
                questions.setdefault(id, named[entry.pointer])
    found = session.scalars(
        select(Evidence).where(
            Evidence.id.in_(questions),
            Evidence.submission_id == award.submission_id,
            Evidence.uploaded_by == award.recipient_id,
        )
    )
    known = {one.id: one for one in found}
    closed = _closed(session, subject, award, handed_in.answers)
    return [
        Choice(known[id], question, closed.get(id) or closed.get("") or _unfit(known[id]))
        for id, question in questions.items()
        if id in known
    ]


def shown(session: Session, award: Award) -> list[Evidence]:
    """What anybody may see with the award now, in the order of its questions: what its holder
    chose, as far as it may still be shown. Nothing of an award that was revoked or replaced."""
    if not award.shown_evidence or award.revoked_at or award.replaced_by:
        return []
    return [
        one.evidence
        for one in choices(session, award)
        if not one.closed and one.evidence.id in award.shown_evidence
    ]


def _closed(
    session: Session, subject: SubmissionSubject, award: Award, answers: Mapping[str, object]
) -> dict[str, str]:
    """Why files can't be shown for want of somebody's consent, by their ids; of all of them under
    the empty id."""
    if not subject.edition.credential.consents:
        return {}
    if not consents.publication_stands(session, subject.submission.id):
        return {"": _("Somebody whose consent this needs does not give it.")}
    agreed = {
        person_key(one.name)
        for one in consents.standing(session, subject, award.issued_at, answers)
        if one.consent.purpose == "publication" and one.stands
    }
    # Who said no in an earlier round is in the file still, whomever this round names instead.
    ids = consents.hidden_files(session, subject) | {
        id for id, persons in consents.covered(subject, answers).items() if not persons <= agreed
    }
    return dict.fromkeys(ids, _("Somebody whom it shows has not agreed to see it published."))


def _unfit(evidence: Evidence) -> str:
    if evidence.url or evidence.media_type.startswith(_RECORDINGS):
        return ""
    if author_marks.can_clean(evidence.media_type):
        return ""
    return _("Files of this kind say who made them, and we can’t take that out.")
