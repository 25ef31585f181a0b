"""A line keeps its order, whoever takes how long; whoever fails or gives up holds up nobody."""

from __future__ import annotations

import asyncio

from processors.events.order import Order


async def test_who_came_first_leaves_first() -> None:
    order, left = Order(), list[int]()

    async def pass_through(number: int, line: str) -> None:
        async with order.turn(line) as our_turn:
            for _ in range(20 - number):
                await asyncio.sleep(0)
            await our_turn()
        left.append(number)

    await asyncio.gather(*(pass_through(number, "a") for number in range(20)))
    assert left == list(range(20))
    left.clear()
    await asyncio.gather(*(pass_through(number, "") for number in range(20)))
    assert left == list(reversed(range(20))), "without a line nobody waits"
    assert order._last == {}


async def test_who_fails_or_gives_up_lets_the_next_go_on() -> None:
    order, hold, left = Order(), asyncio.Event(), list[str]()

    async def stand(name: str, *, fails: bool = False) -> None:
        async with order.turn("a") as our_turn:
            if fails:
                await hold.wait()
                raise ValueError(name)
            await our_turn()
        left.append(name)

    first = asyncio.create_task(stand("first", fails=True))
    second = asyncio.create_task(stand("second"))
    third = asyncio.create_task(stand("third"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert left == []
    second.cancel()
    hold.set()
    await asyncio.wait((first, second, third))
    assert left == ["third"]
    assert isinstance(first.exception(), ValueError)
    assert second.cancelled()


async def test_who_comes_behind_a_failure_waits_for_those_before_it() -> None:
    order, hold, left = Order(), asyncio.Event(), list[str]()

    async def stand(name: str) -> None:
        async with order.turn("a") as our_turn:
            if name == "fails":
                return
            if name == "first":
                await hold.wait()
            await our_turn()
        left.append(name)

    tasks = [asyncio.create_task(stand("first")), asyncio.create_task(stand("fails"))]
    for _ in range(5):
        await asyncio.sleep(0)
    # One that comes when the failure is over, and one that stood behind it.
    tasks += [asyncio.create_task(stand("third")), asyncio.create_task(stand("fourth"))]
    for _ in range(5):
        await asyncio.sleep(0)
    assert left == []
    hold.set()
    await asyncio.wait(tasks)
    assert left == ["first", "third", "fourth"]
    assert order._last == {}
