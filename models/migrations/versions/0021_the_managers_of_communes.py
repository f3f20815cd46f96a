"""Managers of communes, and the invitations of their clerks."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        manages = sa.Column("manages_communes", sa.Boolean(), server_default=sa.false(), nullable=False)
        batch_op.add_column(manages)
        batch_op.create_check_constraint(
            batch_op.f("ck_account_town_hall_manages"), "role = 'town_hall' or not manages_communes"
        )
    op.create_table(
        "invitation",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("invitation")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_town_hall_manages"), type_="check")
        batch_op.drop_column("manages_communes")
