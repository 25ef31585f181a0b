"""The steps of a turn: joined once with every result, stopped, and remembered."""

from __future__ import annotations

import asyncio
import random

import pytest

from streams import keys
from streams.store import fcall
from tests.streams.library.desk import (
    THINK,
    Desk,
    beat,
    bury,
    finish,
    halt,
    hop,
    observed,
    opened,
    settle,
)


@pytest.mark.parametrize("seed", range(4))
async def test_a_step_is_joined_once_with_every_result_in_any_order(desk: Desk, seed: int) -> None:
    calls = list(enumerate(await opened(desk, 6)))
    random.Random(seed).shuffle(calls)
    for done, (n, entry) in enumerate(calls):
        assert await desk.data("think") == []
        item = settle(entry, f"c{n}", facts=(f"o{n}",), sent=THINK)
        assert await desk.commit("settle", "tool", item) == [f"OK {done + 2}"]
    assert await desk.entries("think") == [{"data": "go on", "n": "7"}]
    assert sorted((await desk.record())[1:]) == [f"o{n}" for n in range(6)]


async def test_a_step_settled_by_racing_processes_is_joined_once(desk: Desk) -> None:
    calls = await opened(desk, 8)
    items = [settle(entry, f"c{n}", facts=("o",), sent=THINK) for n, entry in enumerate(calls)]
    await asyncio.gather(*(desk.commit("settle", "tool", item) for item in items * 3))
    assert len(await desk.data("think")) == 1
    assert len(await desk.record()) == 9


async def test_a_call_that_comes_twice_counts_once(desk: Desk) -> None:
    """The step waits for the other call, and not for any second result."""
    first, second = await opened(desk, 2)
    again = await desk.held("tool")
    for entry, answer in ((first, "OK 2"), (again, "LATE")):
        item = settle(entry, "c0", facts=(observed("c0"),), sent=THINK)
        assert await desk.commit("settle", "tool", item) == [answer]
    assert await desk.data("think") == []
    item = settle(second, "c1", facts=(observed("c1"),), sent=THINK)
    assert await desk.commit("settle", "tool", item) == ["OK 3"]
    assert await desk.data("think") == ["go on"]


async def test_what_a_late_call_brought_back_stays_on_record_once(desk: Desk) -> None:
    """Its turn has ended; should it be sent on again, the result is there."""
    late, again = await opened(desk, 2)
    entry = await desk.held("respond")
    await desk.commit("finish", "respond", finish(entry, "t", "s-t"))
    ended = await desk.record()
    for one in (late, again):
        item = settle(one, "c0", facts=(observed("c0"),), sent=THINK)
        assert await desk.commit("settle", "tool", item) == ["LATE"]
    assert await desk.record() == [*ended, observed("c0")]
    assert await desk.tester.lrange(keys.LATE, 0, -1) == [f"t {len(ended) + 1}".encode()]
    assert await desk.data("think") == []
    forgotten = await desk.held("tool")
    item = settle(forgotten, "c0", turn="forgotten", facts=(observed("c0"),))
    assert await desk.commit("settle", "tool", item) == ["LATE"]
    assert await desk.record("forgotten") == [], "no record begins with its end"


async def test_a_clock_that_jumps_takes_nothing_from_a_turn_that_runs(desk: Desk) -> None:
    """Redis ends keys by the wall clock: what a turn needs until its end may have no end before."""
    call, other = await opened(desk, 2)
    started = ("tool", "tool", "a", call, 0, "t", "c0", "plain", "token", "")
    assert (await fcall(desk.redis, "effect_start", *started))[0] == b"GO"
    ours = (keys.turn("t"), keys.ledger("t"), keys.turn_open("t"))
    assert [await desk.tester.ttl(key) for key in ours] == [-1, -1, -1]
    item = settle(call, "c0", facts=(observed("c0"),), sent=THINK, state="done")
    assert await desk.commit("settle", "tool", item) == ["OK 2"]
    item = settle(other, "c1", facts=(observed("c1"),), sent=THINK)
    assert await desk.commit("settle", "tool", item) == ["OK 3"]
    assert await desk.data("think") == ["go on"]
    assert await desk.tester.ttl(keys.ledger("t")) == -1
    await desk.commit("finish", "respond", finish(await desk.held("respond"), "t", "s-t"))
    assert all([await desk.tester.ttl(key) > 0 for key in ours[:2]])
    assert await desk.tester.exists(ours[2]) == 0


