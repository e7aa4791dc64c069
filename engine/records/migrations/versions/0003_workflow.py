"""What the whole workflow and review keep: assignments, timers, calibration, letters, counters.

Counts by state come from `state_moves`, which triggers write: however a submission's row changes,
none is forgotten (`records.counting`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from engine.records.folding import composed, spaced, words_of_person

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LONGEST_TEXT = 200_000
_ID = re.compile("[0-9a-f]{32}")
_MOVED = (
    "INSERT INTO state_moves (credential_id, edition_digest, state, state_kind, free, change) "
    "VALUES ({row}.credential_id, {row}.edition_digest, {row}.state, {row}.state_kind, "
    "({row}.reviewer_id IS NULL OR {row}.places_free > 0), {change});"
)
_COLUMNS = "state, state_kind, edition_digest, credential_id, reviewer_id, places_free"
_WAITING = "state_kind IN ('review', 'decide')"
_FREE = f"{_WAITING} AND (reviewer_id IS NULL OR places_free > 0)"
_DUE = "due_at IS NOT NULL"
_OPEN = "status = 'open'"
_STEPS = "('opened', 'advanced', 'taken-back', 'migrated')"
"""Kinds of events by which a submission comes to a state."""
_SEALED = ("checkpoints", "checkpoint_heads")
_WALKS = (
    ("since", ("state_since",), ""),
    ("credential_since", ("credential_id", "state_since"), ""),
    ("state_since", ("state", "state_since"), ""),
    ("credential_state_since", ("credential_id", "state", "state_since"), ""),
    ("round_since", ("round", "state_since"), ""),
    ("waiting", ("state_since",), _WAITING),
    ("waiting_credential", ("credential_id", "state_since"), _WAITING),
    ("waiting_round", ("round", "state_since"), _WAITING),
    ("free", ("state_since",), _FREE),
    ("free_credential", ("credential_id", "state_since"), _FREE),
    ("free_state", ("state", "state_since"), _FREE),
    ("free_credential_state", ("credential_id", "state", "state_since"), _FREE),
    ("due", ("due_at",), _DUE),
    ("due_credential", ("credential_id", "due_at"), _DUE),
    ("due_state", ("state", "due_at"), _DUE),
    ("due_credential_state", ("credential_id", "state", "due_at"), _DUE),
    ("due_waiting", ("due_at",), f"{_WAITING} AND {_DUE}"),
    ("due_waiting_credential", ("credential_id", "due_at"), f"{_WAITING} AND {_DUE}"),
)
"""Indexes that lists of submissions are read along."""


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoints"),
    )
    op.create_table(
        "state_moves",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("state_kind", sa.String(length=200), nullable=False),
        sa.Column("free", sa.Boolean(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_state_moves"),
    )
    op.create_index("ix_state_moves_state", "state_moves", ["credential_id", "state", "free"])

    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=200), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["begun_by"], ["accounts.id"], name="fk_bulk_runs_begun_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_runs"),
    )
    op.create_index("ix_bulk_runs_begun_by", "bulk_runs", ["begun_by"])
    op.create_index("ix_bulk_runs_prepared_at", "bulk_runs", ["prepared_at"])

    op.create_table(
        "calibrations",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("marks", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_calibrations_edition_digest_editions"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["accounts.id"], name="fk_calibrations_made_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_calibrations"),
    )
    op.create_index("ix_calibrations_credential_id", "calibrations", ["credential_id"])

    op.create_table(
        "checkpoint_heads",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["checkpoints.number"], name="fk_checkpoint_heads_number_checkpoints"
        ),
        sa.PrimaryKeyConstraint("number", "chain", name="pk_checkpoint_heads"),
    )
    op.create_index("ix_checkpoint_heads_chain", "checkpoint_heads", ["chain", "number"])

    op.create_table(
        "grown_chains",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grown_chains"),
    )
    op.create_table(
        "unreported_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unreported_events"),
    )
    op.create_table(
        "state_figures",
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "credential_id", "day", "state", "what", "bucket", name="pk_state_figures"
        ),
    )
    op.create_table(
        "declarations",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("reviewer_id", sa.String(length=200), nullable=False),
        sa.Column("candidate_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.String(length=200), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["accounts.id"], name="fk_declarations_candidate_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["accounts.id"], name="fk_declarations_declared_by_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["accounts.id"], name="fk_declarations_reviewer_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_declarations"),
    )
    op.create_index("ix_declarations_candidate", "declarations", ["candidate_id"])
    op.create_index("ix_declarations_reviewer", "declarations", ["reviewer_id"])

    op.create_table(
        "turns",
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_turns_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("credential_id", "role", "account_id", name="pk_turns"),
    )
    op.create_table(
        "letter_templates",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.String(length=200), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edited_by"], ["accounts.id"], name="fk_letter_templates_edited_by_accounts"
        ),
        sa.PrimaryKeyConstraint("name", "language", name="pk_letter_templates"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_saved_views_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint(
            "account_id", "page", "name", name="uq_saved_views_account_id_page_name"
        ),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_secret", sa.String(length=200), server_default="", nullable=False),
        sa.Column("old_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name="fk_webhooks_made_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_table(
        "bulk_items",
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["bulk_runs.id"], name="fk_bulk_items_run_id_bulk_runs"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_bulk_items_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_bulk_items"),
    )
    op.create_index("ix_bulk_items_outcome", "bulk_items", ["run_id", "outcome", "number"])

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("webhook_id", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_deliveries_webhook_id_webhooks"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_webhook", "deliveries", ["webhook_id", "queued_at"])

    op.create_table(
        "practices",
        sa.Column("calibration_id", sa.String(length=200), nullable=False),
        sa.Column("reviewer_id", sa.String(length=200), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreement", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibrations.id"], name="fk_practices_calibration_id_calibrations"
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["accounts.id"], name="fk_practices_reviewer_id_accounts"
        ),
        sa.PrimaryKeyConstraint("calibration_id", "reviewer_id", name="pk_practices"),
    )
    op.create_table(
        "account_words",
        sa.Column(
            "word",
            sa.String(length=320).with_variant(sa.String(length=320, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_words_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("word", "account_id", name="pk_account_words"),
    )
    op.create_index("ix_account_words_account", "account_words", ["account_id"])

    op.create_table(
        "answer_texts",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_answer_texts_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_answer_texts"),
        sa.UniqueConstraint("submission_id", name="uq_answer_texts_submission_id"),
    )
    op.create_table(
        "timers",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_timers_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
    )
    op.create_index("ix_timers_at", "timers", ["at", "id"])
    op.create_index("ix_timers_submission", "timers", ["submission_id"])

    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("groups", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(
            sa.Column("school", sa.String(length=200), server_default="", nullable=False)
        )
        table.add_column(sa.Column("zone", sa.String(length=64), server_default="", nullable=False))
        table.add_column(sa.Column("away_from", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("away_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("delegate_id", sa.String(length=200), nullable=True))
        table.add_column(
            sa.Column("mail_rhythm", sa.String(length=10), server_default="each", nullable=False)
        )
        table.add_column(sa.Column("muted", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(
            sa.Column("calendar_key", sa.String(length=64), server_default="", nullable=False)
        )
        table.create_foreign_key(
            "fk_accounts_delegate_id_accounts", "accounts", ["delegate_id"], ["id"]
        )

    with op.batch_alter_table("comments") as table:
        table.add_column(
            sa.Column("visibility", sa.String(length=10), server_default="shared", nullable=False)
        )
        table.add_column(sa.Column("reply_to", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("moment", sa.Double(), nullable=True))
        table.add_column(sa.Column("evidence_id", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key("fk_comments_reply_to_comments", "comments", ["reply_to"], ["id"])
        table.create_foreign_key(
            "fk_comments_evidence_id_evidence", "evidence", ["evidence_id"], ["id"]
        )

    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("source", sa.String(length=200), nullable=True))

    with op.batch_alter_table("letters") as table:
        table.add_column(sa.Column("html", sa.Text(), server_default="", nullable=False))
        table.add_column(
            sa.Column("name", sa.String(length=200), server_default="", nullable=False)
        )
        table.add_column(sa.Column("account_id", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("submission_id", sa.String(length=200), nullable=True))
        table.add_column(
            sa.Column("status", sa.String(length=10), server_default="waiting", nullable=False)
        )
        table.add_column(sa.Column("error", sa.Text(), server_default="", nullable=False))
        table.add_column(
            sa.Column("path", sa.String(length=500), server_default="", nullable=False)
        )
        table.add_column(
            sa.Column("optional", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("digest_id", sa.String(length=200), nullable=True))
        table.create_index("ix_letters_digest_id", ["digest_id"])
        table.create_index("ix_letters_status", ["status", "written_at", "id"])
        table.create_index("ix_letters_name", ["name", "written_at", "id"])
        table.create_index("ix_letters_account", ["account_id", "status"])
        table.create_index("ix_letters_submission_id", ["submission_id"])
        table.create_index("ix_letters_written", ["written_at", "id"])
        table.create_foreign_key(
            "fk_letters_account_id_accounts", "accounts", ["account_id"], ["id"]
        )
        table.create_foreign_key(
            "fk_letters_submission_id_submissions", "submissions", ["submission_id"], ["id"]
        )

    with op.batch_alter_table("reviews") as table:
        table.add_column(
            sa.Column("block", sa.String(length=80), server_default="", nullable=False)
        )
        table.add_column(
            sa.Column("state", sa.String(length=200), server_default="", nullable=False)
        )
        table.add_column(
            sa.Column("status", sa.String(length=10), server_default="open", nullable=False)
        )
        table.add_column(
            sa.Column("assigned_by", sa.String(length=200), server_default="", nullable=False)
        )
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("lock_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(
            sa.Column("recommendation", sa.String(length=80), server_default="", nullable=False)
        )
        table.drop_constraint("uq_reviews_submission_id_round_reviewer_id", type_="unique")
        table.create_index("ix_reviews_reviewer", ["reviewer_id", "status", "submission_id"])
        table.create_index(
            "ix_reviews_closed", ["closed_at", "status", "reviewer_id", "started_at"]
        )
        table.create_unique_constraint(
            "uq_reviews_submission_id_round_state_block_reviewer_id",
            ["submission_id", "round", "state", "block", "reviewer_id"],
        )

    with op.batch_alter_table("scores") as table:
        table.add_column(sa.Column("value", sa.Double(), nullable=True))
        table.add_column(
            sa.Column("origin", sa.String(length=20), server_default="", nullable=False)
        )
        table.alter_column(
            "decision",
            existing_type=sa.VARCHAR(length=1),
            type_=sa.String(length=10),
            existing_nullable=True,
        )

    with op.batch_alter_table("submissions") as table:
        table.add_column(sa.Column("reviewer_ids", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("places_free", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("undo", sa.JSON(), nullable=True))

    op.create_index(
        "ix_reviews_open",
        "reviews",
        ["reviewer_id", "due_at"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )

    # Without statistics SQLite would take these two for the better ways.
    op.drop_index("ix_submissions_queue", "submissions")
    op.drop_index("ix_submissions_credential_id", "submissions")
    for name, columns, where in _WALKS:
        condition = sa.text(where) if where else None
        op.create_index(
            f"ix_submissions_{name}",
            "submissions",
            [*columns, "id", *(name for name in ("round", "state_kind") if name not in columns)],
            sqlite_where=condition,
            postgresql_where=condition,
        )
    _index_answers()
    _fill()
    _fill_words()
    _count_moves()
    _watch_events()


def downgrade() -> None:
    _forget_events()
    _forget_moves()
    _forget_answers()
    for name, _columns, _where in _WALKS:
        op.drop_index(f"ix_submissions_{name}", "submissions")
    op.create_index("ix_submissions_queue", "submissions", ["state_kind", "state_since", "id"])
    op.create_index("ix_submissions_credential_id", "submissions", ["credential_id"])
    op.drop_table("answer_texts")
    op.drop_table("account_words")
    op.execute("DELETE FROM scores WHERE decision NOT IN ('Y', 'N')")
    # One review of a person in a round was all that there could be.
    reviews = sa.table(
        "reviews",
        *(sa.column(name) for name in ("id", "submission_id", "round", "reviewer_id")),
    )
    scores, first = sa.table("scores", sa.column("review_id")), reviews.alias()
    twice = sa.select(reviews.c.id).where(
        sa.exists().where(
            first.c.submission_id == reviews.c.submission_id,
            first.c.round == reviews.c.round,
            first.c.reviewer_id == reviews.c.reviewer_id,
            first.c.id < reviews.c.id,
        )
    )
    op.execute(sa.delete(scores).where(scores.c.review_id.in_(twice)))
    op.execute(sa.delete(reviews).where(reviews.c.id.in_(twice)))

    with op.batch_alter_table("submissions") as table:
        table.drop_column("undo")
        table.drop_column("due_at")
        table.drop_column("places_free")
        table.drop_column("reviewer_ids")

    with op.batch_alter_table("scores") as table:
        table.alter_column(
            "decision",
            existing_type=sa.String(length=10),
            type_=sa.VARCHAR(length=1),
            existing_nullable=True,
        )
        table.drop_column("origin")
        table.drop_column("value")

    op.drop_index("ix_reviews_open", "reviews")
    with op.batch_alter_table("reviews") as table:
        table.drop_constraint(
            "uq_reviews_submission_id_round_state_block_reviewer_id", type_="unique"
        )
        table.drop_index("ix_reviews_reviewer")
        table.drop_index("ix_reviews_closed")
        table.create_unique_constraint(
            "uq_reviews_submission_id_round_reviewer_id", ["submission_id", "round", "reviewer_id"]
        )
        table.drop_column("recommendation")
        table.drop_column("lock_until")
        table.drop_column("due_at")
        table.drop_column("assigned_by")
        table.drop_column("status")
        table.drop_column("state")
        table.drop_column("block")

    with op.batch_alter_table("letters") as table:
        table.drop_constraint("fk_letters_submission_id_submissions", type_="foreignkey")
        table.drop_constraint("fk_letters_account_id_accounts", type_="foreignkey")
        table.drop_index("ix_letters_written")
        table.drop_index("ix_letters_submission_id")
        table.drop_index("ix_letters_account")
        table.drop_index("ix_letters_name")
        table.drop_index("ix_letters_status")
        table.drop_index("ix_letters_digest_id")
        table.drop_column("digest_id")
        table.drop_column("failing_since")
        table.drop_column("claimed_until")
        table.drop_column("optional")
        table.drop_column("path")
        table.drop_column("error")
        table.drop_column("status")
        table.drop_column("submission_id")
        table.drop_column("account_id")
        table.drop_column("name")
        table.drop_column("html")

    # Not in a batch: SQLite's triggers that refuse changes would go with the old table.
    op.drop_column("events", "source")

    with op.batch_alter_table("comments") as table:
        table.drop_constraint("fk_comments_evidence_id_evidence", type_="foreignkey")
        table.drop_constraint("fk_comments_reply_to_comments", type_="foreignkey")
        table.drop_column("resolved_at")
        table.drop_column("evidence_id")
        table.drop_column("moment")
        table.drop_column("reply_to")
        table.drop_column("visibility")

    with op.batch_alter_table("accounts") as table:
        table.drop_constraint("fk_accounts_delegate_id_accounts", type_="foreignkey")
        table.drop_column("calendar_key")
        table.drop_column("muted")
        table.drop_column("mail_rhythm")
        table.drop_column("delegate_id")
        table.drop_column("away_until")
        table.drop_column("away_from")
        table.drop_column("zone")
        table.drop_column("school")
        table.drop_column("groups")

    with op.batch_alter_table("timers") as table:
        table.drop_index("ix_timers_submission")
        table.drop_index("ix_timers_at")

    op.drop_table("timers")
    op.drop_table("practices")
    with op.batch_alter_table("deliveries") as table:
        table.drop_index("ix_deliveries_webhook")

    op.drop_table("deliveries")
    with op.batch_alter_table("bulk_items") as table:
        table.drop_index("ix_bulk_items_outcome")

    op.drop_table("bulk_items")
    op.drop_table("webhooks")
    op.drop_table("saved_views")
    op.drop_table("letter_templates")
    with op.batch_alter_table("declarations") as table:
        table.drop_index("ix_declarations_reviewer")
        table.drop_index("ix_declarations_candidate")

    op.drop_table("declarations")
    op.drop_table("turns")
    op.drop_table("state_figures")
    op.drop_table("unreported_events")
    op.drop_table("grown_chains")
    op.drop_table("checkpoint_heads")
    with op.batch_alter_table("calibrations") as table:
        table.drop_index("ix_calibrations_credential_id")

    op.drop_table("calibrations")
    with op.batch_alter_table("bulk_runs") as table:
        table.drop_index("ix_bulk_runs_prepared_at")
        table.drop_index("ix_bulk_runs_begun_by")

    op.drop_table("bulk_runs")
    with op.batch_alter_table("state_moves") as table:
        table.drop_index("ix_state_moves_state")

    op.drop_table("state_moves")
    op.drop_table("checkpoints")


def _fill() -> None:
    """What the new columns say of what is there already."""
    submissions = sa.table(
        "submissions", sa.column("reviewer_id"), sa.column("reviewer_ids", sa.JSON)
    )
    array = sa.func.json_array if _sqlite() else sa.func.json_build_array
    op.execute(
        sa.update(submissions)
        .where(submissions.c.reviewer_id.is_not(None))
        .values(reviewer_ids=array(submissions.c.reviewer_id))
    )
    op.execute("UPDATE letters SET status = 'sent' WHERE sent_at IS NOT NULL")
    op.execute("UPDATE reviews SET status = 'closed' WHERE closed_at IS NOT NULL")
    op.execute(
        "INSERT INTO state_moves (credential_id, edition_digest, state, state_kind, free, change) "
        "SELECT credential_id, edition_digest, state, state_kind, "
        "reviewer_id IS NULL OR places_free > 0, COUNT(*) FROM submissions "
        "GROUP BY credential_id, edition_digest, state, state_kind, "
        "reviewer_id IS NULL OR places_free > 0"
    )


def _fill_words() -> None:
    """What people, and what was handed in, are found by."""
    connection = op.get_bind()
    accounts = connection.execute(sa.text("SELECT id, name, email FROM accounts")).all()
    words = [
        {"word": word, "account_id": id}
        for id, name, email in accounts
        for word in words_of_person(name, email)
        if word
    ]
    if words:
        table = sa.table("account_words", sa.column("word"), sa.column("account_id"))
        op.bulk_insert(table, words)
    snapshots = sa.table(
        "snapshots", sa.column("submission_id"), sa.column("round"), sa.column("answers", sa.JSON)
    )
    later = snapshots.alias()
    last = sa.select(sa.func.max(later.c.round)).where(
        later.c.submission_id == snapshots.c.submission_id
    )
    texts = sa.table(
        "answer_texts",
        *(sa.column(name) for name in ("submission_id", "round", "text", "folded")),
    )
    found = connection.execute(
        sa.select(snapshots).where(snapshots.c.round == last.scalar_subquery())
    )
    for chunk in found.partitions(200):
        rows = [
            {"submission_id": id, "round": round, "text": text, "folded": spaced(text)}
            for id, round, answers in chunk
            for text in [composed("\n".join(_said(answers)))[:_LONGEST_TEXT]]
        ]
        connection.execute(sa.insert(texts), rows)


def _said(value: object) -> Iterator[str]:
    """Every text in a JSON value, ids of evidence aside."""
    if isinstance(value, str):
        if not _ID.fullmatch(value):
            yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _said(one)


def _index_answers() -> None:
    if _sqlite():
        op.execute(
            "CREATE VIRTUAL TABLE answer_index USING fts5(folded, content='answer_texts', "
            "content_rowid='number', prefix='3 4')"
        )
        gone = (
            "INSERT INTO answer_index (answer_index, rowid, folded) "
            "VALUES ('delete', OLD.number, OLD.folded);"
        )
        come = "INSERT INTO answer_index (rowid, folded) VALUES (NEW.number, NEW.folded);"
        for name, when, does in (
            ("came", "INSERT", come),
            ("left", "DELETE", gone),
            ("changed", "UPDATE", gone + come),
        ):
            op.execute(
                f"CREATE TRIGGER answer_texts_{name} AFTER {when} ON answer_texts BEGIN {does} END"
            )
        return
    op.execute("CREATE TABLE answer_index (number bigint PRIMARY KEY, terms tsvector NOT NULL)")
    op.execute("CREATE INDEX ix_answer_index_terms ON answer_index USING gin (terms)")
    op.execute(
        "CREATE FUNCTION accolade_index_answers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP <> 'INSERT' THEN DELETE FROM answer_index WHERE number = OLD.number; END IF; "
        "IF TG_OP <> 'DELETE' THEN INSERT INTO answer_index VALUES "
        "(NEW.number, to_tsvector('simple', NEW.folded)); END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER answer_texts_indexed AFTER INSERT OR UPDATE OR DELETE ON answer_texts "
        "FOR EACH ROW EXECUTE FUNCTION accolade_index_answers()"
    )


def _forget_answers() -> None:
    if _sqlite():
        for name in ("came", "left", "changed"):
            op.execute(f"DROP TRIGGER answer_texts_{name}")
        op.execute("DROP TABLE answer_index")
        return
    op.execute("DROP TRIGGER answer_texts_indexed ON answer_texts")
    op.execute("DROP FUNCTION accolade_index_answers()")
    op.execute("DROP TABLE answer_index")


def _count_moves() -> None:
    came, left = _MOVED.format(row="NEW", change="1"), _MOVED.format(row="OLD", change="-1")
    changed = " OR ".join(
        f"OLD.{one} IS {'NOT' if _sqlite() else 'DISTINCT FROM'} NEW.{one}"
        for one in _COLUMNS.split(", ")
    )
    if _sqlite():
        op.execute(f"CREATE TRIGGER submissions_came AFTER INSERT ON submissions BEGIN {came} END")
        op.execute(f"CREATE TRIGGER submissions_left AFTER DELETE ON submissions BEGIN {left} END")
        op.execute(
            f"CREATE TRIGGER submissions_moved AFTER UPDATE OF {_COLUMNS} ON submissions "
            f"WHEN {changed} BEGIN {left} {came} END"
        )
        return
    op.execute(
        "CREATE FUNCTION accolade_count_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {left} END IF; IF TG_OP <> 'DELETE' THEN {came} END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER submissions_came_or_left AFTER INSERT OR DELETE ON submissions "
        "FOR EACH ROW EXECUTE FUNCTION accolade_count_moves()"
    )
    op.execute(
        f"CREATE TRIGGER submissions_moved AFTER UPDATE OF {_COLUMNS} ON submissions "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION accolade_count_moves()"
    )


def _forget_moves() -> None:
    if _sqlite():
        for name in ("came", "left", "moved"):
            op.execute(f"DROP TRIGGER submissions_{name}")
        return
    op.execute("DROP TRIGGER submissions_came_or_left ON submissions")
    op.execute("DROP TRIGGER submissions_moved ON submissions")
    op.execute("DROP FUNCTION accolade_count_moves()")


def _watch_events() -> None:
    """Every event tells the next checkpoint of its chain, and the reports of what it moved; what
    there is already is told now. Checkpoints are as append-only as events."""
    op.execute("INSERT INTO grown_chains (chain) SELECT DISTINCT chain FROM events")
    steps = f"kind IN {_STEPS} AND chain LIKE 'submission:%'"
    old = f"SELECT chain, sequence FROM events WHERE {steps}"  # noqa: S608 - all of it is ours
    op.execute(f"INSERT INTO unreported_events (chain, sequence) {old}")
    grew = "INSERT INTO grown_chains (chain) VALUES (NEW.chain);"
    step = "INSERT INTO unreported_events (chain, sequence) VALUES (NEW.chain, NEW.sequence);"
    new = steps.replace("kind", "NEW.kind").replace("chain", "NEW.chain")
    if _sqlite():
        op.execute(f"CREATE TRIGGER events_grew AFTER INSERT ON events BEGIN {grew} END")
        op.execute(
            f"CREATE TRIGGER events_moved AFTER INSERT ON events WHEN {new} BEGIN {step} END"
        )
        for table in _SEALED:
            for change in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{change} BEFORE {change.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION accolade_watch_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{grew} IF {new} THEN {step} END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_grew AFTER INSERT ON events "
        "FOR EACH ROW EXECUTE FUNCTION accolade_watch_events()"
    )
    for table in _SEALED:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION "
            "accolade_refuse_change('checkpoints are append-only')"
        )


def _forget_events() -> None:
    if _sqlite():
        op.execute("DROP TRIGGER events_moved")
        op.execute("DROP TRIGGER events_grew")
        return
    op.execute("DROP TRIGGER events_grew ON events")
    op.execute("DROP FUNCTION accolade_watch_events()")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
