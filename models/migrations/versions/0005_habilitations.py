"""Habilitations, and what a délégué passes on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CAPACITIES = ("opj", "apj", "reservist", "delegue", "consul")


def capacity(nullable):
    """Name and constraint are those of the table it is put in."""
    return sa.Column(
        "capacity",
        sa.Enum(*CAPACITIES, name="capacity", native_enum=False, create_constraint=True, length=12),
        nullable=nullable,
    )


def upgrade() -> None:
    op.create_table(
        "habilitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        capacity(nullable=False),
        sa.Column("authority", sa.String(length=120), nullable=False),
        sa.Column("court", sa.String(length=120), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("opj_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_habilitation_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["opj_id"], ["account.id"], name=op.f("fk_habilitation_opj_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_habilitation")),
    )
    op.create_index(op.f("ix_habilitation_account_id"), "habilitation", ["account_id"], unique=False)
    op.create_index("ix_habilitation_valid_until", "habilitation", ["valid_until", "id"], unique=False)
    op.execute(
        "insert into habilitation (account_id, capacity, authority, valid_from, recorded_at) "
        "select id, capacity, 'Reprise', current_date, current_timestamp from account where role = 'officer'"
    )
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_officer_complete"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_account_capacity"), type_="check")
        batch_op.drop_column("capacity")
        batch_op.create_check_constraint(
            batch_op.f("ck_account_officer_complete"), "role <> 'officer' or station_code is not null"
        )
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.add_column(sa.Column("checked_by_name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("passed_to_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_procuration_passed_to_id"), "account", ["passed_to_id"], ["id"])
        batch_op.create_index("ix_procuration_passed_to", ["passed_to_id", "status", "checked_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.drop_index("ix_procuration_passed_to")
        batch_op.drop_constraint(batch_op.f("fk_procuration_passed_to_id"), type_="foreignkey")
        batch_op.drop_column("passed_to_id")
        batch_op.drop_column("checked_at")
        batch_op.drop_column("checked_by_name")
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(capacity(nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_account_officer_complete"), type_="check")
    op.execute(
        "update account set capacity = coalesce((select capacity from habilitation h where h.account_id = account.id "
        "order by h.id desc limit 1), 'delegue') where role = 'officer'"
    )
    with op.batch_alter_table("account") as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_account_officer_complete"),
            "role <> 'officer' or (capacity is not null and station_code is not null)",
        )
    op.drop_index("ix_habilitation_valid_until", table_name="habilitation")
    op.drop_index(op.f("ix_habilitation_account_id"), table_name="habilitation")
    op.drop_table("habilitation")
