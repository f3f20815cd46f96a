"""Who sees which procurations: the only source of row-level access, for lists, counts, one row, actions and lookups.

What a desk keeps beside them is in perimeter_beside.py, over whom an agent answers in perimeter_of_agents.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    false,
    func,
    not_,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import joinedload, lazyload

from models.account import Account, Role
from models.base import db
from models.errors import Unknown, must_exist
from models.journal import Action, Entry
from models.procuration import IN_FORCE, Procuration, Source, Status
from models.reference import clean, is_well_formed
from models.territory import Commune

WRITTEN_ACTS = (Action.REVOKED, Action.PASSED_ON)
"""An officer's acts that the procuration's own columns do not say."""


@dataclass(frozen=True)
class Elector:
    """The person of a FranceConnect session: keyed hashes of issuer and subject, the current key first."""

    keys: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.keys[0]


def visible_to(viewer: Account | Elector) -> ColumnElement[bool]:
    """Electors see their own demandes, officers what they acted on, town halls what was established for them.

    What was established on a form is theirs once the paper has come, or something has ended it before. Ministry and
    auditor see no procuration.
    """
    if isinstance(viewer, Elector):
        return Procuration.elector_key.in_(viewer.keys)
    if viewer.role is Role.OFFICER:
        return Procuration.id.in_(_acted_on_by(viewer))
    if viewer.role is Role.TOWN_HALL:
        return _in_hand_of(tuple(commune.code for commune in viewer.communes))
    return false()


@lru_cache(1_024)
def _in_hand_of(codes: tuple[str, ...]) -> ColumnElement[bool]:
    """What was established for these communes, but what waits for its paper; built once for all pages of a desk."""
    is_held = and_(Procuration.held_until_paper, Procuration.status == Status.ESTABLISHED)
    return and_(Procuration.commune_code.in_(codes), Procuration.established_at.is_not(None), not_(is_held))


def established_for(clerk: Account) -> ColumnElement[bool]:
    """What was established for a town hall's communes, what still waits for its paper included.

    For the polling station, which is asked about a name and must say why somebody cannot vote yet; nothing is decided
    on such a row.
    """
    if clerk.role is not Role.TOWN_HALL:
        return false()
    codes = [commune.code for commune in clerk.communes]
    return and_(Procuration.commune_code.in_(codes), Procuration.established_at.is_not(None))


def _acted_on_by(officer: Account) -> CompoundSelect[int | None]:
    """What this officer handled, revoked whoever had established it, or passed on; a reading is no act."""
    handled = select(Procuration.id).where(Procuration.officer_id == officer.id)
    written = select(Entry.procuration_id).where(Entry.account_id == officer.id, Entry.action.in_(WRITTEN_ACTS))
    return union(handled, written)


def latest_acts(officer: Account, first: int, size: int) -> Sequence[int]:
    """The keys of the same by the instant of each act, the last first: of each kind no more is read than to the end."""
    asked = {"officer": officer.id, "first": first, "size": size, "most": first + size}
    return db.session.scalars(_LATEST_ACTS, asked).all()


def _latest_acts() -> Select[int]:
    officer, most = bindparam("officer", type_=Integer), bindparam("most", type_=Integer)
    own = select(Procuration.id, Procuration.handled_at.label("at")).where(Procuration.officer_id == officer)
    kinds: list[Select[Any, Any]] = [own.order_by(Procuration.handled_at.desc(), Procuration.id.desc()).limit(most)]
    for action in WRITTEN_ACTS:
        written = (
            select(Entry.procuration_id.label("id"), Entry.at)
            .join(Procuration, Procuration.id == Entry.procuration_id)
            .where(Entry.account_id == officer, Entry.action == action)
            .where(Procuration.officer_id.is_distinct_from(officer))
        )
        kinds.append(written.order_by(Entry.at.desc(), Entry.id.desc()).limit(most))
    acts = union_all(*(select(kind.subquery()) for kind in kinds)).subquery()
    latest = select(acts.c.id).group_by(acts.c.id).order_by(func.max(acts.c.at).desc(), acts.c.id.desc())
    return latest.offset(bindparam("first", type_=Integer)).limit(bindparam("size", type_=Integer))


_LATEST_ACTS = _latest_acts()


def _was_acted_on_by(officer_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The same, asked of one row that is found otherwise: all the officer's acts are not read for it."""
    written = select(Entry.id).where(
        Entry.procuration_id == Procuration.id, Entry.account_id == officer_id, Entry.action.in_(WRITTEN_ACTS)
    )
    return or_(Procuration.officer_id == officer_id, written.correlate(Procuration).exists())


