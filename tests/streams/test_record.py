"""A turn's record: what a message may rely on is there, and no more is read than needed."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError
from redis.exceptions import ResponseError

from schemas.errors import NotFound
from schemas.record import Asked, Entry, Said, Thought, Usage
from streams import keys
from streams.record import Records, TurnRecord
from tests.stand import Stand

ASKED = Asked(text="q", person="p", channel="c", chat="c", profile="full")


async def write(stand: Stand, turn: str, *entries: Entry) -> None:
    await stand.tester.rpush(keys.turn(turn), *(entry.model_dump_json() for entry in entries))


def test_what_is_added_is_seen_and_not_yet_known() -> None:
    record = TurnRecord("t", (ASKED,))
    record.add(Thought(step=0, model="m", usage=Usage(input=1, output=2)))
    record.add(Thought(step=1, model="m", usage=Usage(input=10)))
    assert record.asked == ASKED
    assert len(record.known) == 1
    assert record.usage.total == 13
    assert record.thought(1) is record.added[1]
    assert record.said is None
    with pytest.raises(NotFound, match="is gone"):
        assert TurnRecord("t").asked


async def test_a_longer_record_is_read_again(stand: Stand) -> None:
    records = Records(stand.redis)
    await write(stand, "t", ASKED)
    assert len((await records.load("t", 1)).known) == 1
    await write(stand, "t", Said(text="a", outcome="answered"))
    assert len((await records.load("t", 1)).known) == 1, "all that was asked for is known"
    assert len((await records.load("t", 2)).known) == 2


async def test_what_was_committed_here_is_not_read_again(stand: Stand) -> None:
    records = Records(stand.redis)
    await write(stand, "t", ASKED)
    record = await records.load("t", 1)
    record.add(Said(text="a", outcome="answered"))
    records.committed(record, 2, 40)
    assert (await records.load("t", 2)).said is not None, "without a look at Redis"


async def test_what_somebody_else_appended_is_not_guessed(stand: Stand) -> None:
    records = Records(stand.redis)
    await write(stand, "t", ASKED)
    record = await records.load("t", 1)
    record.add(Said(text="mine", outcome="answered"))
    await write(stand, "t", Said(text="theirs", outcome="answered"), *record.added)
    records.committed(record, 3, 40)
    known = (await records.load("t", 3)).known
    assert [entry.text for entry in known if isinstance(entry, Said)] == ["theirs", "mine"]


async def test_a_spoilt_record_harms_nobody_else(stand: Stand) -> None:
    records = Records(stand.redis)
    await write(stand, "good", ASKED)
    await stand.tester.rpush(keys.turn("bad"), "{}")
    await stand.tester.set(keys.turn("worse"), "x")
    good, bad, worse, none = await asyncio.gather(
        *(records.load(turn, 1) for turn in ("good", "bad", "worse", "none")),
        return_exceptions=True,
    )
    assert isinstance(good, TurnRecord)
    assert good.known == (ASKED,)
    assert isinstance(bad, ValidationError)
    assert isinstance(worse, ResponseError)
    assert isinstance(none, TurnRecord)
    assert none.known == ()


async def test_what_is_remembered_is_bounded(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.record.KEPT_BYTES", 10_000)
    records = Records(stand.redis)
    large = ASKED.model_copy(update={"text": "x" * 1_000})
    for n in range(50):
        await write(stand, f"t{n}", large)
        await records.load(f"t{n}", 1)
    assert 1 < len(records._cache) < 12
    assert records._size == sum(kept.size for kept in records._cache.values()) <= 10_000


async def test_a_turn_that_grows_no_more_is_forgotten(stand: Stand) -> None:
    now = 0.0
    records = Records(stand.redis, clock=lambda: now)
    for second in range(300):
        now = float(second)
        await write(stand, f"t{second}", ASKED)
        await records.load(f"t{second}", 1)
        await records.load("t0", second // 30 + 1)  # one that goes on
        if second % 30 == 29:
            await write(stand, "t0", ASKED)
    assert len(records._cache) <= 62
    assert "t0" in records._cache


async def test_a_stage_may_take_longer_than_its_record_is_remembered(stand: Stand) -> None:
    now = 0.0
    records = Records(stand.redis, clock=lambda: now)
    await write(stand, "slow", ASKED)
    slow = await records.load("slow", 1)
    for now in (100.0, 200.0):
        await write(stand, f"t{now}", ASKED)
        await records.load(f"t{now}", 1)
    assert "slow" not in records._cache
    slow.add(Said(text="at last", outcome="answered"))
    await write(stand, "slow", *slow.added)
    records.committed(slow, 2, 40)
    for now in (300.0, 400.0):
        await write(stand, f"t{now}", ASKED)
        async with asyncio.timeout(10):
            await records.load(f"t{now}", 1)
    assert (await records.load("slow", 2)).said is not None


async def test_a_record_is_told_whole_even_where_it_cannot_be_remembered(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.record.KEPT_BYTES", 1)
    records = Records(stand.redis)
    for n in range(5):
        await write(stand, f"t{n}", ASKED)
    found = await asyncio.gather(*(records.load(f"t{n}", 1) for n in range(5)))
    assert [record.known for record in found] == [(ASKED,)] * 5


async def test_the_history_is_told_in_its_order(stand: Stand) -> None:
    records = Records(stand.redis)
    for n in range(3):
        await write(stand, f"t{n}", ASKED, Said(text=str(n), outcome="answered"))
        await stand.tester.rpush(keys.session_turns("s"), f"t{n}")
    turns = await records.history("s", "t1").turns()
    assert [turn.said.text for turn in turns if turn.said] == ["0", "2"]
