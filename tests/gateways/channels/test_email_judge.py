"""Which mails are taken in, and what a word in them may do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateways.channels.email_judge import EARLY_MS, HOUR, OLDEST_MS, Bounds, Judge, words
from gateways.channels.email_proof import Threads
from gateways.channels.email_read import Letter, Said

NOW = 1_796_032_800_000
OURS = "mx.home.example"
THREADS = Threads((b"k" * 32,), "home.example")
JUDGE = Judge(THREADS, OURS)
PASS = (f"{OURS}; dmarc=pass header.from=good.example",)
LETTER = Letter(
    id="1", who="ada@good.example", name="Ada", subject="hello",
    alone=True, named=(), message="<1@good.example>", verdicts=PASS, at=NOW,
)  # fmt: skip
ANSWER = (THREADS.name("d", "thread", LETTER.who, NOW - 1),)


def test_who_is_vouched_for_may_decide() -> None:
    found = JUDGE(LETTER, NOW)
    assert (found.forged, found.proven, found.fresh, found.greets) == ("", True, True, True)
    assert found.chat.endswith(":ada@good.example")
    assert not JUDGE(replace(LETTER, alone=False), NOW).greets


def test_an_answer_is_taken_in_and_decides_nothing() -> None:
    found = JUDGE(replace(LETTER, verdicts=(), named=ANSWER), NOW)
    assert (found.proven, found.fresh, found.chat) == (True, False, "thread:ada@good.example")
    assert found.answers == NOW - 1
    # What is known to be forged is forged, whatever it answers.
    failed = (f"{OURS}; dmarc=fail header.from=good.example",)
    assert JUDGE(replace(LETTER, verdicts=failed, named=ANSWER), NOW).forged


def test_a_from_line_alone_is_nothing() -> None:
    found = JUDGE(replace(LETTER, verdicts=()), NOW)
    assert (found.proven, found.fresh, found.greets) == (False, False, False)
    # Where no server could vouch, a stranger is told a code: it goes to the address itself.
    open_house = Judge(THREADS, "")(LETTER, NOW)
    assert (open_house.proven, open_house.fresh, open_house.greets) == (False, False, True)
    stolen = replace(LETTER, who="eve@good.example", verdicts=(), named=ANSWER)
    assert not JUDGE(stolen, NOW).proven


@pytest.mark.parametrize("at", [0, NOW - OLDEST_MS, NOW + EARLY_MS])
def test_a_copy_of_another_day_is_forged(at: int) -> None:
    assert JUDGE(replace(LETTER, at=at), NOW).forged


def test_a_thread_is_one_chat_for_each_who_writes_in_it() -> None:
    later = replace(LETTER, id="2", message="<2@good.example>", named=("<1@good.example>", ""))
    assert JUDGE(LETTER, NOW).chat == JUDGE(later, NOW).chat
    other = replace(later, who="bob@good.example")
    assert JUDGE(other, NOW).chat != JUDGE(later, NOW).chat


def test_what_cannot_be_taken_in_is_named_to_the_agent() -> None:
    later = replace(LETTER, named=("<0@good.example>", ""))
    assert words(later, Said("look", forward=False)) == "look"
    found = words(later, Said("look", forward=False, unread=("a (1).zip",)))
    assert found == "look\n\n(Attached, and not read: a  1 .zip.)"


def test_an_hour_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds, now = Bounds(), [1_000.0]
    monkeypatch.setattr("gateways.channels.email_judge.time.monotonic", lambda: now[0])
    assert [bounds.room("ada", 2) for _ in range(3)] == [True, True, False]
    assert bounds.room("eve", 2)
    now[0] += HOUR + 1
    assert bounds.room("ada", 2)
