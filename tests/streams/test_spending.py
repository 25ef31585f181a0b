"""What was spent is counted once, whoever asks again or dies, and every count has an end."""

from __future__ import annotations

import time
from typing import Any

import pytest

from schemas.chat import Think
from schemas.record import Observed, Thought, Usage
from streams import keys
from streams.spending import DAY, Accounts, Spending, Spent, counted, spent
from streams.store import Argument
from tests.streams.library.desk import THINK, Desk, hop, settle

SPENT: tuple[Argument, ...] = ("s", "owner", "cost", 7, "tokens", 120, "calls", 1, "ms", 30)
ONCE = Spent(7, 120, 1, 30)


@pytest.fixture
async def desk(stand: Any) -> Any:
    async with Desk(stand.servers) as found:
        await found.open()
        yield found


async def read(desk: Desk, session: str = "s", person: str = "owner") -> Accounts:
    return await Spending.on(desk.redis, session, person).read()


def test_thoughts_and_results_cost() -> None:
    thought = Thought(step=0, model="m", usage=Usage(input=100, output=20, cost=7), elapsed_ms=10.4)
    observed = Observed(
        step=0, index=0, call_id="c", tool="t", ok=True, content="", elapsed_ms=19.8
    )
    assert spent([thought, observed]) == ONCE
    due = Think(
        id="t:think:0", trace="t", session="s", person="owner", channel="terminal", turn="t",
        step=0, tier="flash",
    )  # fmt: skip
    assert tuple(counted(due, [thought, observed])) == SPENT
    assert counted(due, []) == []


async def test_a_step_counts_for_its_session_its_person_and_the_day(desk: Desk) -> None:
    entry = await desk.begin()
    await desk.commit("hop", "route", hop(entry, "t", facts=("f",), sent=THINK, spent=SPENT))
    assert await read(desk) == Accounts(ONCE, ONCE, ONCE)
    assert await read(desk, "other", "anna") == Accounts(day=ONCE)


async def test_the_same_call_again_and_a_late_owner_count_nothing(desk: Desk) -> None:
    entry = await desk.begin()
    item = hop(entry, "t", facts=("f",), sent=THINK, spent=SPENT)
    first = await desk.commit("hop", "route", item, token="once")
    assert await desk.commit("hop", "route", item, token="once") == first
    assert await desk.commit("hop", "route", item) == ["FENCED"]
    assert (await read(desk)).session == ONCE


async def test_a_call_counts_once_however_often_it_is_settled(desk: Desk) -> None:
    entry = await desk.begin()
    await desk.commit("hop", "route", hop(entry, "t", sent=THINK, opened=("c0",)))
    # What comes when nobody waits for it any more ran all the same: it is on record, and counted.
    for called, answers in (("c0", ["OK 2", "LATE"]), ("c1", ["LATE", "LATE"])):
        observed = Observed(step=0, index=0, call_id=called, tool="t", ok=True, content="")
        for answer in answers:
            entry = await desk.held("tool")
            item = settle(
                entry, called, facts=(observed.model_dump_json(),), sent=THINK, spent=SPENT
            )
            assert await desk.commit("settle", "tool", item) == [answer]
            assert await desk.commit("settle", "tool", item) == ["FENCED"]
    assert (await read(desk)).person.calls == 2


async def test_every_count_has_an_end_and_a_broken_one_harms_no_message(desk: Desk) -> None:
    session, person, day = keys.spent("s", "owner", int(time.time()) // DAY)
    await desk.tester.set(day, "not a count")
    entry = await desk.begin()
    item = hop(entry, "t", facts=("f",), sent=THINK, spent=SPENT)
    assert await desk.commit("hop", "route", item) == ["OK 2"]
    assert 2 * DAY - 60 < await desk.tester.ttl(person) <= 2 * DAY
    assert await desk.tester.ttl(session) > 2 * DAY
    assert await desk.tester.exists("nexus:token:route:a")


async def test_a_new_conversation_begins_its_count_anew(desk: Desk) -> None:
    entry = await desk.begin()
    await desk.commit("hop", "route", hop(entry, "t", sent=THINK, spent=SPENT))
    answered = await desk.held("respond")
    item: list[Argument] = [answered, 0, "t", "s", 0, 0, "", "1"]
    assert await desk.commit("finish", "respond", item) == ["OK 1"]
    assert await read(desk) == Accounts(Spent(), ONCE, ONCE)
