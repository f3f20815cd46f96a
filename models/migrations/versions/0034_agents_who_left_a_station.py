"""An officer who was removed from a station has none; managers are listed, and a station's officers found, by index."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WHO_MANAGES = sa.text("manages_station or manages_communes")


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_officer_complete"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_account_officer_complete"),
            "role <> 'officer' or station_code is not null or suspended_at is not null",
        )
    op.create_index(op.f("ix_account_station_code"), "account", ["station_code"], unique=False)
    op.create_index(
        "ix_account_managers", "account", ["id"], postgresql_where=WHO_MANAGES, sqlite_where=WHO_MANAGES, unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_account_managers", table_name="account")
    op.drop_index(op.f("ix_account_station_code"), table_name="account")
    # Who left goes back, suspended, where the last act was, or anywhere when there was none.
    op.execute(
        "update account set station_code = coalesce("
        "(select p.station_code from procuration p where p.officer_id = account.id and p.station_code is not null "
        "order by p.handled_at desc limit 1), (select min(code) from station)) "
        "where role = 'officer' and station_code is null"
    )
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_officer_complete"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_account_officer_complete"), "role <> 'officer' or station_code is not null"
        )
