"""Opening hours as the files of police and gendarmerie write them, in fewer words."""

import re
from collections.abc import Iterable
from itertools import groupby

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "jours fériés")
A_DAY = r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|jours? f[ée]ri[ée]s?)\b"
DAY = re.compile(rf"{A_DAY}\s*:", re.IGNORECASE)
RANGE = re.compile(r"\b([0-9]{1,2})[h:]([0-9]{2})\s*[-–à]\s*([0-9]{1,2})[h:]([0-9]{2})\b")
BETWEEN_RANGES = re.compile(r",\s*(?:[/,;]|et\b)\s*")
SPANS = 3


def in_words(text: str) -> str | None:
    """Hours told day by day with equal days together; any other text as it is; None when it says nothing.

    So is one of which a day has no hours of its own: « du lundi au vendredi : », « lundi, mardi : ».

    >>> in_words("Lundi : 8h00-12h00 14h00-18h00 Mardi : 8h00-12h00 14h00-18h00 Mercredi :")
    'lundi et mardi : 8 h à 12 h, 14 h à 18 h ; mercredi : fermé'
    >>> in_words("Du lundi au vendredi : 8h00-12h00")
    'Du lundi au vendredi : 8h00-12h00'
    """
    before, *parts = DAY.split(text)
    if any(re.search(A_DAY, said, re.IGNORECASE) for said in (before, *parts[1::2])):
        return text.strip()
    days = [(_day(name), _spans(hours)) for name, hours in zip(parts[::2], parts[1::2], strict=True)]
    if not any(hours for _, hours in days):
        return before.strip() or None
    told = [f"{_several(list(group))} : {hours or 'fermé'}" for hours, group in groupby(days, key=lambda day: day[1])]
    return " ; ".join([*filter(None, [before.strip(" ;,.")]), *told])


def from_spans(cells: dict[str, str]) -> str:
    """The same text as `in_words` reads, from a file that has a column for each beginning and end (`span_columns`)."""
    days = []
    for day in DAYS:
        ends = [(cells.get(one, ""), cells.get(other, "")) for one, other in _columns(day)]
        days.append((day, " ".join(f"{one}-{other}" for one, other in ends if one and other)))
    return " ".join(f"{day} : {hours}" for day, hours in days) if any(hours for _, hours in days) else ""


def span_columns() -> Iterable[str]:
    """The columns of such a file, folded: `lundi plage1 debut`, `lundi plage1 fin`…"""
    return (column for day in DAYS for pair in _columns(day) for column in pair)


def _columns(day: str) -> list[tuple[str, str]]:
    name = day.replace("é", "e")
    return [(f"{name} plage{n} debut", f"{name} plage{n} fin") for n in range(1, SPANS + 1)]


def _day(name: str) -> str:
    return "jours fériés" if name.lower().startswith("jour") else name.lower()


def _spans(text: str) -> str:
    told = RANGE.sub(lambda span: f"{_hour(span[1], span[2])} à {_hour(span[3], span[4])},", text)
    return BETWEEN_RANGES.sub(", ", " ".join(told.split())).strip(" ;,.")


def _hour(hour: str, minutes: str) -> str:
    return f"{int(hour)} h" if minutes == "00" else f"{int(hour)} h {minutes}"


def _several(days: list[tuple[str, str]]) -> str:
    names = [name for name, _ in days]
    if len(names) > 1 and names[-1] == DAYS[-1]:
        return f"{_several(days[:-1])} et {DAYS[-1]}"
    first = DAYS.index(names[0])
    if len(names) > 2 and tuple(names) == DAYS[first : first + len(names)]:
        return f"{names[0]} au {names[-1]}"
    return " et ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
