"""What awards need that the world checks: their places in status lists, the badges that were signed
of them, suspension, correction and renewal, and what their holders show of them.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STANDS = "replaced_by IS NULL"
_FEW = {
    "ends": ("expires_at", "serial"),
    "revoked": ("revoked_at", "serial"),
    "suspended": ("suspended_at", "serial"),
    "replaced": ("replaced_at", "serial"),
    "replaced_by": ("replaced_by",),
}
"""Indexes of what is few among many awards."""
_ENTRIES = 131_072


def upgrade() -> None:
    _accounts()
    _awards()
    _credentials()
    _lists()
    _handles()
    _file_checks()
    _connections()


def downgrade() -> None:
    for table in ("oauth_tokens", "oauth_codes", "oauth_connections", "oauth_clients"):
        op.drop_table(table)
    op.drop_table("file_checks")
    op.drop_table("handles")
    for table in ("certificate_bundles", "award_list_rows", "award_lists"):
        op.drop_table(table)
    op.drop_table("award_credentials")
    # The older tables know one award for one piece of work: it is that of the latest correction.
    op.execute("UPDATE awards SET submission_id = NULL WHERE replaced_by IS NOT NULL")
    op.drop_index("uq_awards_submission", "awards")
    op.drop_index("ix_awards_renews", "awards")
    op.drop_index("ix_awards_issued", "awards")
    for name in _FEW:
        op.drop_index(f"ix_awards_{name}", "awards")
    with op.batch_alter_table("awards") as awards:
        awards.drop_constraint("uq_awards_status", type_="unique")
        awards.drop_constraint("fk_awards_replaced_by_awards", type_="foreignkey")
        awards.drop_constraint("fk_awards_renews_awards", type_="foreignkey")
        for column in (
            "suspended_at", "suspended_reason", "replaced_by", "replaced_at", "renews",
            "status_list", "status_index", "on_page", "names_holder", "shown_evidence",
            "results",
        ):  # fmt: skip
            awards.drop_column(column)
        awards.create_unique_constraint("uq_awards_submission_id", ["submission_id"])
    op.drop_index("ix_accounts_name_asked", "accounts")
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("name_asked_at")
        accounts.drop_column("name_wanted")
        accounts.drop_constraint("uq_accounts_handle", type_="unique")
        accounts.drop_column("handle")
        accounts.drop_column("did")


def _accounts() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("handle", sa.String(length=80), nullable=True))
        accounts.add_column(
            sa.Column("did", sa.String(length=2000), server_default="", nullable=False)
        )
        accounts.add_column(
            sa.Column("name_wanted", sa.String(length=200), server_default="", nullable=False)
        )
        accounts.add_column(sa.Column("name_asked_at", sa.DateTime(timezone=True), nullable=True))
        accounts.create_unique_constraint("uq_accounts_handle", ["handle"])
    op.create_index(
        "ix_accounts_name_asked",
        "accounts",
        ["name_asked_at", "id"],
        sqlite_where=sa.text("name_asked_at IS NOT NULL"),
        postgresql_where=sa.text("name_asked_at IS NOT NULL"),
    )


def _awards() -> None:
    with op.batch_alter_table("awards") as awards:
        awards.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        awards.add_column(
            sa.Column("suspended_reason", sa.Text(), server_default="", nullable=False)
        )
        awards.add_column(sa.Column("replaced_by", sa.String(length=40), nullable=True))
        awards.add_column(sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
        awards.add_column(sa.Column("renews", sa.String(length=40), nullable=True))
        awards.add_column(sa.Column("status_list", sa.Integer(), nullable=True))
        awards.add_column(sa.Column("status_index", sa.Integer(), nullable=True))
        awards.add_column(
            sa.Column("on_page", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        awards.add_column(
            sa.Column("names_holder", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        awards.add_column(
            sa.Column("shown_evidence", sa.JSON(), server_default="[]", nullable=False)
        )
        awards.add_column(sa.Column("results", sa.JSON(), server_default="{}", nullable=False))
    _give_places()
    with op.batch_alter_table("awards") as awards:
        awards.drop_constraint("uq_awards_submission_id", type_="unique")
        awards.alter_column("status_list", existing_type=sa.Integer(), nullable=False)
        awards.alter_column("status_index", existing_type=sa.Integer(), nullable=False)
        awards.create_unique_constraint("uq_awards_status", ["status_list", "status_index"])
        awards.create_foreign_key(
            "fk_awards_replaced_by_awards", "awards", ["replaced_by"], ["serial"]
        )
        awards.create_foreign_key("fk_awards_renews_awards", "awards", ["renews"], ["serial"])
    op.create_index("ix_awards_renews", "awards", ["renews"])
    op.create_index("ix_awards_issued", "awards", ["issued_at", "serial"])
    for name, columns in _FEW.items():
        filled = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(
            f"ix_awards_{name}",
            "awards",
            list(columns),
            sqlite_where=filled,
            postgresql_where=filled,
        )
    op.create_index(
        "uq_awards_submission",
        "awards",
        ["submission_id"],
        unique=True,
        sqlite_where=sa.text(_STANDS),
        postgresql_where=sa.text(_STANDS),
    )


def _give_places() -> None:
    """Every award so far gets a place of its own, at random; a list is half full at most."""
    connection = op.get_bind()
    awards = sa.table(
        "awards", sa.column("serial"), sa.column("status_list"), sa.column("status_index")
    )
    serials = list(connection.execute(sa.select(awards.c.serial).order_by(awards.c.serial)))
    shuffled: list[int] = []
    for number, (serial,) in enumerate(serials):
        if number % (_ENTRIES // 2) == 0:
            shuffled = secrets.SystemRandom().sample(range(_ENTRIES), _ENTRIES // 2)
        connection.execute(
            sa.update(awards)
            .where(awards.c.serial == serial)
            .values(
                status_list=number // (_ENTRIES // 2) + 1,
                status_index=shuffled[number % (_ENTRIES // 2)],
            )
        )


def _credentials() -> None:
    op.create_table(
        "award_credentials",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["serial"], ["awards.serial"], name="fk_award_credentials_serial_awards"
        ),
        sa.PrimaryKeyConstraint("serial", name="pk_award_credentials"),
    )
    op.create_index("ix_award_credentials_key", "award_credentials", ["key_id", "serial"])


def _lists() -> None:
    op.create_table(
        "award_lists",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("adds_people", sa.Boolean(), nullable=False),
        sa.Column("tells_people", sa.Boolean(), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_award_lists_edition_digest_editions"
        ),
        sa.ForeignKeyConstraint(
            ["begun_by"], ["accounts.id"], name="fk_award_lists_begun_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_award_lists"),
        sa.UniqueConstraint("sha256", "credential_id", "time", name="uq_award_lists"),
    )
    op.create_index("ix_award_lists_begun_at", "award_lists", ["begun_at"])
    op.create_table(
        "award_list_rows",
        sa.Column("list_id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=10), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"], ["award_lists.id"], name="fk_award_list_rows_list_id_award_lists"
        ),
        sa.ForeignKeyConstraint(
            ["serial"], ["awards.serial"], name="fk_award_list_rows_serial_awards"
        ),
        sa.PrimaryKeyConstraint("list_id", "number", name="pk_award_list_rows"),
    )
    op.create_index(
        "ix_award_list_rows_outcome", "award_list_rows", ["list_id", "outcome", "number"]
    )
    op.create_index("ix_award_list_rows_email", "award_list_rows", ["email"])
    op.create_index("ix_award_list_rows_serial", "award_list_rows", ["serial"])
    op.create_table(
        "certificate_bundles",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("serials", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_out", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bytes", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["accounts.id"], name="fk_certificate_bundles_asked_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate_bundles"),
    )
    op.create_index("ix_certificate_bundles_asked_at", "certificate_bundles", ["asked_at"])


def _file_checks() -> None:
    op.create_table(
        "file_checks",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("checked_from", sa.String(length=64), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_checks"),
    )
    op.create_index("ix_file_checks_from", "file_checks", ["checked_from", "checked_at"])
    op.create_index("ix_file_checks_checked_at", "file_checks", ["checked_at"])


def _handles() -> None:
    op.create_table(
        "handles",
        sa.Column("handle", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_handles_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("handle", name="pk_handles"),
    )
    op.create_index("ix_handles_account_id", "handles", ["account_id"])


def _connections() -> None:
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_from", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_clients"),
    )
    op.create_index("ix_oauth_clients_made_from", "oauth_clients", ["made_from", "made_at"])
    op.create_index("ix_oauth_clients_made_at", "oauth_clients", ["made_at"])
    op.create_index("ix_oauth_clients_used_at", "oauth_clients", ["used_at"])
    op.create_table(
        "oauth_connections",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_oauth_connections_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_clients.id"], name="fk_oauth_connections_client_id_oauth_clients"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_connections"),
    )
    op.create_index(
        "ix_oauth_connections_account", "oauth_connections", ["account_id", "client_id"]
    )
    op.create_index("ix_oauth_connections_client_id", "oauth_connections", ["client_id"])
    op.create_index("ix_oauth_connections_ended_at", "oauth_connections", ["ended_at"])
    op.create_table(
        "oauth_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("redirect_uri", sa.String(length=2000), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("challenge", sa.String(length=128), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connection_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_clients.id"], name="fk_oauth_codes_client_id_oauth_clients"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_oauth_codes_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["oauth_connections.id"],
            name="fk_oauth_codes_connection_id_oauth_connections",
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_oauth_codes"),
    )
    for column in ("client_id", "made_at", "connection_id"):
        op.create_index(f"ix_oauth_codes_{column}", "oauth_codes", [column])
    op.create_table(
        "oauth_tokens",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("connection_id", sa.String(length=200), nullable=False),
        sa.Column("access_digest", sa.String(length=64), nullable=False),
        sa.Column("refresh_digest", sa.String(length=64), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("access_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["oauth_connections.id"],
            name="fk_oauth_tokens_connection_id_oauth_connections",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_tokens"),
        sa.UniqueConstraint("access_digest", name="uq_oauth_tokens_access_digest"),
        sa.UniqueConstraint("refresh_digest", name="uq_oauth_tokens_refresh_digest"),
    )
    op.create_index("ix_oauth_tokens_connection_id", "oauth_tokens", ["connection_id"])
    op.create_index("ix_oauth_tokens_ends_at", "oauth_tokens", ["ends_at"])
