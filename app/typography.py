"""French typography: a line never begins with « : », « ; », « ? », « ! » or « » », nor ends with « « »."""

import re

from flask import Flask
from jinja2.ext import Extension

STRING = re.compile(r'"[^"]*"')
CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>)", re.DOTALL)
BEFORE_A_HIGH_SIGN = re.compile(r"(?<!\s) (?=[:;?!»])")
AFTER_A_QUOTE = re.compile(r"« ")
NO_BREAK = "\u00a0"


class FrenchSpaces(Extension):
    """Put the no-break spaces into the words of our pages as they are compiled: nothing is left to do for a request.

    What people wrote is not in a template, and stays as they wrote it.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        is_page = name is not None and name.endswith(".html")
        return "".join(map(_spaced, CODE.split(source))) if is_page else source


def init_typography(app: Flask) -> None:
    """Compile every page so; before the first is."""
    app.jinja_env.add_extension(FrenchSpaces)


def _spaced(part: str) -> str:
    if part.startswith("<"):
        return part
    if part.startswith("{"):
        return STRING.sub(lambda written: _with_no_break(written[0]), part)
    return _with_no_break(part)


def _with_no_break(part: str) -> str:
    return AFTER_A_QUOTE.sub(f"«{NO_BREAK}", BEFORE_A_HIGH_SIGN.sub(NO_BREAK, part))
