"""The law as data: elections, rolls, control, and what time does."""

import hashlib
import re
import unicodedata
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entry_check",
        sa.Column("elector_key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("elector_key", "day", name=op.f("pk_entry_check")),
    )
    op.create_table(
        "local_polling_day",
        sa.Column("scrutin_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scrutin_id"], ["scrutin.id"], name=op.f("fk_local_polling_day_scrutin_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scrutin_id", "code", name=op.f("pk_local_polling_day")),
    )
    op.create_table(
        "roll_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_roll_edition_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_edition")),
    )
    op.create_table(
        "current_roll",
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_current_roll_commune_code")),
        sa.ForeignKeyConstraint(["edition_id"], ["roll_edition.id"], name=op.f("fk_current_roll_edition_id")),
        sa.PrimaryKeyConstraint("commune_code", name=op.f("pk_current_roll")),
    )
    op.create_table(
        "replacement",
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("replaced_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procuration_id"], ["procuration.id"], name=op.f("fk_replacement_procuration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["replaced_id"], ["procuration.id"], name=op.f("fk_replacement_replaced_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("procuration_id", "replaced_id", name=op.f("pk_replacement")),
    )
    op.create_table(
        "roll_elector",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("list_type", sa.Enum("LP", "LCM", "LCE", name="listtype", native_enum=False), nullable=False),
        sa.Column("nne", sa.String(length=9), nullable=True),
        sa.Column("birth_name", sa.String(length=120), nullable=False),
        sa.Column("usual_name", sa.String(length=120), nullable=True),
        sa.Column("first_names", sa.String(length=120), nullable=False),
        sa.Column("sex", sa.Enum("F", "M", name="sex", native_enum=False), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_text", sa.String(length=10), nullable=True),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("usual_key", sa.String(length=120), nullable=True),
        sa.Column("bureau_code", sa.String(length=10), nullable=True),
        sa.Column("bureau_name", sa.String(length=120), nullable=True),
        sa.Column("order_number", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["roll_edition.id"], name=op.f("fk_roll_elector_edition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_elector")),
    )
    with op.batch_alter_table("roll_elector", schema=None) as batch_op:
        batch_op.create_index("ix_roll_elector_name", ["edition_id", "commune_code", "name_key"], unique=False)
        batch_op.create_index("ix_roll_elector_nne", ["nne"], unique=False)
        batch_op.create_index("ix_roll_elector_usual", ["edition_id", "commune_code", "usual_key"], unique=False)

    op.create_table(
        "roll_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "arriving", "waiting", "running", "done", "refused", name="uploadstate", native_enum=False, length=8
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_roll_upload_account_id")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_roll_upload_commune_code")),
        sa.ForeignKeyConstraint(["edition_id"], ["roll_edition.id"], name=op.f("fk_roll_upload_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_upload")),
    )
    with op.batch_alter_table("roll_upload", schema=None) as batch_op:
        batch_op.create_index("ix_roll_upload_commune", ["commune_code", "id"], unique=False)

    op.create_table(
        "roll_upload_part",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["roll_upload.id"], name=op.f("fk_roll_upload_part_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_roll_upload_part")),
    )
    with op.batch_alter_table("draft", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("asked", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("answer", sa.String(length=12), nullable=True))
    with op.batch_alter_table("election", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("max_total_if_consular", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("same_commune_required", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("list_types", sa.String(length=16), server_default="LP", nullable=False))
        batch_op.add_column(sa.Column("online_revocation", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("certified_identity", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recontrolled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("walked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("walked_id", sa.Integer(), nullable=True))

    with op.batch_alter_table("election_territory", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("control_regime", sa.Enum("town_hall", "register", native_enum=False, length=12), nullable=True)
        )

    with op.batch_alter_table("journal_entry", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("election_id", sa.Integer(), nullable=True))

    with op.batch_alter_table("procuration", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "source",
                sa.Enum("online", "paper", native_enum=False, length=8),
                server_default="online",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("mandant_key", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("mandataire_key", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("mandataire_roll_key", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("mandataire_masked", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("authority_capacity", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("established_day_only", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("received_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("is_automated", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("findings", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("rules_version", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("revocation_requested_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("purge_notice_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reference_hash", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_procuration_mandant_key"), ["mandant_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_procuration_mandataire_key"), ["mandataire_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_procuration_mandataire_nne"), ["mandataire_nne"], unique=False)
        batch_op.create_index("ix_procuration_established", ["established_at", "id"], unique=False)
        batch_op.create_index("ix_procuration_status_expires", ["status", "expires_on", "id"], unique=False)
        batch_op.create_index("ix_procuration_status_last_day", ["status", "last_day", "id"], unique=False)

    _add_keys()


def _add_keys() -> None:
    """Give the rows that were there the keys by which one person's procurations are brought together."""
    names = ("id", "mandant_birth_name", "mandant_birth_date", "mandataire_birth_name", "mandataire_birth_date")
    columns = [sa.column(name, sa.Date() if name.endswith("date") else None) for name in names]
    table = sa.table("procuration", *columns, sa.column("mandant_key"), sa.column("mandataire_key"))
    connection = op.get_bind()
    for id_, name, born, other_name, other_born in connection.execute(sa.select(*columns)).all():
        if name is not None and other_name is not None:
            keys = {"mandant_key": _family_key(name, born), "mandataire_key": _family_key(other_name, other_born)}
            connection.execute(table.update().where(table.c.id == id_).values(**keys))


def _family_key(birth_name: str, birth_date: date) -> str:
    """As models/identity.py wrote it when this migration was made."""
    ligatures = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
    bare = unicodedata.normalize("NFKD", birth_name.lower().translate(ligatures))
    letters = re.sub(r"[^a-z0-9]+", "", "".join(c for c in bare if not unicodedata.combining(c)))
    return hashlib.sha256(f"{letters}|{birth_date.isoformat()}".encode()).hexdigest()[:32]


def downgrade() -> None:
    with op.batch_alter_table("draft", recreate="never") as batch_op:
        batch_op.drop_column("answer")
        batch_op.drop_column("asked")

    with op.batch_alter_table("procuration", recreate="never") as batch_op:
        batch_op.drop_index("ix_procuration_status_last_day")
        batch_op.drop_index("ix_procuration_status_expires")
        batch_op.drop_index("ix_procuration_established")
        batch_op.drop_index(batch_op.f("ix_procuration_mandataire_nne"))
        batch_op.drop_index(batch_op.f("ix_procuration_mandataire_key"))
        batch_op.drop_index(batch_op.f("ix_procuration_mandant_key"))
        batch_op.drop_column("reference_hash")
        batch_op.drop_column("purged_at")
        batch_op.drop_column("purge_notice_at")
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("revocation_requested_at")
        batch_op.drop_column("rules_version")
        batch_op.drop_column("findings")
        batch_op.drop_column("is_automated")
        batch_op.drop_column("received_on")
        batch_op.drop_column("established_day_only")
        batch_op.drop_column("authority_capacity")
        batch_op.drop_column("mandataire_masked")
        batch_op.drop_column("mandataire_roll_key")
        batch_op.drop_column("mandataire_key")
        batch_op.drop_column("mandant_key")
        batch_op.drop_column("source")

    with op.batch_alter_table("journal_entry", recreate="never") as batch_op:
        batch_op.drop_column("election_id")

    with op.batch_alter_table("election_territory", recreate="never") as batch_op:
        batch_op.drop_column("control_regime")

    with op.batch_alter_table("election", recreate="never") as batch_op:
        batch_op.drop_column("walked_id")
        batch_op.drop_column("walked_at")
        batch_op.drop_column("recontrolled_at")
        batch_op.drop_column("changed_at")
        batch_op.drop_column("version")
        batch_op.drop_column("certified_identity")
        batch_op.drop_column("online_revocation")
        batch_op.drop_column("list_types")
        batch_op.drop_column("same_commune_required")
        batch_op.drop_column("max_total_if_consular")

    op.drop_table("roll_upload_part")
    with op.batch_alter_table("roll_upload", schema=None) as batch_op:
        batch_op.drop_index("ix_roll_upload_commune")

    op.drop_table("roll_upload")
    with op.batch_alter_table("roll_elector", schema=None) as batch_op:
        batch_op.drop_index("ix_roll_elector_usual")
        batch_op.drop_index("ix_roll_elector_nne")
        batch_op.drop_index("ix_roll_elector_name")

    op.drop_table("roll_elector")
    op.drop_table("replacement")
    op.drop_table("current_roll")
    op.drop_table("roll_edition")
    op.drop_table("local_polling_day")
    op.drop_table("entry_check")
