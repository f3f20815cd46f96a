"""What an election says of a coded reason, and which version of it was told."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reason_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("election_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(length=600), nullable=True),
        sa.Column("to_do", sa.String(length=600), nullable=True),
        sa.Column("whom_to_ask", sa.String(length=600), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(sentence is null) = (to_do is null) and (sentence is null) = (whom_to_ask is null)",
            name=op.f("ck_reason_text_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["election_id"], ["election.id"], name=op.f("fk_reason_text_election_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["account.id"], name=op.f("fk_reason_text_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_text")),
        sa.UniqueConstraint("election_id", "reason", "version", name=op.f("uq_reason_text_election_id_reason_version")),
    )
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.add_column(sa.Column("reason_text_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_procuration_reason_text_id"), "reason_text", ["reason_text_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_procuration_reason_text_id"), type_="foreignkey")
        batch_op.drop_column("reason_text_id")
    op.drop_table("reason_text")
