"""Who was received in a round, apart from who was expected there; the papers of each round are its own."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RECEIVED = """
update visit set received_at = (
    select procuration.established_at from procuration join round on round.id = visit.round_id
    where procuration.id = visit.procuration_id and procuration.station_code = round.station_code
    and procuration.established_commune_code = round.commune_code
)
"""
ONCE_EACH = "delete from visit where id not in (select max(id) from visit group by procuration_id)"


def upgrade() -> None:
    with op.batch_alter_table("visit") as batch_op:
        batch_op.add_column(sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint("uq_visit_procuration_id", type_="unique")
        batch_op.drop_index("ix_visit_round_id")
        batch_op.create_unique_constraint("uq_visit_round_id_procuration_id", ["round_id", "procuration_id"])
        batch_op.create_index("ix_visit_procuration_id", ["procuration_id"])
    op.execute(RECEIVED)


def downgrade() -> None:
    op.execute(ONCE_EACH)
    with op.batch_alter_table("visit") as batch_op:
        batch_op.drop_index("ix_visit_procuration_id")
        batch_op.drop_constraint("uq_visit_round_id_procuration_id", type_="unique")
        batch_op.create_index("ix_visit_round_id", ["round_id"])
        batch_op.create_unique_constraint("uq_visit_procuration_id", ["procuration_id"])
        batch_op.drop_column("received_at")
