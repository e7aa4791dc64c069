"""A filled installation to look around in: a cast, and one submission in every state.

Nothing here knows a credential, a state or a role: the examples in the documents are the answers,
and the way to each state is found in the workflow. It is what `make demo` serves and what the
README's five minutes walk through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import segno
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import filming, people
from engine.awards import issuing
from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.credentials.workflow import StateKind, Transition, Workflow
from engine.errors import Refused
from engine.forms.attachments import matches
from engine.forms.offers import key_of
from engine.forms.pointers import escape
from engine.forms.results_of_surveys import HERE, SurveyResults
from engine.forms.schema import form_set_of
from engine.people import SYSTEM, Actor
from engine.permissions import SubmissionSubject, plays
from engine.records import catalogue
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Submission, SurveyRun, new_id
from engine.settings import Settings
from engine.submissions import askings, consents, drafting, progress, reused, reviewing
from engine.submissions.link_tokens import token_of

PASSWORD = "teachers learn together"  # noqa: S105  printed on the screen, for a demonstration

READY = ("hannah@example.org", "Hannah Brooks", "a candidate whose work is ready to submit")
CANDIDATES = (
    ("maya@example.org", "Maya Thompson"),
    ("joseph@example.org", "Joseph Okafor"),
    ("linh@example.org", "Nguyễn Thị Linh"),
    ("david@example.org", "David Castellanos"),
    ("ruth@example.org", "Ruth Abernathy"),
    ("samir@example.org", "Samir Haddad"),
    ("elena@example.org", "Elena Petrova"),
    ("grace@example.org", "Grace Mbeki"),
    ("tom@example.org", "Tom Whitefeather"),
    ("aiko@example.org", "Aiko Tanaka"),
)
BEGINNER = ("ben@example.org", "Ben Larsen", "a candidate who begins, one prerequisite short")
REVIEWER = ("cora@example.org", "Cora Jensen", "a reviewer")
SECOND_REVIEWER = ("noah@example.org", "Noah Park", "another reviewer")
STAFF = ("robin@example.org", "Robin Adeyemi", "program staff, and administrator")


EMPTY_FILM = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0\0\0\x08mdat"
"""An MP4 file with nothing to see in it, where WebM, which `filming` makes, is not taken."""


@dataclass
class Stage:
    """What filling needs at every step; `at` moves on, so that waiting times look real.

    `cast` is keyed by e-mail, and knows the reviewer and the staff member under the addresses
    `REVIEWER[0]` and `STAFF[0]`, whoever they are.
    """

    session: Session
    settings: Settings
    store: EvidenceStore
    cast: Mapping[str, Actor]
    at: datetime

    def pass_time(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def fill(settings: Settings, database: Database, library: Library, at: datetime) -> None:
    """Publish the catalogue and, into an installation without people, put the cast and its work.

    Running it again publishes what changed and keeps everything else.
    """
    store = EvidenceStore.of(settings)
    with database.transaction() as session:
        for id in library.credentials():
            catalogue.publish(session, library, id, SYSTEM, at)
    with database.transaction() as session:
        if session.scalar(select(func.count()).select_from(Account)):
            return
        cast = _cast(session, at - timedelta(days=90))
        stage = Stage(session, settings, store, cast, at)
        # Those that reuse what others ask for go first, and bring the others along.
        editions = sorted(
            catalogue.current_all(session), key=lambda one: not form_set_of(one).sources
        )
        shown: dict[str, Edition] = {}
        for edition in reversed(editions):
            if edition.workflow is not None and edition.examples:
                shown.setdefault(edition.workflow.name, edition)
        for number, edition in enumerate(editions):
            if edition.workflow is None or not edition.examples:
                continue
            if shown[edition.workflow.name] is edition:
                _fill_credential(stage, edition, edition.workflow, at)
            else:
                _fill_shortly(stage, edition, number, at)
    drain(JobContext(settings, database, store))


def is_filled(database: Database) -> bool:
    """Whether the cast is here; nobody is added where there are other people already."""
    with database.read() as session:
        return session.scalar(select(Account.id).where(Account.email == READY[0])) is not None


def sign_ins(address: str) -> str:
    """What to print: who can sign in, and with which password."""
    rows = [READY, BEGINNER, REVIEWER, SECOND_REVIEWER, STAFF]
    width = max(len(email) for email, _, _ in rows)
    people_ = "\n".join(f"    {email:<{width}}  {what}" for email, _, what in rows)
    return f"Sign in at {address}/sign-in with the password: {PASSWORD}\n{people_}"


def _cast(session: Session, at: datetime) -> dict[str, Actor]:
    roles: dict[tuple[str, str], list[str]] = {
        READY[:2]: ["candidate"],
        BEGINNER[:2]: ["candidate"],
        REVIEWER[:2]: ["candidate", "reviewer"],
        SECOND_REVIEWER[:2]: ["candidate", "reviewer"],
        STAFF[:2]: ["candidate", "staff", "admin"],
        **{one: ["candidate"] for one in CANDIDATES},
    }
    cast = {}
    for (email, name), held in roles.items():
        account = people.add(session, email, name, PASSWORD, held, at)
        cast[email] = Actor(account.id, account.name, account.email, frozenset(held))
    return cast


def _fill_credential(stage: Stage, edition: Edition, workflow: Workflow, now: datetime) -> None:
    # The ends were reached long ago, what waits has waited for days: the queue looks lived in.
    ways = {state: way for state in workflow.states if (way := way_to(workflow, state))}
    for number, (email, state) in enumerate(
        zip((one[0] for one in CANDIDATES), ways, strict=False)
    ):
        ended = workflow.states[state].kind in ("outcome", "closed")
        stage.at = now - timedelta(days=45 if ended else 25 - 2 * number, hours=3 * number)
        submission = opened(stage, edition, stage.cast[email])
        for transition in ways[state]:
            stage.pass_time(days=1, hours=2, minutes=17 * number)
            walk(stage, edition, submission, transition)
    stage.at = now - timedelta(days=3)
    # A credential on its own is Hannah's to go on with; steps of a stack and year-long records
    # are Ben's.
    alone = edition.credential.stack is None and edition.credential.kind != "programme"
    at_work = READY if alone else BEGINNER
    opened(stage, edition, stage.cast[at_work[0]])
    beginner = stage.cast[BEGINNER[0]]
    recognise(stage, edition, beginner, edition.credential.prerequisites.credentials[:-1])


def _fill_shortly(stage: Stage, edition: Edition, number: int, now: datetime) -> None:
    # Every way of this workflow is shown elsewhere: here somebody waits to be reviewed.
    email = CANDIDATES[number % len(CANDIDATES)][0]
    stage.at = now - timedelta(days=1 + number, hours=3 * number)
    _brought_to(stage, edition, stage.cast[email], "review")
    if any(len(one.people) > 3 for one in edition.credential.consents.values()):
        # Of several people who were asked, one has not answered yet.
        opened(stage, edition, stage.cast[BEGINNER[0]])
    if edition.credential.gallery is not None:
        # Somebody else has earned it, and shares it with everybody.
        another = CANDIDATES[(number + 1) % len(CANDIDATES)][0]
        stage.at = now - timedelta(days=60, hours=3 * number)
        _brought_to(stage, edition, stage.cast[another], "outcome")


def _brought_to(stage: Stage, edition: Edition, candidate: Actor, kind: StateKind) -> None:
    """Fill a draft from the examples and walk it to the workflow's first state of this kind; it
    stays a draft where there is none."""
    workflow = edition.workflow
    if workflow is None:
        return
    submission = opened(stage, edition, candidate)
    goals = [id for id, one in workflow.states.items() if one.kind == kind]
    for transition in way_to(workflow, goals[0]) if goals else []:
        walk(stage, edition, submission, transition)


def opened(stage: Stage, edition: Edition, candidate: Actor) -> Submission:
    """A draft that says everything the document's examples say, with files, ready to hand in."""
    recognise(stage, edition, candidate, edition.credential.prerequisites.credentials)
    submission = drafting.open_submission(
        stage.session, edition, candidate, stage.pass_time(hours=1)
    )
    subject = drafting.subject_of(stage.session, submission.id)
    answers = {
        form: _as_theirs(stage, subject, candidate, f"/{escape(form)}", said)
        for form, said in edition.examples.items()
    }
    drafting.fill(stage.session, subject, answers, candidate, stage.pass_time(hours=2))
    _asked(stage, subject, candidate, waiting=candidate.email == BEGINNER[0])
    return submission


