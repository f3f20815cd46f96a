"""What an elector has in force is found in an index, however many demandes the same elector filed."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

FORMER = "ix_procuration_elector_key", ["elector_key"]
BY_STATUS = "ix_procuration_elector", ["elector_key", "status"]


def upgrade() -> None:
    _replace(FORMER[0], *BY_STATUS)


def downgrade() -> None:
    _replace(BY_STATUS[0], *FORMER)


def _replace(former: str, name: str, columns: list[str]) -> None:
    """While people work: the new one first, and again from the beginning when it was given up half-way."""
    with op.get_context().autocommit_block():
        op.drop_index(name, "procuration", if_exists=True, postgresql_concurrently=True)
        op.create_index(name, "procuration", columns, postgresql_concurrently=True)
        op.drop_index(former, "procuration", if_exists=True, postgresql_concurrently=True)
