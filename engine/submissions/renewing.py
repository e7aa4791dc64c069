"""A credential is earned again: a new submission that begins with what was handed in before.

A renewal is a submission of its own and not another round of the old one, since an award belongs
to the submission that earned it: the old one, its answers, scores and story stay as they were and
its award holds until it expires, while the new one is worked on, reviewed and perhaps refused. An
event on either side names the other. It starts with the documents of today, as any new work does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import Refusal, Refused
from engine.forms.drafts import Draft
from engine.forms.pointers import escape, join, tokens, value_at, within
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.tables import Event, Evidence, Snapshot, Submission, new_id
from engine.settings import Settings
from engine.submissions import drafting, entering, history, stored


def renew(
    session: Session, settings: Settings, subject: SubmissionSubject, actor: Actor, at: datetime
) -> Submission:
    """Open the renewal of a submission, for its owner, whoever asks for it.

    Its draft says what was handed in last, with files of its own (the bytes are shared). What was
    agreed to must be agreed to anew. Raises `Refused` while another submission for the credential
    is under way, and where the credential is not in the catalogue any more.
    """
    old = subject.submission
    begun = drafting.under_way(session, old.candidate_id, old.credential_id)
    if any(one.id != old.id for one in begun):
        raise Refused(
            Refusal(
                _("A renewal of this credential is under way already."),
                _("Go on with it in “My work”."),
                "under-way",
            )
        )
    edition = catalogue.current(session, old.credential_id)
    if edition is None or edition.workflow is None:
        raise Refused(
            Refusal(
                _("This credential is not earned here any more."),
                _("Ask program staff what takes its place."),
                "not-in-catalogue",
            )
        )
    state = edition.workflow.states[edition.workflow.initial]
    submission = Submission(
        id=new_id(),
        edition_digest=edition.digest,
        credential_id=old.credential_id,
        candidate_id=old.candidate_id,
        state=state.name,
        state_kind=state.kind,
        state_since=at,
        revision=0,
        round=0,
        opened_at=at,
    )
    session.add(submission)
    session.flush()
    facts = {"state": state.name, "edition": edition.digest, "renews": old.id}
    history.record(session, submission.id, "opened", facts, actor, at)
    history.record(session, old.id, "renewed", {"submission": submission.id}, actor, at)
    renewal = SubmissionSubject(submission, edition)
    submission.due_at = entering.due_at(edition.workflow, state, at, settings)
    entering.wind(session, settings, renewal, at)
    draft = _begun(session, subject, edition, submission, at)
    for form_id, said in draft.answers.items():
        own = {
            name: {mark: one for mark, one in marks.items() if within(mark, f"/{escape(form_id)}")}
            for name, marks in draft.marks.items()
        }
        drafting.put(session, renewal, form_id, Draft.of({form_id: said}, own), at)
    return submission


def renewal_of(session: Session, submission_id: str) -> str | None:
    """The id of the submission that renews this one, the latest; None while there is none."""
    facts = session.scalars(
        select(Event.facts)
        .where(Event.chain == history.chain(submission_id), Event.kind == "renewed")
        .order_by(Event.sequence.desc())
        .limit(1)
    ).first()
    return str(facts["submission"]) if facts else None


def _begun(
    session: Session,
    subject: SubmissionSubject,
    edition: Edition,
    renewal: Submission,
    at: datetime,
) -> Draft:
    """What the new draft says: the answers of the last round that the new forms still ask."""
    old = subject.submission
    taken = session.scalars(
        select(Snapshot)
        .where(Snapshot.submission_id == old.id)
        .order_by(Snapshot.round.desc())
        .limit(1)
    ).first()
    before = Draft.of(taken.answers, taken.marks) if taken else stored.draft_of(session, old.id)
    forms = form_set_of(edition).forms
    files = _copied(session, old.id, renewal.id, at)
    answers = {
        form_id: _with_files(said, files)
        for form_id, said in before.answers.items()
        if form_id in forms
    }
    for pointer in before.agreed:
        form_id, *steps, last = tokens(pointer)
        holder = value_at(answers, join("", [form_id, *steps]))
        if isinstance(holder, dict):
            holder.pop(last, None)
    return Draft.of(answers, {"chosen": before.chosen, "rows": before.rows})


def _copied(
    session: Session, old_id: str, new_submission_id: str, at: datetime
) -> Mapping[str, str]:
    """Every file and link of the old submission again, for the new one; new ids by old ones."""
    rows = session.scalars(select(Evidence).where(Evidence.submission_id == old_id)).all()
    ids = {row.id: new_id() for row in rows}
    for row in rows:
        session.add(
            Evidence(
                id=ids[row.id],
                submission_id=new_submission_id,
                name=row.name,
                media_type=row.media_type,
                bytes=row.bytes,
                sha256=row.sha256,
                uploaded_by=row.uploaded_by,
                uploaded_at=at,
                privacy=row.privacy,
                url=row.url,
                link_state=row.link_state,
                checked_at=row.checked_at,
            )
        )
    session.flush()
    for row in rows:
        if row.captions_id in ids:
            session.get_one(Evidence, ids[row.id]).captions_id = ids[row.captions_id]
    session.flush()
    return ids


def _with_files(value: Any, files: Mapping[str, str]) -> Any:
    """`value` with the new id wherever it names a file: 32 random digits are nothing else."""
    if isinstance(value, dict):
        return {key: _with_files(said, files) for key, said in value.items()}
    if isinstance(value, list):
        return [_with_files(said, files) for said in value]
    return files.get(value, value) if isinstance(value, str) else value