def _asked(
    stage: Stage, subject: SubmissionSubject, candidate: Actor, *, waiting: bool = False
) -> None:
    """Everybody whom the answers name is asked for their consent by a link, and says yes; the last
    one has not answered yet where somebody is `waiting`."""
    lacking = consents.lacking(stage.session, subject, stage.at)
    for number, one in enumerate(lacking, 1):
        address = one.email or f"{'.'.join(one.name.lower().split())}@example.org"
        asking = askings.ask(
            stage.session,
            stage.settings,
            subject,
            "consent",
            one.consent.id,
            one.name,
            address,
            candidate,
            stage.pass_time(minutes=5),
        )
        if waiting and number == len(lacking):
            return
        askings.take(
            stage.session,
            stage.settings,
            token_of(stage.settings, askings.LINK, asking.id),
            "given",
            one.consent.digest,
            stage.pass_time(minutes=40),
        )


def recognise(stage: Stage, edition: Edition, who: Actor, ids: tuple[str, ...]) -> None:
    """Record the recognised ones of these credentials for somebody, as staff would."""
    account = stage.session.get_one(Account, who.id)
    held = issuing.held(stage.session, who.id, stage.at)
    for number, id in enumerate(ids):
        current = catalogue.current(stage.session, id)
        if id not in held and current is not None and current.credential.kind == "recognised":
            earned = date(stage.at.year - 1, 3 + number, 14)
            issuing.recognise(
                stage.session,
                account,
                id,
                earned,
                "Program records",
                None,
                stage.cast[STAFF[0]],
                stage.at,
            )


