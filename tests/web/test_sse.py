"""Signs of life: who waits hears one at least every 15 seconds, whatever else goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.web.house import House
from web import sse
from web.sse import PING

PROMISED = 15.0
"""Seconds; what stands between us and a browser gives silent lines up."""


def test_the_pause_is_shorter_than_what_is_promised() -> None:
    assert sse.PING_SECONDS < PROMISED


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the same happen in a third of a second."""
    monkeypatch.setattr(sse, "PING_SECONDS", 0.3)


@pytest.mark.usefixtures("lively")
async def test_a_line_on_which_nothing_happens_is_kept_alive(home: House) -> None:
    """As while a model thinks for ninety seconds before its first word."""
    said = await home.say("count 1 30")
    path = f"/api/chat/{said['session']}/stream"
    async with asyncio.timeout(20), home.client().stream("GET", path) as response:
        assert await pings(response.aiter_raw(), 3) > 0.5


@pytest.mark.usefixtures("lively")
async def test_what_happens_and_is_not_shown_is_no_sign_of_life(home: House) -> None:
    """The stream of a turn that waits, behind another one that has much to say."""
    first = await home.say("count 2000 0.02")
    body = {"text": "and then?", "session": first["session"]}
    ask = home.client().stream("POST", "/api/agent/stream", json=body)
    async with asyncio.timeout(20), ask as response:
        assert response.status_code == 200
        await pings(response.aiter_raw(), 3)


async def pings(came: AsyncIterator[bytes], count: int) -> float:
    """Wait for signs of life; return the seconds between the first and the last."""
    buffer, times = b"", list[float]()
    async for chunk in came:
        buffer += chunk
        while PING in buffer:
            buffer = buffer.partition(PING)[2]
            times.append(time.monotonic())
        if len(times) >= count:
            break
    return times[-1] - times[0]
