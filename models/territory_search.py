"""Finding a commune from what a person types."""

import re
from collections.abc import Sequence

from sqlalchemy import BindParameter, ColumnElement, Select, String, and_, bindparam, func, or_, select

from models.base import db
from models.territory import EVERY_CONSULAR_POST, Commune, PostalCode, search_key

Name = str | BindParameter[str]
CHOICES = 20
LONGEST_SEARCH = 120
ARTICLES = ("le", "la", "l", "les")
LABEL = re.compile(r"(.+?)\s*\(\s*([0-9]{2,3}|2[AaBb])\s*(?:,[^()]*)?\)?\s*")
NAME_THEN_DEPARTMENT = re.compile(r"(.+) ([0-9]{2,3}|2[ab])")
ADDRESS_LINE = re.compile(r"(?:([0-9]{5}) )?(.+?)(?: ([0-9]{5}))?")


def search(text: str, limit: int = CHOICES) -> list[Commune]:
    """The communes and posts that a person may mean, likeliest first: those where somebody can be registered.

    Understands a name or its beginning, words of it, a postal code, « 02000 Laon », « Laon 02 », « Paris 13e »,
    an INSEE code, and a label as we print it. A postal code gives all its communes, whatever the limit.
    """
    text = text[:LONGEST_SEARCH]
    label = LABEL.fullmatch(text)
    if label and (name := search_key(label[1])):
        return _in_department(name, label[2].upper(), limit)
    key = search_key(text)
    if not key:
        return []
    return (
        _by_postal_code(key, limit)
        or _by_code(key)
        or _named(key, limit)
        or _by_name_and_number(key, limit)
        or _squeezed(key, limit)
    )


def named_exactly(text: str) -> list[Commune]:
    """Those of that very name, with or without its article, as `matches_exactly` says of each; not of a label."""
    key = search_key(text[:LONGEST_SEARCH])
    if not key:
        return []
    names = {name.key: value for name, value in zip(_NAMES, _with_articles(key), strict=True)}
    return [one for one in db.session.scalars(_OF_THAT_NAME, names) if matches_exactly(one, text)]


def matches_exactly(commune: Commune, text: str) -> bool:
    """Whether a text is this commune's own name or label, or the city of this consular post."""
    if text.strip() == commune.label:
        return True
    name = commune.name.partition(" (")[0] if commune.is_consular else commune.name
    return search_key(name) in _with_articles(search_key(text))


def _electing(*criteria: ColumnElement[bool], first: str = "", limit: int | None = None) -> list[Commune]:
    return list(db.session.scalars(_in_order(first, *criteria).limit(limit)))


def _in_order(first: Name, *criteria: ColumnElement[bool]) -> Select[Commune]:
    """Communes in the order of their names, after the one that is called `first`."""
    order = (Commune.search_name != first, Commune.search_name, Commune.department_code, Commune.code)
    return select(Commune).where(Commune.elects, *criteria).order_by(*order)


def _named(key: str, limit: int, *criteria: ColumnElement[bool]) -> list[Commune]:
    """Exact names, then names that begin so, then names that hold all these words."""
    found: list[Commune] = []
    names = _with_articles(key)
    for condition in (_is(names), _begins(names), _holds(key)):
        if len(found) < limit:
            others = Commune.code.not_in([commune.code for commune in found])
            found += _electing(condition, others, *criteria, first=key, limit=limit - len(found))
    return found


def _is(names: Sequence[Name]) -> ColumnElement[bool]:
    return Commune.search_name.in_(names)


def _begins(names: Sequence[Name]) -> ColumnElement[bool]:
    """`{` follows every character of a search key."""
    return or_(*(and_(Commune.search_name >= name, Commune.search_name < name + "{") for name in names))


def _holds(key: str) -> ColumnElement[bool]:
    words = (" " + Commune.search_name).like
    return and_(*(words(f"% {word}%") for word in key.split()))


def _with_articles(key: str) -> list[str]:
    """The key, and what it is with another article or none: « Havre » and « le Havre »."""
    article, _, rest = key.partition(" ")
    stem = rest if rest and article in ARTICLES else key
    return [key, stem, *(f"{article} {stem}" for article in ARTICLES)]


_NAMES = [bindparam(f"name_{n}", type_=String) for n in range(2 + len(ARTICLES))]
"""What `_with_articles` gives, in its order."""
_IS_A_POST_THERE = and_(Commune.department_code == EVERY_CONSULAR_POST, _begins(_NAMES))
_OF_THAT_NAME = _in_order(_NAMES[0], or_(_is(_NAMES), _IS_A_POST_THERE))


def _in_department(key: str, department: str, limit: int) -> list[Commune]:
    """The commune of that very name there, or else those that resemble."""
    there = Commune.department_code == department
    return _electing(_is(_with_articles(key)), there, limit=limit) or _named(key, limit, there)


def _by_postal_code(key: str, limit: int) -> list[Commune]:
    if not re.fullmatch(r"[0-9]{4,5}", key):
        return []
    codes = select(PostalCode.commune_code).where(PostalCode.code >= key, PostalCode.code < key + "{")
    return _electing(Commune.code.in_(codes), limit=None if len(key) == 5 else limit)


def _by_code(key: str) -> list[Commune]:
    return _electing(Commune.code == key.upper()) if re.fullmatch(r"[0-9c][0-9ab][0-9]{3}", key) else []


def _by_name_and_number(key: str, limit: int) -> list[Commune]:
    """« Laon 02 », « Laon 02000 », « 02000 Laon »."""
    if found := NAME_THEN_DEPARTMENT.fullmatch(key):
        return _in_department(found[1], found[2].upper(), limit)
    line = ADDRESS_LINE.fullmatch(key)
    postal_code = line and (line[1] or line[3])
    if not line or not postal_code:
        return []
    codes = select(PostalCode.commune_code).where(PostalCode.code == postal_code)
    return _named(line[2], limit, Commune.code.in_(codes))


def _squeezed(key: str, limit: int) -> list[Commune]:
    """« lhaylesroses », « villeneuve dascq »: names typed without some of their spaces or apostrophes."""
    typed = key.replace(" ", "")
    name = func.replace(Commune.search_name, " ", "")
    return _electing(name >= typed, name < typed + "{", limit=limit)