async def test_a_ledger_that_begins_after_its_turn_ends_by_itself(desk: Desk) -> None:
    (late,) = await opened(desk, 1)
    await desk.commit("finish", "respond", finish(await desk.held("respond"), "t", "s-t"))
    item = settle(late, "c0", facts=(observed("c0"),), state="done")
    assert await desk.commit("settle", "tool", item) == ["LATE"]
    assert await desk.tester.ttl(keys.ledger("t")) > 0


async def test_a_step_that_lost_a_call_to_the_desk_is_not_joined(desk: Desk) -> None:
    """The turn ends by what the person is told; the others' results stay on record."""
    lost, other = await opened(desk, 2)
    assert await desk.commit("bury", "tool", bury(lost)) == ["OK 0"]
    item = settle(other, "c1", facts=(observed("c1"),), sent=THINK)
    assert await desk.commit("settle", "tool", item) == ["LATE"]
    assert (await desk.record())[-1] == observed("c1")
    assert await desk.data("think") == []
    assert await desk.data("respond") == ["told"]


async def test_a_call_that_comes_after_the_end_is_late(desk: Desk) -> None:
    late, hopping = await opened(desk, 2)
    entry = await desk.held("respond")
    await desk.commit("finish", "respond", finish(entry, "t", "s-t"))
    assert await desk.commit("settle", "tool", settle(late, "c0")) == ["LATE"]
    assert await desk.commit("hop", "tool", hop(hopping, "t", sent=THINK)) == ["LATE"]
    assert await desk.pending("tool", "tool") == await desk.data("think") == []
    entry = await desk.held("respond")
    assert await desk.commit("finish", "respond", finish(entry, "t", "s-t")) == ["LATE"]
    assert len(await desk.data("outbox")) == 1


async def test_a_session_remembers_its_choice_and_its_last_turns(desk: Desk) -> None:
    for n in range(22):
        await desk.begin(f"t{n}")
        entry = await desk.held("respond")
        await desk.commit("finish", "respond", finish(entry, f"t{n}", chosen="opus" if n else ""))
    turns = await desk.tester.lrange(keys.session_turns("s"), 0, -1)
    assert turns == [f"t{n}".encode() for n in range(2, 22)]
    await fcall(desk.redis, "trim", "respond")
    assert await desk.record("t0") == []
    assert await desk.record("t21") == ["asked t21", "opus", "said t21"]
    await desk.begin("new")
    entry = await desk.held("respond")
    await desk.commit("finish", "respond", finish(entry, "new", fresh="1"))
    assert await desk.tester.lrange(keys.session_turns("s"), 0, -1) == [b"new"]


async def test_a_stop_takes_the_place_of_the_next_step(desk: Desk) -> None:
    entry = await desk.begin()
    assert await halt(desk) == ["OK 0"]
    assert await desk.data("respond") == []
    assert await beat(desk, "route", (entry, 0, "t")) == ["STOPPING"]
    answers = await desk.commit("hop", "route", hop(entry, "t", facts=("f",), sent=THINK))
    assert answers == ["STOPPED 2"]
    assert await desk.data("respond") == ["stopped"]
    assert await desk.data("think") == []
    entry = (await desk.read("respond"))[0]
    assert await desk.commit("finish", "respond", finish(entry)) == ["OK 3"]
    assert await desk.tester.exists(keys.STOPPING) == 0


async def test_a_stop_waits_for_the_calls_that_run_and_lets_nothing_follow(desk: Desk) -> None:
    calls = await opened(desk, 3)
    await halt(desk)
    for n, entry in enumerate(calls):
        assert await desk.data("respond") == []
        await desk.commit("settle", "tool", settle(entry, f"c{n}", facts=("o",), sent=THINK))
    assert await desk.data("respond") == ["stopped"]
    assert await desk.data("think") == []


async def test_a_stop_of_a_turn_that_is_over_does_nothing(desk: Desk) -> None:
    assert await halt(desk, "gone") == ["OK 0"]
    assert await desk.tester.exists(keys.STOPPING) == 0
    assert await desk.data("respond") == []
