"""Questions to another commune's desk."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    answer = sa.Enum("yes", "no", "unsure", name="answer", native_enum=False, create_constraint=True, length=6)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.Column("answer", answer, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["procuration_id"], ["procuration.id"], name=op.f("fk_question_procuration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_question_commune_code")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name=op.f("fk_question_asked_by_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["account.id"], name=op.f("fk_question_answered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("procuration_id", "commune_code", name=op.f("uq_question_procuration_id_commune_code")),
    )
    op.create_index("ix_question_commune_answered", "question", ["commune_code", "answered_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_question_commune_answered", table_name="question")
    op.drop_table("question")
