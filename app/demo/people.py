"""The fictional people of the synthetic country: a name among a thousand, first names, a sex and a birthday."""

from datetime import date, timedelta
from itertools import permutations
from random import Random
from typing import Any

from models.identity import Sex, family_key, letters

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
BIRTHDAYS = [date(1930, 1, 1) + timedelta(days=days) for days in range(75 * 365)]
SEXES = [sex.value for sex in Sex]


def columns_of_somebody(who: str, random: Random) -> dict[str, Any]:
    """What a procuration says of its `who`, mandant or mandataire, and by what it is found again.

    As models.holdings.keys_of and models.search.columns_of would write it; names are folded once for all.
    """
    name, folded = random.choice(BIRTH_NAMES)
    first_names, first_folded = random.choice(FIRST_NAMES)
    birthday = random.choice(BIRTHDAYS)
    return {
        f"{who}_birth_name": name,
        f"{who}_first_names": first_names,
        f"{who}_sex": random.choice(SEXES),
        f"{who}_birth_date": birthday.isoformat(),
        f"{who}_key": family_key(folded, birthday),
        f"{who}_search": folded + first_folded,
    }
