"""Civil identity (état civil) and how two spellings of one person are compared."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})


class Sex(StrEnum):
    """As the civil status and the electoral roll write it."""

    F = "F"
    M = "M"


@dataclass(frozen=True)
class Identity:
    """The civil status that R75 asks for, and nothing more: no birthplace, no address."""

    birth_name: str
    first_names: str
    sex: Sex
    birth_date: date

    def is_same_person(self, other: "Identity") -> bool:
        """Whether both name one person: same birth date and sex, same names once folded, or to the letter."""
        return self._key() == other._key()

    @property
    def can_be_compared(self) -> bool:
        """Whether its names can be looked up in a roll, which is written in Latin letters."""
        return bool(letters(self.birth_name) and letters(self.first_names))

    def age_on(self, day: date) -> int:
        """Whole years lived on that day."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))

    @property
    def first_name(self) -> str:
        """The first of the first names, folded; nothing without Latin letters."""
        return fold(self.first_names).partition(" ")[0]

    def _key(self) -> tuple[str, str, Sex, date]:
        """A name without Latin letters folds to nothing: it is its own, not everybody's."""
        birth_name, first_names = (letters(name) or name for name in (self.birth_name, self.first_names))
        return birth_name, first_names, self.sex, self.birth_date


def fold(text: str) -> str:
    """Spelling without what people type differently: case, accents, hyphens, apostrophes, repeated spaces.

    >>> fold("D'Aubigné-Le  Brethon")
    'd aubigne le brethon'
    """
    bare = unicodedata.normalize("NFKD", text.lower().translate(LIGATURES))
    letters = bare if bare.isascii() else "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def letters(name: str) -> str:
    """A name without its separators either: « Le Goff » and « LEGOFF » are one person's."""
    return fold(name).replace(" ", "")


def differ_by_a_slip(one: str, other: str) -> bool:
    """Whether a letter too many, missing or mistyped, or two that changed places, is all that parts two names.

    >>> [differ_by_a_slip("MARTIN", other) for other in ("Marthin", "MARIN", "MARITN", "MERLIN")]
    [True, True, True, False]
    """
    shorter, longer = sorted((letters(one), letters(other)), key=len)
    at = next((n for n, letter in enumerate(shorter) if letter != longer[n]), len(shorter))
    is_a_letter = longer[at + 1 :] in (shorter[at:], shorter[at + 1 :])
    is_a_swap = longer[at : at + 2] == shorter[at : at + 2][::-1] and longer[at + 2 :] == shorter[at + 2 :]
    return is_a_letter or is_a_swap


def family_key(birth_name: str, birth_date: date) -> str:
    """What twins share and others hardly ever: a digest of birth name and birth date, by which rows are found."""
    return digest(letters(birth_name), birth_date.isoformat())


def person_key(identity: Identity) -> str:
    """A digest of the whole civil status: one person's, or of people that nothing here can tell apart."""
    return digest(*map(str, identity._key()))


def digest(*parts: str) -> str:
    """Of names already folded and of days as ISO 8601 writes them, in this order."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
