"""What each address takes, learned from the pages themselves and from what the code asks of a request."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

Place = tuple[str, str]
"""An endpoint and a method."""
OURS = {"csrf_token"}
"""The token is true in every request: without it nothing behind it would be reached."""


class Noting(ImmutableMultiDict[str, str]):
    """Arguments and form fields that remember which names were asked for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        self.asked.add(key)
        return super().get(key, *arguments, **options)

    def getlist(self, key: str, *arguments: Any, **options: Any) -> Any:
        self.asked.add(key)
        return super().getlist(key, *arguments, **options)


class NotingRequest(Request):
    """A request whose parameters are read through Noting."""

    parameter_storage_class = Noting


class Fields(HTMLParser):
    """The links and the forms of a page: where each leads, and what each of its fields may hold."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.form, self.select = path, (path, "GET"), ""
        self.found: list[tuple[str, str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = (given.get("action") or self.path, given.get("method", "get").upper())
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "a" and "?" in given.get("href", ""):
            parts = urlsplit(given["href"])
            self.found += [(parts.path or self.path, "GET", *pair) for pair in parse_qsl(parts.query)]
        elif tag in ("input", "button", "textarea", "option"):
            name = self.select if tag == "option" else given.get("name", "")
            self.found += [(*self.form, name, given.get("value", ""))] if name else []

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = (self.path, "GET")
        elif tag == "select":
            self.select = ""


class Parameters:
    """The names that each place takes, with the true values that were met for each."""

    def __init__(self, app: Flask) -> None:
        self.urls = app.url_map.bind("localhost")
        self.values: defaultdict[Place, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def learn(self, place: Place, name: str, *values: str) -> None:
        if name not in OURS:
            self.values[place][name] |= set(values)

    def learn_page(self, path: str, html: str) -> None:
        """Every form and every link of a page."""
        page = Fields(path)
        page.feed(html)
        for action, method, name, value in page.found:
            if endpoint := self._endpoint(urlsplit(action).path, method):
                self.learn((endpoint, method), name, value)

    def known(self, place: Place) -> dict[str, list[str]]:
        """The names of a place, and what true values were met for each, in an order that no run changes."""
        return {name: sorted(values) for name, values in sorted(self.values[place].items())}

    def keys(self) -> list[str]:
        """Every number that names a row anywhere: one page's keys are another's foreign ones."""
        met = _all(values for names in self.values.values() for values in names.values())
        return sorted({value for value in met if value.isdecimal() and len(value) < 10})

    def _endpoint(self, path: str, method: str) -> str | None:
        try:
            return str(self.urls.match(path, method)[0])
        except (HTTPException, RequestRedirect):
            return None


def _all(sets: Iterable[set[str]]) -> Iterator[str]:
    for one in sets:
        yield from one
