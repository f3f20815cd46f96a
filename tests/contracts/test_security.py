"""docs/security.md is whole: every control of ASVS 5.0 up to level 2, with a test that exists, or why there is none."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.contracts.test_law_table import ROOT, functions_of

CONTROLS = {
    1: {1: 2, 2: 9, 3: 11, 4: 3, 5: 2},
    2: {1: 3, 2: 3, 3: 4, 4: 1},
    3: {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    4: {1: 3, 2: 1, 3: 2, 4: 4},
    5: {1: 1, 2: 3, 3: 2, 4: 3},
    6: {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    7: {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2},
    8: {1: 2, 2: 3, 3: 1, 4: 1},
    9: {1: 3, 2: 4},
    10: {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3},
    11: {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    12: {1: 3, 2: 2, 3: 4},
    13: {1: 1, 2: 5, 3: 2, 4: 5},
    14: {1: 2, 2: 4, 3: 3},
    15: {1: 3, 2: 3, 3: 7},
    16: {1: 1, 2: 5, 3: 4, 4: 3, 5: 3},
    17: {1: 1, 2: 4, 3: 2},
}
"""How many controls of levels 1 and 2 each section of each chapter has; they come first in it."""
Control = tuple[int, int, int]


class Line(NamedTuple):
    first: Control
    last: Control
    what: str
    tests: list[str]


def every_control() -> list[Control]:
    return sorted(
        (chapter, section, number)
        for chapter, sections in CONTROLS.items()
        for section, most in sections.items()
        for number in range(1, most + 1)
    )


def lines() -> Iterator[Line]:
    for row in (ROOT / "docs/security.md").read_text(encoding="utf-8").splitlines():
        if re.match(r"\| \d", row):
            numbers, what, tests = (cell.strip() for cell in row.strip("|").split(" | ", 2))
            first, last = numbers.split("–")[0], numbers.split("–")[-1]
            yield Line(_control(first), _control(last), what, re.findall(r"`([^`]+)`", tests))


def _control(written: str) -> Control:
    chapter, section, number = map(int, written.split("."))
    return chapter, section, number


def test_every_control_has_its_line_and_only_one() -> None:
    told = [control for line in lines() for control in every_control() if line.first <= control <= line.last]
    assert told == every_control()


@pytest.mark.parametrize("test", sorted({test for line in lines() for test in line.tests}))
def test_each_test_that_is_named_exists(test: str) -> None:
    file, name = test.split("::")
    assert name in functions_of(ROOT / file)


def test_a_line_without_a_test_says_why() -> None:
    for line in lines():
        assert line.tests or line.what.startswith(("not met", "does not apply: ")), line.first
        assert line.tests or ": " in line.what, line.first
        assert line.what, line.first
