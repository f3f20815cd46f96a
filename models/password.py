"""What a password of an agent must be: long enough, and none that a list of leaked ones would give (S1).

Strength is estimated offline by zxcvbn, which knows the common passwords, names, dates and keyboard walks.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

SHORTEST, LONGEST = 12, 200
READ_BY_ZXCVBN = 72
STRONG = 3
"""Of zxcvbn's five marks, 0 to 4: more than 10^8 guesses, in the order in which an attacker would try."""


SERVICE = (
    *("maprocuration", "procurations", "procuration", "mandataire", "elections", "élections", "election", "élection"),
    *("commissariat", "gendarmerie", "brigade", "police", "mairie", "commune", "consulat", "ministère", "ministere"),
    *("republique", "république", "marianne", "liberte", "liberté", "bonjour", "bienvenue", "motdepasse", "azerty"),
)
"""What an attacker of this service tries first, in French, which zxcvbn's lists hardly know."""


class Weakness(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    GUESSABLE = "guessable"


def weakness(password: str, about: Iterable[str]) -> Weakness | None:
    """What is wrong with it, if anything; `about`: the address, name and desk of its owner.

    They, and the words of the service, anybody knows: they count for nothing in it.
    """
    if len(password) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(password) > LONGEST:
        return Weakness.TOO_LONG
    from zxcvbn import zxcvbn  # its dictionaries weigh on a start, and few processes ever need them

    score: int = zxcvbn(_without(_words([*SERVICE, *about]), password)[:READ_BY_ZXCVBN] or " ")["score"]
    return None if score >= STRONG else Weakness.GUESSABLE


def _words(about: Iterable[str]) -> list[str]:
    """The words that are long enough to be a name, the longest first."""
    return sorted({word for text in about for word in re.findall(r"\w{3,}", text)}, key=len, reverse=True)


def _without(words: Iterable[str], password: str) -> str:
    for word in words:
        password = re.sub(re.escape(word), "", password, flags=re.IGNORECASE)
    return password
