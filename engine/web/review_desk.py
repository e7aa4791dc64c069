"""What lies on a reviewer's desk: one round's answers, the scoring sheets, notes and changes.

Gathered here so that the page only lays it out. Everything is read from the round's snapshot;
what the candidate types after submitting never reaches it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import EvidenceRejected, NotFound
from engine.forms import answers as forms_answers
from engine.forms import display
from engine.forms.answers import Draft, EvidenceFacts
from engine.forms.display import Difference, ShownForm
from engine.forms.pointers import escape, within
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, may
from engine.records import catalogue
from engine.records.files import EvidenceStore
from engine.records.tables import Snapshot
from engine.submissions import comments, drafting, reused, reviewing
from engine.submissions.comments import CommentShown
from engine.submissions.reviewers_queue import Count
from engine.submissions.reviewing import Sheet, Tally

TEXT_BYTES = 50_000
"""How much of a text file is shown in place; the rest is in the file."""
TEXT_FILES = 20
"""How many of them, so that a page stays a page."""

Pointing = TypeVar("Pointing", CommentShown, Difference)

Scores = Mapping[tuple[str, str], tuple[str | None, str]]
"""(guide id, look-for id) → (Y, N or None; notes), as posted."""


@dataclass(frozen=True)
class Desk:
    """Everything the workspace shows of one submission, for one reader."""

    round: int
    taken_at: datetime | None
    """When this round was submitted."""
    forms: Sequence[ShownForm]
    evidence: Mapping[str, EvidenceFacts]
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
    tally: Tally
    revision: int
    """The scoring sheet's revision, to send with the next save."""
    may_score: bool


class Choice(NamedTuple):
    """One way to narrow the queue, in words; `number` is how many rows it leaves."""

    label: str
    arguments: Mapping[str, str]
    chosen: bool
    number: int


class Filters(NamedTuple):
    """The queue's filters: each list begins with the one that narrows nothing."""

    whose: Sequence[Choice]
    states: Sequence[Choice]
    credentials: Sequence[Choice]
    total: int


class Differing(NamedTuple):
    """A look-for that was scored differently in two windows."""

    text: str
    mine: tuple[str | None, str]
    theirs: tuple[str | None, str]


def lay_out(
    session: Session, store: EvidenceStore, actor: Actor, subject: SubmissionSubject
) -> Desk:
    """The desk for the submission's current round."""
    submission = subject.submission
    form_set = form_set_of(subject.edition)
    rounds = reviewing.snapshots(session, subject)
    handed_in = rounds.get(submission.round, Draft())
    before = rounds.get(submission.round - 1)
    review = reviewing.current_review(session, subject)
    offers = reused.offers_for(session, subject, actor)
    forms = display.read_only(form_set, handed_in.answers, handed_in, offers)
    evidence = drafting.evidence_of(session, submission.id)
    problems = forms_answers.validate(form_set, handed_in, evidence, offers=offers)
    return Desk(
        round=submission.round,
        taken_at=_taken_at(session, subject),
        forms=forms,
        evidence=evidence,
        notes=_by_pointer(comments.for_reviewers(session, subject, handed_in)),
        changed=_by_pointer(
            display.differences(form_set, before.answers, handed_in.answers, before, handed_in)
            if before
            else ()
        ),
        texts=_texts(store, forms, evidence),
        sheets=reviewing.sheets(session, subject),
        complete={
            guide.id: not any(
                within(problem.pointer, f"/{escape(form)}")
                for problem in problems
                for form in guide.reviews
            )
            for guide in subject.edition.credential.scoring_guides.values()
        },
        tally=reviewing.tally(session, subject),
        revision=review.revision if review else 0,
        may_score=may(actor, "submission.score", subject) is None,
    )


def posted_scores(posted: Mapping[str, str]) -> dict[tuple[str, str], tuple[str | None, str]]:
    """The scoring sheet in a post: `score/GUIDE/LOOK_FOR` and `notes/GUIDE/LOOK_FOR`.

    Names that are not shaped so are left out; whether the look-for exists is for
    `reviewing.save_scores` to judge.
    """
    found: dict[tuple[str, str], tuple[str | None, str]] = {}
    for name in posted:
        what, _, rest = name.partition("/")
        guide, divided, look_for = rest.partition("/")
        if what in ("score", "notes") and divided and look_for:
            decision = posted.get(f"score/{rest}") or None
            notes = posted.get(f"notes/{rest}", "").replace("\r\n", "\n")
            found[guide, look_for] = (decision, notes)
    return found


