"""Six characters that can be dictated at a counter."""

import collections

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import reference
from models.reference import ALPHABET, clean, draw, is_well_formed, spell

REFERENCES = st.text(ALPHABET, min_size=6, max_size=6)


def test_the_alphabet_has_no_letter_that_is_read_as_a_digit() -> None:
    assert ALPHABET == "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    assert not set("IO01") & set(ALPHABET)


def test_a_draw_is_well_formed_and_uses_every_character_about_as_often() -> None:
    drawn = [draw() for _ in range(4_000)]
    assert all(map(is_well_formed, drawn))
    assert len(set(drawn)) >= 3_999
    counts = collections.Counter("".join(drawn))
    assert set(counts) == set(ALPHABET)
    assert max(counts.values()) < 1.5 * min(counts.values())


def test_draws_come_from_the_systems_cryptographic_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference.secrets, "choice", lambda characters: characters[-1])
    assert draw() == "999999"


@given(REFERENCES, st.sampled_from([" ", "-", "‑", "–", ".", "\u00a0", "\n", ""]))
def test_a_reference_typed_anyhow_is_found_again(drawn: str, separator: str) -> None:
    assert clean(f" {drawn.lower()[:3]}{separator}{drawn[3:]} ") == drawn


@given(st.text())
def test_any_text_is_cleaned_without_harm(text: str) -> None:
    assert is_well_formed(clean(text)) in (True, False)


@pytest.mark.parametrize("text", ["", "ABC23", "ABC2345", "ABC23O", "ABC231", "abc234", "ÀBC234", "ABC23²", "ABC23\0"])
def test_what_is_not_six_characters_of_the_alphabet_is_no_reference(text: str) -> None:
    assert not is_well_formed(text)


def test_every_letter_has_a_word_that_begins_with_it() -> None:
    assert spell("K7M2QP") == "K comme Kléber, 7, M comme Marcel, 2, Q comme Quintal, P comme Pierre"
    letters = [c for c in ALPHABET if c.isalpha()]
    assert all(reference.SPOKEN[letter].startswith(letter) for letter in letters)
    assert set(reference.SPOKEN) == set(letters)
