"""The walk through three doors."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_department")),
    )
    op.create_table(
        "draft",
        sa.Column("elector_key", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("elector_key", name=op.f("pk_draft")),
        sa.UniqueConstraint("token", name=op.f("uq_draft_token")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "election",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "departmental",
                "regional",
                "municipal",
                "legislative",
                "presidential",
                "european",
                "provincial",
                "referendum",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("max_total", sa.Integer(), nullable=False),
        sa.Column("max_established_in_france", sa.Integer(), nullable=False),
        sa.Column(
            "control_regime",
            sa.Enum(
                "town_hall", "register", name="control_regime", native_enum=False, create_constraint=True, length=12
            ),
            nullable=False,
        ),
        sa.CheckConstraint("max_established_in_france <= max_total", name=op.f("ck_election_ceilings_ordered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_election")),
        sa.UniqueConstraint("name", name=op.f("uq_election_name")),
    )
    op.create_table(
        "commune",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("department_code", sa.String(length=3), nullable=False),
        sa.Column("parent_code", sa.String(length=5), nullable=True),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("elects", sa.Boolean(), nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["department_code"], ["department.code"], name=op.f("fk_commune_department_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_commune")),
    )
    with op.batch_alter_table("commune", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commune_search_name"), ["search_name"], unique=False)

    op.create_table(
        "election_territory",
        sa.Column("election_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["election_id"], ["election.id"], name=op.f("fk_election_territory_election_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("election_id", "code", name=op.f("pk_election_territory")),
    )
    op.create_table(
        "scrutin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("election_id", sa.Integer(), nullable=False),
        sa.Column("tour", sa.Integer(), nullable=False),
        sa.Column("polling_day", sa.Date(), nullable=False),
        sa.CheckConstraint("tour in (1, 2)", name=op.f("ck_scrutin_tour")),
        sa.ForeignKeyConstraint(
            ["election_id"], ["election.id"], name=op.f("fk_scrutin_election_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scrutin")),
        sa.UniqueConstraint("election_id", "tour", name=op.f("uq_scrutin_election_id_tour")),
    )
    with op.batch_alter_table("scrutin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scrutin_polling_day"), ["polling_day"], unique=False)

    op.create_table(
        "postal_code",
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["commune_code"], ["commune.code"], name=op.f("fk_postal_code_commune_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("commune_code", "code", name=op.f("pk_postal_code")),
    )
    with op.batch_alter_table("postal_code", schema=None) as batch_op:
        batch_op.create_index("ix_postal_code_code", ["code"], unique=False)

    op.create_table(
        "station",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "police", "gendarmerie", "consulate", name="kind", native_enum=False, create_constraint=True, length=12
            ),
            nullable=False,
        ),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_station_code_present")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_station_commune_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_station")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "town_hall",
                "ministry",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column(
            "capacity",
            sa.Enum(
                "opj",
                "apj",
                "reservist",
                "delegue",
                "consul",
                name="capacity",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=True,
        ),
        sa.Column("station_code", sa.String(length=20), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role <> 'officer' or (capacity is not null and station_code is not null)",
            name=op.f("ck_account_officer_complete"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_account_email_lower")),
        sa.ForeignKeyConstraint(["station_code"], ["station.code"], name=op.f("fk_account_station_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "account_commune",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_commune_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_account_commune_commune_code")),
        sa.PrimaryKeyConstraint("account_id", "commune_code", name=op.f("pk_account_commune")),
    )
    op.create_table(
        "procuration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=6), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "withdrawn",
                "expired",
                "refused",
                "established",
                "validated",
                "invalidated",
                "revoked",
                "lapsed",
                "void",
                "ended",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("submission_key", sa.String(length=43), nullable=False),
        sa.Column("elector_key", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("mandant_birth_name", sa.String(length=120), nullable=True),
        sa.Column("mandant_first_names", sa.String(length=120), nullable=True),
        sa.Column(
            "mandant_sex",
            sa.Enum("F", "M", name="mandant_sex", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("mandant_birth_date", sa.Date(), nullable=True),
        sa.Column("mandant_nne", sa.String(length=9), nullable=True),
        sa.Column("mandataire_birth_name", sa.String(length=120), nullable=True),
        sa.Column("mandataire_first_names", sa.String(length=120), nullable=True),
        sa.Column(
            "mandataire_sex",
            sa.Enum("F", "M", name="mandataire_sex", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("mandataire_birth_date", sa.Date(), nullable=True),
        sa.Column("mandataire_commune_code", sa.String(length=5), nullable=True),
        sa.Column("mandataire_nne", sa.String(length=9), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("officer_name", sa.String(length=120), nullable=True),
        sa.Column(
            "officer_capacity",
            sa.Enum(
                "opj",
                "apj",
                "reservist",
                "delegue",
                "consul",
                name="officer_capacity",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=True,
        ),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("established_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("established_commune_code", sa.String(length=5), nullable=True),
        sa.Column("established_in_france", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "MANDANT_NON_INSCRIT",
                "MANDATAIRE_NON_INSCRIT",
                "MANDATAIRE_AUTRE_COMMUNE",
                "MANDATAIRE_NON_ELECTEUR_SCRUTIN",
                "MANDATAIRE_DROITS",
                "PLAFOND",
                "DOUBLON_MANDANT",
                "MANDANT_EST_MANDATAIRE",
                "MANDANT_MINEUR",
                "IDENTITE_DISCORDANTE",
                "IDENTITE_ABSENTE",
                "ABSENCE_PERSONNELLE",
                "CONTRAINTE",
                "VALIDITE_EXPIREE",
                "VALIDITE_TROP_LONGUE",
                "SCRUTIN_INCONNU",
                "DONNEES_INCOMPLETES",
                name="reason",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "status not in ('established', 'validated', 'invalidated') or established_at is not null",
            name=op.f("ck_procuration_established_has_time"),
        ),
        sa.CheckConstraint("length(reference) = 6", name=op.f("ck_procuration_reference_length")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_procuration_commune_code")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_procuration_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["established_commune_code"], ["commune.code"], name=op.f("fk_procuration_established_commune_code")
        ),
        sa.ForeignKeyConstraint(
            ["mandataire_commune_code"], ["commune.code"], name=op.f("fk_procuration_mandataire_commune_code")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["account.id"], name=op.f("fk_procuration_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procuration")),
        sa.UniqueConstraint("reference", name=op.f("uq_procuration_reference")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_procuration_submission_key")),
    )
    with op.batch_alter_table("procuration", schema=None) as batch_op:
        batch_op.create_index(
            "ix_procuration_commune_established", ["commune_code", "established_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_procuration_commune_status_established",
            ["commune_code", "status", "established_at", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_procuration_elector_key"), ["elector_key"], unique=False)
        batch_op.create_index("ix_procuration_officer_handled", ["officer_id", "handled_at", "id"], unique=False)

    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "submitted",
                "email_corrected",
                "withdrawn",
                "opened",
                "missed",
                "postponed",
                "refused",
                "established",
                "validated",
                "invalidated",
                "denied",
                "signed_in",
                "sign_in_failed",
                "signed_out",
                "account_created",
                name="action",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("procuration_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("desk", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_journal_entry_account_id")),
        sa.ForeignKeyConstraint(["procuration_id"], ["procuration.id"], name=op.f("fk_journal_entry_procuration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index("ix_journal_entry_account", ["account_id", "action", "id"], unique=False)
        batch_op.create_index("ix_journal_entry_procuration", ["procuration_id", "id"], unique=False)

    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "submitted",
                "withdrawn",
                "refused",
                "established",
                "validated",
                "invalidated",
                name="mailkind",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("procuration_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["procuration_id"], ["procuration.id"], name=op.f("fk_outbox_mail_procuration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mail_message_id")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mail_procuration_id"), ["procuration_id"], unique=False)
        batch_op.create_index("ix_outbox_mail_waiting", ["sent_at", "failed_at", "due_at"], unique=False)

    op.create_table(
        "polling_day",
        sa.Column("procuration_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procuration_id"], ["procuration.id"], name=op.f("fk_polling_day_procuration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("procuration_id", "day", name=op.f("pk_polling_day")),
    )
    with op.batch_alter_table("polling_day", schema=None) as batch_op:
        batch_op.create_index("ix_polling_day_day", ["day"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("polling_day", schema=None) as batch_op:
        batch_op.drop_index("ix_polling_day_day")

    op.drop_table("polling_day")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_mail_waiting")
        batch_op.drop_index(batch_op.f("ix_outbox_mail_procuration_id"))

    op.drop_table("outbox_mail")
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_entry_procuration")
        batch_op.drop_index("ix_journal_entry_account")

    op.drop_table("journal_entry")
    with op.batch_alter_table("procuration", schema=None) as batch_op:
        batch_op.drop_index("ix_procuration_officer_handled")
        batch_op.drop_index(batch_op.f("ix_procuration_elector_key"))
        batch_op.drop_index("ix_procuration_commune_status_established")
        batch_op.drop_index("ix_procuration_commune_established")

    op.drop_table("procuration")
    op.drop_table("account_commune")
    op.drop_table("account")
    op.drop_table("station")
    with op.batch_alter_table("postal_code", schema=None) as batch_op:
        batch_op.drop_index("ix_postal_code_code")

    op.drop_table("postal_code")
    with op.batch_alter_table("scrutin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scrutin_polling_day"))

    op.drop_table("scrutin")
    op.drop_table("election_territory")
    with op.batch_alter_table("commune", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commune_search_name"))

    op.drop_table("commune")
    op.drop_table("election")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_expires_at"))

    op.drop_table("draft")
    op.drop_table("department")
