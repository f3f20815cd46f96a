"""The style sheet as a telephone's browser of 2016 reads it: what it does not know is dropped, as CSS says it must be.

`KNOWN_…` is what such a browser knows. `LOST_WITHOUT_HARM` is what it may drop, with what it shows instead. Anything
else stands between `@supports`, or is refused by tests/contracts/test_old_browsers.py: the lists say what is allowed,
not what is forbidden, so that a novelty nobody thought of is refused too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tinycss2

KNOWN_PROPERTIES = frozenset(
    re.split(
        r"\s+",
        """
-webkit-text-size-adjust align-items background border border-bottom border-bottom-color border-collapse border-color
border-left border-radius border-top bottom box-shadow box-sizing caption-side clear clip color content
counter-increment counter-reset cursor display fill flex flex-direction flex-wrap float font font-family font-size
font-style font-weight height justify-content left letter-spacing line-height list-style margin margin-bottom
margin-left margin-right margin-top max-width min-height min-width opacity outline outline-offset overflow overflow-wrap
overflow-x padding padding-bottom padding-left padding-right padding-top position right size stroke stroke-width
text-align text-decoration text-transform top vertical-align white-space width word-break z-index""".strip(),
    )
)
LOST_WITHOUT_HARM = {
    "grid-template-columns": "the parts follow one another, down the page",
    "grid-gap": "as above",
    "columns": "one column",
    "column-gap": "one column",
    "accent-color": "the system's own colour of a ticked box",
    "clip-path": "clip, beside it, says the same",
    "font-variant-numeric": "digits of uneven width",
    "text-decoration-thickness": "the browser's own underline",
    "text-underline-offset": "the browser's own underline",
    "text-wrap": "a title's lines of uneven length",
    "break-after": "on paper, a title may end a page",
    "break-before": "on paper, lists follow one another",
    "break-inside": "on paper, a row may be cut",
    "page": "on paper, lists are upright",
}
KNOWN_PSEUDO = {"hover", "focus", "first-child", "last-child", "before", "after", "not", "empty", "root"}
KNOWN_FUNCTIONS = {"var", "calc", "attr", "counter", "rect"}
KNOWN_DISPLAYS = {"block", "inline-block", "inline", "none", "flex", "table-row", "table-header-group"}
PSEUDO = re.compile(r"::?([a-z-]+)")


@dataclass(frozen=True)
class Novelty:
    """What a browser of 2016 drops, and where it is."""

    line: int
    what: str


def novelties(style: str) -> list[Novelty]:
    """What is neither known, nor lost without harm, nor between @supports."""
    return [found for rule in _rules(style) for found in _in_rule(rule)]


def as_read_in_2016(style: str) -> str:
    """The style sheet without the rules and declarations that such a browser drops."""
    return "".join(_kept(rule) for rule in _parsed(style))


def _parsed(style: str) -> list[tinycss2.ast.Node]:
    return tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)


def _rules(style: str) -> Iterator[tinycss2.ast.Node]:
    """Every qualified rule, those of @media included; what is between @supports is for who supports it."""
    for rule in _parsed(style):
        if rule.type == "at-rule" and rule.lower_at_keyword == "media":
            yield from _parsed_in(rule)
        elif rule.type != "at-rule" or rule.lower_at_keyword != "supports":
            yield rule


def _parsed_in(rule: tinycss2.ast.Node) -> list[tinycss2.ast.Node]:
    return tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)


def _in_rule(rule: tinycss2.ast.Node) -> Iterator[Novelty]:
    if rule.type == "qualified-rule":
        selector = tinycss2.serialize(rule.prelude).strip()
        if not _selects(selector) and "focus-visible" not in selector:
            yield Novelty(rule.source_line, selector)
        inside = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        yield from (Novelty(one.source_line, _said(one)) for one in inside if not _is_allowed(one))
    elif rule.type != "at-rule" or rule.lower_at_keyword != "page":
        yield Novelty(rule.source_line, _said(rule))


def _said(node: tinycss2.ast.Node) -> str:
    return str(tinycss2.serialize([node])).split("{", 1)[0]


def _is_allowed(inside: tinycss2.ast.Node) -> bool:
    """Known, or lost without harm; a rule inside a rule is neither."""
    if inside.type != "declaration":
        return False
    return _is_known(inside) or inside.name in LOST_WITHOUT_HARM or _is_grid(inside)


def _selects(selector: str) -> bool:
    """One pseudo-class that is not known drops the whole rule."""
    return set(PSEUDO.findall(selector)) <= KNOWN_PSEUDO


def _declarations(rule: tinycss2.ast.Node) -> list[tinycss2.ast.Node]:
    found = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return [declaration for declaration in found if declaration.type == "declaration"]


def _is_known(declaration: tinycss2.ast.Node) -> bool:
    if declaration.name.startswith("--"):
        return True
    functions = {name.lower() for name in _functions(declaration.value)}
    words = {token.lower_value for token in declaration.value if token.type == "ident"}
    return (
        declaration.name in KNOWN_PROPERTIES
        and functions <= KNOWN_FUNCTIONS
        and "anywhere" not in words
        and (declaration.name != "display" or words <= KNOWN_DISPLAYS)
    )


def _is_grid(declaration: tinycss2.ast.Node) -> bool:
    """Lost without harm too: its parts are then blocks."""
    return declaration.name == "display" and tinycss2.serialize(declaration.value).strip() == "grid"


def _functions(tokens: list[tinycss2.ast.Node]) -> Iterator[str]:
    for token in tokens:
        if token.type == "function":
            yield token.name
            yield from _functions(token.arguments)


def _kept(rule: tinycss2.ast.Node) -> str:
    if rule.type == "at-rule" and rule.lower_at_keyword == "media":
        inside = "".join(_kept(one) for one in _parsed_in(rule))
        return f"@media {tinycss2.serialize(rule.prelude).strip()} {{ {inside} }}\n"
    if rule.type != "qualified-rule" or not _selects(tinycss2.serialize(rule.prelude)):
        return ""
    kept = "; ".join(tinycss2.serialize([d]).rstrip("; ") for d in _declarations(rule) if _is_known(d))
    return f"{tinycss2.serialize(rule.prelude).strip()} {{ {kept} }}\n"
