"""The editions of a signing list."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_list",
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_signing_list_commune_code")),
        sa.PrimaryKeyConstraint("commune_code", "day", name=op.f("pk_signing_list")),
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_edition_account_id")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_edition_commune_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("commune_code", "day", "number", name=op.f("uq_edition_commune_code_day_number")),
    )
    op.create_table(
        "edition_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("is_added", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("bureau", sa.String(length=10), nullable=False),
        sa.Column("bureau_name", sa.String(length=120), nullable=False),
        sa.Column("order_number", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_change_edition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["procuration_id"], ["procuration.id"], name=op.f("fk_edition_change_procuration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_change")),
    )
    op.create_index("ix_edition_change_edition", "edition_change", ["edition_id", "bureau"])
    op.create_index(op.f("ix_edition_change_procuration_id"), "edition_change", ["procuration_id"])


def downgrade() -> None:
    op.drop_table("edition_change")
    op.drop_table("edition")
    op.drop_table("signing_list")
