"""A candidate's journey apart from the form pages: my work, the task list, checking, submitting.

What may be done next is whatever `submissions.progress` offers, in the document's words. A
transition that hands the answers in goes by way of "check your answers"; one that asks a
question or wants a comment has a page of its own; the rest are buttons. The form pages
themselves are in `filling`, files in `evidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import status
from engine.errors import NotFound, Refusal
from engine.forms import answers as forms_answers
from engine.forms import display, requirements
from engine.forms.entries import Entry
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import SubmissionSubject, may
from engine.records import audit, catalogue
from engine.records.tables import Account, Award, Event
from engine.submissions import (
    blinding,
    checklists,
    comments,
    drafting,
    gallery,
    open_work,
    progress,
    renewing,
    reused,
    scoring_sheets,
    snapshots,
    standing,
)
from engine.submissions import consents as consented
from engine.submissions.comments import CommentShown
from engine.web import (
    alignment,
    effort,
    holdings,
    own_awards,
    own_gallery,
    pathway,
    presenting,
    stories,
    tasks,
)
from engine.web.asking import house, is_mine, me, now, read_session, subject_of, transaction
from engine.web.catalogue import way_on
from engine.web.consents import consents
from engine.web.consents import summary as consent_summary
from engine.web.copies import copies
from engine.web.diagram import picture
from engine.web.evidence import evidence
from engine.web.filling import filling
from engine.web.notes import notes
from engine.web.records import records
from engine.web.resumable import resumable
from engine.web.returned import returned
from engine.web.statements import received, statements
from engine.web.statements import summary as statement_summary
from engine.web.surveys import surveys

candidate = Blueprint("candidate", __name__)
candidate.register_blueprint(surveys)
candidate.register_blueprint(statements)
candidate.register_blueprint(consents)
candidate.register_blueprint(alignment.mine)
candidate.register_blueprint(own_gallery.mine)
candidate.register_blueprint(own_awards.mine)
candidate.register_blueprint(presenting.mine)
candidate.register_blueprint(filling)
candidate.register_blueprint(copies)
candidate.register_blueprint(records)
candidate.register_blueprint(notes)
candidate.register_blueprint(evidence)
candidate.register_blueprint(resumable)


class CheckedPage(NamedTuple):
    """What one page answers, and where to change it."""

    title: str
    url: str
    entries: tuple[Entry, ...]


class CheckedForm(NamedTuple):
    """One form on the check page."""

    title: str
    pages: list[CheckedPage]


@candidate.get("/my-work")
def my_work() -> ResponseReturnValue:
    """What waits for me, what waits for others, what I hold."""
    with read_session() as session:
        rows = drafting.my_submissions(session, me())
        held = holdings.of(session, me().id, now())
        unfinished = open_work.open_work(
            session, [row for row in rows if row.submission.state_kind == "open"]
        )
        editions = catalogue.current_all(session)
        shares = gallery.shares(session, me())
    in_force = {one.credential_id for one in held if one.word == "valid"}
    on_the_way = way_on(editions, pathway.record_from(in_force, rows))
    standing = [
        (row, row.edition.workflow.states[row.submission.state])
        for row in rows
        if row.edition.workflow
    ]
    shown_as_held = {one.submission_id for one in held}
    # What came back with notes waits for nobody else: it goes first.
    mine = [one for one in standing if one[1].public_kind == "open"]
    return render_template(
        "web/candidate/my-work.html",
        mine=sorted(mine, key=lambda one: one[1].tone != "attention"),
        others=[one for one in standing if one[1].public_kind in ("review", "decide")],
        ended=[
            one
            for one in standing
            if one[1].public_kind in ("outcome", "closed")
            and one[0].submission.id not in shown_as_held
        ],
        held=held,
        shares=shares,
        unfinished=unfinished,
        stacks=on_the_way.stacks,
        nearest=on_the_way.nearest,
    )


@candidate.post("/credentials/<credential_id>/open")
def open_submission(credential_id: str) -> ResponseReturnValue:
    """Begin, or go on with what was begun before."""
    person = me()
    with transaction() as session:
        edition = catalogue.current(session, credential_id)
        if edition is None:
            raise NotFound(_("There is no such credential in the catalogue."))
        submission = progress.begin(session, house().settings, edition, person, now())
    return redirect(url_for("candidate.task_list", submission_id=submission.id), 303)


@candidate.get("/submissions/<submission_id>")
def task_list(submission_id: str) -> ResponseReturnValue:
    """The pages with how far each has come, what happens next, and the story so far."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if not is_mine(subject):
            return redirect(f"/review/{submission_id}", 303)
        overview = standing.overview(session, subject, now())
        form_set = form_set_of(subject.edition)
        feedback = scoring_sheets.feedback(session, subject) if subject.state.kind == "open" else []
        events = audit.story(session, f"submission:{submission_id}")
        award = session.scalars(
            select(Award).where(Award.submission_id == submission_id, Award.replaced_by.is_(None))
        ).one_or_none()
        return render_template(
            "web/candidate/task-list.html",
            subject=subject,
            credential=subject.edition.credential,
            state=subject.state,
            forms=tasks.forms_of(subject, overview),
            consents=consent_summary(session, subject),
            statements=statement_summary(session, subject),
            effort=effort.together(
                one.page.effort for one in overview.pages if one.progress.state != "complete"
            ),
            requirements=requirements.reached(
                form_set.requirements, forms_answers.prune(form_set, overview.draft)
            ),
            offers=tasks.ways(subject, progress.offers(session, me(), subject, now())),
            before=pathway.prerequisites(
                subject.edition, pathway.record_of(session, me(), now()), {}
            ),
            returned=returned(session, subject, overview),
            renewal=renewing.renewal_of(session, submission_id),
            unmet=[row for sheet in feedback for row in sheet.rows if row.decision == "N"],
            story=_story(session, subject, events),
            diagram=picture(
                subject.workflow,
                subject.edition.credential.title,
                subject.submission.state,
                events,
                public=True,
            ),
            saved_at=drafting.saved_at(session, submission_id),
            award=award,
            award_stands=status.standing(award, now()),
        )