def way_to(workflow: Workflow, goal: str) -> list[Transition]:
    """The shortest list of transitions from the first state to `goal`; empty when there is none."""
    waiting: deque[tuple[str, list[Transition]]] = deque([(workflow.initial, [])])
    seen = {workflow.initial}
    while waiting:
        state, way = waiting.popleft()
        for transition in workflow.leaving(state):
            if transition.target == goal:
                return [*way, transition]
            if transition.target not in seen:
                seen.add(transition.target)
                waiting.append((transition.target, [*way, transition]))
    return []


def walk(stage: Stage, edition: Edition, submission: Submission, transition: Transition) -> None:
    """Fire one transition as whoever plays its role; score first where the guards ask for it."""
    session = stage.session
    subject = drafting.subject_of(session, submission.id)
    doer = _doer(stage, subject, transition)
    for sheet in (None, "Y", "N"):
        if sheet and subject.state.review is not None:
            _score(stage, subject, doer, sheet)
        try:
            progress.advance(
                session,
                stage.settings,
                doer,
                submission.id,
                transition.name,
                submission.revision,
                stage.pass_time(minutes=20),
                "Done for the demonstration." if transition.require else "",
            )
        except Refused as refused:
            reason = refused
        else:
            return
    raise reason


def _doer(stage: Stage, subject: SubmissionSubject, transition: Transition) -> Actor:
    roles = [subject.workflow.roles[name] for name in transition.by]
    able = (REVIEWER[0], STAFF[0], *(email for email in stage.cast))
    for email in able:
        if any(plays(stage.cast[email], role, subject.submission) for role in roles):
            return stage.cast[email]
    raise LookupError(f"nobody in the cast may do {transition.name}")


def _score(stage: Stage, subject: SubmissionSubject, reviewer: Actor, last: str) -> None:
    """Y for every look-for, and `last` for the last one, with notes when that is N."""
    review = reviewing.current_review(stage.session, subject)
    rows = [
        (guide.id, look_for.id)
        for guide in reviewing.guides_of(subject)
        for look_for in guide.look_fors
    ]
    scores: dict[tuple[str, str], tuple[str | None, str]] = dict.fromkeys(rows, ("Y", ""))
    if rows and last == "N":
        notes = "I can't find this yet. Please show it in your answer, with an example."
        scores[rows[-1]] = ("N", notes)
    reviewing.save_scores(
        stage.session, reviewer, subject, scores, review.revision if review else 0, stage.at
    )


