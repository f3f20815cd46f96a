"""Communes that their manager offers to a clerk of others."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_offer",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_desk_offer_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_desk_offer_commune_code")),
        sa.PrimaryKeyConstraint("account_id", "commune_code", name=op.f("pk_desk_offer")),
    )
    op.create_index(op.f("ix_desk_offer_commune_code"), "desk_offer", ["commune_code"])


def downgrade() -> None:
    op.drop_table("desk_offer")
