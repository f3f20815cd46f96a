"""The code of a receipt: what one key signed, to the letter, and nothing else."""

import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from models import seal
from models.errors import Forged

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
AT = datetime(2026, 11, 24, 8, 44, 59, tzinfo=UTC)
TEXT = "Récépissé n° : 12\nMandant : Éloïse D'HAUTPOUL\nPour : dimanche 14 mars 2027"
CODE = seal.sign(12, AT, TEXT, KEY)


def test_a_code_says_its_number_its_time_and_its_text_and_no_more() -> None:
    read = seal.read(CODE, PUBLIC)
    assert (read.number, read.at, read.covers(TEXT)) == (12, AT, True)
    assert CODE.startswith("RECEPISSE+1+12+20261124T084459Z+")
    assert "HAUTPOUL" not in CODE
    assert set(CODE) <= set(string.ascii_uppercase + string.digits + "+"), "no address, and a compact QR code"
    assert len(CODE) < 221, "version 8 of a QR code, error correction M"


@given(
    st.integers(1, 10**10 - 1),
    st.integers(0, 2**34).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.text(),
)
def test_whatever_is_signed_is_read_again(number: int, at: datetime, text: str) -> None:
    read = seal.read(seal.sign(number, at, text, KEY), PUBLIC)
    assert (read.number, read.at, read.covers(text)) == (number, at, True)


def test_every_changed_character_is_refused() -> None:
    """At each place, each character of the alphabet, the same letter in lower case, and what might be ignored."""
    signs = string.ascii_letters + string.digits + "+-=_ \nÉ\0"
    for place, right in enumerate(CODE):
        for sign in set(signs) - {right}:
            with pytest.raises(Forged):
                seal.read(CODE[:place] + sign + CODE[place + 1 :], PUBLIC)


def test_every_missing_added_or_swapped_character_is_refused() -> None:
    for place in range(len(CODE)):
        changed = [CODE[:place] + CODE[place + 1 :], CODE[:place] + "A" + CODE[place:], CODE[:place]]
        if place and CODE[place] != CODE[place - 1]:
            changed.append(CODE[: place - 1] + CODE[place] + CODE[place - 1] + CODE[place + 1 :])
        for code in changed:
            with pytest.raises(Forged):
                seal.read(code, PUBLIC)


def test_the_code_of_another_key_is_refused() -> None:
    with pytest.raises(Forged):
        seal.read(CODE, Ed25519PrivateKey.generate().public_key())
    with pytest.raises(Forged):
        seal.read(seal.sign(12, AT, TEXT, Ed25519PrivateKey.generate()), PUBLIC)


def test_two_true_codes_cannot_be_mixed() -> None:
    other = seal.sign(13, AT, TEXT + ", et le 21", KEY)
    for place in range(1, 6):
        mixed = "+".join([*CODE.split("+")[:place], *other.split("+")[place:]])
        if mixed not in (CODE, other):
            with pytest.raises(Forged):
                seal.read(mixed, PUBLIC)


def test_lines_that_a_printer_cut_do_not_count() -> None:
    cut = "\n  ".join(CODE[n : n + 40] for n in range(0, len(CODE), 40))
    assert seal.read(f"\n{cut} ", PUBLIC).number == 12


@pytest.mark.parametrize("place", range(len(TEXT)))
def test_every_letter_of_the_text_counts(place: int) -> None:
    read = seal.read(CODE, PUBLIC)
    changed = TEXT[:place] + "#" + TEXT[place + 1 :]
    assert not read.covers(changed)


def test_what_copying_changes_does_not_count() -> None:
    read = seal.read(CODE, PUBLIC)
    assert read.covers(TEXT.replace(" : ", "\n").replace("'", "’").replace("é", "e\N{COMBINING ACUTE ACCENT}"))
    assert not read.covers(TEXT.replace("Éloïse", "Eloïse"))
    assert not read.covers(TEXT.replace("Éloïse ", "Éloïse"))


def test_the_time_is_the_same_wherever_it_was() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=11)))
    assert seal.sign(12, elsewhere, TEXT, KEY) == CODE
