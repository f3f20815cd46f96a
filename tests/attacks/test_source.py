"""What the code never does: each of these is how a text of somebody's becomes a program."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "admin_views", "models")
FORBIDDEN_CALLS = {"eval", "exec", "compile", "render_template_string", "system", "popen", "literal_column"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "yaml", "xml", "lxml", "random"}
"""Readers that run or fetch what they read, and numbers that can be guessed."""
MAY_START_A_PROGRAM = {"app/backup/postgresql.py"}
ASKS_OWN_CONSTANTS = {"app/backup/command.py"}
"""A command of the operator, whose questions are constants of its file."""
MAY_DRAW_BY_CHANCE = {f"app/demo/{name}.py" for name in ("country", "drawn", "people")}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            yield str(path.relative_to(PROJECT)), ast.parse(path.read_text())


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_method_of_re = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re"
            if not is_method_of_re:
                yield name, node


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_no_text_is_run_as_a_program() -> None:
    """What is trusted as markup: tests/back_office/test_flask_admin_traps.py."""
    found = {(path, name) for path, tree in sources() for name, _ in calls(tree) if name in FORBIDDEN_CALLS}
    assert found == set()


def test_nothing_is_read_by_a_reader_that_runs_what_it_reads() -> None:
    found = {(path, name) for path, tree in sources() for name in imported(tree) & FORBIDDEN_MODULES}
    assert {(path, name) for path, name in found if name != "random" or path not in MAY_DRAW_BY_CHANCE} == set()


def test_a_program_is_started_by_a_list_of_words_never_by_a_shell() -> None:
    for path, tree in sources():
        assert "subprocess" not in imported(tree) or path in MAY_START_A_PROGRAM, path
        for _, call in calls(tree):
            assert "shell" not in {keyword.arg for keyword in call.keywords}, path


def test_no_statement_is_written_from_a_text() -> None:
    """Every `text(…)` of SQL is a constant: values travel apart."""
    for path, tree in sources():
        if "sqlalchemy" in imported(tree) and "migrations" not in path and path not in ASKS_OWN_CONSTANTS:
            for name, call in calls(tree):
                if name == "text" and call.args and not isinstance(call.func, ast.Attribute):
                    assert _is_constant(call.args[0]), f"{path}:{call.lineno}"


def _is_constant(given: ast.expr) -> bool:
    """Written there, or under a name in capitals."""
    return isinstance(given, ast.Constant) or (isinstance(given, ast.Name) and given.id.isupper())


def test_no_template_trusts_a_text_or_turns_escaping_off() -> None:
    for path in sorted((PROJECT / "templates").rglob("*.*")):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|\bMarkup\(", path.read_text()), path


def test_no_script_writes_markup() -> None:
    for path in sorted((PROJECT / "app" / "static").glob("*.js")):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Storage", path.read_text())
