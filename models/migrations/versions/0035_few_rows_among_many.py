"""Indexes of few rows among many: the messages whose facts are still to be erased; who manages, in SQLite's words."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

HAS_FACTS = sa.text("facts is not null")
MANAGES = sa.text("manages_station or manages_communes")
MANAGES_IN_SQLITE = sa.text("manages_station = 1 or manages_communes = 1")


def upgrade() -> None:
    op.create_index("ix_outbox_mail_facts", "outbox_mail", ["id"], sqlite_where=HAS_FACTS, postgresql_where=HAS_FACTS)
    _index_managers(MANAGES_IN_SQLITE)


def downgrade() -> None:
    op.drop_index("ix_outbox_mail_facts", "outbox_mail")
    _index_managers(MANAGES)


def _index_managers(sqlite_where) -> None:
    op.drop_index("ix_account_managers", "account")
    op.create_index("ix_account_managers", "account", ["id"], sqlite_where=sqlite_where, postgresql_where=MANAGES)
