"""A file that is not a whole roll of that commune is refused, wherever it was cut and whatever it is."""

import random
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.csv_lines import LONGEST_LINE, Refused
from models.roll_file import Refusal, read
from tests.rolls.files import HEADER, LUCIE, a_file, an_elector, read_all


def refused(content: bytes, commune: str | None = "02408") -> tuple[str, str]:
    with pytest.raises(Refused) as refusal:
        read_all(content, commune)
    return refusal.value.code, refusal.value.detail


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert refused(content)[0] == Refusal.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + random.Random(1).randbytes(50_000),
        b"%PDF-1.7\n1 0 obj\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        "nom;prénom\nPETIT;Lucie\n".encode("utf-16"),
        b"bonjour",
        b"x" * 100_000,
        b"service;commune\nBrigade;Laon\n",
        zlib.compress(a_file()),
    ],
    ids=["xlsx", "pdf", "picture", "utf-16", "a word", "an endless line", "another table", "compressed"],
)
def test_what_is_no_roll_is_refused(content: bytes) -> None:
    assert refused(content)[0] in (Refusal.NOT_A_ROLL, Refusal.TRUNCATED)


def test_missing_columns_are_named() -> None:
    header = [name for name in HEADER if name not in ("sexe", "nom d'usage")]
    assert refused(a_file(header=header)) == (Refusal.MISSING_COLUMNS, "nom d'usage, sexe")


def test_a_roll_of_another_commune_is_refused_and_named() -> None:
    elsewhere = an_elector() | {"code du l'ugle": "02722"}
    assert refused(a_file(an_elector(), elsewhere)) == (Refusal.OTHER_COMMUNE, "02722")
    assert len(read_all(a_file(an_elector(), elsewhere), commune=None)) == 2


def test_a_file_with_nobody_in_it_is_refused() -> None:
    assert refused(a_file().splitlines(keepends=True)[0])[0] == Refusal.NOBODY
    assert refused(a_file(LUCIE | {"sexe": ""}))[0] == Refusal.NOBODY


@pytest.mark.parametrize("separator", [";", ","])
def test_a_file_cut_anywhere_but_between_two_lines_is_refused(separator: str) -> None:
    """Before its last field; inside it, only the order number is in doubt, and is not kept."""
    content = a_file(an_elector(), an_elector(nom_de_naissance="PETIT"), separator=separator)
    for end in range(1, len(content)):
        *_, last_line = content[:end].split(b"\n")
        *fields, last = last_line.split(separator.encode())
        if len(fields) == len(HEADER) - 1 and last.isdigit():
            assert read_all(content[:end])[-1].order_number is None
        elif last_line:
            assert refused(content[:end])[0] in (Refusal.TRUNCATED, Refusal.NOT_A_ROLL), end


def test_a_last_line_without_its_end_is_whole_when_a_quote_closes_it() -> None:
    header = [*(name for name in HEADER if name != "prénoms"), "prénoms"]
    unquoted = a_file(an_elector(), header=header).removesuffix(b"\n")
    assert refused(unquoted)[0] == Refusal.TRUNCATED
    line, _, first_names = unquoted.rpartition(b";")
    assert read_all(line + b';"' + first_names + b'"')[0].first_names == an_elector()["prénoms"]


def test_the_line_that_was_cut_is_named() -> None:
    assert refused(a_file(an_elector(), an_elector())[:-10]) == (Refusal.TRUNCATED, "3")


def test_a_quoted_field_left_open_is_refused() -> None:
    at_the_end = a_file() + b'"02408";"Laon;\n'
    assert refused(at_the_end) == (Refusal.OPEN_QUOTE, "3")
    long_before = a_file() + b'"02408";"Laon;\n' + b"02408;Laon\n" * 10_000
    assert refused(long_before) == (Refusal.OPEN_QUOTE, "3")


def test_reading_never_holds_the_whole_file() -> None:
    class Endless(BytesIO):
        asked = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            self.asked = max(self.asked, size or 0)
            assert self.asked > 0
            return super().readline(size)

    file = Endless(a_file())
    assert len(list(read(file))) == 1
    assert file.asked == LONGEST_LINE + 1


@given(st.binary(max_size=40), st.integers(0, 2_000), st.integers(0, 40))
def test_whatever_was_done_to_a_file_it_is_read_or_refused_and_nothing_else(put: bytes, at: int, removed: int) -> None:
    content = a_file(an_elector(), an_elector(nom_de_naissance="PETIT"))
    with suppress(Refused):
        read_all(content[:at] + put + content[at + removed :], commune=None)
