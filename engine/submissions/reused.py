"""A person's own earlier answers, for questions that reuse them.

Only what was submitted counts: the snapshot of a round, never a draft. Every round is known, so
that what was picked from an earlier one still proves itself; offered is the latest. Nothing is
offered of a submission that was withdrawn since, and what was picked of it says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import NotFound
from engine.forms.display import summary_line
from engine.forms.offers import NO_OFFERS, Offer, Offers, Source
from engine.forms.pointers import ABSENT, join, value_at
from engine.forms.schema import FormSet, form_set_of
from engine.forms.series import Series
from engine.people import Actor
from engine.permissions import SubmissionSubject, may
from engine.phrases import day
from engine.records import catalogue
from engine.records.tables import Snapshot, Submission
from engine.submissions.survey_proofs import proofs


def offers_for(session: Session, subject: SubmissionSubject, reader: Actor | None = None) -> Offers:
    """What the questions of a submission may reuse of its candidate's, the latest first.

    With a `reader`, each offer that they may read says where. One query, and none where nothing
    is reused.
    """
    form_set = form_set_of(subject.edition)
    runs = proofs(session, subject.submission.id) if form_set.asks_for_results else {}
    if not form_set.sources:
        return Offers(runs=runs) if runs else NO_OFFERS
    found: list[Offer] = []
    seen: set[str] = set()
    rows = session.execute(
        select(Submission, Snapshot)
        .join(Snapshot, Snapshot.submission_id == Submission.id)
        .where(
            Submission.candidate_id == subject.submission.candidate_id,
            Submission.credential_id.in_({source.credential for source in form_set.sources}),
        )
        .order_by(Snapshot.taken_at.desc(), Submission.id)
    )
    titles = {id: title for id, title in subject.edition.titles.items() if id in _named(form_set)}
    for submission, snapshot in rows:
        edition = catalogue.edition(session, submission.edition_digest)
        titles[submission.credential_id] = edition.credential.title
        subject_there = SubmissionSubject(submission, edition)
        link = _link(reader, subject_there)
        withdrawn = _withdrawn(subject_there)
        # The newest comes first.
        current = submission.id not in seen and not withdrawn
        seen.add(submission.id)
        for source in sorted(form_set.sources):
            if source.credential == submission.credential_id:
                offers = _offers(source, submission, snapshot, edition)
                found += [
                    replace(offer, link=link, current=current, withdrawn=withdrawn)
                    for offer in offers
                ]
    for id in _named(form_set) - titles.keys():
        titles[id] = _title(session, id)
    return Offers(tuple(found), titles, runs, looked=True)


def _offers(
    source: Source, submission: Submission, snapshot: Snapshot, edition: Edition
) -> Iterator[Offer]:
    base = join("", [source.form]) + source.at
    value = value_at(snapshot.answers, base)
    node = form_set_of(edition).node(base)
    whole = source.whole or isinstance(node, Series) or not isinstance(value, list)
    places: list[tuple[str, Any]] = (
        [(base, value)] if whole else [(f"{base}/{n}", one) for n, one in enumerate(value)]
    )
    for pointer, said in places:
        if said is ABSENT or said in (None, "", [], {}):
            continue
        yield Offer(
            source,
            submission.id,
            snapshot.round,
            pointer,
            said,
            edition.credential.title,
            day(snapshot.taken_at),
            summary_line(form_set_of(edition), pointer, said),
        )


def _withdrawn(subject: SubmissionSubject) -> bool:
    """Whether it was closed otherwise than by handing it in."""
    if subject.submission.state_kind != "closed":
        return False
    return not any(
        transition.target == subject.submission.state and effect.name == "snapshot"
        for transition in subject.workflow.transitions.values()
        for effect in transition.do
    )


def _link(reader: Actor | None, subject: SubmissionSubject) -> str:
    if reader is None:
        return ""
    try:
        refused = may(reader, "submission.read", subject)
    except NotFound:
        return ""
    return "" if refused else f"/submissions/{subject.submission.id}/print"


def _named(form_set: FormSet) -> set[str]:
    return {source.credential for source in form_set.sources}


def _title(session: Session, credential_id: str) -> str:
    edition = catalogue.current(session, credential_id)
    return edition.credential.title if edition is not None else credential_id
