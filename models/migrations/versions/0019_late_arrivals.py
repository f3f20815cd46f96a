"""Late arrivals, and who was told of each."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("desk_settings", sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "late_arrival",
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_late_arrival_commune_code")),
        sa.ForeignKeyConstraint(
            ["procuration_id"], ["procuration.id"], name=op.f("fk_late_arrival_procuration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("procuration_id", name=op.f("pk_late_arrival")),
    )
    op.create_index(op.f("ix_late_arrival_day"), "late_arrival", ["day"])
    op.create_index(op.f("ix_late_arrival_next_at"), "late_arrival", ["next_at"])
    op.create_table(
        "late_alert",
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_late_alert_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["procuration_id"],
            ["late_arrival.procuration_id"],
            name=op.f("fk_late_alert_procuration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("procuration_id", "account_id", name=op.f("pk_late_alert")),
    )


def downgrade() -> None:
    op.drop_table("late_alert")
    op.drop_table("late_arrival")
    op.drop_column("desk_settings", "alerted_at")
