"""The procuration: one row from the demande to its end, and the questions a page asks of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from models.account import Account, Capacity
from models.base import Base, HeadOfStream, SentOnce, coded
from models.errors import Reason
from models.identity import Identity, Sex
from models.reason_text import ReasonText
from models.territory import Commune, Station


class Status(StrEnum):
    """Where a procuration stands; `submitted` is the demande."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    ESTABLISHED = "established"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    VOID = "void"
    ENDED = "ended"


IN_FORCE = (Status.ESTABLISHED, Status.VALIDATED)
ALIVE = (Status.SUBMITTED, *IN_FORCE)
NEVER_ESTABLISHED = (Status.SUBMITTED, Status.WITHDRAWN, Status.EXPIRED, Status.REFUSED)

LIST_TYPE = "list_type"
"""Why who is on a roll is no elector: by a list that does not vote, or not at every election of those days."""


class Source(StrEnum):
    """How it reached us: the télé-procédure, or the form that a town hall types (R72)."""

    ONLINE = "online"
    PAPER = "paper"


class Stage:
    """Where a procuration stands, as its own columns say: asked of the row, or of its line in a list (Listed)."""

    if TYPE_CHECKING:
        status: Any
        source: Any
        received_on: Any
        held_until_paper: Any
        doubted_at: Any

    @property
    def is_in_force(self) -> bool:
        """Established and not ended by anybody: it would be the one that counts."""
        return self.status in IN_FORCE

    @property
    def awaits_decision(self) -> bool:
        """Established, and the town hall has not said yes or no."""
        return self.status is Status.ESTABLISHED

    @property
    def awaits_paper(self) -> bool:
        """In force on a form that its town hall has not received yet (R75 I)."""
        return self.is_in_force and self.source is Source.PAPER and self.received_on is None

    @property
    def is_held(self) -> bool:
        """Until that form has come its town hall neither sees it nor acts on it, unless it was transmitted ahead."""
        return self.awaits_decision and self.held_until_paper

    @property
    def is_in_doubt(self) -> bool:
        """Validated, and a new control has failed since: still in force until the town hall looks again."""
        return self.status is Status.VALIDATED and self.doubted_at is not None

    @property
    def can_be_decided(self) -> bool:
        """The town hall may say yes or no, for the first time or again; not before the paper that it awaits."""
        return (self.awaits_decision and not self.is_held) or self.is_in_doubt


class Replacement(Base):
    """A change of mind (L75): the procuration that revokes another in the act that establishes it, and not before."""

    __tablename__ = "replacement"

    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), primary_key=True)
    replaced_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), primary_key=True)


class PollingDay(Base):
    """A day this procuration covers, for every election of that day (R74).

    `lost_at`: when its mandant was told that nobody votes there that day any more (models/lost_days.py).
    """

    __tablename__ = "polling_day"
    __table_args__ = (Index("ix_polling_day_day", "day"),)

    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    lost_at: Mapped[datetime | None]


SEARCHED = String(500).with_variant(String(500, collation="C"), "postgresql")
"""Folded names, compared by bytes on both databases, so that an index serves the start of one (models/search.py)."""


def _sex(column: str) -> Mapped[Sex]:
    return mapped_column(column, coded(Sex, 1, check=column), nullable=True)


