"""Where to go: what the public may know of each place, the stations that are already there first."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = ("police", "gendarmerie", "consulate", "prefect", "help")
STATIONS = """
INSERT INTO venue (code, kind, name, commune_code, source, is_listed, is_hidden, corrected, version)
SELECT code, kind, name, commune_code, :source, :yes, :no, '', 1 FROM station
"""


def upgrade() -> None:
    op.create_table(
        "venue",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "kind", sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=12), nullable=False
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("telephone", sa.String(length=30), nullable=True),
        sa.Column("hours", sa.String(length=600), nullable=True),
        sa.Column("access", sa.String(length=200), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("data_date", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("corrected", sa.String(length=200), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_venue_code_present")),
        sa.CheckConstraint("(latitude is null) = (longitude is null)", name=op.f("ck_venue_whole_position")),
        sa.CheckConstraint("opens_on <= closes_on", name=op.f("ck_venue_dates_in_order")),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_venue_commune_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_venue")),
    )
    op.create_index("ix_venue_commune", "venue", ["commune_code"])
    op.create_index("ix_venue_latitude", "venue", ["latitude"])
    given = {"source": "Entré par l'administrateur du service", "yes": True, "no": False}
    op.get_bind().execute(sa.text(STATIONS), given)


def downgrade() -> None:
    op.drop_table("venue")
