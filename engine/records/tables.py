"""Every table, in one place, so that what is kept can be read at a sitting.

Rows that lists scan stay small: answers live in `drafts` and `snapshots`, never in `submissions`.
Times are aware and UTC. No table is called `notifications`, `queues`, `streams` or `workflow_*`:
those are the queue's, which shares the database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    delete,
    event,
    false,
    insert,
    text,
    true,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column

from engine.records.folding import words_of_person


def new_id() -> str:
    """An id that cannot be guessed: 122 random bits in 32 hexadecimal digits."""
    return uuid4().hex


class Moment(TypeDecorator[datetime]):
    """An aware UTC time. Refuses naive ones, so that no local time is ever stored."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored with their zone; this one has none")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        dict[str, Any]: JSON,
        list[str]: JSON,
        str: String(200),
    }


class Account(Base):
    """A person who can sign in. `roles` holds any of candidate, reviewer, staff, admin."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index(
            "ix_accounts_name_asked",
            "name_asked_at",
            "id",
            sqlite_where=text("name_asked_at IS NOT NULL"),
            postgresql_where=text("name_asked_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    """In lower case."""
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(String(500))
    roles: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Raised to end every session of this account."""
    created_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """A key of `languages.LANGUAGES`; empty while the person has chosen none."""
    groups: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Pools of reviewers or staff that a workflow's roles may ask for, by name."""
    school: Mapped[str] = mapped_column(default="", server_default="")
    """Where the person works; two people of one school have a conflict of interest where a
    workflow says so."""
    zone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """An IANA time zone; empty: the installation's."""
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    """Nothing new is given to a reviewer between these."""
    delegate_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """Who reviews in their place while they are away."""
    mail_rhythm: Mapped[str] = mapped_column(String(10), default="each", server_default="each")
    """`each`, `daily` or `weekly`: letters as they come, or together."""
    muted: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Names of letters that the person does not want."""
    calendar_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The secret part of the address of their calendar feed; empty: there is none."""
    handle: Mapped[str | None] = mapped_column(String(80), unique=True)
    """The last part of the address of their page of awards; None: they have no such page."""
    did: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    """The DID that their badges name them by; empty: by their e-mail address, hashed."""
    name_wanted: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """The name that they have asked program staff for; empty: they are called as they want."""
    name_asked_at: Mapped[datetime | None]
    """Since when they wait for an answer to that."""


class AccountWord(Base):
    """A word of a person's name, e-mail address or school, folded, that lists find them by.

    Written with the account itself (`_keep_words`).
    """

    __tablename__ = "account_words"
    __table_args__ = (Index("ix_account_words_account", "account_id"),)

    word: Mapped[str] = mapped_column(
        String(320).with_variant(String(320, collation="C"), "postgresql"), primary_key=True
    )
    """In the order of its characters, whatever the database's language is: beginnings of words
    are looked for by comparing."""
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)


@event.listens_for(Account, "after_insert")
@event.listens_for(Account, "after_update")
def _keep_words(_: Mapper[Account], connection: Connection, account: Account) -> None:
    words = set(words_of_person(account.name, account.email, account.school or ""))
    connection.execute(delete(AccountWord).where(AccountWord.account_id == account.id))
    rows = [{"word": word, "account_id": account.id} for word in sorted(words) if word]
    if rows:
        connection.execute(insert(AccountWord), rows)


class EditionRow(Base):
    """A published credential with everything it needs; never changed, never deleted."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("credential_id", "version"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    credential_id: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(String(500))
    bundle: Mapped[dict[str, Any]]
    by_reference: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why only the reference validator may check a form's answers, by form id (`probing`)."""
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    """An account id, or `command line`."""


WAITING = "state_kind IN ('review', 'decide')"
"""The condition of indexes over what waits for reviewers. SQLite uses a partial index only where
the query repeats its condition word for word: `submissions.list_conditions` does."""
FREE = f"{WAITING} AND (reviewer_id IS NULL OR places_free > 0)"
DUE = "due_at IS NOT NULL"
OPEN = "status = 'open'"
"""The same for reviews that somebody is at work on."""


def _walk(name: str, *columns: str, where: str = "") -> Index:
    """An index that a list of submissions is read along, a page at a time, by its last columns.

    Round and kind of state stand behind the order, to be looked at without the row itself.
    """
    condition = text(where) if where else None
    behind = ["id", *(name for name in ("round", "state_kind") if name not in columns)]
    return Index(
        f"ix_submissions_{name}",
        *columns,
        *behind,
        sqlite_where=condition,
        postgresql_where=condition,
    )


