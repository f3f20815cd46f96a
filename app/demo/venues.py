"""Where to go in the demonstration: fictional places around Laon, at made-up addresses."""

from datetime import date, timedelta
from typing import Any

from models.base import db
from models.territory import Station
from models.venue import Venue, VenueKind, of_station

SOURCE = "Démonstration, lieux fictifs"
WEEK = "lundi au vendredi : 8 h à 12 h, 14 h à 18 h ; samedi et dimanche : 9 h à 12 h"
STATIONS: dict[str, dict[str, Any]] = {
    "DEMO-LAON": {
        "address": "1 rue de l'Exemple, 02000 Laon",
        "telephone": "03 53 01 20 01",
        "hours": WEEK,
        "access": "oui, entrée de plain-pied",
        "latitude": 49.5640,
        "longitude": 3.6200,
    },
    "DEMO-SOISSONS": {
        "address": "2 avenue de l'Exemple, 02200 Soissons",
        "telephone": "03 53 01 20 02",
        "hours": "tous les jours, à toute heure",
        "access": "oui",
        "latitude": 49.3810,
        "longitude": 3.3240,
    },
    "DEMO-BRUXELLES": {"address": "3 rue de l'Exemple, Bruxelles", "hours": "lundi au vendredi : 9 h à 13 h"},
}
"""What is known of the stations that agents of the demonstration belong to."""
OTHERS: tuple[tuple[str, VenueKind, str, str, dict[str, Any]], ...] = (
    (
        "DEMO-SISSONNE",
        VenueKind.GENDARMERIE,
        "Brigade de Sissonne (démonstration)",
        "02720",
        {"address": "4 place de l'Exemple, 02150 Sissonne", "telephone": "03 53 01 20 04"}
        | {"latitude": 49.5710, "longitude": 3.8930},
    ),
    (
        "DEMO-SAINT-QUENTIN",
        VenueKind.POLICE,
        "Commissariat de Saint-Quentin (démonstration)",
        "02691",
        {"address": "5 boulevard de l'Exemple, 02100 Saint-Quentin", "hours": "tous les jours : 8 h à 19 h"}
        | {"access": "non, trois marches ; un agent vient à votre rencontre", "latitude": 49.8480, "longitude": 3.2870},
    ),
    (
        "DEMO-AIDE-LAON",
        VenueKind.HELP,
        "Maison de services de Laon (démonstration)",
        "02408",
        {"address": "6 rue de l'Exemple, 02000 Laon", "hours": "lundi au vendredi : 9 h à 12 h 30, 13 h 30 à 17 h"}
        | {"telephone": "03 53 01 20 06", "access": "oui", "latitude": 49.5600, "longitude": 3.6160},
    ),
    (
        "DEMO-AIDE-SOISSONS",
        VenueKind.HELP,
        "Médiathèque de Soissons, aide numérique (démonstration)",
        "02722",
        {"address": "7 quai de l'Exemple, 02200 Soissons", "latitude": 49.3840, "longitude": 3.3270},
    ),
)
LISTED = {"address": "8 galerie de l'Exemple, 02000 Laon", "hours": "14 h à 17 h", "access": "oui"}
LISTED_FOR = timedelta(days=45)


def add_venues(today: date) -> None:
    """Add those that are not there; the prefect's place of this demonstration opens for some weeks from then."""
    known = set(db.session.scalars(db.select(Venue.code)))
    venues = [_of(db.session.get_one(Station, code), facts) for code, facts in STATIONS.items() if code not in known]
    venues += [_new(*other) for other in OTHERS if other[0] not in known]
    if "DEMO-GALERIE" not in known:
        dates = {"opens_on": today, "closes_on": today + LISTED_FOR}
        name = "Centre commercial de Laon (démonstration)"
        venues.append(_new("DEMO-GALERIE", VenueKind.PREFECT, name, "02408", LISTED | dates))
    for venue in venues:
        venue.data_date = today
    db.session.add_all(venues)


def _of(station: Station, facts: dict[str, Any]) -> Venue:
    venue = of_station(station, SOURCE)
    for name, value in facts.items():
        setattr(venue, name, value)
    return venue


def _new(code: str, kind: VenueKind, name: str, commune_code: str, facts: dict[str, Any]) -> Venue:
    return Venue(code=code, kind=kind, name=name, commune_code=commune_code, source=SOURCE, **facts)
