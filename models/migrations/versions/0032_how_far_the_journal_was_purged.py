"""How far each stream of the journal was purged, and what its verifications found."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stream = sa.String(length=24).with_variant(sa.String(length=24, collation="C"), "postgresql")
    op.create_table(
        "closed_stream",
        sa.Column("stream", stream, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_closed_stream")),
    )
    op.create_table(
        "journal_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_check")),
    )


def downgrade() -> None:
    op.drop_table("journal_check")
    op.drop_table("closed_stream")
