"""The checker is red where it should be: each fault alone, crafted by hand."""

from __future__ import annotations

import pytest

from ops.chaos.checker import Delivered, Step, check
from ops.chaos.script import answer, halves


def said(*names: str, session: str = "s") -> list[Step]:
    return [
        step
        for name in names
        for step in (Step("invoke", session, name), Step("ok", session, name, f"id-{name}"))
    ]


def out(*names: str, session: str = "s") -> list[Delivered]:
    return [Delivered(session, f"id-{name}") for name in names]


def test_a_clean_run_is_clean() -> None:
    verdict = check(
        said("a", "b") + said("x", session="t"), out("a", "b") + out("x", session="t"), 0
    )
    assert verdict.broken == {}
    assert (verdict.accepted, verdict.answered) == (3, 3)


@pytest.mark.parametrize(
    ("outbox", "dead", "broken"),
    [
        (out("a", "c"), 0, {"lost": 1}),
        (out("a", "b", "b", "c"), 0, {"duplicated": 1}),
        (out("b", "a", "c"), 0, {"inversions": 1}),
        (out("c", "a", "b"), 0, {"inversions": 2}),
        (out("a", "b", "c", "z"), 0, {"unasked": 1}),
        (out("a", "b", "c"), 2, {"dead": 2}),
        (
            [*out("a", "b"), Delivered("s", "id-c", part=0, parts=2)],
            0,
            {"lost": 1},
        ),
        ([*out("a", "b"), Delivered("s", "id-c", mended=True)], 0, {"lost": 1}),
    ],
)
def test_each_fault_is_seen(outbox: list[Delivered], dead: int, broken: dict[str, int]) -> None:
    assert check(said("a", "b", "c"), outbox, dead).broken == broken


def test_a_key_with_two_ids_is_seen() -> None:
    log = [*said("a"), Step("ok", "s", "a", "other")]
    assert check(log, [*out("a"), Delivered("s", "other")], 0).broken == {"confused": 1}


def test_a_client_that_heard_nothing_proves_nothing() -> None:
    log = [*said("a"), Step("invoke", "s", "b"), Step("unknown", "s", "b")]
    assert check(log, out("a"), 0).broken == {}
    assert check(log, out("a", "b"), 0).broken == {}


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ({"a": "Done with a.", "b": "Done with b. ⚠ Look."}, {}),
        ({"a": "Done with b.", "b": "Done with a."}, {"astray": 2}),
        ({"a": "Done with a.", "b": "Let me see."}, {"astray": 1}),
        ({"a": "Done with a.", "b": ""}, {}),
    ],
)
def test_an_answer_to_another_question_is_seen(
    words: dict[str, str], broken: dict[str, int]
) -> None:
    """What says only why there is no answer is judged by the others."""
    log = said("a") + said("b", session="t")
    outbox = [
        Delivered("s", "id-a", part, 2, said=half) for part, half in enumerate(halves(words["a"]))
    ]
    outbox += [outbox[0], Delivered("t", "id-b", said=words["b"])]
    answers = {key: answer(key) for key in "ab"}
    assert check(log, outbox, 0, answers).broken == {"duplicated": 1, **broken}


def test_repeats_of_one_reply_are_no_inversion() -> None:
    assert check(said("a", "b"), out("a", "b", "a"), 0).broken == {"duplicated": 1}
