"""The names that the rolls give."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.add_column(sa.Column("mandant_roll_key", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_procuration_mandant_nne"), ["mandant_nne"], unique=False)
        batch_op.create_index(
            "ix_procuration_mandataire_commune", ["mandataire_commune_code", "status", "id"], unique=False
        )
    with op.batch_alter_table("current_roll") as batch_op:
        batch_op.add_column(sa.Column("named_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("walked_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("current_roll") as batch_op:
        batch_op.drop_column("walked_id")
        batch_op.drop_column("named_at")
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.drop_index("ix_procuration_mandataire_commune")
        batch_op.drop_index(batch_op.f("ix_procuration_mandant_nne"))
        batch_op.drop_column("mandant_roll_key")
