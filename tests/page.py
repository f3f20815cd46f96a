"""The exacting reader: every page a test opens is checked for what every page owes to people, then read.

page = read(client.get("/demande"))
assert page.h1 == "Votre demande de procuration"
answer = client.post("/demande", data=page.form("/demande") | {"email": "eloise@electeurs.test"})
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

TITLE_END = " · Procurations"
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

Values = dict[str, str | list[str]]


@dataclass
class Page:
    """A page as its reader meets it; texts have single spaces, whatever the source's."""

    root: Element
    path: str
    status: int

    @property
    def h1(self) -> str:
        return text_of(self._one("h1"))

    @property
    def title(self) -> str:
        return text_of(self._one("title"))

    @property
    def text(self) -> str:
        """What <main> says."""
        return text_of(self.main)

    @property
    def main(self) -> Element:
        return self._one("main")

    @property
    def data_status(self) -> str | None:
        """Where the procuration of this page stands."""
        return self._datum("data-status")

    @property
    def data_reference(self) -> str | None:
        return self._datum("data-reference")

    @property
    def errors(self) -> list[str]:
        """The lines of the error summary; empty when there is none."""
        return [text_of(line) for box in self.all() if box.get("id") == "error-summary" for line in box.iter("li")]

    @property
    def links(self) -> dict[str, str]:
        """Where each link leads, by its text; the first one of a text."""
        found: dict[str, str] = {}
        for link in self.all("a"):
            found.setdefault(text_of(link), link.get("href", ""))
        return found

    @property
    def forms(self) -> list[str]:
        """Addresses the forms post or lead to."""
        return [self._action(form) for form in self.all("form")]

    def form(self, action: str = "") -> Values:
        """What a browser would send for the form whose address ends so: hidden inputs and all, buttons apart.

        A repeated name gives a list. The first such form, when there are several.
        """
        forms = [form for form in self.all("form") if self._action(form).endswith(action)]
        assert forms, f"no form towards {action}; there are {self.forms}"
        return dict(_values(forms[0], self.root))

    def all(self, *tags: str) -> list[Element]:
        """Every element of these names, in the order of the page; of any name when none is given."""
        return [e for e in self.root.iter() if isinstance(e.tag, str) and (not tags or e.tag in tags)]

    def _one(self, tag: str) -> Element:
        found = self.all(tag)
        assert len(found) == 1, f"{len(found)} <{tag}> in {self.path}"
        return found[0]

    def _datum(self, name: str) -> str | None:
        return next((e.get(name) for e in self.all() if e.get(name) is not None), None)

    def _action(self, form: Element) -> str:
        return urlsplit(form.get("action") or self.path).path


def read(response: TestResponse) -> Page:
    """Parse a page of the application and check it. Raises AssertionError with what is wrong."""
    assert response.mimetype == "text/html", f"{response.status}, {response.mimetype}"
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(response.text)
    path = response.request.path
    assert not parser.errors, f"{path}: {parser.errors}"
    page = Page(root, path, response.status_code)
    faults = [fault for check in CHECKS for fault in check(page)]
    assert not faults, f"{path}: " + "; ".join(faults)
    return page


def text_of(element: Element) -> str:
    """Text as read: runs of spaces, no-break ones included, are one space."""
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def name_of(element: Element) -> str:
    """What a link or a button is called: its text, its label, or its picture's."""
    pictures = " ".join(e.get("alt", "") for e in element.iter("img"))
    return (text_of(element) or element.get("aria-label") or pictures or element.get("value") or "").strip()


def _speaks_french(page: Page) -> Iterator[str]:
    if page.root.get("lang") != "fr":
        yield 'no lang="fr"'


def _has_one_heading_and_title(page: Page) -> Iterator[str]:
    """The title's words are the heading's, or the reverse; « Erreur : » may come first."""
    title = page.title.removeprefix("Erreur : ")
    if not title.endswith(TITLE_END) or title == TITLE_END:
        yield f"title {page.title!r} does not end with {TITLE_END!r}"
    in_title, in_heading = _words(title.removesuffix(TITLE_END)), _words(page.h1)
    if not in_title or not in_heading or not (in_title <= in_heading or in_heading <= in_title):
        yield f"title {page.title!r} and heading {page.h1!r} disagree"


def _has_one_main(page: Page) -> Iterator[str]:
    if not text_of(page.main):
        yield "<main> is empty"


