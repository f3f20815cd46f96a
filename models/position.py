"""Positions on the globe: whether one can be believed, and how far two are from each other."""

from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS = 6371.0
"""Mean, in kilometres."""


class Position(NamedTuple):
    """Degrees, as GPS gives them (EPSG:4326)."""

    latitude: float
    longitude: float

    def km_to(self, other: "Position") -> float:
        """As the crow flies."""
        north, east = radians(other.latitude - self.latitude), radians(other.longitude - self.longitude)
        scale = cos(radians(self.latitude)) * cos(radians(other.latitude))
        return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(sin(north / 2) ** 2 + scale * sin(east / 2) ** 2)))


class Box(NamedTuple):
    """South, north, west, east, in degrees, a little wider than the land."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, position: Position) -> bool:
        """Whether it lies there."""
        return self.south <= position.latitude <= self.north and self.west <= position.longitude <= self.east


MAINLAND = Box(41.2, 51.3, -5.5, 9.8)
ABROAD = Box(-90, 90, -180, 180)
OVERSEAS = {
    "971": Box(15.7, 16.7, -62.0, -60.9),
    "972": Box(14.3, 15.0, -61.4, -60.7),
    "973": Box(2.0, 6.0, -54.8, -51.4),
    "974": Box(-21.6, -20.7, 55.0, 56.0),
    "975": Box(46.6, 47.3, -56.6, -56.0),
    "976": Box(-13.2, -12.4, 44.8, 45.5),
    "977": Box(17.8, 18.0, -63.0, -62.7),
    "978": Box(17.9, 18.2, -63.3, -62.9),
    "986": Box(-14.6, -13.0, -178.4, -176.0),
    "987": Box(-28.0, -7.0, -155.0, -134.0),
    "988": Box(-23.2, -17.5, 158.0, 172.5),
}
CONSULAR = "CO"


def believable(position: Position, department: str) -> Position | None:
    """That position if it lies in that department's part of the world, swapped when only this makes it lie there."""
    box = ABROAD if department == CONSULAR else OVERSEAS.get(department, MAINLAND)
    swapped = Position(position.longitude, position.latitude)
    is_nowhere = position == Position(0, 0)
    return next((one for one in (position, swapped) if box.holds(one) and not is_nowhere), None)
