"""docs/law.md is complete in both directions: article, rule, function, test, and back."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from models import law
from models.errors import Reason

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = re.compile(r"\b[LR]\d{1,3}(?:-\d)*\b")
MARKS = {"**old**": "old wording", "**unread**": "unread"}
"""What the table says of a text, and what the docstring of the function says then."""


class Line(NamedTuple):
    article: str
    rule: str
    function: str
    test: str


def lines() -> list[Line]:
    rows = [row for row in (ROOT / "docs/law.md").read_text(encoding="utf-8").splitlines() if row.startswith("| ")]
    return [Line(*(cell.strip().strip("`") for cell in row.strip("|").split("|"))) for row in rows[1:]]


def named() -> set[str]:
    return {line.function for line in lines()}


def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    """Those that a module defines, by name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def those_that_test(folder: Path) -> dict[str, Path]:
    """Every test, and the file that holds it."""
    return {name: path for path in folder.rglob("test_*.py") for name in functions_of(path) if name.startswith("test_")}


def acts() -> set[str]:
    """The public functions of models/ that write the journal, by themselves or by another of their module."""
    return {
        f"{path.stem}.{name}"
        for path in sorted((ROOT / "models").glob("*.py"))
        for name in recording(functions_of(path))
        if not name.startswith("_")
    }


def recording(functions: dict[str, ast.FunctionDef]) -> set[str]:
    """Which of these write the journal, directly or by one another."""
    called = {name: set(calls_of(node)) for name, node in functions.items()}
    found = {name for name, calls in called.items() if "journal.record" in calls}
    while more := {name for name, calls in called.items() if calls & found} - found:
        found |= more
    return found


def calls_of(function: ast.FunctionDef) -> Iterator[str]:
    return (ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call))


def articles_of(text: str) -> set[str]:
    return set(ARTICLE.findall(text))


def cited_by_test(name: str, path: Path) -> str:
    """What a test says of itself: its name, with articles written as the code writes them, and its docstring."""
    as_written = re.sub(r"_([lr])(\d+)((?:_\d)*)(?=_|$)", lambda m: f" {m[1].upper()}{m[2]}{m[3]}", name)
    return as_written.replace("_", "-") + " " + (ast.get_docstring(functions_of(path)[name]) or "")


def test_every_function_named_exists() -> None:
    for function in named():
        module, name = function.split(".")
        assert callable(getattr(import_module(f"models.{module}"), name)), function


def test_every_test_named_exists() -> None:
    missing = {line.test for line in lines()} - set(those_that_test(ROOT / "tests"))
    assert not missing


def test_every_test_of_the_law_is_named() -> None:
    missing = set(those_that_test(ROOT / "tests/law")) - {line.test for line in lines()}
    assert not missing


def test_every_rule_is_named() -> None:
    rules = {f"rules.{name}" for name in functions_of(ROOT / "models/rules.py") if not name.startswith("_")}
    missing = rules - named()
    assert not missing


def test_every_act_is_named() -> None:
    assert len(acts()) > 20
    missing = acts() - named()
    assert not missing


def test_every_article_that_the_domain_cites_is_named() -> None:
    cited = {article for path in (ROOT / "models").glob("*.py") for article in articles_of(path.read_text())}
    missing = cited - {article for line in lines() for article in articles_of(line.article)}
    assert not missing


def test_every_article_named_is_cited_where_its_function_is() -> None:
    for line in lines():
        module = (ROOT / "models" / f"{line.function.split('.')[0]}.py").read_text(encoding="utf-8")
        missing = articles_of(line.article) - articles_of(module)
        assert not missing, line


def test_every_test_of_the_law_cites_the_article_of_its_line() -> None:
    places = those_that_test(ROOT / "tests/law")
    for line in lines():
        if articles_of(line.article) and line.test in places:
            cited = articles_of(cited_by_test(line.test, places[line.test]))
            assert cited & articles_of(line.article), line


def test_what_was_not_read_is_marked_so() -> None:
    """domain.md 7: where the wording in force was not read, the code says it where it says the rule."""
    for function in named():
        module, name = function.split(".")
        said = getattr(import_module(f"models.{module}"), name).__doc__ or ""
        articles = " ".join(line.article for line in lines() if line.function == function)
        for mark, word in MARKS.items():
            assert (mark in articles) is (word in said), (function, mark)
    assert not law.duration("demande", date(2022, 1, 1)).is_read


def test_every_reason_is_named() -> None:
    text = (ROOT / "docs/law.md").read_text(encoding="utf-8")
    assert not {reason for reason in Reason if reason not in text}
