"""Collecting a stream: whole, in order, and closed when it ends early."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from gateways.llm.base import CallDelta, Delta, Request, Spent, TextDelta, ThinkingDelta, UserSaid
from gateways.llm.whole import Completion, think
from schemas.errors import Transient
from schemas.record import Usage


class Talkative:
    name = "talkative"
    closed = False

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        try:
            yield ThinkingDelta("hm")
            yield TextDelta("a")
            yield Spent(Usage(input=1))
            yield TextDelta("b")
            yield CallDelta("clock", {"zone": "UTC"})
            yield Spent(Usage(input=1, output=2))
        finally:
            self.closed = True


async def test_a_stream_is_collected_and_heard() -> None:
    heard: list[Delta] = []

    async def hear(delta: Delta) -> None:
        heard.append(delta)

    done = await think(Talkative(), Request(exchanges=(UserSaid("?"),)), hear)
    usage = Usage(input=1, output=2)
    assert done == Completion("ab", "hm", (("clock", {"zone": "UTC"}),), usage)
    assert len(heard) == 6


async def test_a_listener_that_fails_closes_the_stream() -> None:
    model = Talkative()

    async def gone(delta: Delta) -> None:
        raise Transient("The feed is gone.")

    with pytest.raises(Transient):
        await think(model, Request(exchanges=()), gone)
    assert model.closed
