"""How long the steps take, by place."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delay_figure",
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("usual_hours", sa.Integer(), nullable=False),
        sa.Column("slow_hours", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step in ('visit', 'handover', 'answer')", name=op.f("ck_delay_figure_step")),
        sa.CheckConstraint("level in ('own', 'department', 'country')", name=op.f("ck_delay_figure_level")),
        sa.CheckConstraint("usual_hours <= slow_hours", name=op.f("ck_delay_figure_hours_ordered")),
        sa.PrimaryKeyConstraint("step", "level", "code", name=op.f("pk_delay_figure")),
    )


def downgrade() -> None:
    op.drop_table("delay_figure")
