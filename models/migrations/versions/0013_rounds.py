"""Rounds away from the station, and the dates of the papers of those who are visited."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_key", sa.String(length=43), nullable=False),
        sa.Column("station_code", sa.String(length=20), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("visit", "session", name="kind", native_enum=False, create_constraint=True, length=8),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("place_name", sa.String(length=120), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["station_code"], ["station.code"], name=op.f("fk_round_station_code")),
        sa.ForeignKeyConstraint(["officer_id"], ["account.id"], name=op.f("fk_round_officer_id")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_round_commune_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_round_submission_key")),
    )
    op.create_index("ix_round_station_day", "round", ["station_code", "day", "id"])
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("sworn_on", sa.Date(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_visit_round_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["procuration_id"], ["procuration.id"], name=op.f("fk_visit_procuration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("procuration_id", name=op.f("uq_visit_procuration_id")),
    )
    op.create_index("ix_visit_round_id", "visit", ["round_id"])


def downgrade() -> None:
    op.drop_table("visit")
    op.drop_table("round")
