"""A candidate opens a submission and fills it, page by page, over weeks.

What lives here: opening, saving a page with conflict detection, attaching files. What stays out:
whether the answers are valid (`forms.answers`) and what state the submission is in (`progress`).

Two devices conflict only when both changed the same page: a page is shown with a digest of the
answers on it (`seen`), and a save that carries another digest than the stored answers now have is
refused with both versions in hand. Saving what is stored already is never a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import Conflict, EvidenceRejected, NotFound
from engine.forms import answers as forms_answers
from engine.forms.answers import Draft, EvidenceFacts
from engine.forms.schema import Page, form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import catalogue
from engine.records.database import Database
from engine.records.files import Check, EvidenceStore, Kept, safe_name
from engine.records.prepared import PreparedRead
from engine.records.tables import Account, DraftRow, Evidence, Submission, new_id
from engine.submissions import flagged, history, prefilled, reused
from engine.submissions.stored import FACTS as FACTS
from engine.submissions.stored import draft_of as draft_of
from engine.submissions.stored import evidence_of as evidence_of

_ONE = PreparedRead(Submission, Submission.id == bindparam("id"))


@dataclass(eq=False)
class PageConflict(Conflict):
    """The page was changed elsewhere since it was shown here. Nothing was written."""

    mine: Draft = field(default_factory=Draft)
    theirs: Draft = field(default_factory=Draft)
    seen: str = ""
    """The digest of the stored answers, to save over them knowingly."""


class Saved(NamedTuple):
    """A page as stored: the whole form's draft and the digest to send with the next save."""

    draft: Draft
    seen: str
    saved_at: datetime
    before: Draft
    """The form as it was stored until then."""
    closed: frozenset[str] = frozenset()
    """The questions that were answered anew though the state closes them: they stay as stored."""


class SubmissionRow(NamedTuple):
    """One of a person's submissions, for a list."""

    submission: Submission
    edition: Edition


def subject_of(session: Session, submission_id: str) -> SubmissionSubject:
    """The submission with its edition. Raises `NotFound`."""
    submission = _ONE.one(session, {"id": submission_id})
    if submission is None:
        raise NotFound(_("There is no such submission among those you may see."))
    edition = catalogue.edition(session, submission.edition_digest)
    return flagged.with_openings(session, SubmissionSubject(submission, edition))


def open_submission(session: Session, edition: Edition, actor: Actor, at: datetime) -> Submission:
    """A new submission in the workflow's first state, or the one that is still under way.

    Opening twice never makes a second draft. Raises `NotFound` for kinds that nobody submits.
    """
    if edition.workflow is None:
        raise NotFound(
            _("%(title)s is not earned by a submission here.", title=edition.credential.title)
        )
    if not Database.of(session).is_sqlite:
        # There, somebody who opens twice at the same moment has the whole database to themselves.
        held = select(Account.id).where(Account.id == actor.id)
        session.execute(held.with_for_update(key_share=True))
    if begun := under_way(session, actor.id, edition.credential.id):
        return begun[0]
    state = edition.workflow.states[edition.workflow.initial]
    submission = Submission(
        id=new_id(),
        edition_digest=edition.digest,
        credential_id=edition.credential.id,
        candidate_id=actor.id,
        state=state.name,
        state_kind=state.kind,
        state_since=at,
        revision=0,
        round=0,
        opened_at=at,
    )
    session.add(submission)
    session.flush()
    facts = {"state": state.name, "edition": edition.digest}
    history.record(session, submission.id, "opened", facts, actor, at)
    fresh, notes = prefilled.new_draft(session, edition, actor)
    for form_id in fresh.answers:
        if fresh.answers[form_id]:
            _keep(session, submission.id, form_id, fresh, None, at, notes[form_id])
    return submission


def under_way(session: Session, candidate_id: str, credential_id: str) -> list[Submission]:
    """A person's submissions of one credential that have not ended, the oldest first."""
    return list(
        session.scalars(
            select(Submission)
            .where(
                Submission.candidate_id == candidate_id,
                Submission.credential_id == credential_id,
                Submission.state_kind.not_in(("outcome", "closed")),
            )
            .order_by(Submission.opened_at)
        )
    )


def my_submissions(session: Session, actor: Actor) -> list[SubmissionRow]:
    """Everything this person has opened, the latest change first."""
    found = session.scalars(
        select(Submission)
        .where(Submission.candidate_id == actor.id)
        .order_by(Submission.state_since.desc(), Submission.id)
    )
    return [SubmissionRow(one, catalogue.edition(session, one.edition_digest)) for one in found]


def saved_at(session: Session, submission_id: str) -> datetime | None:
    """When any page was last saved, UTC; None for an untouched draft."""
    return session.scalars(
        select(DraftRow.saved_at)
        .where(DraftRow.submission_id == submission_id)
        .order_by(DraftRow.saved_at.desc())
    ).first()


