"""Moving work that is under way to another version of its credential, on purpose.

`plan` says of each running submission what would happen and changes nothing; `apply` does it to
one, if nothing has changed since. The documents say what goes where: the workflow its states
(`migrate.states`), the credential its forms and fields (`migrate.forms`, `migrate.fields`). What
the newer version has no place for is left where it is, and is in the event as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.credentials.documents import canonical
from engine.credentials.workflow import State
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.forms.pointers import tokens
from engine.languages import _
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import (
    Account,
    Comment,
    DraftRow,
    EditionRow,
    Review,
    Score,
    Snapshot,
    Submission,
    Upload,
)
from engine.settings import Settings
from engine.submissions import (
    arriving,
    drafting,
    entering,
    history,
    progress,
    searching,
    snapshots,
    stored,
    timers,
    undoing,
)
from engine.submissions.mapped_answers import Mapped, Routes

RUNNING = ("open", "review", "decide")
"""The kinds of states whose submissions are moved; what has ended stays as it was."""


class Line(NamedTuple):
    """What would happen to one submission."""

    submission_id: str
    candidate: str
    """Their name."""
    version: int
    """The one that it has now."""
    state: str
    """Where it stands, as staff call it."""
    to: str
    """Where it would stand; empty when nobody said."""
    moved: tuple[tuple[str, str], ...]
    """Forms and answers with another place: pointers, old and new."""
    left: tuple[str, ...]
    """Answers and scores without a place: pointers. They stay with the submission."""
    problems: tuple[str, ...]
    """Why it can't be moved, in words; it can when there are none."""
    token: str
    """Names all of this: `apply` refuses when it has become something else."""


def target_of(session: Session, credential_id: str, version: int | None = None) -> Edition:
    """The edition to move to: the current one, or a version of it. Raises `NotFound`."""
    if version is None:
        found = catalogue.current(session, credential_id)
    else:
        digest = session.scalar(
            select(EditionRow.digest).where(
                EditionRow.credential_id == credential_id, EditionRow.version == version
            )
        )
        found = catalogue.edition(session, digest) if digest else None
    if found is None or found.workflow is None:
        raise NotFound(_("There is no such version that work could be moved to."))
    return found


def plan(session: Session, to: Edition) -> list[Line]:
    """What would become of every running submission of another version, the oldest first."""
    rows = session.execute(
        select(Submission, Account.name)
        .join(Account, Account.id == Submission.candidate_id)
        .where(
            Submission.credential_id == to.credential.id,
            Submission.edition_digest != to.digest,
            Submission.state_kind.in_(RUNNING),
        )
        .order_by(Submission.opened_at, Submission.id)
    ).all()
    return [_line(session, row, name, to) for row, name in rows]


def apply(
    session: Session,
    settings: Settings,
    actor: Actor,
    submission_id: str,
    to: Edition,
    token: str,
    at: datetime,
) -> None:
    """Move one submission, in the caller's transaction, with one event.

    Raises `Refused` when it can't be moved, and `Conflict` when it is not any more what the plan
    with this `token` said.
    """
    row = session.get(Submission, submission_id)
    if row is None or row.credential_id != to.credential.id:
        raise NotFound(_("There is no such submission among those you may see."))
    candidate = session.get_one(Account, row.candidate_id)
    line = _line(session, row, candidate.name, to)
    if row.edition_digest == to.digest or row.state_kind not in RUNNING or line.token != token:
        raise Conflict(_("This has changed since the list was made. Look at the list again."))
    if line.problems:
        raise Refused(Refusal(line.problems[0], code="migrate", details=line.problems[1:]))
    subject = drafting.subject_of(session, submission_id)
    old, was = subject.state, subject.edition
    undoing.close(session, settings, subject, at)
    timers.stop(session, submission_id)
    left = _move_answers(session, submission_id, Routes(to.credential))
    state = _goes_to(old, to)
    assert state is not None, "asked for problems first"
    _move_reviews(session, row, old, state)
    _move_row(session, settings, row, state, to)
    facts = {
        "from": old.name,
        "to": state.name,
        "versions": [was.credential.version, to.credential.version],
        "editions": [was.digest, to.digest],
        "moved": [list(one) for one in line.moved],
        "left": left,
        **snapshots.told(snapshots.every(session, submission_id)),
    }
    history.record(session, submission_id, "migrated", facts, actor, at)
    moved = drafting.subject_of(session, submission_id)
    if to.credential.confidential:
        searching.forget(session, submission_id)
    entering.wind(session, settings, moved, at)
    if old.reviews or state.reviews:
        arriving.rewind(session, settings, moved, at)
        arriving.on_entry(session, settings, moved, at, actor)
    progress.settle(session, settings, submission_id, at)


def _line(session: Session, row: Submission, candidate: str, to: Edition) -> Line:
    was = catalogue.edition(session, row.edition_digest)
    assert was.workflow is not None, "only what has a workflow is submitted"
    old = was.workflow.states[row.state]
    state = _goes_to(old, to)
    routes = Routes(to.credential)
    draft = stored.draft_of(session, row.id)
    after = routes.applied(draft.answers, draft.marks)
    left = (*routes.left(after.answers), *_scores_left(session, row.id, to))
    moved = tuple(routes.moved(draft.answers))
    problems = (
        *_opened_up(was, to),
        *_problems(session, row, old, state),
    )
    seen = [row.edition_digest, row.state, row.revision, to.digest, moved, left, problems]
    return Line(
        submission_id=row.id,
        candidate=candidate,
        version=was.credential.version,
        state=old.label,
        to=state.label if state else "",
        moved=moved,
        left=left,
        problems=problems,
        token=hashlib.sha256(canonical(seen)).hexdigest()[:32],
    )


