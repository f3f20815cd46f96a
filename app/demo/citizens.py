"""The demonstration's citizens: fictional people whose civil status is as varied as France's."""

from dataclasses import dataclass
from typing import Any

FRANCE = "99100"


@dataclass(frozen=True)
class Citizen:
    """What FranceConnect's simulator knows of one person; `key` is how the demonstration's pages name them.

    `levels` are those at which this person can be identified.
    """

    key: str
    family_name: str
    given_name: str
    gender: str
    birthdate: str
    birthplace: str
    birthcountry: str = FRANCE
    trait: str = ""
    levels: tuple[str, ...] = ("eidas1",)

    @property
    def claims(self) -> dict[str, Any]:
        """In FranceConnect's words; the birthplace is empty for people born abroad."""
        return {
            "family_name": self.family_name,
            "given_name": self.given_name,
            "given_name_array": self.given_name.split(),
            "gender": self.gender,
            "birthdate": self.birthdate,
            "birthplace": self.birthplace,
            "birthcountry": self.birthcountry,
            "email": f"{self.key}@electeurs.test",
        }


CITIZENS = (
    Citizen(
        "eloise",
        "D'HAUTPOUL DE LA TOUR",
        "Éloïse Marie-Ange",
        "female",
        "1951-02-28",
        "02408",
        trait="particule et apostrophe",
    ),
    Citizen("mai", "NGUYỄN", "Thi Mai", "female", "1990-11-05", "", "99243", "née à l’étranger"),
    Citizen("jean", "ŒUVRARD", "Jean Baptiste", "male", "1974-06-14", "02722", trait="ligature"),
    Citizen("niall", "O'CONNOR", "Niall", "male", "1988-03-17", "", "99136", "né à l’étranger, français"),
    Citizen("anne-lise", "LE GUILLOUX", "Anne-Lise", "female", "1963-12-01", "22278", trait="prénom composé"),
    Citizen("jurgen", "MÜLLER-ROCHE", "Jürgen Noël", "male", "1946-09-30", "67482", trait="nom double"),
    Citizen(
        "marie",
        "DE LA ROCHEFOUCAULD-MONTBEL D'AUBIGNÉ DE SAINT-HILAIRE-LEROY",
        "Marie Joséphine Clémence Apolline Henriette Victoire",
        "female",
        "1959-07-19",
        "75107",
        trait="six prénoms et un nom de soixante caractères",
    ),
    Citizen("lea", "BERNARD", "Léa", "female", "2012-06-15", "02408", trait="mineure jusqu’en juin 2030"),
    Citizen("augustine", "LEFÈVRE", "Augustine Zoé", "female", "1916-02-29", "02691", trait="née un 29 février"),
    Citizen(
        "camille",
        "ROBIN",
        "Camille Andréa",
        "female",
        "1992-05-04",
        "02408",
        trait="identité numérique certifiée",
        levels=("eidas1", "eidas3"),
    ),
    Citizen("malik", "BENALI", "Malik", "male", "1999-01-01", "93066", trait="un prénom, un nom"),
)


def citizen(key: str) -> Citizen | None:
    """The citizen of that key."""
    return next((citizen for citizen in CITIZENS if citizen.key == key), None)
