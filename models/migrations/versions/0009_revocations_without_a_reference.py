"""Revocations stated without a reference."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def coded(column, length, *values):
    return sa.Enum(*values, name=column, native_enum=False, create_constraint=True, length=length)


def upgrade() -> None:
    op.create_table(
        "revocation_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_key", sa.String(length=43), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("mandant_birth_name", sa.String(length=120), nullable=True),
        sa.Column("mandant_first_names", sa.String(length=120), nullable=True),
        sa.Column("mandant_sex", coded("mandant_sex", 1, "F", "M"), nullable=True),
        sa.Column("mandant_birth_date", sa.Date(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=True),
        sa.Column(
            "officer_capacity",
            coded("officer_capacity", 12, "opj", "apj", "reservist", "delegue", "consul"),
            nullable=False,
        ),
        sa.Column("place_code", sa.String(length=5), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.Column("handled_by_name", sa.String(length=120), nullable=True),
        sa.Column("attached", sa.Integer(), server_default="0", nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_revocation_statement_commune_code")),
        sa.ForeignKeyConstraint(["officer_id"], ["account.id"], name=op.f("fk_revocation_statement_officer_id")),
        sa.ForeignKeyConstraint(["handled_by_id"], ["account.id"], name=op.f("fk_revocation_statement_handled_by_id")),
        sa.ForeignKeyConstraint(["place_code"], ["commune.code"], name=op.f("fk_revocation_statement_place_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_statement")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_revocation_statement_submission_key")),
    )
    op.create_index(
        "ix_revocation_statement_commune_handled",
        "revocation_statement",
        ["commune_code", "handled_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_revocation_statement_commune_handled", table_name="revocation_statement")
    op.drop_table("revocation_statement")
