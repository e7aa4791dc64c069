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
_ENTRIES = 131_072


def upgrade() -> None:
    _accounts()
    _awards()
    _credentials()


def downgrade() -> None:
    op.drop_table("award_credentials")
    op.drop_index("uq_awards_submission", "awards")
    with op.batch_alter_table("awards") as awards:
        awards.drop_constraint("uq_awards_status", type_="unique")
        awards.drop_constraint("fk_awards_replaced_by_awards", type_="foreignkey")
        awards.drop_constraint("fk_awards_renews_awards", type_="foreignkey")
        for column in (
            "suspended_at", "suspended_reason", "replaced_by", "replaced_at", "renews",
            "status_list", "status_index", "on_page", "names_holder", "shown_evidence",
        ):  # fmt: skip
            awards.drop_column(column)
        awards.create_unique_constraint("uq_awards_submission_id", ["submission_id"])
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_constraint("uq_accounts_handle", type_="unique")
        accounts.drop_column("handle")
        accounts.drop_column("did")


def _accounts() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("handle", sa.String(length=80), nullable=True))
        accounts.add_column(
            sa.Column("did", sa.String(length=2000), server_default="", nullable=False)
        )
        accounts.create_unique_constraint("uq_accounts_handle", ["handle"])


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
