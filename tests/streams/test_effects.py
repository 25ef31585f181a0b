"""The ledger as a stage sees it: an answer that was lost on its way is no effect."""

from __future__ import annotations

from typing import Any

import pytest
from redis.exceptions import ConnectionError as Unconnected

from streams import effects, keys
from streams.broker import ensure_group
from streams.effects import Effects, NotNow
from streams.entry import Held
from streams.store import fcall
from tests.stand import Stand

PLACE = ("tool", "tool", "a")


async def _held(stand: Stand) -> Held:
    stream = keys.topic("tool")
    await ensure_group(stand.redis, stream, "tool")
    await stand.tester.xadd(stream, {"data": "{}"})
    await stand.tester.zadd(keys.TURNS, {"t": 1})
    found: Any = await stand.redis.xreadgroup("tool", "a", {stream: ">"})
    return Held(found[0][1][0][0].decode(), {}, turn="t")


@pytest.mark.parametrize("kind", ["plain", "probe", "idempotent"])
async def test_a_lost_answer_is_asked_for_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    lost = [True]

    async def losing(*arguments: Any) -> Any:
        found = await fcall(*arguments)
        if lost.pop() if lost else False:
            raise Unconnected("the reply never arrived")
        return found

    monkeypatch.setattr(effects, "fcall", losing)
    ledger = Effects(stand.redis, PLACE, await _held(stand))
    with pytest.raises(Unconnected):
        await ledger.begin("c", kind)
    assert (await ledger.begin("c", kind)).verdict == "go"


@pytest.mark.parametrize(
    ("kind", "verdict"), [("plain", "unknown"), ("probe", "probe"), ("idempotent", "again")]
)
async def test_what_began_and_did_not_end_is_asked_about(
    stand: Stand, kind: Any, verdict: str
) -> None:
    held = await _held(stand)
    assert (await Effects(stand.redis, PLACE, held).begin("c", kind)).verdict == "go"
    for _ in range(2):
        assert (await Effects(stand.redis, PLACE, held).begin("c", kind)).verdict == verdict


async def test_who_was_overtaken_begins_nothing(stand: Stand) -> None:
    """It stood still before the effect: somebody else owns the call when it wakes up."""
    held = await _held(stand)
    await stand.tester.xclaim(keys.topic("tool"), "tool", "b", 0, [held.id])
    with pytest.raises(NotNow) as refused:
        await Effects(stand.redis, PLACE, held).begin("c", "plain")
    assert refused.value.why == "fenced"
    assert await stand.tester.exists(keys.ledger("t")) == 0
