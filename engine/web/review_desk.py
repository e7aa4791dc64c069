"""What lies on a reviewer's desk: one round's answers, the scoring sheets, notes and changes.

Gathered here so that the page only lays it out. Everything is read from the round's snapshot;
what the candidate types after submitting never reaches it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock
from engine.errors import EvidenceRejected, Refusal
from engine.forms import answers as forms_answers
from engine.forms import display
from engine.forms.answers import Draft, EvidenceFacts
from engine.forms.display import Difference, ShownForm
from engine.forms.pointers import escape, within
from engine.forms.schema import form_set_of
from engine.people import Actor
from engine.permissions import SubmissionSubject, may
from engine.records.files import EvidenceStore
from engine.records.tables import Review, Snapshot
from engine.submissions import (
    blinding,
    comments,
    consents,
    drafting,
    finishing,
    reused,
    reviewing,
    scoring,
    scoring_sheets,
    snapshots,
)
from engine.submissions.comments import CommentShown
from engine.submissions.consents import PersonStanding
from engine.submissions.scores import Totals
from engine.submissions.scoring import Peer
from engine.submissions.scoring_sheets import Sheet
from engine.web import changes, notes
from engine.web.changes import Folding

TEXT_BYTES = 50_000
"""How much of a text file is shown in place; the rest is in the file."""
TEXT_FILES = 20
"""How many of them, so that a page stays a page."""

Pointing = TypeVar("Pointing", CommentShown, Difference)


@dataclass(frozen=True)
class ReviewPart:
    """The reader's own part in the review of a submission that several people may review."""

    review: Review | None = None
    block: ReviewBlock | None = None
    others: Sequence[ReviewBlock] = ()
    """Further blocks of this state that the reader reviews in."""
    ends_by_word: bool = False
    """The reviewer finishes the review; it is not the decision that ends it."""
    finished: bool = False
    missing: Refusal | None = None
    """Why it can't be finished yet."""


@dataclass(frozen=True)
class Desk:
    """Everything the workspace shows of one submission, for one reader."""

    round: int
    taken_at: datetime | None
    """When this round was submitted."""
    forms: Sequence[ShownForm]
    evidence: Mapping[str, EvidenceFacts]
    hidden: Collection[str]
    """The files that are not shown because somebody does not consent to it."""
    denied: Sequence[PersonStanding]
    """Who does not."""
    notes: Mapping[str, Sequence[CommentShown]]
    """By the pointer of the answer."""
    changed: Mapping[str, Sequence[Difference]]
    """By pointer: what is different from the round before; at a group, what its removed rows
    said, and at a row, that it was moved."""
    texts: Mapping[str, str]
    """The beginnings of plain text files, by evidence id."""
    sheets: Sequence[Sheet]
    complete: Mapping[str, bool]
    """By guide id: whether everything that its forms require is answered."""
    tally: Totals
    revision: int
    """The scoring sheet's revision, to send with the next save."""
    may_score: bool
    """Whether the reader has an open review here."""
    part: ReviewPart
    peers: Sequence[Peer] = ()
    """What other reviewers said, as far as the reader may see it."""
    folding: Folding = field(default_factory=Folding)
    """Which answers stand open, and which are folded away since nothing changed."""
    own_notes: Collection[str] = ()
    """The ids of the notes that the reader may still change."""


def lay_out(
    session: Session,
    store: EvidenceStore,
    actor: Actor,
    subject: SubmissionSubject,
    at: datetime,
    block: str | None = None,
    shows_all: bool = False,
) -> Desk:
    """The desk for the submission's current round; `block` tells which of several reviews that
    the reader has here, `shows_all` opens what did not change since the round before."""
    submission = subject.submission
    form_set = form_set_of(subject.edition)
    rounds = snapshots.lately(session, subject)
    handed_in = rounds.get(submission.round, Draft())
    before = rounds.get(submission.round - 1)
    part = part_of(session, actor, subject, block)
    review = part.review
    offers = reused.offers_for(session, subject, actor)
    forms = display.read_only(form_set, handed_in.answers, handed_in, offers)
    evidence = drafting.evidence_of(session, submission.id)
    hidden = consents.hidden_from(session, actor, subject)
    evidence = {id: one for id, one in evidence.items() if id not in hidden}
    seen = blinding.eyes(session, actor, subject)
    problems = forms_answers.validate(form_set, handed_in, evidence, offers=offers)
    noted = comments.for_reviewers(session, subject, handed_in, actor)
    changed = _by_pointer(
        display.differences(form_set, before.answers, handed_in.answers, before, handed_in)
        if before
        else ()
    )
    open_notes = [one.pointer for one in noted if one.resolved_at is None]
    return Desk(
        round=submission.round,
        taken_at=_taken_at(session, subject),
        forms=forms,
        evidence=blinding.shown_files(session, seen, submission.id, evidence),
        hidden=hidden,
        denied=consents.denials(session, subject, at, handed_in.answers),
        notes=_by_pointer(noted),
        changed=changed,
        texts=_texts(store, forms, evidence),
        sheets=scoring_sheets.sheets(session, subject, review),
        complete={
            guide.id: not any(
                within(problem.pointer, f"/{escape(form)}")
                for problem in problems
                for form in guide.reviews
            )
            for guide in subject.edition.credential.scoring_guides.values()
        },
        tally=scoring_sheets.tally(session, subject, review),
        revision=review.revision if review else 0,
        may_score=review is not None
        and review.status == "open"
        and may(actor, "submission.score", subject) is None,
        part=part,
        peers=scoring.peers(session, subject, review),
        folding=changes.folding(submission.round, shows_all or before is None, changed, open_notes),
        own_notes=notes.changeable(session, subject, noted),
    )


def part_of(
    session: Session, actor: Actor, subject: SubmissionSubject, block: str | None = None
) -> ReviewPart:
    """What the reader is asked for here, and how far they have come."""
    review = reviewing.own_review(session, subject, actor, block)
    if review is None:
        return ReviewPart()
    tally = scoring_sheets.tally(session, subject, review)
    own = reviewing.own_reviews(session, subject, actor)
    return ReviewPart(
        review=review,
        block=reviewing.block_of(subject, review),
        others=[
            asked
            for one in own
            if one.id != review.id and (asked := reviewing.block_of(subject, one)) is not None
        ],
        ends_by_word=scoring.wants_finishing(subject.state),
        finished=review.status == "closed",
        missing=finishing.unfinished(subject, review, tally),
    )


def fragment(pointer: str) -> str:
    """The part of an address that leads to an answer; empty for none."""
    return f"#{quote(pointer, safe='/')}" if pointer else ""


def _texts(
    store: EvidenceStore, forms: Sequence[ShownForm], evidence: Mapping[str, EvidenceFacts]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for form in forms:
        for entry in (one for top in form.entries for one in top.all()):
            for id in entry.evidence:
                facts = evidence.get(id)
                if facts is None or facts.url or len(found) >= TEXT_FILES:
                    continue
                if facts.media_type.startswith("text/"):
                    with suppress(EvidenceRejected), store.open(facts.sha256) as file:
                        found[id] = file.read(TEXT_BYTES).decode("utf-8", "replace")
    return found


def _by_pointer(things: Sequence[Pointing]) -> Mapping[str, Sequence[Pointing]]:
    found: dict[str, list[Pointing]] = defaultdict(list)
    for one in things:
        found[one.pointer].append(one)
    return dict(found)


def _taken_at(session: Session, subject: SubmissionSubject) -> datetime | None:
    return session.scalar(
        select(Snapshot.taken_at).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round == subject.submission.round,
        )
    )
