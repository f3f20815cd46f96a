"""New controls that failed for one row alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "left_over",
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("election_id", sa.Integer(), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["procuration_id"], ["procuration.id"], name=op.f("fk_left_over_procuration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("procuration_id", name=op.f("pk_left_over")),
    )


def downgrade() -> None:
    op.drop_table("left_over")
