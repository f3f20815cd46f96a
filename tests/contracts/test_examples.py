"""Examples in docstrings hold."""

import doctest
from importlib import import_module

import pytest

from app.config import PROJECT

FILES = [file for package in ("app", "models", "admin_views") for file in (PROJECT / package).rglob("*.py")]
SHOWN = sorted(
    ".".join(file.relative_to(PROJECT).with_suffix("").parts) for file in FILES if ">>> " in file.read_text()
)


@pytest.mark.parametrize("module", SHOWN)
def test_what_a_docstring_shows_is_what_comes_out(module: str) -> None:
    found = doctest.testmod(import_module(module))
    assert found.attempted
    assert found.failed == 0
