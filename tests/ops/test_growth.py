"""What a process and its Redis keep is bounded, or has an end: thousands of turns leave nothing."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json

from gateways.llm.scripted import Scripted, Step, Wish
from ops.main import resources
from ops.settings import Settings
from processors.agent.mind import Mind
from processors.pipeline import STAGES
from schemas.base import new_id
from streams import keys
from streams.allowances import TOPICS
from tests.stand import QUICK, Stand, received, soon

FIXED = {
    *(keys.topic(name) for name in TOPICS),
    *(keys.TURNS, keys.BUSY, keys.PAST, keys.STOPPING, keys.CLOSED, keys.CLOCK),
}
"""Keys of which there is one; all others are one of many."""
SETTINGS = QUICK.model_copy(update={"mailbox": 10_000, "backlog": 100_000, "trim_seconds": 0.2})
SCRIPT = (
    Step(text="Let me look.", calls=(Wish(tool="time_now"),)),
    Step(text="Here it is."),
)
"""What the model says: a tool call, then an answer."""


def around(root: Path) -> dict[type, object]:
    """Return what the stages ask for; the model follows a script."""
    mind = Mind({"flash": Scripted(SCRIPT)}, "flash")
    return {**resources(Settings(root=root)), Mind: mind}


async def talk(stand: Stand, turns: int, sessions: int) -> None:
    """Have so many turns, some sessions at once, and wait until all is over."""
    door = stand.ingress(SETTINGS)
    for start in range(0, turns, 100):
        await asyncio.gather(
            *(
                door.accept(received(name := new_id(), f"s{n % sessions}"), name)
                for n in range(start, start + 100)
            )
        )

    async def over() -> bool:
        waiting = [await stand.tester.llen(keys.mailbox(f"s{n}")) for n in range(sessions)]
        unread: Any = await stand.tester.xinfo_groups(keys.topic("inbox"))
        started = not unread[0]["lag"] and not unread[0]["pending"]
        return started and not any(waiting) and not await stand.tester.zcard(keys.TURNS)

    await soon(over, 240)


def objects() -> Counter[str]:
    """Return how many objects of each class there are."""
    gc.collect()
    return Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())


@pytest.mark.timeout(600)
async def test_turns_leave_nothing_behind_in_a_process(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # What is remembered on purpose reaches its bound before we look: records, and the short
    # strings of JSON, of which pydantic keeps 16,384 to make them but once.
    monkeypatch.setattr("streams.record.KEPT_BYTES", 200_000)
    from_json(json.dumps([f"{n:x}" for n in range(200_000)]), cache_strings="all")
    turns = 2_000
    async with stand.running(*STAGES, resources=around(tmp_path), settings=SETTINGS):
        await talk(stand, 300, sessions=50)
        before, blocks = objects(), sys.getallocatedblocks()
        await talk(stand, turns, sessions=50)
        grown, more = objects() - before, sys.getallocatedblocks() - blocks
    # One thing a turn would be 2,000 objects, or some blocks each; timers and connections come
    # and go.
    assert grown.total() < turns / 2, grown.most_common(10)
    assert more < 1.5 * turns, f"{more} blocks of memory; objects: {grown.most_common(10)}"


async def test_every_key_has_an_end_or_is_the_only_one_of_its_kind(
    stand: Stand, tmp_path: Path
) -> None:
    async with stand.running(*STAGES, resources=around(tmp_path), settings=SETTINGS):
        await talk(stand, 300, sessions=5)
        found = [key.decode() async for key in stand.tester.scan_iter("*")]
        endless = [key for key in found if await stand.tester.ttl(key) == -1]
        assert set(endless) <= FIXED
        for name in (keys.BUSY, keys.STOPPING, keys.TURNS):
            assert not await stand.tester.exists(name), name
        # A session remembers 20 turns; the records of all others go with the next trim.
        await soon(lambda: _few(stand, keys.turn("*"), 5 * 20), 60)
        assert not [key async for key in stand.tester.scan_iter(keys.turn_open("*"))]
        for n in range(5):
            assert await stand.live.ttl(keys.live(f"s{n}")) > 0


async def _few(stand: Stand, pattern: str, most: int) -> bool:
    return len([key async for key in stand.tester.scan_iter(pattern)]) <= most