def posted_notes(posted: Mapping[str, str]) -> dict[str, str]:
    """The notes on answers in a post, by the answer's pointer: `note` and then the pointer as the
    name, or one `body` with its `pointer`. Empty ones are left out."""
    found = {name.removeprefix("note"): posted[name] for name in posted if name[:5] == "note/"}
    if "body" in posted:
        found[posted.get("pointer", "")] = posted["body"]
    # The page counts a line end as one character; browsers post it as two.
    tidy = {pointer: body.replace("\r\n", "\n").strip() for pointer, body in found.items()}
    return {pointer: body for pointer, body in tidy.items() if body}


def worded(subject: SubmissionSubject, scores: Scores) -> list[tuple[str, str | None, str]]:
    """What was typed into a sheet that can't be kept: look-for, decision, notes."""
    return [
        (look_for.text, *scores[guide.id, look_for.id])
        for guide in subject.edition.credential.scoring_guides.values()
        for look_for in guide.look_fors
        if any(scores.get((guide.id, look_for.id), (None, "")))
    ]


def differing(session: Session, subject: SubmissionSubject, mine: Scores) -> list[Differing]:
    """The look-fors that the stored sheet scores differently from `mine`."""
    return [
        Differing(row.text, said, (row.decision, row.notes))
        for sheet in reviewing.sheets(session, subject)
        for row in sheet.rows
        for said in [_tidy(mine.get((sheet.guide.id, row.id), (None, "")))]
        if said != (row.decision, row.notes)
    ]


def require_answer(session: Session, subject: SubmissionSubject, pointer: str) -> None:
    """Raises `NotFound` unless `pointer` is an answer of this round that a page shows."""
    form_set = form_set_of(subject.edition)
    said = reviewing.snapshots(session, subject).get(subject.submission.round, Draft())
    if pointer not in display.pointers(display.read_only(form_set, said.answers, said)):
        raise NotFound(_("There is no such answer in what was submitted."))


def fragment(pointer: str) -> str:
    """The part of an address that leads to an answer; empty for none."""
    return f"#{quote(pointer, safe='/')}" if pointer else ""


def filters(session: Session, counts: Sequence[Count], asked: Mapping[str, str]) -> Filters:
    """The queue's filters as words with their counts, from one grouped query's rows."""
    editions = {one.credential.id: one for one in catalogue.current_all(session)}
    states: dict[str, str] = {}
    titles: dict[str, str] = {}
    for count in counts:
        edition = editions.get(count.credential_id)
        states.setdefault(count.state, _label(edition, count.state))
        titles[count.credential_id] = edition.credential.title if edition else count.credential_id
    whose = {"": _("Everyone’s"), "free": _("Nobody’s yet"), "mine": _("Mine")}

    def choices(name: str, labels: Mapping[str, str]) -> list[Choice]:
        return [
            Choice(
                label,
                {key: said for key, said in {**asked, name: value}.items() if said},
                asked[name] == value,
                _count(counts, {**asked, name: value}),
            )
            for value, label in labels.items()
        ]

    return Filters(
        choices("whose", whose),
        choices("state", {"": _("Any stage"), **states}),
        choices("credential", {"": _("Every credential"), **titles}),
        sum(count.total for count in counts),
    )


def _count(counts: Sequence[Count], asked: Mapping[str, str]) -> int:
    column = {"mine": "mine", "free": "free"}.get(asked["whose"], "total")
    return sum(
        int(getattr(count, column))
        for count in counts
        if asked["state"] in ("", count.state) and asked["credential"] in ("", count.credential_id)
    )


def _label(edition: Edition | None, name: str) -> str:
    if edition is not None and edition.workflow is not None and name in edition.workflow.states:
        return edition.workflow.states[name].label
    return name.replace("_", " ").capitalize()


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


def _tidy(score: tuple[str | None, str]) -> tuple[str | None, str]:
    return score[0], score[1].strip()


def _taken_at(session: Session, subject: SubmissionSubject) -> datetime | None:
    return session.scalar(
        select(Snapshot.taken_at).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round == subject.submission.round,
        )
    )