@candidate.get("/submissions/<submission_id>/check")
def check(submission_id: str) -> ResponseReturnValue:
    """Everything that was answered, what is missing first, and the button that hands it in."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if not is_mine(subject):
            return redirect(f"/review/{submission_id}", 303)
        return check_page(session, subject)


@candidate.get("/submissions/<submission_id>/print")
def printed(submission_id: str) -> ResponseReturnValue:
    """All answers on one page, for paper: one's own as they stand, others' as submitted."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if may(me(), "submission.read", subject):
            return redirect(f"/review/{submission_id}", 303)
        account = session.get_one(Account, subject.submission.candidate_id)
        answers = _answers_to_read(session, subject)
        seen = blinding.eyes(session, me(), subject)
        hidden = consented.hidden_from(session, me(), subject)
        found = drafting.evidence_of(session, submission_id)
        evidence = {id: one for id, one in found.items() if id not in hidden}
        return render_template(
            "web/candidate/print.html",
            subject=subject,
            credential=subject.edition.credential,
            state=subject.state,
            forms=display.read_only(
                form_set_of(subject.edition),
                answers,
                offers=reused.offers_for(session, subject, me()),
            ),
            noted=_noted(session, subject) if is_mine(subject) else {},
            received=received(session, subject),
            evidence=blinding.shown_files(session, seen, submission_id, evidence),
            candidate_name=seen.candidate(account.name),
        )


@candidate.get("/submissions/<submission_id>/story")
def story(submission_id: str) -> ResponseReturnValue:
    """Everything that happened, in words."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if may(me(), "submission.read", subject):
            return redirect(f"/review/{submission_id}", 303)
        return render_template(
            "web/candidate/story.html",
            subject=subject,
            credential=subject.edition.credential,
            story=_story(session, subject, audit.story(session, f"submission:{submission_id}")),
        )


def check_page(
    session: Session, subject: SubmissionSubject, refusal: Refusal | None = None
) -> ResponseReturnValue:
    """Everything that was answered, with what is missing or in the way."""
    overview = standing.overview(session, subject, now())
    form_set = form_set_of(subject.edition)
    offers = reused.offers_for(session, subject, me())
    said = display.read_only(form_set, overview.draft.answers, overview.draft, offers)
    ways = tasks.ways(subject, progress.offers(session, me(), subject, now()))
    evidence = drafting.evidence_of(session, subject.submission.id)
    page = render_template(
        "web/candidate/check.html",
        gives_away=blinding.gives_away(session, subject, overview.draft.answers, evidence.values()),
        subject=subject,
        credential=subject.edition.credential,
        missing=tasks.missing(subject, overview),
        forms=[
            CheckedForm(
                form.title,
                [
                    CheckedPage(
                        page.title,
                        tasks.page_url(subject, form_set.page(form.id, page.id)),
                        page.entries,
                    )
                    for page in form.pages
                ],
            )
            for form in said
        ],
        evidence=evidence,
        received=received(session, subject),
        editable=may(me(), "submission.edit", subject) is None,
        openings=subject.openings,
        offers=[way for way in ways if way.hands_in],
        checklists=checklists.shown(subject, said),
        consents=consent_summary(session, subject),
        refusal=refusal,
    )
    return page, 422 if refusal else 200


def _answers_to_read(session: Session, subject: SubmissionSubject) -> dict[str, object]:
    if is_mine(subject):
        draft = drafting.draft_of(session, subject.submission.id)
        return forms_answers.prune(form_set_of(subject.edition), draft)
    # Others read what was handed in, never the draft that has gone on since.
    taken = snapshots.lately(session, subject)
    return taken[max(taken)].answers if taken else {}


def _noted(session: Session, subject: SubmissionSubject) -> dict[str, list[CommentShown]]:
    noted: dict[str, list[CommentShown]] = {}
    for note in comments.for_candidate(session, subject):
        noted.setdefault(note.pointer, []).append(note)
    return noted


def _story(
    session: Session, subject: SubmissionSubject, events: Sequence[Event]
) -> list[stories.Chapter]:
    return stories.of_submission(subject, events, me(), blinding.eyes(session, me(), subject))