class Submission(Base):
    """One candidate's work towards one credential, and where it stands."""

    __tablename__ = "submissions"
    __table_args__ = (
        Index("ix_submissions_candidate", "candidate_id", "opened_at"),
        # Of two that serve, SQLite takes the later one: the narrower stand below the wider.
        _walk("since", "state_since"),
        _walk("credential_since", "credential_id", "state_since"),
        _walk("state_since", "state", "state_since"),
        _walk("credential_state_since", "credential_id", "state", "state_since"),
        _walk("round_since", "round", "state_since"),
        _walk("waiting", "state_since", where=WAITING),
        _walk("waiting_credential", "credential_id", "state_since", where=WAITING),
        _walk("waiting_round", "round", "state_since", where=WAITING),
        _walk("free", "state_since", where=FREE),
        _walk("free_credential", "credential_id", "state_since", where=FREE),
        _walk("free_state", "state", "state_since", where=FREE),
        _walk("free_credential_state", "credential_id", "state", "state_since", where=FREE),
        _walk("due", "due_at", where=DUE),
        _walk("due_credential", "credential_id", "due_at", where=DUE),
        _walk("due_state", "state", "due_at", where=DUE),
        _walk("due_credential_state", "credential_id", "state", "due_at", where=DUE),
        _walk("due_waiting", "due_at", where=f"{WAITING} AND {DUE}"),
        _walk("due_waiting_credential", "credential_id", "due_at", where=f"{WAITING} AND {DUE}"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    credential_id: Mapped[str]
    candidate_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[str]
    state_kind: Mapped[str]
    state_since: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)
    """Raised by every advance; a stale one is a conflict."""
    round: Mapped[int] = mapped_column(default=0)
    """How many times it has been submitted."""
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    opened_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reviewer_ids: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Everybody who is asked to review in the present state; `reviewer_id` is the first."""
    places_free: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many reviewers the present state still wants."""
    due_at: Mapped[datetime | None]
    """Until when something should happen in the present state, if the document says so."""
    undo: Mapped[dict[str, Any] | None]
    """How the last transition is taken back, while its window is open: `undoing`."""


class DraftRow(Base):
    """The answers to one form, as they stand: valid or not, complete or not.

    `answers` is JSON as the form's schema describes it, hidden branches included. `marks` keeps
    what JSON cannot say: text that did not parse, which alternative is chosen, the ids of rows.
    """

    __tablename__ = "drafts"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    form_id: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]]
    marks: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]


class ReplacedDraft(Base):
    """The draft that was there before a copy took its place, to be put back if need be."""

    __tablename__ = "replaced_drafts"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    replaced_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    """As `submissions.copies.exported` writes it."""


class Snapshot(Base):
    """What was submitted in one round: the answers of every form, without hidden branches.

    `marks` are those of the drafts (`DraftRow.marks`), of what was submitted.
    """

    __tablename__ = "snapshots"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    taken_at: Mapped[datetime]


class AnswerText(Base):
    """The words of what was handed in last, for finding it by them: `submissions.searching`.

    Triggers keep `answer_index` beside it: FTS5 on SQLite, a `tsvector` on PostgreSQL.
    """

    __tablename__ = "answer_texts"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), unique=True)
    round: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    """As it was written."""
    folded: Mapped[str] = mapped_column(Text)
    """Its letters without accents and capitals, spaces for the rest; as long as `text`."""


class Review(Base):
    """One reviewer's assignment to one round, and their scoring of it. Kept when it is returned.

    A state may ask for several reviews at once: of several people (`count`), and of several kinds
    (`block`, the review block's name; empty where a state has only one).
    """

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("submission_id", "round", "state", "block", "reviewer_id"),
        Index("ix_reviews_reviewer", "reviewer_id", "status", "submission_id"),
        Index("ix_reviews_closed", "closed_at", "status", "reviewer_id", "started_at"),
        Index(
            "ix_reviews_open",
            "reviewer_id",
            "due_at",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    round: Mapped[int]
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    started_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    block: Mapped[str] = mapped_column(String(80), default="", server_default="")
    state: Mapped[str] = mapped_column(default="", server_default="")
    """The state that asked for it."""
    status: Mapped[str] = mapped_column(String(10), default="open", server_default="open")
    """`open` while the reviewer works, `closed` when it counts, `given_up` when somebody else is
    asked instead."""
    assigned_by: Mapped[str] = mapped_column(default="", server_default="")
    """An account id; empty: they took it up themselves, or the engine picked them."""
    due_at: Mapped[datetime | None]
    lock_until: Mapped[datetime | None]
    """A claim that nobody works on lapses then."""
    recommendation: Mapped[str] = mapped_column(String(80), default="", server_default="")


class Turn(Base):
    """When a reviewer was last given something, by credential and role: whose turn is next."""

    __tablename__ = "turns"

    credential_id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    at: Mapped[datetime]


class Score(Base):
    """A decision on one look-for: Y, N, not applicable, a rating, or not yet; with notes."""

    __tablename__ = "scores"

    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    guide_id: Mapped[str] = mapped_column(primary_key=True)
    look_for_id: Mapped[str] = mapped_column(primary_key=True)
    decision: Mapped[str | None] = mapped_column(String(10))
    """`Y`, `N`, `NA` (not applicable), or `R` for a rating, which is in `value`."""
    notes: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime]
    value: Mapped[float | None]
    origin: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """`precheck` or `round:N` while it stands as the engine put it there, `rest` while it stands as
    “mark the rest” put it; empty once a person said so."""


