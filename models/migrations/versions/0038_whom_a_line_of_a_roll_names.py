"""A line of a roll says whom it names as procurations do: a bureau finds its electors in a roll without numbers too."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INDEX = "ix_roll_elector_person"


def upgrade() -> None:
    """While people work, and again from the index when it was given up half-way; rolls imported before have no key."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("roll_elector")}
    if "person_key" not in columns:
        op.add_column("roll_elector", sa.Column("person_key", sa.String(length=32), nullable=True))
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "roll_elector", if_exists=True, postgresql_concurrently=True)
        op.create_index(INDEX, "roll_elector", ["person_key"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "roll_elector", if_exists=True, postgresql_concurrently=True)
    op.drop_column("roll_elector", "person_key")