def _goes_to(old: State, to: Edition) -> State | None:
    assert to.workflow is not None, "`target_of` gives no other"
    name = to.workflow.migrate.states.get(old.name, old.name)
    return to.workflow.states.get(name)


def _opened_up(was: Edition, to: Edition) -> Iterator[str]:
    if was.credential.confidential and not to.credential.confidential:
        yield _("What was written in confidence would be open to others.")


def _problems(session: Session, row: Submission, old: State, state: State | None) -> Iterator[str]:
    if state is None:
        yield _(
            "The newer workflow has no state “%(state)s”, and does not say where it goes.",
            state=old.name,
        )
        return
    if state.kind not in RUNNING:
        yield _("It would end in “%(state)s” without a decision.", state=state.label)
    if old.kind == "open" and state.kind != "open" and not row.round:
        yield _("It was never handed in, but would be in “%(state)s”.", state=state.label)
    for review in _open_reviews(session, row, old):
        if _block_for(review, state) is None:
            yield _("A review that is under way has no place in “%(state)s”.", state=state.label)
            return


def _open_reviews(session: Session, row: Submission, old: State) -> list[Review]:
    return list(
        session.scalars(
            select(Review).where(
                Review.submission_id == row.id,
                Review.round == row.round,
                Review.state == old.name,
                Review.status != "given_up",
            )
        )
    )


def _block_for(review: Review, state: State) -> str | None:
    """The review block that an assignment belongs to in its new state; None when there is none."""
    if review.block in state.reviews:
        return review.block
    return next(iter(state.reviews)) if len(state.reviews) == 1 else None


def _scores_left(session: Session, submission_id: str, to: Edition) -> Iterator[str]:
    guides = to.credential.scoring_guides
    known = {(id, row.id) for id, guide in guides.items() for row in guide.look_fors}
    scored = session.execute(
        select(Score.guide_id, Score.look_for_id)
        .join(Review, Review.id == Score.review_id)
        .where(Review.submission_id == submission_id)
        .distinct()
        .order_by(Score.guide_id, Score.look_for_id)
    )
    for guide, look_for in scored:
        if (guide, look_for) not in known:
            yield f"{guide}: {look_for}"


def _move_answers(session: Session, submission_id: str, routes: Routes) -> dict[str, Any]:
    """Put drafts, snapshots, notes and uploads in their new places; gives what is left."""
    drafts = session.scalars(
        # Held, so that nothing is typed in between and lost.
        select(DraftRow).where(DraftRow.submission_id == submission_id).with_for_update()
    ).all()
    marks: dict[str, dict[str, Any]] = {}
    for row in drafts:
        for name, said in row.marks.items():
            marks.setdefault(name, {}).update(said)
    result = routes.applied({row.form_id: row.answers for row in drafts}, marks)
    revision = max((row.revision for row in drafts), default=0) + 1
    saved = max((row.saved_at for row in drafts), default=None)
    gone = delete(DraftRow).where(DraftRow.submission_id == submission_id)
    session.execute(gone, execution_options={"synchronize_session": False})
    session.expire_all()
    for form, answers in result.answers.items():
        session.execute(
            insert(DraftRow).values(
                submission_id=submission_id,
                form_id=form,
                answers=answers,
                marks=_marks_of(form, result),
                revision=revision,
                saved_at=saved,
            )
        )
    for shot in session.scalars(select(Snapshot).where(Snapshot.submission_id == submission_id)):
        then = routes.applied(shot.answers, shot.marks)
        shot.answers, shot.marks = then.answers, then.marks
    for note in session.scalars(select(Comment).where(Comment.submission_id == submission_id)):
        note.pointer, note.anchor = routes.of(note.pointer), routes.of(note.anchor)
    for upload in session.scalars(select(Upload).where(Upload.submission_id == submission_id)):
        upload.pointer = routes.of(upload.pointer)
    session.flush()
    return routes.left(result.answers)


def _marks_of(form: str, result: Mapped) -> dict[str, Any]:
    """The marks of one form, as its row keeps them."""
    return {
        kind: {name: value for name, value in said.items() if _form_of(name) == form}
        for kind, said in result.marks.items()
    }


def _form_of(name: str) -> str:
    return tokens(name.partition("#")[0])[0]


def _move_reviews(session: Session, row: Submission, old: State, state: State) -> None:
    for review in _open_reviews(session, row, old):
        review.state, review.block = state.name, _block_for(review, state) or review.block
    session.flush()


def _move_row(
    session: Session, settings: Settings, row: Submission, state: State, to: Edition
) -> None:
    assert to.workflow is not None, "`target_of` gives no other"
    changed = session.execute(
        update(Submission)
        .where(Submission.id == row.id, Submission.revision == row.revision)
        .values(
            edition_digest=to.digest,
            state=state.name,
            state_kind=state.kind,
            revision=row.revision + 1,
            due_at=entering.due_at(to.workflow, state, row.state_since, settings),
            undo=None,
        ),
        execution_options={"synchronize_session": False},
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))
    session.expire(row)
