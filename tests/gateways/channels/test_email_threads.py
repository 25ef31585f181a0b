"""What is remembered of a thread: its mails, and which of ours was answered last."""

from __future__ import annotations

from gateways.channels.email_threads import KEPT, Memory
from tests.gateways.channels.book import Book

HERE, THERE = "t:ada@good.example", "t:eve@good.example"


async def test_an_answer_counts_once_and_the_same_one_again() -> None:
    memory = Memory(Book())
    assert await memory.first(HERE, 5, "one")
    assert await memory.first(HERE, 5, "one")
    assert not await memory.first(HERE, 5, "two")
    assert not await memory.first(HERE, 4, "three")
    assert await memory.first(HERE, 6, "four")
    # What was answered before that is over, also for who answered it.
    assert not await memory.first(HERE, 5, "one")
    assert await memory.first(THERE, 5, "two")


async def test_an_answer_names_the_first_mail_and_the_last_ones() -> None:
    memory = Memory(Book())
    for number in range(KEPT + 5):
        for _ in range(2):
            await memory.add(HERE, f"subject {number}", f"<{number}@x>")
    found = await memory.of(HERE)
    assert (found.subject, len(found.mails)) == ("subject 0", KEPT)
    assert (found.mails[0], found.mails[-1]) == ("<0@x>", f"<{KEPT + 4}@x>")
    assert (await memory.of(THERE)).mails == ()
