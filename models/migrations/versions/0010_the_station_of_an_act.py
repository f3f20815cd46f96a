"""The station of an act."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.add_column(sa.Column("station_code", sa.String(length=20), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_procuration_station_code"), "station", ["station_code"], ["code"])
        batch_op.create_index("ix_procuration_station_handled", ["station_code", "handled_at", "id"], unique=False)
    op.execute(
        "update procuration set station_code = (select station_code from account where account.id = officer_id) "
        "where officer_id is not null"
    )


def downgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.drop_index("ix_procuration_station_handled")
        batch_op.drop_constraint(batch_op.f("fk_procuration_station_code"), type_="foreignkey")
        batch_op.drop_column("station_code")