def passed_on_to(officer: Account) -> ColumnElement[bool]:
    """What délégués have checked and this officer has still to read (R72-1 V)."""
    return and_(Procuration.passed_to_id == officer.id, Procuration.status == Status.SUBMITTED)


def in_special_register(officer: Account) -> ColumnElement[bool]:
    """What this officer established (R75 I); who answers for the station reads the station's whole register."""
    is_established = Procuration.established_at.is_not(None)
    if officer.manages_station:
        return and_(Procuration.station_code == officer.station_code, is_established)
    return and_(Procuration.officer_id == officer.id, is_established)


def find(reference: str, seen_by: Account | Elector) -> Procuration:
    """The procuration of this reference, among those that exist for this person. Raises Unknown."""
    if isinstance(seen_by, Elector):
        return must_exist(db.session.scalar(_OWN, {"reference": as_kept(reference), "keys": seen_by.keys}))
    if seen_by.role is Role.OFFICER:
        return _one(_is(reference), _was_acted_on_by(seen_by.id))
    return _one(_is(reference), visible_to(seen_by))


def opened_by_paper(reference: str, clerk: Account) -> ColumnElement[bool]:
    """What the reference printed on a paper opens for a clerk of its commune, before its last day is asked.

    A form filled at a counter, a demande whose sheet came signed, or what was established of that demande meanwhile.
    """
    return and_(_is(reference), or_(_on_paper_for(clerk), demande_on_sheet(clerk), established_for(clerk)))


def can_print_form(procuration: Procuration, officer: Account, now: datetime) -> bool:
    """Whether the form of an act on paper is this officer's to print: who established it, while it could serve."""
    is_own = procuration.source is Source.PAPER and procuration.officer_id == officer.id
    is_over = procuration.purged_at is not None or procuration.last_day < procuration.commune.local_day(now)
    return is_own and not is_over


def find_form(reference: str, officer: Account, now: datetime) -> Procuration:
    """The form that this officer may print. Raises Unknown."""
    found = find(reference, seen_by=officer)
    if not can_print_form(found, officer, now):
        raise Unknown
    return found


def paper_to_come(clerk: Account) -> ColumnElement[bool]:
    """What counters filled for a clerk's communes and whose paper has not come: for who holds it, never listed."""
    is_awaited = and_(Procuration.received_on.is_(None), Procuration.status.in_(IN_FORCE))
    return and_(_on_paper_for(clerk), is_awaited)


def demande_on_sheet(clerk: Account) -> ColumnElement[bool]:
    """The demandes that wait, filed for a clerk's communes: for who holds the signed sheet of one, never listed."""
    codes = [commune.code for commune in clerk.communes] if clerk.role is Role.TOWN_HALL else []
    waits = and_(Procuration.source == Source.ONLINE, Procuration.status == Status.SUBMITTED)
    return and_(waits, Procuration.commune_code.in_(codes))


def _on_paper_for(clerk: Account) -> ColumnElement[bool]:
    codes = [commune.code for commune in clerk.communes] if clerk.role is Role.TOWN_HALL else []
    return and_(Procuration.source == Source.PAPER, Procuration.commune_code.in_(codes))


