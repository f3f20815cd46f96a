"""A town hall's list is counted in its index alone, which now says what is still held for its paper."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

FORMER = {
    "ix_procuration_commune_established": ["commune_code", "established_at", "id"],
    "ix_procuration_commune_status_established": ["commune_code", "status", "established_at", "id"],
}
LISTS = {
    "ix_procuration_listed": ["commune_code", "established_at", "id", "status", "held_until_paper"],
    "ix_procuration_listed_by_status": ["commune_code", "status", "established_at", "id", "held_until_paper"],
}


def upgrade() -> None:
    _replace(FORMER, LISTS)


def downgrade() -> None:
    _replace(LISTS, FORMER)


def _replace(former: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    """While people work: the new ones first, and again from the beginning when one was given up half-way."""
    with op.get_context().autocommit_block():
        for name, columns in new.items():
            op.drop_index(name, "procuration", if_exists=True, postgresql_concurrently=True)
            op.create_index(name, "procuration", columns, postgresql_concurrently=True)
        for name in former:
            op.drop_index(name, "procuration", if_exists=True, postgresql_concurrently=True)