def save_page(
    session: Session,
    subject: SubmissionSubject,
    page: Page,
    posted: forms_answers.Posted,
    seen: str,
    actor: Actor,
    at: datetime,
    action: tuple[str, str] = ("", ""),
) -> Saved:
    """Keep what was posted for one page, whether or not it is valid.

    `seen` is the digest the page was shown with; empty means the page knows nothing and always
    conflicts with anything stored that differs. `action` is `("_add" | "_remove", pointer)` for
    the buttons of repeating groups. Raises `Refused`, and `PageConflict` with both versions.
    """
    require(actor, "submission.edit", subject, page.form_id)
    row = session.get(DraftRow, (subject.submission.id, page.form_id))
    theirs = _draft_from(row, page.form_id)
    mine = forms_answers.parse(page, posted, theirs, reused.offers_for(session, subject))
    stored = forms_answers.page_seen(page, theirs)
    if seen != stored and forms_answers.page_seen(page, mine) != stored and row is not None:
        raise PageConflict(mine=mine, theirs=theirs, seen=stored)
    if action[0] and flagged.lets(subject, *action):
        mine = forms_answers.apply(page, mine, action[0], action[1])
    open_only = flagged.kept_form(session, subject, page.form_id, mine)
    closed = flagged.closed_answers(subject, page, mine, open_only)
    _keep(session, subject.submission.id, page.form_id, open_only, row, at)
    return Saved(open_only, forms_answers.page_seen(page, open_only), at, theirs, closed)


def fill(
    session: Session,
    subject: SubmissionSubject,
    answers: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    """Put whole forms into a draft, an object keyed by form id, over what is there.

    For answers that come from elsewhere than a page: an example, an import. Raises `Refused`.
    """
    for form_id, said in answers.items():
        require(actor, "submission.edit", subject, form_id)
        put(session, subject, form_id, Draft({form_id: said}), at)


def put(
    session: Session, subject: SubmissionSubject, form_id: str, draft: Draft, at: datetime
) -> None:
    """Keep one form of a draft as it is given, marks included, as far as the state lets it be
    changed. The caller has asked who may."""
    row = session.get(DraftRow, (subject.submission.id, form_id))
    draft = flagged.kept_form(session, subject, form_id, draft)
    _keep(session, subject.submission.id, form_id, draft, row, at)


def keep_file(
    store: EvidenceStore,
    subject: SubmissionSubject,
    pointer: str,
    stream: BinaryIO,
    name: str,
    limit: int,
    actor: Actor,
) -> EvidenceFacts:
    """Store the bytes of a file for the evidence field at `pointer`, outside any transaction: a
    large file takes a while, and nobody else's save should wait for it.

    The field's own `accept` and `max_bytes` hold, and `limit` (bytes) above both. The type is
    what the bytes say, never what the name says. Raises `Refused` and `EvidenceRejected`.
    """
    form_id = pointer.split("/")[1] if pointer.startswith("/") else ""
    require(actor, "submission.edit", subject, form_id, pointer)
    asked = form_set_of(subject.edition).evidence_field(pointer)
    if asked is None:
        raise EvidenceRejected("no-field", _("This form has no place for that file."))
    most = min(limit, asked.max_bytes or limit)
    kept = store.keep(stream, most, name, check_for(asked, name))
    return facts_of(kept, name)


def check_for(asked: forms_answers.Evidence, name: str) -> Check:
    """What the field at hand takes, for the store to ask before it keeps a file."""

    def check(media_type: str, size: int) -> None:
        facts = EvidenceFacts("", safe_name(name), media_type, size, "")
        if problem := forms_answers.evidence_problem(asked, facts):
            raise EvidenceRejected("wrong-type", problem)

    return check


def facts_of(kept: Kept, name: str) -> EvidenceFacts:
    """A stored file under an id of its own, and a name that is fit to show."""
    return EvidenceFacts(
        new_id(), safe_name(name), kept.media_type, kept.bytes, kept.sha256, kept.privacy
    )


def attach(
    session: Session, subject: SubmissionSubject, file: EvidenceFacts, actor: Actor, at: datetime
) -> None:
    """Record a file from `keep_file` with its submission; the answer that names it is saved with
    its page.

    `subject` is read in this transaction: the submission may have moved on while the file came
    in. Raises `Refused`.
    """
    require(actor, "submission.edit", subject)
    session.add(
        Evidence(
            id=file.id,
            submission_id=subject.submission.id,
            name=file.name,
            media_type=file.media_type,
            bytes=file.bytes,
            sha256=file.sha256,
            privacy=file.privacy,
            url=file.url,
            uploaded_by=actor.id,
            uploaded_at=at,
        )
    )
    session.flush()


def _draft_from(row: DraftRow | None, form_id: str) -> Draft:
    if row is None:
        return Draft.of({form_id: {}})
    return Draft.of({form_id: row.answers}, row.marks)


def _keep(
    session: Session,
    submission_id: str,
    form_id: str,
    draft: Draft,
    row: DraftRow | None,
    at: datetime,
    filled: Mapping[str, Any] | None = None,
) -> None:
    notes = filled or (row.marks.get("prefilled") if row else None)
    values = {
        "answers": draft.answers[form_id],
        "marks": {**draft.marks, **({"prefilled": notes} if notes else {})},
        "saved_at": at,
    }
    if row is None:
        key = {"submission_id": submission_id, "form_id": form_id}
        try:
            session.execute(insert(DraftRow).values(**key, **values, revision=0))
        except IntegrityError:
            raise Conflict from None
        return
    written = session.execute(
        update(DraftRow)
        .where(
            DraftRow.submission_id == submission_id,
            DraftRow.form_id == form_id,
            DraftRow.revision == row.revision,
        )
        .values(**values, revision=row.revision + 1),
        execution_options={"synchronize_session": False},
    )
    if written.rowcount == 0:  # type: ignore[attr-defined]
        raise Conflict
    session.expire(row)
