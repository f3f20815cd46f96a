"""The fictional people of the synthetic country: a name among a thousand, first names, a sex and a birthday."""

from datetime import date, timedelta
from itertools import permutations
from random import Random

from app.demo.bulk import Line
from models.identity import Sex, digest, letters

FAMILIES = (
    "ABADIE", "BARBIER", "CARON", "DELMAS", "ESTÈVE", "FAURE", "GUÉRIN", "HAMON", "IMBERT", "JOLY", "KERVELLA",
    "LEROUX", "MARTY", "NICOLAS", "ORSINI", "PELLETIER", "QUENTIN", "RENAUD", "SAUVAGE", "TEXIER", "URBAIN",
    "VASSEUR", "WEBER", "YVON", "ZIMMER", "AUBRY", "BENOÎT", "CHEVALIER", "DUVAL", "ÉVRARD",
)  # fmt: skip
GIVEN = (
    "Adèle", "Basile", "Célia", "Denis", "Élise", "Fabien", "Gaëlle", "Hugo", "Irène", "Jules", "Katia", "Loïc",
    "Margaux", "Noël", "Odile", "Paul", "Quitterie", "Rémi", "Sabine", "Théo", "Ulysse", "Valérie", "Wilfried",
    "Xavière", "Yves", "Zoé",
)  # fmt: skip
BIRTH_NAMES = [(name, letters(name)) for name in (*FAMILIES, *map("-".join, permutations(FAMILIES, 2)))]
FIRST_NAMES = [(names, letters(names)) for names in map(" ".join, permutations(GIVEN, 2))]
BIRTHDAYS = [(date(1930, 1, 1) + timedelta(days=days)).isoformat() for days in range(75 * 365)]
SEXES = [sex.value for sex in Sex]
SAID_OF_SOMEBODY = ("birth_name", "first_names", "sex", "birth_date", "key", "search")


def people(count: int, random: Random) -> list[Line]:
    """As many of them, each as a procuration speaks of its mandant or mandataire: SAID_OF_SOMEBODY.

    As models.holdings.keys_of and models.search.columns_of would write it; names are folded once for all.
    """
    drawn = (random.choices(some, k=count) for some in (BIRTH_NAMES, FIRST_NAMES, SEXES, BIRTHDAYS))
    return [
        (name, given, sex, birthday, digest(folded, birthday), folded + given_folded)
        for (name, folded), (given, given_folded), sex, birthday in zip(*drawn, strict=True)
    ]