def opened_at_counter() -> ColumnElement[bool]:
    """The one file that a `reference` can open at an `officer`'s counter, before its last day is asked (`has_expired`).

    A living demande, a revocation asked on line, or what this officer handled. Never existed, withdrawn and handled
    elsewhere are one answer at one cost: a look-up.
    """
    waits = Procuration.status == Status.SUBMITTED
    is_revocation = and_(Procuration.status.in_(IN_FORCE), Procuration.revocation_requested_at.is_not(None))
    is_asked = Procuration.reference == bindparam("reference")
    return and_(is_asked, or_(waits, is_revocation, _was_acted_on_by(bindparam("officer", type_=Integer))))


def has_expired(procuration: Procuration, now: datetime) -> bool:
    """A demande whose last day has passed where the vote is opens nothing (R72-1 II)."""
    is_waiting = procuration.status is Status.SUBMITTED
    return is_waiting and procuration.expires_on < procuration.commune.local_day(now)


def awaits_a_visit(demande: Procuration, now: datetime) -> bool:
    """Whether it can still be presented: nobody has acted on it, its last day is not over, a vote is left to it."""
    is_open = demande.can_be_withdrawn and not has_expired(demande, now)
    return is_open and not demande.is_without_vote(demande.commune.local_day(now))


def still_to_visit(keys: Collection[int], now: datetime) -> set[int]:
    """Of these demandes, by their ids, those that can still be presented."""
    found = db.session.scalars(_ROW.where(Procuration.id.in_(keys)))
    return {one.id for one in found if awaits_a_visit(one, now)}


def find_once_opened(reference: str, officer: Account, since: datetime) -> Procuration:
    """A file that this officer was shown since then: who acted on it meanwhile may be told. Raises Unknown."""
    opened = select(Entry.id).where(
        Entry.procuration_id == Procuration.id,
        Entry.account_id == officer.id,
        Entry.action == Action.OPENED,
        Entry.at >= since,
    )
    return _one(_is(reference), opened.exists())


def find_paper_once_opened(reference: str, clerk: Account, since: datetime) -> Procuration:
    """What the clerk was shown since then by a paper of one of these communes. Raises Unknown."""
    found = find_once_opened(reference, clerk, since)
    find_commune(found.commune_code, clerk)
    return found


def find_commune(code: str, clerk: Account) -> Commune:
    """One of the communes that a clerk answers for, whose lists the clerk may print. Raises Unknown."""
    found = [commune for commune in clerk.communes if commune.code == code and clerk.role is Role.TOWN_HALL]
    if not found:
        raise Unknown
    return found[0]


def in_force_of(elector: Elector) -> list[Procuration]:
    """What this elector has given and nothing has ended, the newest first."""
    return list(db.session.scalars(_OWN_IN_FORCE, {"keys": elector.keys}))


def waiting_of(elector: Elector) -> list[Procuration]:
    """The three newest that this elector has asked and nobody has acted on, with their communes and days."""
    return list(db.session.scalars(_OWN_WAITING, {"keys": elector.keys}))


def _is(reference: str) -> ColumnElement[bool]:
    return Procuration.reference == as_kept(reference)


def as_kept(reference: str) -> str:
    """As rows have it; nobody's when it is none."""
    cleaned = clean(reference)
    return cleaned if is_well_formed(cleaned) else ""


def _one(*criteria: ColumnElement[bool]) -> Procuration:
    return must_exist(db.session.scalar(_ROW.where(*criteria)))


_ROW = select(Procuration).options(joinedload(Procuration.commune, innerjoin=True), lazyload(Procuration.polling_days))
"""With the commune that every page and message names; its days only once they are asked for."""
_IS_OWN = Procuration.elector_key.in_(bindparam("keys", expanding=True))
_OWN = _ROW.where(Procuration.reference == bindparam("reference"), _IS_OWN)
_OWN_IN_FORCE = select(Procuration).where(_IS_OWN, Procuration.status.in_(IN_FORCE)).order_by(Procuration.id.desc())
_OWN_WAITING = (
    select(Procuration)
    .options(joinedload(Procuration.commune, innerjoin=True))
    .where(_IS_OWN, Procuration.status == Status.SUBMITTED)
    .order_by(Procuration.id.desc())
    .limit(3)
)
