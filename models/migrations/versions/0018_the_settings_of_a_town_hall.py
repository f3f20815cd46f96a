"""The settings of a town hall, and who is on duty there."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_settings",
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("office_hours", sa.String(length=300), nullable=True),
        sa.Column("telephone", sa.String(length=30), nullable=True),
        sa.Column("closing_days", sa.Integer(), nullable=False),
        sa.Column("closing_time", sa.Time(), nullable=False),
        sa.Column("seen_within", sa.Integer(), nullable=False),
        sa.CheckConstraint("closing_days between 0 and 7", name=op.f("ck_desk_settings_closing_days")),
        sa.CheckConstraint("seen_within between 5 and 1440", name=op.f("ck_desk_settings_seen_within")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_desk_settings_commune_code")),
        sa.PrimaryKeyConstraint("commune_code", name=op.f("pk_desk_settings")),
    )
    op.create_table(
        "duty",
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commune_code"],
            ["desk_settings.commune_code"],
            name=op.f("fk_duty_commune_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_duty_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("commune_code", "account_id", name=op.f("pk_duty")),
        sa.UniqueConstraint("commune_code", "position", name=op.f("uq_duty_commune_code_position")),
    )
    op.create_index(op.f("ix_account_commune_commune_code"), "account_commune", ["commune_code"])


def downgrade() -> None:
    op.drop_index(op.f("ix_account_commune_commune_code"), table_name="account_commune")
    op.drop_table("duty")
    op.drop_table("desk_settings")
