"""The places near a commune, those of a department, which departments have any: a few queries, whatever there is."""

from collections.abc import Sequence
from datetime import date
from math import cos, radians
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from models.base import db
from models.position import Position
from models.territory import Commune, Department, PostalCode
from models.territory_search import search
from models.venue import Venue, VenueKind, is_shown

MOST_STATIONS = 10
MOST_HELP = 6
A_PAGE = 300
MOST_FOUND = 50
REACH = 0.6
"""How far other departments' places are looked for, in degrees of latitude: 67 km."""
FARTHEST = 1e6


class Near(NamedTuple):
    """A place, and how far it is: None where one of the two positions is unknown."""

    venue: Venue
    is_here: bool
    km: float | None


class Nearby(NamedTuple):
    """What is near a commune: `origin` is where distances are counted from, `others` how many more its department has.

    `is_origin_around`: no place of the commune itself has a position, those of its postal code do.
    """

    establishing: list[Near]
    helping: list[Near]
    origin: Position | None
    is_origin_around: bool
    others: int


class Page(NamedTuple):
    """Places of a department, by commune, and how many pages there are."""

    venues: list[Venue]
    total: int
    pages: int


def near(commune: Commune, today: date) -> Nearby:
    """The nearest places, first those of the commune itself. Five queries at most.

    No file of communes has positions: the origin is the middle of the places known in the commune, or under its postal
    codes.
    """
    here = _middle(Venue.commune_code == commune.code, today)
    origin = here or _middle(Venue.commune_code.in_(_of_same_postal_codes(commune)), today)
    establishing = _nearest(commune, origin, today, Venue.kind != VenueKind.HELP, MOST_STATIONS)
    helping = _nearest(commune, origin, today, Venue.kind == VenueKind.HELP, MOST_HELP)
    total = _count(commune.department_code, today)
    told = sum(one.venue.commune.department_code == commune.department_code for one in establishing + helping)
    return Nearby(establishing, helping, origin, here is None and origin is not None, total - told)


def of_department(department: Department, today: date, page: int) -> Page:
    """The places of a department in the order of its communes, stations first; two queries."""
    count = _count(department.code, today)
    first = (page - 1) * A_PAGE
    is_help = case((Venue.kind == VenueKind.HELP, 1), else_=0)
    order = (Commune.search_name, Commune.code, is_help, Venue.name, Venue.code)
    query = select(Venue).join(Venue.commune).where(*_in(department.code), is_shown(today)).order_by(*order)
    venues = db.session.scalars(query.offset(first).limit(A_PAGE))
    return Page(list(venues), count, max(1, -(-count // A_PAGE)))


def departments(today: date) -> Sequence[tuple[Department, int]]:
    """Those that have places, with how many; one query."""
    counted = select(Commune.department_code, func.count().label("count")).join(Venue.commune).where(is_shown(today))
    counts = counted.group_by(Commune.department_code).subquery()
    query = select(Department, counts.c["count"]).join(counts, counts.c.department_code == Department.code)
    return [(department, count) for department, count in db.session.execute(query.order_by(Department.code))]


def _in(department_code: str) -> tuple[ColumnElement[bool], ...]:
    return (Commune.department_code == department_code,)


def _count(department_code: str, today: date) -> int:
    counted = select(func.count()).select_from(Venue).join(Venue.commune)
    return db.session.scalar(counted.where(*_in(department_code), is_shown(today))) or 0


def _of_same_postal_codes(commune: Commune) -> ColumnElement[str]:
    codes = select(PostalCode.code).where(PostalCode.commune_code == commune.code)
    return select(PostalCode.commune_code).where(PostalCode.code.in_(codes)).scalar_subquery()


def _middle(where: ColumnElement[bool], today: date) -> Position | None:
    middle = select(func.avg(Venue.latitude), func.avg(Venue.longitude)).where(where, is_shown(today))
    latitude, longitude = db.session.execute(middle).one()
    return None if latitude is None or longitude is None else Position(float(latitude), float(longitude))


def _nearest(
    commune: Commune, origin: Position | None, today: date, kind: ColumnElement[bool], most: int
) -> list[Near]:
    is_here = Venue.commune_code == commune.code
    wanted = Commune.department_code == commune.department_code
    distance: ColumnElement[float] = literal(FARTHEST)
    if commune.is_consular:
        wanted = is_here
    elif origin:
        wanted = or_(wanted, _around(origin))
        distance = func.coalesce(_squared(origin), FARTHEST)
    order = (case((is_here, 0), else_=1), distance, Commune.search_name, Venue.name, Venue.code)
    query = select(Venue).join(Venue.commune).where(kind, wanted, is_shown(today)).order_by(*order).limit(most)
    return [_near(venue, commune, origin) for venue in db.session.scalars(query)]


def _around(origin: Position) -> ColumnElement[bool]:
    reach = REACH / _shrinking(origin)
    return and_(
        Venue.latitude.between(origin.latitude - REACH, origin.latitude + REACH),
        Venue.longitude.between(origin.longitude - reach, origin.longitude + reach),
    )


def _squared(origin: Position) -> ColumnElement[float | None]:
    """The square of the distance on a flat map, which puts near places in the right order."""
    north = Venue.latitude - origin.latitude
    east = (Venue.longitude - origin.longitude) * _shrinking(origin)
    return north * north + east * east


def _shrinking(origin: Position) -> float:
    """How much shorter a degree of longitude is there than one of latitude; never nothing, at a pole."""
    return max(0.01, cos(radians(origin.latitude)))


def _near(venue: Venue, commune: Commune, origin: Position | None) -> Near:
    position = venue.position
    km = origin.km_to(position) if origin and position else None
    return Near(venue, venue.commune_code == commune.code, km)


def named(text: str) -> list[Venue]:
    """Any place, shown or not, of that code, of a commune that the text may mean, or with it in its name."""
    communes = [commune.code for commune in search(text)]
    like = func.lower(Venue.name).like(f"%{_literal(text.lower())}%", escape="\\")
    return _found(or_(Venue.code == text.upper(), Venue.commune_code.in_(communes), like))


def changed_by_hand() -> list[Venue]:
    """What supervision has corrected or taken off."""
    return _found(or_(Venue.corrected != "", Venue.is_hidden))


def _found(where: ColumnElement[bool]) -> list[Venue]:
    query = select(Venue).join(Venue.commune).where(where).order_by(Commune.search_name, Venue.name, Venue.code)
    return list(db.session.scalars(query.limit(MOST_FOUND)))


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
