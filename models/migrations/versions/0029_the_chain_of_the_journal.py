"""The chain of the journal: each entry in a stream, with its MAC and the one before; what was there is chained."""

import hashlib
import hmac
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import context, op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BATCH = 2_000
COVERED = (
    *("stream", "number", "id", "at", "action", "procuration_id", "account_id", "desk", "election_id", "detail"),
    "previous",
)
OWNERS = {"procuration": "id", "account": "id", "commune": "code", "installation": "id"}
STREAMS = """
update journal_entry set stream = coalesce(
    'procuration-' || procuration_id,
    'account-' || account_id,
    (select 'commune-' || commune.code from commune where commune.code = journal_entry.desk),
    'installation-1'
)"""
OF_THE_INSTALLATION = "(select id from journal_entry where stream = 'installation-1')"
NUMBERS = """
update journal_entry set number = numbered.number from (
    select id, row_number() over (partition by stream order by id) as number from journal_entry
) as numbered where numbered.id = journal_entry.id"""
HEADS = """
update {owner} set head_number = last.number, head_mac = last.mac from journal_entry as last
where last.stream = '{owner}-' || {owner}.{key}
and last.number = (select max(number) from journal_entry where stream = '{owner}-' || {owner}.{key})"""


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    for owner in OWNERS:
        with op.batch_alter_table(owner) as batch_op:
            batch_op.add_column(sa.Column("head_number", sa.Integer(), server_default="0", nullable=False))
            batch_op.add_column(sa.Column("head_mac", sa.LargeBinary(length=32), nullable=True))
    with op.batch_alter_table("journal_entry") as batch_op:
        batch_op.add_column(sa.Column("stream", _stream(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("previous", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("mac", sa.LargeBinary(length=32), nullable=True))
    op.execute(STREAMS)
    op.execute("insert into installation (id) select 1 where exists " + OF_THE_INSTALLATION)
    op.execute(NUMBERS)
    op.create_index("ix_chained", "journal_entry", ["stream", "number"])
    _chain(op.get_bind(), context.config.attributes["journal_key"])
    for owner, key in OWNERS.items():
        op.execute(HEADS.format(owner=owner, key=key))
    op.drop_index("ix_chained", "journal_entry")
    with op.batch_alter_table("journal_entry") as batch_op:
        batch_op.alter_column("stream", existing_type=_stream(), nullable=False)
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("mac", existing_type=sa.LargeBinary(length=32), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_journal_entry_stream_number"), ["stream", "number"])


def downgrade() -> None:
    with op.batch_alter_table("journal_entry") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_journal_entry_stream_number"), type_="unique")
        for name in ("mac", "previous", "number", "stream"):
            batch_op.drop_column(name)
    for owner in OWNERS:
        with op.batch_alter_table(owner) as batch_op:
            batch_op.drop_column("head_mac")
            batch_op.drop_column("head_number")
    op.drop_table("installation")


def _stream():
    return sa.String(length=24).with_variant(sa.String(length=24, collation="C"), "postgresql")


def _chain(connection, key):
    """Stream by stream, a batch at a time: what is in memory does not grow with the journal."""
    columns = [sa.Column(name, sa.DateTime(timezone=True) if name == "at" else None) for name in (*COVERED, "mac")]
    entry = sa.table("journal_entry", *columns)
    after = sa.tuple_(entry.c.stream, entry.c.number) > sa.tuple_(sa.bindparam("stream"), sa.bindparam("number"))
    following = sa.select(*(entry.c[name] for name in COVERED)).where(after)
    following = following.order_by(entry.c.stream, entry.c.number).limit(BATCH)
    chained = sa.update(entry).where(entry.c.id == sa.bindparam("_id"))
    chained = chained.values(previous=sa.bindparam("_previous"), mac=sa.bindparam("_mac"))
    stream, number, mac = "", 0, None
    while rows := connection.execute(following, {"stream": stream, "number": number}).mappings().all():
        changes = []
        for row in rows:
            previous = mac if row["stream"] == stream else None
            mac = hmac.new(key, _encoded({**row, "previous": previous}), hashlib.sha256).digest()
            stream, number = row["stream"], row["number"]
            changes.append({"_id": row["id"], "_previous": previous, "_mac": mac})
        connection.execute(chained, changes)


def _encoded(row):
    return json.dumps([_plain(row[name]) for name in COVERED], separators=(",", ":")).encode()


def _plain(value):
    if hasattr(value, "isoformat"):
        aware = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else value
