"""The live feed of a turn whose process dies while the answer is written."""

from __future__ import annotations

import os
from typing import Any

import pytest

from ops.addresses import url
from ops.chaos.system import system
from ops.chaos.waiting import soon
from schemas.feed import LiveEvent, Stepped, Token, live_events
from streams import keys
from streams.store import connect
from tests.chaos.load import WORKER, Load, Says, finished

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

SEED = int.from_bytes(os.urandom(4), "big")


async def test_half_an_answer_is_marked_as_begun_anew_and_never_glued(says: Says) -> None:
    async with system(module=WORKER) as one:
        live = connect(url(one.settings, "live", "live"))

        async def events() -> list[LiveEvent]:
            rows: Any = await live.xrange(keys.live("s"))
            return [live_events.validate_json(fields[b"e"]) for _, fields in rows]

        async def half() -> bool:
            return any(isinstance(event, Token) for event in await events())

        load = Load(one, SEED)
        await load.say("s", "say half whole")
        await soon(half, 30)
        assert await one.kill("core")
        verdict = await finished(one, load)
        told = await events()
        await live.aclose()
        says(f"killed in the middle of an answer: {verdict}; {[event.type for event in told]}")
        assert list((await one.replies()).values()) == ["half whole "]
    assert verdict.broken == {}
    steps = [n for n, event in enumerate(told) if isinstance(event, Stepped)]
    assert len(steps) == 2
    texts = [
        [event.text for event in told[begin:end] if isinstance(event, Token)]
        for begin, end in ((steps[0], steps[1]), (steps[1], None))
    ]
    assert texts == [["half "], ["half ", "whole "]]
