"""What the model of a run says wrong: every kind, and what is slow only once."""

from __future__ import annotations

from ops.chaos.script import SLOW, TROUBLES, Seeded


def troubles(attempt: int) -> set[str]:
    script = Seeded("7")
    return {script.said(f"turn {n}", 0, attempt).trouble for n in range(2_000)} - {""}


def test_first_tries_go_wrong_in_every_way() -> None:
    assert troubles(1) == set(TROUBLES)


def test_second_tries_go_wrong_quickly_and_third_ones_never() -> None:
    assert troubles(2) == set(TROUBLES) - set(SLOW)
    assert troubles(3) == set()


def test_a_steady_one_says_the_same_without_any() -> None:
    assert {Seeded("").said(f"turn {n}", 0, 1).trouble for n in range(200)} == {""}
