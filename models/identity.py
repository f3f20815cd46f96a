"""Civil identity (état civil) and how two spellings of one person are compared."""

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
        """Whether both name one person: same birth date and sex, same names once folded."""
        return self._key() == other._key()

    def age_on(self, day: date) -> int:
        """Whole years lived on that day."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))

    def _key(self) -> tuple[str, str, Sex, date]:
        return _letters(self.birth_name), _letters(self.first_names), self.sex, self.birth_date


def fold(text: str) -> str:
    """Spelling without what people type differently: case, accents, hyphens, apostrophes, repeated spaces.

    >>> fold("D'Aubigné-Le  Brethon")
    'd aubigne le brethon'
    """
    bare = unicodedata.normalize("NFKD", text.lower().translate(LIGATURES))
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def _letters(name: str) -> str:
    """A name without its separators either: « Le Goff » and « LEGOFF » are one person's."""
    return fold(name).replace(" ", "")