class Comment(Base):
    """A note on one field, row or moment of a film, or the answer to one.

    Shared notes are the candidate's to read once the review is closed; staff notes never are.
    """

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_submission", "submission_id", "round"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    round: Mapped[int]
    pointer: Mapped[str] = mapped_column(String(1000))
    anchor: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    """`pointer` with the ids of rows in place of their numbers; empty where no row is."""
    author_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    visibility: Mapped[str] = mapped_column(String(10), default="shared", server_default="shared")
    """`shared` with the candidate, or for `staff` and reviewers alone."""
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("comments.id"))
    """The note that this answers."""
    moment: Mapped[float | None]
    """Seconds from the beginning of the film at `pointer`."""
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))
    """The film that `moment` is in."""
    resolved_at: Mapped[datetime | None]


class Evidence(Base):
    """A file that a candidate attached, or a link. Bytes are content-addressed, and may be shared.

    A link has an address, `name` as its title, `text/uri-list` for a type, and no bytes or digest.
    """

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    """None for the proof of a recognised credential."""
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    uploaded_at: Mapped[datetime]
    privacy: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """What became of the place where a photo was taken: a key of `photos.OUTCOMES`, or empty."""
    captions_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))
    """A video's captions, which are evidence of their own."""
    url: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    link_state: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """What the address said when it was asked: `addresses.State`, or empty before that."""
    checked_at: Mapped[datetime | None]


class Upload(Base):
    """A file that is on its way here, in as many pieces as it takes (tus 1.0).

    How much has arrived is what its file in `evidence/.uploads/` says, and is not kept here: bytes
    that reached the disk are not lost with a transaction. `evidence_id` is set when it is done.
    """

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    pointer: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(255))
    length: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes in all; None while the sender does not know."""
    owner_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))


class Event(Base):
    """One thing that happened, in a chain per subject. Triggers refuse update and delete.

    `hash` is the SHA-256 of the canonical JSON of the row's facts and the hash before it.
    """

    __tablename__ = "events"

    chain: Mapped[str] = mapped_column(primary_key=True)
    """What it happened to: `submission:ID`, `award:SERIAL`, `credential:ID`, `account:ID`."""
    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    source: Mapped[str | None]
    """From where: `web 192.0.2.7`, `command line`, `worker`. None before it was kept."""


class Checkpoint(Base):
    """A signed statement of how far the chains had come. Its heads are in `checkpoint_heads`."""

    __tablename__ = "checkpoints"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    heads: Mapped[int]
    """How many chains had grown since the checkpoint before."""
    digest: Mapped[str] = mapped_column(String(64))
    """Over the heads and the checkpoint before."""
    key_id: Mapped[str]
    signature: Mapped[str] = mapped_column(String(200))


class CheckpointHead(Base):
    """The end of one chain as a checkpoint saw it."""

    __tablename__ = "checkpoint_heads"
    __table_args__ = (Index("ix_checkpoint_heads_chain", "chain", "number"),)

    number: Mapped[int] = mapped_column(ForeignKey("checkpoints.number"), primary_key=True)
    chain: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class GrownChain(Base):
    """A chain that an event was added to since the last checkpoint: a row for each event.

    Written by a trigger, in the event's own transaction: one that commits late is simply there for
    the next checkpoint, whatever the time of its event says.
    """

    __tablename__ = "grown_chains"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    chain: Mapped[str]


class UnreportedEvent(Base):
    """An event by which a submission came to a state, not yet in `state_figures`.

    Written by the same trigger, for the same reason.
    """

    __tablename__ = "unreported_events"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    chain: Mapped[str]
    sequence: Mapped[int]


class StateFigure(Base):
    """How many submissions came to a state for the first time on a day (`reached`), and how many
    left it after how long (`stayed`, by `bucket`): `submissions.figures`."""

    __tablename__ = "state_figures"

    credential_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    """Of UTC."""
    state: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(10), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of a logarithmic scale of seconds; 0 where it is about no length of time."""
    number: Mapped[int]


