"""What is in doubt since a new control."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_doubted = sa.text("doubted_at is not null")
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.add_column(sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_procuration_doubted",
            ["commune_code", "doubted_at"],
            unique=False,
            sqlite_where=is_doubted,
            postgresql_where=is_doubted,
        )


def downgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.drop_index("ix_procuration_doubted")
        batch_op.drop_column("doubted_at")
