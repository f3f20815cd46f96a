"""What the auditor searches the journal by, each in the order of time."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    has_desk = sa.text("desk is not null")
    op.drop_index("ix_journal_entry_account", "journal_entry")
    op.create_index("ix_journal_entry_account", "journal_entry", ["account_id", "action", "at", "id"])
    op.create_index("ix_journal_entry_at", "journal_entry", ["at", "id"])
    op.create_index("ix_journal_entry_action", "journal_entry", ["action", "at", "id"])
    op.create_index(
        "ix_journal_entry_desk",
        "journal_entry",
        ["desk", "at", "id"],
        sqlite_where=has_desk,
        postgresql_where=has_desk,
    )


def downgrade() -> None:
    for name in ("desk", "action", "at"):
        op.drop_index(f"ix_journal_entry_{name}", "journal_entry")
    op.drop_index("ix_journal_entry_account", "journal_entry")
    op.create_index("ix_journal_entry_account", "journal_entry", ["account_id", "action", "id"])
