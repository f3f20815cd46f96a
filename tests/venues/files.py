"""Files as the ministry and others give them, made for the tests: no place of a real file is here."""

import io
from typing import Any

from app.dates import DESK_ZONE, now
from models.base import db
from models.venue import Venue
from models.venue_file import Defaults, read
from models.venue_import import Report, import_venues

GENDARMERIE = (
    "identifiant_public_unite;service;telephone;departement;code_commune_insee;code_postal;commune;voie;"
    "adresse_geographique;geocodage_epsg;geocodage_x_GPS;geocodage_y_GPS;horaires_accueil;url"
)
POLICE = (
    "service;adresse_geographique;telephone;departement;code_commune_insee;voie;code_postal;commune;"
    "geocodage_epsg;geocodage_x;geocodage_y;geocodage_x_GPS;geocodage_y_GPS"
)
OURS = (
    "identifiant;type;nom;adresse;code_postal;commune;code_commune_insee;telephone;horaires;acces_handicap;"
    "latitude;longitude;date_debut;date_fin;source;date_donnees"
)
LAON = {
    "identifiant_public_unite": "1008620",
    "service": "Gendarmerie - Brigade de Laon",
    "telephone": "+33 3 53 01 20 01",
    "departement": "02",
    "code_commune_insee": "02408",
    "code_postal": "02000",
    "commune": "Laon",
    "voie": "1 rue de l'Exemple",
    "adresse_geographique": "1 rue de l'Exemple 02000 LAON",
    "geocodage_epsg": "4326",
    "geocodage_x_GPS": "3.6200",
    "geocodage_y_GPS": "49.5640",
    "horaires_accueil": "Lundi : 8h00-12h00 14h00-18h00 Mardi : 8h00-12h00 14h00-18h00 Dimanche : 9h00-12h00",
    "url": "https://exemple.test/laon",
}
SOISSONS = LAON | {
    "identifiant_public_unite": "1008621",
    "service": "Gendarmerie - Brigade de Soissons",
    "code_commune_insee": "02722",
    "code_postal": "02200",
    "commune": "Soissons",
    "adresse_geographique": "2 rue de l'Exemple 02200 SOISSONS",
    "geocodage_x_GPS": "3.3240",
    "geocodage_y_GPS": "49.3810",
}
HELP = {
    "nom": "Maison de services de Laon",
    "type": "aide numérique",
    "adresse": "6 rue de l'Exemple",
    "code_postal": "02000",
    "commune": "Laon",
    "code_commune_insee": "02408",
    "horaires": "lundi au vendredi : 9 h à 17 h",
    "acces_handicap": "oui",
    "latitude": "49.5600",
    "longitude": "3.6160",
    "source": "Département de l'Aisne",
    "date_donnees": "03/11/2026",
}


def a_file(*rows: dict[str, str], header: str = GENDARMERIE, separator: str = ";", end: str = "\n") -> bytes:
    """The rows under that header, every field quoted."""
    names = header.split(";")
    lines = [separator.join(names)]
    lines += [separator.join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    return (end.join(lines) + end).encode()


def take(content: bytes, **options: Any) -> Report:
    """Import it as the command does."""
    may_lose = options.pop("may_lose", False)
    defaults = Defaults(**options)
    today = now().astimezone(DESK_ZONE).date()
    report = import_venues(read(io.BytesIO(content), defaults), now=now(), today=today, may_lose=may_lose)
    db.session.commit()
    return report


def shown() -> list[Venue]:
    """What is listed, by code."""
    return list(db.session.scalars(db.select(Venue).where(Venue.is_listed).order_by(Venue.code)))


def only() -> Venue:
    """The one that is listed."""
    [one] = shown()
    return one
