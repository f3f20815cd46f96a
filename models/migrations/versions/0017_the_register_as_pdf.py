"""The register of a bureau as a PDF, drawn by the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_pdf",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bureau", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_register_pdf_account_id")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_register_pdf_commune_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_pdf")),
        sa.UniqueConstraint("commune_code", "day", "bureau", name=op.f("uq_register_pdf_commune_code_day_bureau")),
    )
    op.create_index("ix_register_pdf_state", "register_pdf", ["state", "id"])


def downgrade() -> None:
    op.drop_table("register_pdf")
