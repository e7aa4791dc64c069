"""The candidate's record: a PDF copy of a submission, every answer and every file's digest in it.

What is in it: the answers as they were handed in, or for its owner the draft as it stands, marked
so, and the notes on them that the candidate reads. It is printed by a queued job and kept as a file
under a name that follows from its content, so that asking twice prints once. A file that is missing
is made again when somebody asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from engine.awards.typesetting import template_faults
from engine.awards.typesetting.press import ACCESSIBLE, press
from engine.awards.typesetting.sheets import filled
from engine.awards.typesetting.typefaces import sans_faces
from engine.forms import display
from engine.forms.display import ShownForm
from engine.forms.drafts import Draft, EvidenceFacts
from engine.forms.entries import Entry
from engine.forms.offers import NO_OFFERS, Offers
from engine.forms.pointers import tokens
from engine.forms.schema import form_set_of
from engine.languages import current, speaking
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.phrases import film_time, record_day
from engine.records import jobs
from engine.records.files import readable_size
from engine.records.tables import Account, Snapshot
from engine.records.whole_files import whole
from engine.settings import Settings
from engine.submissions import blinding, comments, consents, drafting, reused, statements
from engine.submissions.blinding import Eyes
from engine.submissions.comments import CommentShown
from engine.submissions.statements import Received

JOB = "record"
"""The queued job that prints one: `{"submission": …, "round": …, "language": …}`."""
TEMPLATE = "records/record.html"
_RECIPE = "2"
"""Raised when the look of a record changes, so that the next one asked for is made anew."""
DRAFT = 0
"""In place of a round: the answers as they stand now."""


class NumberedFile(NamedTuple):
    """A file of the evidence list; answers refer to it by its number."""

    number: int
    facts: EvidenceFacts

    @property
    def size(self) -> str:
        return readable_size(self.facts.bytes)


@dataclass(frozen=True)
class Record:
    """Everything that one record says."""

    submission_id: str
    round: int
    title: str
    candidate: str
    version: int
    edition: str
    begun: datetime
    handed_in: datetime | None
    draft: Draft
    evidence: Mapping[str, EvidenceFacts]
    blind: bool = False
    hidden: frozenset[str] = frozenset()
    """The files that are left out, for want of somebody's consent."""
    notes: tuple[CommentShown, ...] = ()
    """Those that the candidate reads now, whoever asks for the copy."""
    received: tuple[Received, ...] = ()
    """What other people have said."""
    offers: Offers = NO_OFFERS
    """Where reused answers come from."""

    @property
    def name(self) -> str:
        """Of its file: it follows from what the record says, and from the language."""
        said = [
            _RECIPE,
            current(),
            *(self.submission_id, self.round, self.title, self.candidate, self.edition),
            self.draft.answers,
            self.draft.marks,
            {id: asdict(one) for id, one in self.evidence.items()},
            self.notes,
            # Nobody can change what was said: its id says all of it.
            [(one.id, one.current) for one in self.received],
            [(one.key, one.title, one.withdrawn) for one in self.offers.found],
        ]
        text = json.dumps(said, sort_keys=True, ensure_ascii=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        return f"round-{self.round}-{digest}.pdf" if self.round else f"draft-{digest}.pdf"


def for_reader(session: Session, subject: SubmissionSubject, actor: Actor) -> Record | None:
    """The record that `actor` may have: one's own work as it stands while it is open, otherwise
    what was handed in last; None when that is nothing. Raises `Refused` and `NotFound`."""
    require(actor, "submission.read", subject)
    own = actor.id == subject.submission.candidate_id
    if own and subject.state.kind == "open":
        return record_of(session, subject, DRAFT)
    blind = blinding.hides_candidate(actor, subject)
    # A round of 0 is a draft, which is nobody else's business.
    round = subject.submission.round
    hidden = consents.hidden_from(session, actor, subject)
    return record_of(session, subject, round, blind, hidden) if round else None


def record_of(
    session: Session,
    subject: SubmissionSubject,
    round: int,
    blind: bool = False,
    hidden: frozenset[str] = frozenset(),
) -> Record | None:
    """The record of a round, or of the draft; None when there is no such round. A `blind` one says
    neither whose work it is nor what the files were called; `hidden` files are not in it."""
    submission, credential = subject.submission, subject.edition.credential
    handed_in = None
    draft = drafting.draft_of(session, submission.id)
    if round:
        taken = session.get(Snapshot, (submission.id, round))
        if taken is None:
            return None
        draft, handed_in = Draft.of(taken.answers, taken.marks), taken.taken_at
    elif subject.state.kind != "open":
        return None
    code = blinding.code_of(submission.id)
    seen = Eyes("", submission.candidate_id, hides_candidate=blind, code=code)
    kept = drafting.evidence_of(session, submission.id)
    evidence = {id: one for id, one in kept.items() if id not in hidden}
    return Record(
        submission_id=submission.id,
        round=round,
        title=credential.title,
        candidate=seen.candidate(session.get_one(Account, submission.candidate_id).name),
        version=credential.version,
        edition=subject.edition.digest,
        begun=submission.opened_at,
        handed_in=handed_in,
        draft=draft,
        evidence=blinding.shown_files(session, seen, submission.id, evidence),
        blind=blind,
        hidden=hidden,
        notes=_notes(session, subject, round, draft),
        # Words may tell whose work it is.
        received=tuple(
            statements.without_words(one) if blind else one
            for one in statements.received(session, subject, draft if round else None)
        ),
        offers=reused.offers_for(session, subject),
    )


def _notes(
    session: Session, subject: SubmissionSubject, round: int, draft: Draft
) -> tuple[CommentShown, ...]:
    # Of an earlier round other notes were read, and the answers have changed since.
    if round not in (DRAFT, subject.submission.round):
        return ()
    return tuple(comments.for_candidate(session, subject, draft))


def path_of(record: Record, settings: Settings) -> Path:
    """Where the record is, or will be, kept."""
    return settings.records / record.submission_id / record.name


def ask(session: Session, record: Record, at: datetime) -> None:
    """Queue the printing of a record; the same one is not queued twice in a minute."""
    payload = {
        "submission": record.submission_id,
        "round": record.round,
        "language": current(),
        "blind": record.blind,
        "hidden": sorted(record.hidden),
    }
    key = f"{record.submission_id}/{record.name}/{at:%Y%m%d%H%M}"
    jobs.enqueue(session, JOB, payload, key)


def render(record: Record, subject: SubmissionSubject, settings: Settings, at: datetime) -> bytes:
    """The record as a PDF file, tagged for screen readers (PDF/UA-1). Raises `TemplateFault`."""
    html, style_sheet = composed(record, subject, settings, at)
    with template_faults.shown_files(TEMPLATE):
        return press(style_sheet).print(html, {}, ACCESSIBLE)


def composed(
    record: Record, subject: SubmissionSubject, settings: Settings, at: datetime
) -> tuple[str, str]:
    """The record before printing: its HTML and its style sheet."""
    forms = display.read_only(
        form_set_of(subject.edition), record.draft.answers, record.draft, record.offers
    )
    numbered: dict[str, NumberedFile] = {}
    for id in _named(entry for form in forms for entry in form.entries):
        if id in record.evidence and id not in numbered:
            numbered[id] = NumberedFile(len(numbered) + 1, record.evidence[id])
    html = filled(
        settings.templates,
        TEMPLATE,
        record=record,
        forms=forms,
        files=numbered,
        notes=_noted(record, forms),
        film_time=film_time,
        language=current(),
        site=settings.site_name,
        address=settings.base_url.partition("://")[2],
        made=at,
        day=record_day,
        utc=lambda moment: f"{record_day(moment)}, {moment.astimezone(UTC):%H:%M} UTC",
    )
    style_sheet = filled(settings.templates, "records/record.css", paper=settings.paper)
    return html, f"{sans_faces()}\n{style_sheet}"


class NoteOnPaper(NamedTuple):
    """A note, with what it is on in words, and the film that its moment is in."""

    about: str
    note: CommentShown
    film: str = ""


def _noted(record: Record, forms: Sequence[ShownForm]) -> list[NoteOnPaper]:
    labels = display.labels(forms)
    titles = {form.id: form.title for form in forms}
    found = []
    for note in record.notes:
        about = labels.get(note.pointer) or titles.get(next(iter(tokens(note.pointer)), ""), "")
        film = record.evidence.get(note.evidence_id or "")
        found.append(NoteOnPaper(about or record.title, note, film.name if film else ""))
    return found


def _named(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield from entry.evidence
        yield from _named(entry.children)


def _keep(path: Path, content: bytes) -> None:
    with whole(path) as part:
        part.write_bytes(content)
    if path.name.startswith("draft-"):
        for older in path.parent.glob("draft-*.pdf"):
            if older != path and older.stat().st_mtime < path.stat().st_mtime - 3600:
                older.unlink(missing_ok=True)


def _print_queued(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    with speaking(str(payload["language"])):
        with context.database.read() as session:
            subject = drafting.subject_of(session, payload["submission"])
            blind = bool(payload.get("blind"))
            hidden = frozenset(payload.get("hidden", ()))
            record = record_of(session, subject, int(payload["round"]), blind, hidden)
        if record is None:
            return  # handed in, or gone, since it was asked for: nobody waits for it any more
        path = path_of(record, context.settings)
        if not path.exists():
            _keep(path, render(record, subject, context.settings, datetime.now(UTC)))


jobs.register(JOB, _print_queued)
