"""A conversation as the durable side has it: what was answered, what runs, what waits."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.record import Asked, Chosen, Said
from streams import keys
from streams.conversation import Conversations
from streams.line import Away
from streams.store import connect
from tests.stand import Stand

PACK = "return cmsgpack.pack({ turn = ARGV[1], asked = ARGV[2], data = ARGV[3] })"


def asked(text: str) -> str:
    one = Asked(text=text, person="owner", channel="web", chat="c", profile="full", session="s")
    return one.model_dump_json()


async def put(stand: Stand, turn: str, text: str, *, over: bool = True) -> None:
    """Put a turn's record in place, as stages would."""
    await stand.redis.rpush(keys.turn(turn), asked(text))
    if over:
        said = Said(text=text, outcome="answered").model_dump_json()
        await stand.redis.rpush(keys.turn(turn), said)
        await stand.redis.rpush(keys.session_turns("s"), turn)
    else:
        await stand.redis.hset(keys.BUSY, "s", turn)
        await stand.redis.zadd(keys.TURNS, {turn: 1})


async def wait(stand: Stand, turn: str, text: str) -> None:
    """Let a turn wait in the mailbox, packed by Redis itself."""
    packed: Any = await stand.tester.eval(PACK, 0, turn, asked(text), "{}")
    await stand.redis.rpush(keys.mailbox("s"), packed)


async def test_turns_are_told_in_their_order_with_what_they_do(stand: Stand) -> None:
    await put(stand, "a", "first")
    await put(stand, "b", "second", over=False)
    await wait(stand, "c", "third")
    await wait(stand, "d", "fourth")
    told = await Conversations(stand.redis).turns("s")
    assert [(one.turn, one.state, one.behind) for one in told] == [
        ("a", "over", None),
        ("b", "running", None),
        ("c", "waiting", 1),
        ("d", "waiting", 2),
    ]
    assert [one.asked.text for one in told if one.asked] == ["first", "second", "third", "fourth"]


async def test_who_was_sent_on_from_the_desk_runs_in_its_place(stand: Stand) -> None:
    await put(stand, "a", "first")
    await put(stand, "b", "second")
    await stand.redis.hset(keys.BUSY, "s", "a")
    told = await Conversations(stand.redis).turns("s")
    assert [(one.turn, one.state) for one in told] == [("a", "running"), ("b", "over")]


@pytest.mark.parametrize("size", [1, 20, 31, 40, 255, 300, 65_535, 70_000])
async def test_what_waits_is_read_whatever_its_size(stand: Stand, size: int) -> None:
    await wait(stand, "t" * min(size, 128), "ü" * size)
    (one,) = await Conversations(stand.redis).turns("s")
    assert one.asked is not None
    assert (one.turn, one.asked.text) == ("t" * min(size, 128), "ü" * size)
    assert await Conversations(stand.redis).waiting("s") == [one.turn]


async def test_what_began_and_runs_no_more_is_over(stand: Stand) -> None:
    await put(stand, "a", "first")
    await put(stand, "b", "second", over=False)
    found = Conversations(stand.redis)
    assert await found.over(["a", "b", "nosuch"]) == {"a"}
    assert await found.busy() == {"s": "b"}
    running = await found.turn("b")
    assert running is not None
    assert running.state == "running"
    assert await found.turn("nosuch") is None
    ((state, remembered),) = (await found.states(["s"])).values()
    assert (state.busy, state.waiting, state.asking, remembered) == ("b", 0, 0, 1)
    await stand.redis.sadd(keys.session_asks("s"), "approval")
    ((state, _),) = (await found.states(["s"])).values()
    assert state.asking == 1


async def test_what_was_chosen_in_a_session_is_told(stand: Stand) -> None:
    conversations = Conversations(stand.redis)
    assert await conversations.tier("s") is None
    await stand.redis.hset(keys.session("s"), "chosen", Chosen(tier="opus").model_dump_json())
    assert await conversations.tier("s") == "opus"
    await stand.redis.hset(keys.session("s"), "chosen", '{"kind":"chosen","newer":')
    assert await conversations.tier("s") is None


async def test_a_record_of_a_newer_version_is_left_out(stand: Stand) -> None:
    await put(stand, "a", "first")
    await stand.redis.rpush(keys.turn("b"), '{"kind": "telepathy"}')
    await stand.redis.rpush(keys.session_turns("s"), "b")
    assert [one.turn for one in await Conversations(stand.redis).turns("s")] == ["a"]


async def test_a_redis_that_is_away_is_said_to_be_away() -> None:
    nowhere = Conversations(connect("unix:///nowhere/durable.sock"))
    with pytest.raises(Away):
        await nowhere.turns("s")
