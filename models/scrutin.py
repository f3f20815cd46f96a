"""Elections as dated data: what they are, whom they concern, and their polling days, here and overseas."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    exists,
    false,
    func,
    select,
    true,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, selectinload

from models.base import Base, Codes, coded
from models.law import Ceiling, ControlRegime, Law, ListType, law_of_territory, own_law, strictest
from models.memory import Remembered
from models.territory import Commune, codes_of

MOST_AHEAD, MOST_BEHIND = timedelta(hours=14), timedelta(hours=12)
"""How far a place's clock is from UTC, at most."""
PLACES_KEPT = 2_000
"""Of how many communes a process keeps what they vote: those of a busy hour."""

Moved = dict[str, list[int]]
"""Days that a correction moved, and the tours that were voted on each before."""


class ElectionKind(StrEnum):
    DEPARTMENTAL = "departmental"
    REGIONAL = "regional"
    MUNICIPAL = "municipal"
    LEGISLATIVE = "legislative"
    PRESIDENTIAL = "presidential"
    EUROPEAN = "european"
    PROVINCIAL = "provincial"
    REFERENDUM = "referendum"


class Stage(StrEnum):
    """Where an election stands: a past one is read only."""

    COMING = "coming"
    RUNNING = "running"
    PAST = "past"