class Procuration(Stage, SentOnce, HeadOfStream, Base):
    """Who votes for whom, where and when (R75); the authority that established it; who decided, and on which findings.

    The person's columns are nullable because a purge empties them and keeps the row for the figures. `mandant_key`
    and `mandataire_key` (identity.family_key) bring together what may be one person's; `mandant_roll_key` and
    `mandataire_roll_key` (identity.person_key) are the electors of the roll, once found (models/naming.py).
    `station_code` is the counter of the officer who handled it. `officer_name` is the authority as signed, whose
    `authority_capacity` is written out where no account acted (paper, minister). `checked_by_name`: the délégué who
    received the mandant, and passed the file on to the OPJ `passed_to_id` (R72-1 V). `established_day_only`: the hour
    of `established_at` is unknown. `mandataire_masked`: the mandant gave a number and a birth date, the roll the names.
    `held_until_paper`: an officer filled the form at the counter, and its town hall sees nothing before the paper.
    `doubted_at`: when a new control failed of what had been validated, or another was validated where nobody can tell
    which counts, until somebody decides on it again. `reason_text`: the election's own words that its mandant was told
    of `reason`; none for the service's.
    """

    __tablename__ = "procuration"
    __table_args__ = (
        CheckConstraint("length(reference) = 6", name="reference_length"),
        CheckConstraint(
            "status not in ('established', 'validated', 'invalidated') or established_at is not null",
            name="established_has_time",
        ),
        Index("ix_procuration_listed", "commune_code", "established_at", "id", "status", "held_until_paper"),
        Index("ix_procuration_listed_by_status", "commune_code", "status", "established_at", "id", "held_until_paper"),
        Index(
            "ix_procuration_doubted",
            "commune_code",
            "doubted_at",
            sqlite_where=text("doubted_at is not null"),
            postgresql_where=text("doubted_at is not null"),
        ),
        Index("ix_procuration_commune_mandant_search", "commune_code", "mandant_search"),
        Index("ix_procuration_commune_mandataire_search", "commune_code", "mandataire_search"),
        Index("ix_procuration_elector", "elector_key", "status"),
        Index("ix_procuration_established", "established_at", "id"),
        Index("ix_procuration_mandant_key", "mandant_key", "status"),
        Index("ix_procuration_mandant_nne", "mandant_nne", "status"),
        Index("ix_procuration_mandataire_commune", "mandataire_commune_code", "status", "id"),
        Index("ix_procuration_mandataire_key", "mandataire_key", "status"),
        Index("ix_procuration_mandataire_nne", "mandataire_nne", "status"),
        Index("ix_procuration_officer_handled", "officer_id", "handled_at", "id"),
        Index("ix_procuration_passed_to", "passed_to_id", "status", "checked_at"),
        Index("ix_procuration_station_handled", "station_code", "handled_at", "id"),
        Index("ix_procuration_status_expires", "status", "expires_on", "id"),
        Index("ix_procuration_status_last_day", "status", "last_day", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(6), unique=True)
    source: Mapped[Source] = mapped_column(coded(Source, 8), default=Source.ONLINE, server_default="online")
    status: Mapped[Status] = mapped_column(
        coded(Status, 12, check="status"),
        default=Status.SUBMITTED,
    )
    elector_key: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(254))

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    mandant: Mapped[Identity] = composite(
        mapped_column("mandant_birth_name", String(120), nullable=True),
        mapped_column("mandant_first_names", String(120), nullable=True),
        _sex("mandant_sex"),
        mapped_column("mandant_birth_date", nullable=True),
    )
    mandant_nne: Mapped[str | None] = mapped_column(String(9))
    mandant_key: Mapped[str | None] = mapped_column(String(32))
    mandant_roll_key: Mapped[str | None] = mapped_column(String(32))
    mandant_search: Mapped[str | None] = mapped_column(SEARCHED)
    mandataire: Mapped[Identity] = composite(
        mapped_column("mandataire_birth_name", String(120), nullable=True),
        mapped_column("mandataire_first_names", String(120), nullable=True),
        _sex("mandataire_sex"),
        mapped_column("mandataire_birth_date", nullable=True),
    )
    mandataire_commune_code: Mapped[str | None] = mapped_column(ForeignKey("commune.code"))
    mandataire_nne: Mapped[str | None] = mapped_column(String(9))
    mandataire_key: Mapped[str | None] = mapped_column(String(32))
    mandataire_roll_key: Mapped[str | None] = mapped_column(String(32))
    mandataire_search: Mapped[str | None] = mapped_column(SEARCHED)
    mandataire_masked: Mapped[bool] = mapped_column(default=False, server_default=false())

    valid_until: Mapped[date | None]
    last_day: Mapped[date]
    submitted_at: Mapped[datetime]
    expires_on: Mapped[date]

    officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    officer_name: Mapped[str | None] = mapped_column(String(120))
    officer_capacity: Mapped[Capacity | None] = mapped_column(coded(Capacity, 12, check="officer_capacity"))
    authority_capacity: Mapped[str | None] = mapped_column(String(120))
    handled_at: Mapped[datetime | None]
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    checked_by_name: Mapped[str | None] = mapped_column(String(120))
    checked_at: Mapped[datetime | None]
    passed_to_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    established_at: Mapped[datetime | None]
    established_commune_code: Mapped[str | None] = mapped_column(ForeignKey("commune.code"))
    established_in_france: Mapped[bool | None]
    established_day_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    received_on: Mapped[date | None]
    held_until_paper: Mapped[bool] = mapped_column(default=False, server_default=false())

    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_by_name: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(500))
    reason: Mapped[Reason | None] = mapped_column(coded(Reason, 32))
    reason_text_id: Mapped[int | None] = mapped_column(ForeignKey("reason_text.id"))
    is_automated: Mapped[bool] = mapped_column(default=False, server_default=false())
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    rules_version: Mapped[str | None] = mapped_column(String(12))
    doubted_at: Mapped[datetime | None]

    revocation_requested_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    purge_notice_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    reference_hash: Mapped[str | None] = mapped_column(String(64))

    commune: Mapped[Commune] = relationship(foreign_keys=[commune_code])
    mandataire_commune: Mapped[Commune | None] = relationship(foreign_keys=[mandataire_commune_code])
    established_commune: Mapped[Commune | None] = relationship(foreign_keys=[established_commune_code])
    officer: Mapped[Account | None] = relationship(foreign_keys=[officer_id])
    station: Mapped[Station | None] = relationship()
    reason_text: Mapped[ReasonText | None] = relationship()
    replaced: Mapped[list["Procuration"]] = relationship(
        secondary="replacement",
        primaryjoin="Procuration.id == Replacement.procuration_id",
        secondaryjoin="Procuration.id == Replacement.replaced_id",
        order_by="Procuration.id",
    )
    polling_days: Mapped[list[PollingDay]] = relationship(
        order_by=PollingDay.day, cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def days(self) -> list[date]:
        """The polling days chosen; empty for a period."""
        return [chosen.day for chosen in self.polling_days]

    @property
    def lost_days(self) -> list[date]:
        """Those of the days chosen on which there is no vote any more."""
        return [chosen.day for chosen in self.polling_days if chosen.lost_at is not None]

    @property
    def serves_no_day(self) -> bool:
        """Nobody votes any more on any of the days chosen."""
        return bool(self.days) and self.days == self.lost_days

    def is_without_vote(self, today: date) -> bool:
        """Alive, and of its days chosen none that is to come has a vote any more; a period waits for votes."""
        coming = [chosen for chosen in self.polling_days if chosen.day >= today]
        return self.status in ALIVE and bool(coming) and all(chosen.lost_at is not None for chosen in coming)

    @property
    def act_place(self) -> Commune:
        """By whose clock the act is dated: where it was established; a paper gives a day, kept by the commune's."""
        return self.commune if self.established_day_only else self.established_commune or self.commune

    @property
    def can_be_withdrawn(self) -> bool:
        """The elector may take back a demande that no officer has handled yet."""
        return self.status is Status.SUBMITTED

    @property
    def is_followed_online(self) -> bool:
        """Whether a FranceConnect session shows it; what was given on paper alone is of none (homonyms)."""
        return self.elector_key is not None

    @property
    def is_revocation_asked(self) -> bool:
        """Still valid, until an officer or a certified identity confirms what was asked on line (R78)."""
        return self.is_in_force and self.revocation_requested_at is not None

    @property
    def is_on_another_list(self) -> bool:
        """Refused because its mandant was found only on a list that does not vote then (L71)."""
        found = ((one["reason"], one["why"]) for one in self.findings or ())
        return self.reason is Reason.MANDANT_NON_INSCRIT and (self.reason, LIST_TYPE) in found

    @property
    def is_ended_undecided(self) -> bool:
        """Its last day passed before anybody said yes or no; where nobody voted, nobody had to."""
        is_unanswered = self.decided_at is None and self.reason is None
        return self.status is Status.ENDED and is_unanswered and not self.serves_no_day
