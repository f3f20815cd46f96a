"""How French is written: « d'Athies », « du Havre »; a line never begins with « : », « ; », « ? », « ! » or « » »."""

import re

from flask import Flask
from jinja2.ext import Extension

from models.identity import fold

STRING = re.compile(r'"[^"]*"')
CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>)", re.DOTALL)
BEFORE_A_HIGH_SIGN = re.compile(r"(?<!\s) (?=[:;?!»])")
AFTER_A_QUOTE = re.compile(r"« ")
NO_BREAK = "\u00a0"
TAGS = re.compile(r"^(?:<[^>]*>|\s)*")
SOUNDS_LIKE_A_VOWEL = re.compile(r"[aeiouh]|y(?![aou])")


class FrenchSpaces(Extension):
    """Put the no-break spaces into the words of our pages as they are compiled: nothing is left to do for a request.

    What people wrote is not in a template, and stays as they wrote it.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        is_page = name is not None and name.endswith(".html")
        return "".join(map(_spaced_part, CODE.split(source))) if is_page else source


def init_typography(app: Flask) -> None:
    """Compile every page so; before the first is."""
    app.jinja_env.add_extension(FrenchSpaces)
    app.jinja_env.filters.update(of=of, spaced=spaced)


def spaced(words: str) -> str:
    """Words of ours that no template holds, as a template's: the heading of a column.

    >>> spaced("mandataire : prénoms")
    'mandataire\\xa0: prénoms'
    """
    return AFTER_A_QUOTE.sub(f"«{NO_BREAK}", BEFORE_A_HIGH_SIGN.sub(NO_BREAK, words))


def of(name: str) -> str:
    """A place, or somebody by their first name, as one says it after « de »; markup stays markup.

    >>> [of(name) for name in ("Laon", "Athies", "Éloïse", "Yvetot", "Yaoundé", "Le Havre", "Les Abymes", "La Ciotat")]
    ['de Laon', "d'Athies", "d'Éloïse", "d'Yvetot", 'de Yaoundé', 'du Havre', 'des Abymes', 'de La Ciotat']
    """
    read = TAGS.sub("", name)
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if read.startswith(article):
            return contracted + name.replace(article, "", 1)
    return ("d'" if SOUNDS_LIKE_A_VOWEL.match(fold(read)) else "de ") + name


def _spaced_part(part: str) -> str:
    if part.startswith("<"):
        return part
    if part.startswith("{"):
        return STRING.sub(lambda written: spaced(written[0]), part)
    return spaced(part)