def _headings_step_down_one_by_one(page: Page) -> Iterator[str]:
    levels = [HEADINGS.index(e.tag) + 1 for e in page.all(*HEADINGS)]
    for above, below in itertools.pairwise(levels):
        if below > above + 1:
            yield f"h{above} is followed by h{below}"


def _ids_are_unique_and_exist(page: Page) -> Iterator[str]:
    ids = [e.get("id", "") for e in page.all() if e.get("id") is not None]
    yield from (f"id {i!r} twice or empty" for i in {i for i in ids if ids.count(i) > 1 or not i})
    for element in page.all():
        named = [*(element.get("aria-describedby") or "").split(), *(element.get("aria-labelledby") or "").split()]
        named += [element.get("for", "")] if element.get("for") else []
        if (element.get("href") or "").startswith("#"):
            named.append(element.get("href", "")[1:])
        yield from (f"<{element.tag}> refers to {i!r}, which is not there" for i in named if i not in ids)


def _fields_have_labels(page: Page) -> Iterator[str]:
    labelled = {label.get("for") for label in page.all("label") if text_of(label)}
    wrapped = {id(e) for label in page.all("label") if text_of(label) for e in label.iter()}
    for field in page.all("input", "select", "textarea"):
        if field.get("type") in UNLABELLED:
            continue
        named = field.get("aria-label") or field.get("aria-labelledby") or id(field) in wrapped
        if not named and (not field.get("id") or field.get("id") not in labelled):
            yield f"field {field.get('name')!r} has no label"


def _groups_have_legends(page: Page) -> Iterator[str]:
    for group in page.all("fieldset"):
        if not any(text_of(legend) for legend in group.iter("legend")):
            yield f"fieldset {group.get('id')!r} has no legend"


def _nothing_runs_inline(page: Page) -> Iterator[str]:
    for element in page.all():
        yield from (f"<{element.tag} {name}=…>" for name in element.attrib if name.startswith("on"))
        if element.get("style") is not None:
            yield f"<{element.tag} style=…>"
        if element.tag in ("script", "style") and not element.get("nonce"):
            yield f"<{element.tag}> without nonce"
        if (element.get("href") or "").startswith("javascript:"):
            yield "javascript: link"


def _posts_carry_a_token(page: Page) -> Iterator[str]:
    for form in page.all("form"):
        names = [e.get("name") for e in form.iter("input")]
        if form.get("method", "get").lower() == "post" and names.count("csrf_token") != 1:
            yield f"form towards {form.get('action')!r} has not one csrf_token"
        if form.get("method", "get").lower() == "get" and "csrf_token" in names:
            yield "csrf_token in an address"


def _everything_clickable_has_a_name(page: Page) -> Iterator[str]:
    for element in page.all("a", "button", "summary"):
        if not name_of(element):
            yield f"<{element.tag} href={element.get('href')!r}> without text"
    yield from ("<img> without alt" for image in page.all("img") if image.get("alt") is None)


CHECKS = (
    _speaks_french,
    _has_one_heading_and_title,
    _has_one_main,
    _headings_step_down_one_by_one,
    _ids_are_unique_and_exist,
    _fields_have_labels,
    _groups_have_legends,
    _nothing_runs_inline,
    _posts_carry_a_token,
    _everything_clickable_has_a_name,
)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _values(form: Element, root: Element) -> Iterator[tuple[str, str | list[str]]]:
    inside = [e for e in form.iter() if e.get("form") is None]
    outside = [e for e in root.iter() if form.get("id") and e.get("form") == form.get("id")]
    sent: dict[str, list[str]] = {}
    for field in [*inside, *outside]:
        if field.tag in ("input", "select", "textarea") and field.get("name") and field.get("disabled") is None:
            sent.setdefault(field.get("name", ""), []).extend(_sent_by(field))
    for name, values in sent.items():
        if values:
            yield name, values[0] if len(values) == 1 else values


def _sent_by(field: Element) -> list[str]:
    kind = field.get("type", "text")
    if field.tag == "textarea":
        return [field.text or ""]
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = [o for o in options if o.get("selected") is not None] or options[: field.get("multiple") is None]
        return [o.get("value", text_of(o)) for o in chosen]
    if kind in ("radio", "checkbox"):
        return [field.get("value", "on")] if field.get("checked") is not None else []
    return [] if kind in UNLABELLED - {"hidden"} else [field.get("value", "")]
