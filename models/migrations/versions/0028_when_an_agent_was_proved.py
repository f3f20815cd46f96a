"""When an agent last gave a password or a code; of the sessions that were open, at their sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE agent_session SET proved_at = opened_at")
    with op.batch_alter_table("agent_session") as batch_op:
        batch_op.alter_column("proved_at", nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("agent_session") as batch_op:
        batch_op.drop_column("proved_at")
