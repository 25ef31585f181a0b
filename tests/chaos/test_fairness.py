"""Fairness: one session that never stops asking costs the others nothing but its share."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from bench.crowd import Crowd, crowd
from bench.pipeline import quantile
from ops.chaos.waiting import soon
from streams import keys
from tests.chaos.load import Says

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

OTHERS, MESSAGES, PAUSE = 20, 6, 1.0
FLOOD, AT_ONCE = 10_000, 64
SLACK_MS = 250.0
"""A busy host costs whom it likes; a session in the way of all would cost many seconds."""


class Greedy:
    """One session with 10,000 messages at hand, sent as fast as the door lets them in."""

    def __init__(self, people: Crowd) -> None:
        self._people = people
        self._left = deque(f"g{number}" for number in range(FLOOD))
        self.offers = self.taken = 0

    async def push(self) -> None:
        """Offer one after the other; whoever hears a no waits as long as it says."""
        while self._left:
            key = self._left.popleft()
            self.offers += 1
            wait = await self._people.offer("greedy", key)
            if wait:
                self._left.append(key)
                # All 10,000 are offered once before the first one is offered again.
                await asyncio.sleep(wait if self.offers > FLOOD else 0)
            else:
                self.taken += 1


async def talk(people: Crowd, session: str, phase: str) -> None:
    for number in range(MESSAGES):
        await people.offer(session, f"{phase}-{session}-{number}")
        await asyncio.sleep(PAUSE)


async def phase(people: Crowd, name: str) -> float:
    """Let the others talk; return the p95 of their answers, in ms."""
    known = set(people.offered)
    before = {f"{name}{n}" for n in range(OTHERS)}
    await asyncio.gather(*(talk(people, session, name) for session in sorted(before)))
    theirs = {one.turn for one in people.delivered if one.session in before} - known
    return quantile([people.answered[turn] for turn in theirs], 0.95) * 1e3


async def test_ten_thousand_messages_of_one_session_cost_the_others_nothing(says: Says) -> None:
    async with crowd(copies=2, delay=[0.05, 0.05]) as (server, people):
        alone = await phase(people, "a")
        greedy = Greedy(people)
        pushing = [asyncio.create_task(greedy.push()) for _ in range(AT_ONCE)]
        deepest = 0

        async def measure() -> None:
            nonlocal deepest
            while True:
                redis: Any = server.redis
                deepest = max(deepest, int(await redis.llen(keys.mailbox("greedy"))))
                await asyncio.sleep(0.02)

        eye = asyncio.create_task(measure())
        beside = await phase(people, "b")
        await soon(lambda: greedy.offers > FLOOD, 60)
        for task in (*pushing, eye):
            task.cancel()
        await asyncio.gather(*pushing, eye, return_exceptions=True)
        says(
            f"the others' p95: {alone:.0f} ms alone, {beside:.0f} ms beside one with "
            f"{greedy.offers} offers, {greedy.taken} of them taken in, {deepest} in its mailbox"
        )
    assert beside < 2 * alone + SLACK_MS