class Timer(Base):
    """Something that is to happen to a submission by itself, at a time: `submissions.timers`."""

    __tablename__ = "timers"
    __table_args__ = (
        Index("ix_timers_at", "at", "id"),
        Index("ix_timers_submission", "submission_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    what: Mapped[str] = mapped_column(String(40))
    """The name that it was registered under, such as `lapse` or `remind`."""
    name: Mapped[str]
    """What it is about: a transition, a review's id, a count."""
    at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")


class StateMove(Base):
    """A submission came to a state or left it; their sum is how many stand there.

    Written by triggers of the database, so that no way of writing can forget; summed up now and
    then by a job (`records.counting`).
    """

    __tablename__ = "state_moves"
    __table_args__ = (Index("ix_state_moves_state", "credential_id", "state", "free"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    credential_id: Mapped[str]
    edition_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str]
    state_kind: Mapped[str]
    free: Mapped[bool]
    """Whether reviewers were still wanted."""
    change: Mapped[int]


class Declaration(Base):
    """A conflict of interest that a reviewer declared, or that staff know of."""

    __tablename__ = "declarations"
    __table_args__ = (
        Index("ix_declarations_reviewer", "reviewer_id"),
        Index("ix_declarations_candidate", "candidate_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    candidate_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str] = mapped_column(Text)
    declared_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    declared_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Calibration(Base):
    """A prepared submission with the scores that were agreed on, for reviewers to practice on."""

    __tablename__ = "calibrations"

    id: Mapped[str] = mapped_column(primary_key=True)
    credential_id: Mapped[str] = mapped_column(index=True)
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    title: Mapped[str]
    answers: Mapped[dict[str, Any]]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    agreed: Mapped[dict[str, Any]]
    """By guide and look-for: `{"decision", "value", "why"}`."""
    files: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What the kept files are called here, by evidence id: their own names may tell on somebody."""
    made_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    """Since when reviewers practice on it; from then on the agreed scores stay as they are."""
    retired_at: Mapped[datetime | None]


class Practice(Base):
    """One reviewer's scoring of a calibration."""

    __tablename__ = "practices"

    calibration_id: Mapped[str] = mapped_column(ForeignKey("calibrations.id"), primary_key=True)
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    scores: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    agreement: Mapped[float | None]
    """The share of look-fors on which they agreed, 0 to 1, once it is done."""


class SavedView(Base):
    """A person's own choice of filters and order for a list."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "page", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    page: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]]
    shared: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]


class BulkRun(Base):
    """One action on many submissions, done piece by piece by a job."""

    __tablename__ = "bulk_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    """`advance`, `remind`, `assign` …"""
    arguments: Mapped[dict[str, Any]]
    begun_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    prepared_at: Mapped[datetime] = mapped_column(index=True)
    """When it was put together to be looked at."""
    begun_at: Mapped[datetime | None]
    """None while it is only looked at."""
    ended_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class BulkItem(Base):
    """One submission of a bulk run, and what became of it."""

    __tablename__ = "bulk_items"
    __table_args__ = (Index("ix_bulk_items_outcome", "run_id", "outcome", "number"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("bulk_runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    revision: Mapped[int]
    """The one that the person saw in the preview."""
    outcome: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """`done`, `refused`, or empty while it waits."""
    words: Mapped[str] = mapped_column(Text, default="", server_default="")


class Award(Base):
    """A credential granted to a person. The words are copied, so that they outlive the document."""

    __tablename__ = "awards"
    __table_args__ = (
        Index("ix_awards_recipient", "recipient_id", "credential_id"),
        Index("ix_awards_renews", "renews"),
        Index("ix_awards_issued", "issued_at", "serial"),
        # What staff look for is few among many: each kind has an index of its own.
        *(
            Index(
                f"ix_awards_{name}",
                *columns,
                sqlite_where=text(f"{columns[0]} IS NOT NULL"),
                postgresql_where=text(f"{columns[0]} IS NOT NULL"),
            )
            for name, columns in {
                "ends": ("expires_at", "serial"),
                "revoked": ("revoked_at", "serial"),
                "suspended": ("suspended_at", "serial"),
                "replaced": ("replaced_at", "serial"),
                "replaced_by": ("replaced_by",),
            }.items()
        ),
        # One that stands for each submission; a corrected one leaves those before it behind.
        Index(
            "uq_awards_submission",
            "submission_id",
            unique=True,
            sqlite_where=text("replaced_by IS NULL"),
            postgresql_where=text("replaced_by IS NULL"),
        ),
        UniqueConstraint("status_list", "status_index", name="uq_awards_status"),
    )

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    submission_id: Mapped[str | None] = mapped_column(ForeignKey("submissions.id"))
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    credential_id: Mapped[str]
    recipient_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    recipient_name: Mapped[str]
    title: Mapped[str] = mapped_column(String(500))
    statement: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(Text, default="")
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Public, as that of a revocation; empty while it is not suspended."""
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("awards.serial"))
    """The serial of the award that corrects this one. That one does not name this one to anybody
    but staff and its holder: a former name is nobody else's business."""
    replaced_at: Mapped[datetime | None]
    renews: Mapped[str | None] = mapped_column(ForeignKey("awards.serial"))
    """The serial of the award that this one carries on."""
    status_list: Mapped[int]
    """Which status list says whether it counts, from 1."""
    status_index: Mapped[int]
    """Its place there, at random, so that neighbours tell nothing of each other."""
    on_page: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the holder shows it on their page."""
    names_holder: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether the verification page says whose it is."""
    shown_evidence: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Ids of the evidence that the holder chose to show with it."""
    results: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What the scoring guides came to when it was granted, by guide: `{"percent": 100.0}`."""


class Handle(Base):
    """An address of somebody's page of awards that was chosen once. It stays theirs when they take
    it back: whoever has the old address must never be led to somebody else."""

    __tablename__ = "handles"

    handle: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    chosen_at: Mapped[datetime]


class AwardCredential(Base):
    """An award as an Open Badge, as it was signed: kept to the letter, for it outlives contexts,
    keys and this program."""

    __tablename__ = "award_credentials"
    __table_args__ = (Index("ix_award_credentials_key", "key_id", "serial"),)

    serial: Mapped[str] = mapped_column(ForeignKey("awards.serial"), primary_key=True)
    signed: Mapped[str] = mapped_column(Text)
    """JSON, with its proof."""
    key_id: Mapped[str]
    """The Multikey that signed it, which is the fragment of its address."""
    signed_at: Mapped[datetime]


class AwardList(Base):
    """One credential for many people: a list that staff brought, awarded row by row by a job."""

    __tablename__ = "award_lists"
    __table_args__ = (UniqueConstraint("sha256", "credential_id", "time", name="uq_award_lists"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    """Of the file, as it was brought."""
    sha256: Mapped[str] = mapped_column(String(64))
    time: Mapped[int]
    """How often this file was awarded as this credential before: two who press at the same moment
    both say the same, and only one of them is first."""
    credential_id: Mapped[str]
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    source: Mapped[str] = mapped_column(String(500))
    """Where the list comes from: what stands behind the awards instead of a submission."""
    adds_people: Mapped[bool]
    """Whether whoever has no account gets one."""
    tells_people: Mapped[bool]
    """Whether each gets a letter."""
    begun_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    """Whoever had it begin, or go on, last: the awards are theirs."""
    begun_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    waits: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it does not go on by itself, in words; empty while nothing is in the way."""


class AwardListRow(Base):
    """One row of such a list, and what became of it."""

    __tablename__ = "award_list_rows"
    __table_args__ = (Index("ix_award_list_rows_outcome", "list_id", "outcome", "number"),)

    list_id: Mapped[str] = mapped_column(ForeignKey("award_lists.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place below the headings, from 1."""
    email: Mapped[str] = mapped_column(String(320), index=True)
    name: Mapped[str]
    awarded_on: Mapped[date | None]
    """None: on the day on which it is done."""
    outcome: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """`awarded`, `held`, `left`, or empty while it waits."""
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    serial: Mapped[str | None] = mapped_column(ForeignKey("awards.serial"), index=True)


class CertificateBundle(Base):
    """The certificates of many awards in one file, to be downloaded for some days."""

    __tablename__ = "certificate_bundles"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """`zip`, or `pdf` for the printer."""
    title: Mapped[str] = mapped_column(String(500))
    serials: Mapped[list[str]]
    asked_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of the serials were seen to, in their order."""
    left_out: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """What is not in the file: serial, name, and why in words."""
    ready_at: Mapped[datetime | None]
    bytes: Mapped[int] = mapped_column(default=0, server_default="0")


# Programs that people connected to their account (`engine/connections`).


class OAuthClient(Base):
    """A program that registered itself, to be let in by people one by one (RFC 7591)."""

    __tablename__ = "oauth_clients"
    __table_args__ = (Index("ix_oauth_clients_made_from", "made_from", "made_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    secret_digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """SHA-256; empty for one that can keep no secret, such as a page in a browser."""
    name: Mapped[str]
    said: Mapped[dict[str, Any]]
    """What it says of itself, by the names of RFC 7591 §2, as far as that was accepted."""
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_from: Mapped[str] = mapped_column(String(64))
    """A digest of the network address, another one every day."""
    used_at: Mapped[datetime | None] = mapped_column(index=True)
    """When somebody last let it in."""


class OAuthConnection(Base):
    """Somebody let a program in. Its tokens live and end with it."""

    __tablename__ = "oauth_connections"
    __table_args__ = (Index("ix_oauth_connections_account", "account_id", "client_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id"), index=True)
    scope: Mapped[str] = mapped_column(Text)
    """What was allowed: scopes with a space between."""
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]
    """When it last came, to the hour."""
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class OAuthCode(Base):
    """What a program changes for tokens, once, soon after it was let in."""

    __tablename__ = "oauth_codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    redirect_uri: Mapped[str] = mapped_column(String(2000))
    scope: Mapped[str] = mapped_column(Text)
    challenge: Mapped[str] = mapped_column(String(128))
    """Of RFC 7636, by S256."""
    made_at: Mapped[datetime] = mapped_column(index=True)
    connection_id: Mapped[str | None] = mapped_column(
        ForeignKey("oauth_connections.id"), index=True
    )
    """What came of it: a code that has one was used."""


class OAuthToken(Base):
    """What a program shows when it comes, and what it gets the next one for. Kept as SHA-256."""

    __tablename__ = "oauth_tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(ForeignKey("oauth_connections.id"), index=True)
    access_digest: Mapped[str] = mapped_column(String(64), unique=True)
    refresh_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(Text)
    access_ends_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    """From then on neither half of it is good for anything."""
    rotated_at: Mapped[datetime | None]
    """When the next one was given for it. Whoever comes with it again stole it, or was robbed."""


class Recognition(Base):
    """A credential earned elsewhere, recorded by staff with its source and proof."""

    __tablename__ = "recognitions"
    __table_args__ = (Index("ix_recognitions_account", "account_id", "credential_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    credential_id: Mapped[str]
    earned_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(500))
    proof_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))
    recorded_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime | None]
    """From then on it counts no more. What staff record by hand never expires."""
    badge_id: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    """The id of the Open Badge that it was recorded from, or empty."""


class Letter(Base):
    """A composed e-mail, kept so that staff can see what was sent to whom."""

    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_written", "written_at", "id"),
        Index("ix_letters_account", "account_id", "status"),
        Index("ix_letters_status", "status", "written_at", "id"),
        Index("ix_letters_name", "name", "written_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    to_address: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    html: Mapped[str] = mapped_column(Text, default="", server_default="")
    name: Mapped[str] = mapped_column(default="", server_default="")
    """The template that it was composed from."""
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    submission_id: Mapped[str | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="waiting", server_default="waiting")
    """`waiting` to be sent, `held` for a digest, `digested`, `muted`, `sent` or `failed`."""
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    path: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """The page that it is about, on this site."""
    optional: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its reader may ask for no more of its kind."""
    claimed_until: Mapped[datetime | None]
    """Nobody else tries to send it before then."""
    failing_since: Mapped[datetime | None]
    """When sending it failed first."""
    digest_id: Mapped[str | None] = mapped_column(index=True)
    """The letter that it went out in, together with others."""


class LetterTemplate(Base):
    """A letter in the words that staff gave it, in place of the file of that name."""

    __tablename__ = "letter_templates"

    name: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=0)
    edited_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    edited_at: Mapped[datetime]


class Webhook(Base):
    """An address of another system that is told of what happens here, signed with its secret."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str]
    events: Mapped[list[str]]
    """Kinds of events; empty: every one."""
    active: Mapped[bool] = mapped_column(default=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    old_secret: Mapped[str] = mapped_column(default="", server_default="")
    """The one before it, which signs too until `old_until`."""
    old_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    """When the first of the latest failures in a row was."""
    removed_at: Mapped[datetime | None]
    """Since when it is gone: it has no secret then, and is kept as long as its messages are."""


class Delivery(Base):
    """One message to one webhook, and how it went."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_webhook", "webhook_id", "queued_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id"))
    event: Mapped[str]
    payload: Mapped[dict[str, Any]]
    queued_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    status: Mapped[int | None]
    """What the other system answered (HTTP)."""
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")


OPEN_RUN = "state = 'open'"


class SurveyRun(Base):
    """One wave of a survey that a candidate runs: open, then closed for good.

    Nothing here, in its invitations or in its answers says who gave which answer, or when.
    """

    __tablename__ = "survey_runs"
    __table_args__ = (
        Index(
            "uq_survey_runs_open",
            "submission_id",
            "survey",
            "wave",
            unique=True,
            sqlite_where=text(OPEN_RUN),
            postgresql_where=text(OPEN_RUN),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    """The questions as they were asked."""
    survey: Mapped[str] = mapped_column(String(80))
    wave: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    """`open`, then `closed`."""
    code: Mapped[str | None] = mapped_column(String(16), unique=True)
    """What an open survey is found by; none where people are invited by name."""
    invited: Mapped[int]
    """How many people may answer."""
    received: Mapped[int] = mapped_column(default=0, server_default="0")
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    salt: Mapped[str] = mapped_column(String(64))
    """Half of the key of its answers (`submissions.survey_sealing`); emptied when it closes."""
    evidence: Mapped[dict[str, Any] | None]
    """The answer that went into the submission by one click, which proves itself by this."""
    results: Mapped[dict[str, Any] | None]
    """Once it is closed: each question's answers by themselves, sorted, so that neither their
    order nor one person's other answers are left. Empty where too few answered."""


class SurveyInvitation(Base):
    """One person who was asked, and whether their link was used; never when, nor for what.

    Using one rewrites every row of its run, so that no trace of the last change is on one alone.
    """

    __tablename__ = "survey_invitations"

    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("survey_runs.id"), index=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(String(320))
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the token in the link; none for somebody who left."""
    used: Mapped[bool] = mapped_column(default=False, server_default=false())
    left: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """Why somebody of the wave before is not asked again; empty for those who are."""


class SurveyAnswer(Base):
    """One answer to an open survey, sealed: what it says is known when the survey closes.

    No time, no number, nothing of whoever gave it; kept in the order of random ids.
    """

    __tablename__ = "survey_answers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("survey_runs.id"), index=True)
    sealed: Mapped[bytes]


OPEN_ASKING = "state <> 'taken-back'"


class Asking(Base):
    """Something that a candidate asks of a person who needs no account, and what they said.

    Asked by a one-time link (`submissions.askings`): a consent, a statement, a confirmation.
    """

    __tablename__ = "askings"
    __table_args__ = (
        Index(
            "uq_askings_person",
            "submission_id",
            "concern",
            "place",
            "person",
            unique=True,
            sqlite_where=text(OPEN_ASKING),
            postgresql_where=text(OPEN_ASKING),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    """What was asked, as it was worded then."""
    kind: Mapped[str] = mapped_column(String(20))
    """`consent`, `statement`, `confirmation`."""
    concern: Mapped[str] = mapped_column(String(80))
    """What of the document it is about: the name of an entry of `consents`, and so on."""
    place: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """The pointer of the answer that it is about; empty where it is about the person alone."""
    person: Mapped[str] = mapped_column(String(320))
    """Who, however the name is spelled (`askings.person_key`)."""
    name: Mapped[str]
    email: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    """`asked`, then `given` or `refused`; `withdrawn` after `given`; or `taken-back`."""
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the token in the link; none once it is taken back."""
    wording: Mapped[str] = mapped_column(Text)
    """Markdown: what they were asked, word for word; what they said yes to once they did."""
    wording_digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None]
    """What they wrote, where more than yes or no is asked."""
    asked_at: Mapped[datetime]
    told_at: Mapped[datetime]
    """When they were last written to, to be asked or reminded."""
    answered_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")


class GalleryItem(Base):
    """Shared work as the public sees it: a copy of the answers that its document names, of the
    round that was reviewed. Whether it is public now is asked each time (`submissions.gallery`).
    """

    __tablename__ = "gallery_items"
    __table_args__ = (
        Index("ix_gallery_items_published", "published_at", "id"),
        Index("ix_gallery_items_candidate", "candidate_id", "published_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), unique=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    credential_id: Mapped[str]
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    """The edition that the copy is read with."""
    round: Mapped[int]
    after: Mapped[str] = mapped_column(String(80))
    """`award`, or the state that the work must be in."""
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    shown_as: Mapped[str]
    """The teacher's name as they gave it for this page; empty: “A teacher”."""
    license: Mapped[str] = mapped_column(String(40))
    """A key of `credentials.gallery.LICENSES`."""
    answers: Mapped[dict[str, Any]]
    marks: Mapped[dict[str, Any]]
    files: Mapped[list[str]]
    """Ids of the evidence that the page shows."""
    folded: Mapped[str] = mapped_column(Text)
    """What it is found by: its words, folded, each between spaces."""
    takes_questions: Mapped[bool]
    consents_stand: Mapped[bool]
    """Whether everybody whose consent it needs still gives it; changed as soon as one does not."""
    published_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When it was last published, or published again."""
    hidden_at: Mapped[datetime | None]
    """Since when its teacher does not share it."""
    not_agreed_at: Mapped[datetime | None]
    """Since when a later round of the work is not agreed to be shared, until one is."""
    taken_down_at: Mapped[datetime | None]
    taken_down_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why program staff took it down; the teacher reads it."""
    reports_beyond: Mapped[int] = mapped_column(default=0, server_default="0")
    """Reports that were only counted, since so many waited already."""


class GalleryMark(Base):
    """A subject, grade or standard that shared work is found by."""

    __tablename__ = "gallery_marks"
    __table_args__ = (Index("ix_gallery_marks_key", "kind", "key", "item_id"),)

    item_id: Mapped[str] = mapped_column(ForeignKey("gallery_items.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    """`subject`, `grade` or `standard`."""
    key: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    """JSON: how it is called, by language."""


class GalleryQuestion(Base):
    """What a visitor asks about shared work, and their address until the talk is over.

    It reaches the teacher once the visitor has confirmed the address.
    """

    __tablename__ = "gallery_questions"
    __table_args__ = (
        Index("ix_gallery_questions_item", "item_id", "asked_at"),
        Index("ix_gallery_questions_email", "email", "asked_at"),
        Index("ix_gallery_questions_from", "asked_from", "asked_at"),
        Index("ix_gallery_questions_asked", "asked_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("gallery_items.id"))
    name: Mapped[str]
    email: Mapped[str] = mapped_column(String(320))
    """Empty once it is forgotten, like the name."""
    language: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    """`unconfirmed`, `waiting` for the teacher, `answered`, or `closed`."""
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the token in the visitor's link."""
    asked_from: Mapped[str] = mapped_column(String(64))
    """A digest of the network address, for a day, so that nobody can flood."""
    asked_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    """When somebody last said something."""


class GalleryMessage(Base):
    """One turn of the talk between a visitor and a teacher."""

    __tablename__ = "gallery_messages"

    question_id: Mapped[str] = mapped_column(ForeignKey("gallery_questions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    by_teacher: Mapped[bool]
    body: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]


class GalleryReport(Base):
    """Somebody says that something is wrong with shared work."""

    __tablename__ = "gallery_reports"
    __table_args__ = (
        Index("ix_gallery_reports_item", "item_id", "decided_at"),
        Index("ix_gallery_reports_from", "reported_from", "reported_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("gallery_items.id"))
    reason: Mapped[str] = mapped_column(String(20))
    """A key of `submissions.gallery_reports.REASONS`."""
    words: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(320))
    """Empty where none was given, and once it is forgotten."""
    reported_from: Mapped[str] = mapped_column(String(64))
    reported_at: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    decision: Mapped[str] = mapped_column(String(12), default="", server_default="")
    """`dismissed` or `taken-down`."""


class SchoolYear(Base):
    """When a school's year ends, where that is not as in the installation's settings."""

    __tablename__ = "school_years"

    school: Mapped[str] = mapped_column(primary_key=True)
    """Its name as people compare names."""
    name: Mapped[str]
    """As it is shown."""
    end_of_year: Mapped[str] = mapped_column(String(11))
    """The first and the last day, month and day of each: `05-01/06-30`."""


class Heartbeat(Base):
    """A live worker. Jobs of one whose heartbeat is old are recovered by the others."""

    __tablename__ = "heartbeats"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class BadgeCheck(Base):
    """Somebody showed a badge, whatever came of it; gone within an hour or so of the next one."""

    __tablename__ = "badge_checks"
    __table_args__ = (Index("ix_badge_checks_by", "account_id", "checked_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    """Who showed it, not whose it is."""
    checked_at: Mapped[datetime] = mapped_column(index=True)


class FileCheck(Base):
    """Somebody brought a certificate's file to be checked; gone within a day of the next one."""

    __tablename__ = "file_checks"
    __table_args__ = (Index("ix_file_checks_from", "checked_from", "checked_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    checked_from: Mapped[str] = mapped_column(String(64))
    """A digest of the network address, another one every day."""
    checked_at: Mapped[datetime] = mapped_column(index=True)


class SignInFailure(Base):
    """Failed sign-ins in a row for one address, known or not; gone after a success.

    Keyed by the SHA-256 of the address: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_failures"

    address_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
