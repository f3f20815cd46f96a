"""One search, one index: what one person gives or holds, and what of it is in force."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SEARCHED = ("mandant_key", "mandant_nne", "mandataire_key", "mandataire_nne")


def upgrade() -> None:
    for column in SEARCHED:
        op.drop_index(f"ix_procuration_{column}", "procuration")
        op.create_index(f"ix_procuration_{column}", "procuration", [column, "status"])


def downgrade() -> None:
    for column in SEARCHED:
        op.drop_index(f"ix_procuration_{column}", "procuration")
        op.create_index(f"ix_procuration_{column}", "procuration", [column])