def _as_theirs(
    stage: Stage, subject: SubmissionSubject, candidate: Actor, at: str, said: Any
) -> Any:
    """An example's answers as this candidate's own: each evidence answer is a real file made here,
    what is reused was handed in by them, and a survey's results are those of a survey of theirs."""
    if isinstance(said, dict):
        if key_of(said) is not None:
            return _picked(stage, subject, candidate, said)
        asking = form_set_of(subject.edition).node(at)
        if isinstance(asking, SurveyResults) and said.get("source") == HERE:
            return _counted(stage, subject, at, said)
        return {
            key: _as_theirs(stage, subject, candidate, f"{at}/{escape(key)}", inner)
            for key, inner in said.items()
        }
    if isinstance(said, list):
        return [
            _as_theirs(stage, subject, candidate, f"{at}/{number}", inner)
            for number, inner in enumerate(said)
        ]
    field = form_set_of(subject.edition).evidence_field(at)
    if field is None or not isinstance(said, str):
        return said
    content = stand_in(said, field.accept)
    limit = stage.settings.evidence_max_bytes
    file = drafting.keep_file(stage.store, subject, at, BytesIO(content), said, limit, candidate)
    drafting.attach(stage.session, subject, file, candidate, stage.at)
    return file.id


def _picked(
    stage: Stage, subject: SubmissionSubject, candidate: Actor, said: dict[str, Any]
) -> dict[str, Any]:
    """The same answer among those that the candidate has handed in, which they do now if need be.

    They earn that credential too: it is out of the way when its own turn comes."""
    for handed_in in (False, True):
        for offer in reused.offers_for(stage.session, subject).found:
            if offer.current and offer.pointer == said["pointer"]:
                return offer.stored
        if not handed_in:
            for id in sorted({one.credential for one in form_set_of(subject.edition).sources}):
                if (edition := catalogue.current(stage.session, id)) is not None:
                    _brought_to(stage, edition, candidate, "outcome")
    return said


def _counted(
    stage: Stage, subject: SubmissionSubject, at: str, said: dict[str, Any]
) -> dict[str, Any]:
    """The results of a survey that was run here, as it was closed and taken over."""
    surveys = subject.edition.credential.surveys.values()
    waves = {wave.results: (one.id, wave.id) for one in surveys for wave in one.waves}
    survey, wave = waves.get(at, ("", ""))
    opened_at, closed_at = (
        datetime.combine(date.fromisoformat(said[day]), time(12), UTC)
        for day in ("opened_on", "closed_on")
    )
    run = SurveyRun(
        id=new_id(),
        submission_id=subject.submission.id,
        edition_digest=subject.edition.digest,
        survey=survey,
        wave=wave,
        state="closed",
        invited=said["invited"],
        received=said["answered"],
        opened_at=opened_at,
        closes_at=closed_at,
        closed_at=closed_at,
        salt="",
    )
    run.evidence = {**said, "run": run.id}
    stage.session.add(run)
    stage.session.flush()
    return run.evidence


def stand_in(name: str, accept: Collection[str]) -> bytes:
    """A small real file in place of an example's, of a kind that the field accepts."""
    if not accept or "application/pdf" in accept:
        return _page(name)
    if any(one.startswith("video/") for one in accept):
        shown = name.rpartition(".")[0].replace("-", " ").capitalize() or name
        takes = any(matches("video/webm", one) for one in accept)
        return filming.titled(shown) if takes else EMPTY_FILM
    if "image/png" in accept:
        picture = BytesIO()
        segno.make(name).save(picture, kind="png", scale=8)
        return picture.getvalue()
    return b"A stand-in for the file that a candidate would attach here."


@cache
def _page(name: str) -> bytes:
    """A one-page PDF that says which example file it stands for."""
    from weasyprint import HTML

    words = f"<h1>{name}</h1><p>A stand-in for the file that a candidate would attach here."
    content: bytes = HTML(string=f"<html lang=en><title>{name}</title>{words}").write_pdf()
    return content
