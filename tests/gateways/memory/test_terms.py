"""Words as they are looked up: in other forms, other letters and other languages the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.memory.terms import MOST, terms


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("The windows were cleaned.", "who cleans my window?"),
        ("Die Handwerker kommen am Freitag.", "Wann sind die Handwerkern da?"),
        ("Ma fille est allergique au lait.", "de quoi est-elle ALLERGIQUE ?"),
        ("El café está en la cocina.", "¿dónde hay cafe?"),
        ("我喜欢喝绿茶", "绿茶"),
        ("Wi-Fi password is on the fridge", "where is the wi-fi"),
    ],
)
def test_what_is_asked_otherwise_has_a_term_in_common(said: str, asked: str) -> None:
    assert set(terms(said)) & set(terms(asked))


@pytest.mark.parametrize(
    "said", ["what is it?", "wie ist das mit dir?", "¿qué es?", "", " \n", "!?"]
)
def test_what_every_text_has_is_no_term(said: str) -> None:
    assert terms(said) == ()


@given(st.text(max_size=300))
def test_a_term_is_letters_and_digits_whatever_is_said(said: str) -> None:
    found = terms(said)
    assert len(found) == len(set(found)) <= MOST
    assert all(re.fullmatch(r"[^\W_]+", one) for one in found)
