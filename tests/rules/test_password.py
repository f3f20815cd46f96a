"""A password of an agent: long, in nobody's list, and not made of what everybody knows of this service (S1)."""

import pytest

from models.password import LONGEST, Weakness, weakness

ABOUT = ["nadia.benali@mairie-laon.test", "Nadia BENALI", "Laon"]


@pytest.mark.parametrize(
    "password",
    [
        *("procurations2026", "motdepasse2026", "Motdepasse2026!", "Bienvenue2026"),
        *("mairiedelaon", "mairiedelaon2026", "Brigade2026!!", "commissariat2026", "République-2026"),
        *("nadiabenali2026", "aaaaaaaaaaaaaaaa", "azertyuiop123", "123456789012"),
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert weakness(password, ABOUT) is Weakness.GUESSABLE


@pytest.mark.parametrize(
    "password",
    ["quatre chaises jaunes ensemble", "un bon mot de passe", "mairie girafe tournevis", "x7#kQ!v9z$Lm2p"],
)
def test_what_nobody_would_try_is_taken_words_of_the_service_or_not(password: str) -> None:
    assert weakness(password, ABOUT) is None


def test_it_has_twelve_characters_and_an_end() -> None:
    assert weakness("x7#kQ!v9z$L", ABOUT) is Weakness.TOO_SHORT
    assert weakness("x7#kQ!v9z$L" * 20, ABOUT) is Weakness.TOO_LONG
    assert len("x7#kQ!v9z$L" * 20) > LONGEST
