"""What a tool says while it runs: little, bounded, and never after its result."""

from __future__ import annotations

import asyncio
import time

import pytest

from processors.agent.turns import calls_of
from processors.tools import telling
from processors.tools.telling import KEPT, Telling
from schemas.feed import Printed
from tests.processors.asked import Heard, call
from tests.stand import soon

(WISH,) = calls_of("t", 0, [("echo_text", {})])


def printed(feed: Heard) -> list[Printed]:
    return [one for one in feed.events if isinstance(one, Printed)]


async def until(feed: Heard, size: int) -> Printed:
    async def told() -> Printed | None:
        return next((one for one in printed(feed) if one.size >= size), None)

    found: Printed = await soon(told)
    return found


async def test_it_is_told_soon_and_a_repeat_has_all_that_is_shown() -> None:
    feed = Heard()
    with Telling(feed, call(WISH)) as hear:
        hear("one\n")
        first = await until(feed, 4)
        hear("two\n")
        second = await until(feed, 8)
    assert (first.call_id, first.text, first.size) == (WISH.call_id, "one\n", 4)
    assert (second.text, second.size) == ("one\ntwo\n", 8)


async def test_a_flood_is_a_few_small_events() -> None:
    feed, began = Heard(), time.monotonic()
    with Telling(feed, call(WISH)) as hear:
        for _ in range(300):
            hear("x" * 50_000)
            await asyncio.sleep(0)
        last = await until(feed, 15_000_000)
    assert len(printed(feed)) <= 2 + (time.monotonic() - began) / telling.PAUSE
    assert all(len(one.text) <= KEPT for one in printed(feed))
    assert last.text == "x" * KEPT


async def test_who_runs_for_long_is_told_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    hear = Telling(Heard(), call(WISH))
    pauses = []
    while clock < 600:
        pauses.append(hear._pause())
        clock += pauses[-1]
    assert pauses[0] == telling.PAUSE
    assert pauses[-1] == telling.LONGEST_PAUSE
    assert len(pauses) <= 400


async def test_nothing_comes_after_the_end() -> None:
    feed = Heard()
    with Telling(feed, call(WISH)) as hear:
        hear("one")
        await until(feed, 3)
        hear("two")
    await asyncio.sleep(2 * telling.PAUSE)  # nothing may come, so nothing can be waited for
    assert [one.text for one in printed(feed)] == ["one"]
