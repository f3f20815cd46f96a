"""The misses of the counter."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        manages = sa.Column("manages_station", sa.Boolean(), server_default=sa.false(), nullable=False)
        batch_op.add_column(manages)
        batch_op.create_check_constraint(
            batch_op.f("ck_account_officer_manages"), "role = 'officer' or not manages_station"
        )
    op.create_table(
        "account_misses",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("instants", sa.JSON(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_misses_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_misses")),
    )
    op.create_table(
        "station_misses",
        sa.Column("station_code", sa.String(length=20), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_code"], ["station.code"], name=op.f("fk_station_misses_station_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("station_code", "hour", name=op.f("pk_station_misses")),
    )


def downgrade() -> None:
    op.drop_table("station_misses")
    op.drop_table("account_misses")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_officer_manages"), type_="check")
        batch_op.drop_column("manages_station")
