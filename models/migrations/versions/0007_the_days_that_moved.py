"""The days that moved, and who was told."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("polling_day") as batch_op:
        batch_op.add_column(sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("election") as batch_op:
        batch_op.add_column(sa.Column("moved_days", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("election") as batch_op:
        batch_op.drop_column("moved_days")
    with op.batch_alter_table("polling_day") as batch_op:
        batch_op.drop_column("lost_at")
