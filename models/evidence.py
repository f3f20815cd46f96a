"""What a control reads beside a procuration: the rolls' answers, the votes, and what its two people hold or gave.

Of one procuration or of many, in a number of statements that does not depend on how many they are. What the session
holds already is taken as it is there, so that of several decided one after the other, each sees those before it.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import CompoundSelect, Select, bindparam, select, union
from sqlalchemy.orm import joinedload

from models import naming, scrutin
from models.base import db
from models.matching import Match
from models.naming import PEOPLE, Known, Named
from models.procuration import IN_FORCE, Procuration
from models.scrutin import Vote
from models.territory import Commune


class Evidence:
    """On these procurations, for days from `since` on; each kind is read once, when it is first asked for.

    `people`: whom the rolls are asked about.
    """

    def __init__(self, procurations: Collection[Procuration], since: date, people: Collection[str] = PEOPLE) -> None:
        self._procurations, self._since, self._people = procurations, since, people
        self._votes: dict[str, list[Vote]] = {}

    def match(self, procuration: Procuration, who: str) -> Match:
        """What the rolls answer of its mandant or mandataire."""
        return self._matches[procuration, who]

    def named(self, procuration: Procuration) -> Named:
        """What they answer of both."""
        return Named(*(self.match(procuration, who) for who in PEOPLE))

    def known(self, procuration: Procuration, who: str) -> Known:
        """By which that person's procurations are found."""
        return naming.known(procuration, who, self._matches.get((procuration, who)))

    def others(self, procuration: Procuration, who: str, today: date) -> list[Procuration]:
        """Those in force that may be the same mandant's, or mandataire's, first established first."""
        known = self.known(procuration, who)
        leads = {*known.keys, *([known.nne] if known.nne else [])}
        found = {other.id: other for lead in leads for other in self._by_lead.get((who, lead), ())}
        others = [other for other in found.values() if other is not procuration and _may_be(other, who, known, today)]
        return sorted(others, key=_in_order)

    def votes_in(self, commune: Commune, today: date) -> list[Vote]:
        """The scrutins that concern a commune from that day on."""
        if commune.code not in self._votes:
            is_theirs = any(one.commune_code == commune.code for one in self._procurations)
            places = {one.commune for one in (self._procurations if is_theirs else self._in_force)}
            self._votes |= scrutin.upcoming_in_each(places, self._since)
        return [vote for vote in self._votes[commune.code] if vote.polling_day >= today]

    @cached_property
    def _matches(self) -> dict[tuple[Procuration, str], Match]:
        return naming.look_up_each(self._procurations, self._people)

    @cached_property
    def _in_force(self) -> list[Procuration]:
        """All that these people hold and gave, surely or perhaps; what is at hand is not read again."""
        own = [one for one in self._procurations if one.is_in_force and one.last_day >= self._since]
        keys = [one.id for one in own if one.id is not None]
        leads = leads_of({who: [self.known(one, who) for one in self._procurations] for who in self._people})
        found = db.session.scalars(_still_to_serve(tuple(leads)), leads | {"own": keys, "since": self._since})
        return [*own, *found]

    @cached_property
    def _by_lead(self) -> dict[tuple[str, str], list[Procuration]]:
        """By each key and number, of its row and of the rolls, that leads to it."""
        found: dict[tuple[str, str], list[Procuration]] = {}
        for one in self._in_force:
            for who in self._people:
                known = self.known(one, who)
                for lead in {*known.keys, *(person.nne for person in known.persons if person.nne)}:
                    found.setdefault((who, lead), []).append(one)
        return found


def leads_of(known: Mapping[str, Collection[Known]]) -> dict[str, Any]:
    """The columns by which what these people gave or hold is found, each with their family keys or their numbers."""
    leads: dict[str, Any] = {}
    for who, theirs in known.items():
        leads[f"{who}_key"] = sorted({key for one in theirs for key in one.keys})
        if numbers := {one.nne for one in theirs if one.nne}:
            leads[f"{who}_nne"] = sorted(numbers)
    return leads


@cache
def in_force_by(columns: tuple[str, ...]) -> CompoundSelect[int]:
    """The keys of what is in force and has, in one of these columns, one of the values given under its name.

    Each has its index. Of one search by this or that, SQLite would read every procuration in force.
    """
    table = Procuration.__table__.columns
    in_force = select(Procuration.id).where(Procuration.status.in_(IN_FORCE))
    return union(*(in_force.where(table[name].in_(bindparam(name, expanding=True))) for name in columns))


@cache
def _still_to_serve(columns: tuple[str, ...]) -> Select[Procuration]:
    """Of these, what serves from the day `since` on and is not among `own`."""
    return (
        select(Procuration)
        .where(Procuration.id.in_(in_force_by(columns)), Procuration.id.not_in(bindparam("own", expanding=True)))
        .where(Procuration.last_day >= bindparam("since"))
        .options(joinedload(Procuration.commune, innerjoin=True))
    )


def _may_be(other: Procuration, who: str, known: Known, today: date) -> bool:
    """Still in force, for a day to come, and under one of these names."""
    key, nne = getattr(other, f"{who}_key"), getattr(other, f"{who}_nne")
    is_named = key in known.keys or (known.nne is not None and nne == known.nne)
    return other.is_in_force and other.last_day >= today and is_named


def _in_order(procuration: Procuration) -> tuple[datetime, int]:
    if procuration.established_at is None:
        raise ValueError("not established")
    return procuration.established_at, procuration.id
