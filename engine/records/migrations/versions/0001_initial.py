"""The first tables, and the triggers that keep what must not change.

Events are append-only and published editions are for ever: the database itself refuses to update
or delete them, whoever asks. This says so to honest mistakes; the hash chain shows the rest.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNCHANGING = {
    "events": "events are append-only",
    "editions": "a published edition never changes",
}


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=500), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
    )
    op.create_table(
        "editions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("bundle", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_editions"),
        sa.UniqueConstraint("credential_id", "version", name="uq_editions_credential_id_version"),
    )
    op.create_table(
        "events",
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=200), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "sequence", name="pk_events"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("executor_id", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_heartbeats"),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("address_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_digest", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_last_at", "sign_in_failures", ["last_at"])
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("candidate_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("state_kind", sa.String(length=200), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.String(length=200), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["accounts.id"], name="fk_submissions_candidate_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_submissions_edition_digest_editions"
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["accounts.id"], name="fk_submissions_reviewer_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
    )
    op.create_index("ix_submissions_candidate", "submissions", ["candidate_id", "opened_at"])
    op.create_index("ix_submissions_credential_id", "submissions", ["credential_id"])
    op.create_index("ix_submissions_queue", "submissions", ["state_kind", "state_since", "id"])
    op.create_index("ix_submissions_reviewer_id", "submissions", ["reviewer_id"])
    op.create_table(
        "awards",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=True),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("recipient_id", sa.String(length=200), nullable=False),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_awards_edition_digest_editions"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["accounts.id"], name="fk_awards_recipient_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_awards_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("serial", name="pk_awards"),
        sa.UniqueConstraint("submission_id", name="uq_awards_submission_id"),
    )
    op.create_index("ix_awards_recipient", "awards", ["recipient_id", "credential_id"])
    op.create_table(
        "comments",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("pointer", sa.String(length=1000), nullable=False),
        sa.Column("author_id", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name="fk_comments_author_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_comments_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
    )
    op.create_index("ix_comments_submission", "comments", ["submission_id", "round"])
    op.create_table(
        "drafts",
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("form_id", sa.String(length=200), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_drafts_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("submission_id", "form_id", name="pk_drafts"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_evidence_submission_id_submissions"
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["accounts.id"], name="fk_evidence_uploaded_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.create_index("ix_evidence_submission_id", "evidence", ["submission_id"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["accounts.id"], name="fk_reviews_reviewer_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_reviews_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint(
            "submission_id",
            "round",
            "reviewer_id",
            name="uq_reviews_submission_id_round_reviewer_id",
        ),
    )
    op.create_table(
        "snapshots",
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_snapshots_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("submission_id", "round", name="pk_snapshots"),
    )
    op.create_table(
        "recognitions",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("proof_id", sa.String(length=200), nullable=True),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_recognitions_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["proof_id"], ["evidence.id"], name="fk_recognitions_proof_id_evidence"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name="fk_recognitions_recorded_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recognitions"),
    )
    op.create_index("ix_recognitions_account", "recognitions", ["account_id", "credential_id"])
    op.create_table(
        "scores",
        sa.Column("review_id", sa.String(length=200), nullable=False),
        sa.Column("guide_id", sa.String(length=200), nullable=False),
        sa.Column("look_for_id", sa.String(length=200), nullable=False),
        sa.Column("decision", sa.String(length=1), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_scores_review_id_reviews"),
        sa.PrimaryKeyConstraint("review_id", "guide_id", "look_for_id", name="pk_scores"),
    )
    _refuse_changes()


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first tables")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, words in UNCHANGING.items():
            for change in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{change} BEFORE {change.upper()} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION accolade_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table, words in UNCHANGING.items():
        # One trigger per statement, not per row: TRUNCATE has no rows.
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION accolade_refuse_change('{words}')"
        )