class Election(Base):
    """One election and the parameters of its law; L73's ceilings are data, as February 2021 showed (loi 2021-191).

    `version` counts its corrections, so that one made from an older page is refused. `recontrolled_at` is empty while
    the procurations that serve on its days wait to be controlled again; `walked_at` and `walked_id` are the last one
    that was (models/recontrol.py). `moved_days`: the days that a correction moved, and the tours once voted then,
    until who chose them is told (models/lost_days.py).
    """

    __tablename__ = "election"
    __table_args__ = (CheckConstraint("max_established_in_france <= max_total", name="ceilings_ordered"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[ElectionKind] = mapped_column(coded(ElectionKind, 16, check="kind"))
    max_total: Mapped[int] = mapped_column(default=2)
    max_established_in_france: Mapped[int] = mapped_column(default=1)
    max_total_if_consular: Mapped[int | None] = mapped_column(Integer().evaluates_none(), default=3)
    control_regime: Mapped[ControlRegime] = mapped_column(
        coded(ControlRegime, 12, check="control_regime"),
        default=ControlRegime.TOWN_HALL,
    )
    same_commune_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    list_types: Mapped[frozenset[ListType]] = mapped_column(
        Codes(ListType, 16), default=frozenset({ListType.LP}), server_default="LP"
    )
    online_revocation: Mapped[bool] = mapped_column(default=True, server_default=true())
    certified_identity: Mapped[bool] = mapped_column(default=False, server_default=false())
    transmitted_ahead: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    changed_at: Mapped[datetime | None]
    recontrolled_at: Mapped[datetime | None]
    walked_at: Mapped[datetime | None]
    walked_id: Mapped[int | None]
    moved_days: Mapped[Moved | None] = mapped_column(JSON(none_as_null=True))

    scrutins: Mapped[list["Scrutin"]] = relationship(
        back_populates="election", order_by="Scrutin.tour", cascade="all, delete-orphan"
    )
    territories: Mapped[list["ElectionTerritory"]] = relationship(cascade="all, delete-orphan")

    @property
    def law(self) -> Law:
        """Its own law, where no territory has a regime of its own."""
        return Law(
            control_regime=self.control_regime,
            ceiling=Ceiling(self.max_total, self.max_established_in_france, self.max_total_if_consular),
            same_commune_required=self.same_commune_required,
            list_types=self.list_types,
            online_revocation=self.online_revocation,
            certified_identity=self.certified_identity,
            transmitted_ahead=self.transmitted_ahead,
        )

    def law_in(self, codes: tuple[str, str, str], day: date) -> Law:
        """What this election's law says in the place of these codes; a territory may have a regime of its own.

        Where the law keeps one for a territory (New Caledonia, R213-1), its town halls decide unless the election says
        otherwise of it, and nothing is done on line that it does not let be.
        """
        law, own = self.law, own_law(codes[:-1], day)
        if own is None:
            return replace(law, control_regime=self._regime_in(codes, law.control_regime))
        return replace(
            law,
            control_regime=self._regime_in(codes, own.control_regime),
            online_revocation=law.online_revocation and own.online_revocation,
            certified_identity=law.certified_identity and own.certified_identity,
        )

    def stage(self, now: datetime) -> Stage:
        """Running from the first vote anywhere until the last one is over everywhere."""
        days = [day for scrutin in self.scrutins for day in scrutin.every_day]
        if max(days, default=date.max) < earliest_day(now):
            return Stage.PAST
        return Stage.COMING if min(days, default=date.max) > latest_day(now) else Stage.RUNNING

    def _regime_in(self, codes: tuple[str, str, str], otherwise: ControlRegime) -> ControlRegime:
        """What the election says of the most exact territory for which it says anything."""
        own = {territory.code: territory.control_regime for territory in self.territories if territory.control_regime}
        return next((own[code] for code in codes if code in own), otherwise)


class ElectionTerritory(Base):
    """Whom an election concerns: a commune, a whole department, `FR` every commune, `CO` every consular post.

    `control_regime`, when it has one, prevails there over the election's.
    """

    __tablename__ = "election_territory"

    election_id: Mapped[int] = mapped_column(ForeignKey("election.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    control_regime: Mapped[ControlRegime | None] = mapped_column(coded(ControlRegime, 12))


class Scrutin(Base):
    """One tour of one election, on its polling day; `local_days` where people vote on another (the day before)."""

    __tablename__ = "scrutin"
    __table_args__ = (
        UniqueConstraint("election_id", "tour"),
        CheckConstraint("tour in (1, 2)", name="tour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    election_id: Mapped[int] = mapped_column(ForeignKey("election.id", ondelete="CASCADE"))
    tour: Mapped[int]
    polling_day: Mapped[date] = mapped_column(index=True)

    election: Mapped[Election] = relationship(back_populates="scrutins", lazy="joined", innerjoin=True)
    local_days: Mapped[list["LocalPollingDay"]] = relationship(cascade="all, delete-orphan")

    @property
    def every_day(self) -> list[date]:
        """The country's day, then those of the places that vote on another."""
        return [self.polling_day, *(local.day for local in self.local_days)]


class LocalPollingDay(Base):
    """The day on which a commune, a department or a consular post votes, when it is not the country's."""

    __tablename__ = "local_polling_day"

    scrutin_id: Mapped[int] = mapped_column(ForeignKey("scrutin.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    day: Mapped[date]


class Vote(NamedTuple):
    """A tour of an election as one place votes it."""

    polling_day: date
    tour: int
    election: Election


def moved_tours(moved_days: Moved | list[str] | None) -> Moved:
    """What an election keeps of its corrections; a former version kept the days alone, which may be of any tour."""
    return moved_days if isinstance(moved_days, dict) else {day: [1, 2] for day in moved_days or ()}


def earliest_day(now: datetime) -> date:
    """The day where it is earliest on earth: what is before is over everywhere."""
    return (now - MOST_BEHIND).date()


def latest_day(now: datetime) -> date:
    """The day where it is latest on earth: what is after has begun nowhere."""
    return (now + MOST_AHEAD).date()


class Known(NamedTuple):
    """A scrutin as the process remembers it, with its election; `own` are the places that vote on another day."""

    scrutin: Scrutin
    concerned: frozenset[str]
    own: dict[str, date]

    @classmethod
    def of(cls, scrutin: Scrutin) -> Self:
        """What that one says of each commune."""
        concerned = frozenset(territory.code for territory in scrutin.election.territories)
        return cls(scrutin, concerned, {local.code: local.day for local in scrutin.local_days})

    def day_in(self, codes: tuple[str, str, str]) -> date | None:
        """When the commune of these codes votes; None when the election does not concern it."""
        if self.concerned.isdisjoint(codes):
            return None
        return next((self.own[code] for code in codes if code in self.own), self.scrutin.polling_day)


class Calendar:
    """Every scrutin, past or to come; what each place votes is worked out once."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.known = tuple(known)
        self._of = lru_cache(PLACES_KEPT)(self._worked_out)

    def votes_in(self, commune: Commune) -> tuple[Vote, ...]:
        """Those that concern a commune, on its own days, first days first."""
        return self._of(codes_of(commune))

    def _worked_out(self, codes: tuple[str, str, str]) -> tuple[Vote, ...]:
        days = ((one.day_in(codes), one.scrutin) for one in self.known)
        votes = [Vote(day, scrutin.tour, scrutin.election) for day, scrutin in days if day is not None]
        return tuple(sorted(votes, key=lambda vote: vote.polling_day))


def _read(session: Session) -> Calendar:
    """Every one, past or to come."""
    election = joinedload(Scrutin.election, innerjoin=True)
    whole = (
        selectinload(Scrutin.local_days),
        election.selectinload(Election.territories),
        election.selectinload(Election.scrutins),
    )
    return Calendar(Known.of(one) for one in session.scalars(select(Scrutin).options(*whole).order_by(Scrutin.id)))


every = Remembered(
    (Election, ElectionTerritory, Scrutin, LocalPollingDay),
    select(func.count(Election.id), func.max(Election.id), func.sum(Election.version), func.max(Election.changed_at)),
    _read,
)
"""All that is known, read again when an election was created or corrected, which changes its version (elections.py)."""


def upcoming(today: date) -> list[Vote]:
    """Every scrutin from that day on, first days first, on the day of most."""
    known = sorted((one.scrutin for one in every().known), key=lambda one: one.polling_day)
    return [Vote(one.polling_day, one.tour, one.election) for one in known if one.polling_day >= today]


def upcoming_in(commune: Commune, today: date, until: date = date.max) -> list[Vote]:
    """The scrutins that concern this commune from that day on; several may share a polling day (R74)."""
    return [vote for vote in upcoming_in_each([commune], today)[commune.code] if vote.polling_day <= until]


def upcoming_in_each(communes: Iterable[Commune], today: date) -> dict[str, list[Vote]]:
    """The same of several communes, by their codes."""
    calendar = every()
    return {
        commune.code: [vote for vote in calendar.votes_in(commune) if vote.polling_day >= today] for commune in communes
    }


def is_voted(commune: Commune, day: date) -> ColumnElement[bool]:
    """Whether the commune votes that day, in any election, for a database that looks for something else besides."""
    codes = codes_of(commune)
    concerned = select(ElectionTerritory.election_id).where(ElectionTerritory.code.in_(codes))
    own = [
        select(LocalPollingDay.day)
        .where(LocalPollingDay.scrutin_id == Scrutin.id, LocalPollingDay.code == code)
        .scalar_subquery()
        for code in codes
    ]
    return exists().where(Scrutin.election_id.in_(concerned), func.coalesce(*own, Scrutin.polling_day) == day)


def votes_on(commune: Commune, days: Collection[date]) -> list[Vote]:
    """What is voted there on these days, past or to come; nothing for no day."""
    if not days:
        return []
    return [vote for vote in upcoming_in(commune, min(days), max(days)) if vote.polling_day in days]


def law_on(commune: Commune, day: date, votes: Iterable[Vote]) -> Law:
    """What the law asks of a procuration that serves that day: its elections' together, or the territory's own."""
    elections = tuple(vote.election for vote in votes if vote.polling_day == day)
    return _law(elections, codes_of(commune), day)


@lru_cache(PLACES_KEPT)
def _law(elections: tuple[Election, ...], codes: tuple[str, str, str], day: date) -> Law:
    """Worked out once of elections that are remembered, which never change: a correction is remembered as another."""
    return strictest([one.law_in(codes, day) for one in elections]) if elections else law_of_territory(codes, day)
