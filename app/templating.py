"""Templates see the application's globals as they are, and what they say can be had as text.

Jinja lays each template's own over them, and at each import of macros compares the two name by name. Ours have none of
their own: the same names, in one dictionary, are compared at once.
"""

from collections.abc import MutableMapping
from html import unescape
from typing import Any

from flask import Flask, get_template_attribute
from flask.templating import Environment


class Pages(Environment):
    """Flask's, whose templates share one dictionary of globals."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def init_templating(app: Flask) -> None:
    """Before anything else touches the templates: Flask makes their environment when first asked for it."""
    app.jinja_environment = Pages


def in_words(macro: str, *of: object) -> str:
    """What a macro of components/words.html says, as plain text: for files, and for who escapes it again."""
    return unescape(get_template_attribute("components/words.html", macro)(*of))
