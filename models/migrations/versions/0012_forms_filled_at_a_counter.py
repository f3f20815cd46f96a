"""Forms on paper that an officer fills at the counter, and whether the law lets them be transmitted ahead.

A correction of an election has one part more to name in the journal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SWITCHES = (("procuration", "held_until_paper"), ("election", "transmitted_ahead"))


def upgrade() -> None:
    for table, column in SWITCHES:
        op.add_column(table, sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False))
    resize(40, 60)


def downgrade() -> None:
    resize(60, 40)
    for table, column in SWITCHES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(column)


def resize(before: int, after: int) -> None:
    with op.batch_alter_table("journal_entry") as batch_op:
        batch_op.alter_column(
            "detail", existing_type=sa.String(length=before), type_=sa.String(length=after), existing_nullable=True
        )
