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
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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


class Submission(Base):
    """One candidate's work towards one credential, and where it stands."""

    __tablename__ = "submissions"
    __table_args__ = (
        Index("ix_submissions_queue", "state_kind", "state_since", "id"),
        Index("ix_submissions_candidate", "candidate_id", "opened_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    edition_digest: Mapped[str] = mapped_column(ForeignKey("editions.digest"))
    credential_id: Mapped[str] = mapped_column(index=True)
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


class Review(Base):
    """One reviewer's scoring of one round. Kept when the submission is returned."""

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("submission_id", "round", "reviewer_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    round: Mapped[int]
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    started_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)


class Score(Base):
    """A decision on one look-for: Y, N or not yet; with notes."""

    __tablename__ = "scores"

    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    guide_id: Mapped[str] = mapped_column(primary_key=True)
    look_for_id: Mapped[str] = mapped_column(primary_key=True)
    decision: Mapped[str | None] = mapped_column(String(1))
    notes: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime]


class Comment(Base):
    """A reviewer's note on one field, shown beside it once the submission is returned."""

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


class Award(Base):
    """A credential granted to a person. The words are copied, so that they outlive the document."""

    __tablename__ = "awards"
    __table_args__ = (Index("ix_awards_recipient", "recipient_id", "credential_id"),)

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    submission_id: Mapped[str | None] = mapped_column(ForeignKey("submissions.id"), unique=True)
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


class Letter(Base):
    """A composed e-mail, kept so that staff can see what was sent to whom."""

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(primary_key=True)
    to_address: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Heartbeat(Base):
    """A live worker. Jobs of one whose heartbeat is old are recovered by the others."""

    __tablename__ = "heartbeats"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class SignInFailure(Base):
    """Failed sign-ins in a row for one address, known or not; gone after a success.

    Keyed by the SHA-256 of the address: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_failures"

    address_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
