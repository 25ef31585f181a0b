"""A group that is gone is made again with what nobody had finished, and with nothing else."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from redis.exceptions import ResponseError

from schemas.chat import Admitted, Answer, Call, Received, Reply, Think
from schemas.errors import Refused
from schemas.record import Asked, Observed, Routed, Said, ToolCall
from streams import keys
from streams.effects import Effects
from streams.entry import Provenance
from streams.record import TurnRecord
from streams.recovery import release
from streams.stage import stage
from tests.stand import Stand, received, soon


class World:
    """What is done, and doors before which it waits."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.doors: dict[str, asyncio.Event] = {}
        self.waiting: set[str] = set()

    async def meet(self, name: str) -> None:
        if name in self.doors:
            self.waiting.add(name)
            await self.doors[name].wait()
        self.done[name] += 1


@stage(commit="admit", lane="")
async def admit(received: Received, record: TurnRecord, source: Provenance) -> Admitted:
    record.add(
        Asked(text=received.text, person="owner", channel="terminal", chat="c", profile="full")
    )
    return Admitted.after(received, id=f"{received.id}:turn", turn=received.id)


@stage()
async def route(turn: Admitted, record: TurnRecord, world: World) -> list[Call]:
    await world.meet(f"route {turn.turn}")
    wish = ToolCall(call_id=f"{turn.turn}-call", tool="write", arguments={})
    record.add(Routed(way="direct", tier="flash", calls=(wish,)))
    return [
        Call.after(
            turn, id=wish.call_id, turn=turn.turn, step=0, index=0, tool="write", tier="flash"
        )
    ]


@stage(reads=16, commit="settle", lane="id")
async def tool(call: Call, record: TurnRecord, effects: Effects, world: World) -> Think:
    await world.meet(f"before {call.turn}")
    begun = await effects.begin(call.id, "plain")
    assert begun.verdict == "go"
    await world.meet(f"tool {call.turn}")
    record.add(
        Observed(step=0, index=0, call_id=call.id, tool="write", ok=True, content="", effect="done")
    )
    return Think.after(call, id=f"{call.turn}:1", turn=call.turn, step=1, tier="flash")


@stage()
async def think(due: Think, record: TurnRecord, world: World) -> Answer:
    await world.meet(f"think {due.turn}")
    record.add(Said(text=due.turn, outcome="answered"))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome="answered")


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord, world: World) -> Reply:
    await world.meet(f"respond {answer.turn}")
    text = record.said.text if record.said else "nothing"
    return Reply.after(
        answer, id=f"{answer.turn}:0", turn=answer.turn, chat="c", part=0, parts=1, text=text,
        outcome="answered",
    )  # fmt: skip


@stage()
async def deliver(reply: Reply, world: World) -> None:
    await world.meet(f"deliver {reply.turn}")


STAGES = (admit, route, tool, think, respond, deliver)
STEPS = ("route", "before", "tool", "think", "respond", "deliver")


async def destroy(stand: Stand) -> None:
    for one in STAGES:
        await stand.tester.xgroup_destroy(keys.topic(one.topic), one.name)


async def at_rest(stand: Stand) -> None:
    async def quiet() -> bool:
        try:
            pending = [await stand.pending(one.topic, one.name) for one in STAGES]
        except ResponseError:
            return False  # not all of them are there again
        return not any(pending) and not await stand.tester.zcard(keys.TURNS)

    await soon(quiet, 20)


async def told(stand: Stand) -> dict[str, dict[str, Any]]:
    """Return what the events say of lost groups, by topic."""
    found = [json.loads(data) for data in await stand.data("events")]
    return {one["data"]["topic"]: one["data"] for one in found if one["type"] == "group.lost"}


@pytest.mark.parametrize("where", STEPS)
async def test_what_is_in_hand_goes_on_as_if_nothing_had_been(stand: Stand, where: str) -> None:
    """Destroyed while each stage works: done once, answered once, and what was finished rests."""
    world = World()
    async with stand.running(*STAGES, resources={World: world}):
        await stand.ingress().accept(received("before"), "before")
        await soon(lambda: world.done["deliver before"])
        door = world.doors[f"{where} t"] = asyncio.Event()
        await stand.ingress().accept(received("t"), "t")
        await soon(lambda: f"{where} t" in world.waiting)
        await destroy(stand)
        door.set()
        await soon(lambda: world.done["deliver t"], 20)
        await at_rest(stand)
        # Who asks for the ledger's leave asks again, and nothing was done yet.
        again = Counter({"before t": 1}) if where == "before" else Counter[str]()
        once = Counter(f"{step} {turn}" for step in STEPS for turn in ("before", "t"))
        assert world.done == once + again
    assert [reply.text for reply in await stand.replies()] == ["before", "t"]
    assert await stand.letters() == []
    topic = {"before": "tool", "deliver": "outbox"}.get(where, where)
    assert (await told(stand))[topic]["regained"] == 1


PAIRS: list[tuple[str, str]] = [(one.topic, one.name) for one in STAGES]
HOLDS: dict[str, Callable[[Stand], Any]] = {
    "by a process that is gone": lambda stand: release(stand.redis, "gone", PAIRS, []),
    "by a process that hangs": lambda _: asyncio.sleep(0),
}


@pytest.mark.parametrize("holder", HOLDS)
async def test_what_others_held_is_not_lost(stand: Stand, holder: str) -> None:
    """Messages at each place of the road, in hands that will not go on with them."""
    world = World()
    await stand.groups(*STAGES)
    for where in (*STEPS[:-1], "inbox"):
        until = {"before": "tool", "inbox": "admit"}.get(where, where)
        stages = STAGES[: [one.name for one in STAGES].index(until)]
        async with stand.running(*stages, resources={World: world}):
            await stand.ingress().accept(received(where, session=where), where)
            topic = next(one.topic for one in STAGES if one.name == until)

            async def there(topic: str = topic, name: str = where) -> bool:
                return any(f'"{name}' in data for data in await stand.data(topic))

            await soon(there)
            await at_hand(stand, stages)
    for topic, group in PAIRS:
        await stand.tester.xreadgroup(group, "gone", {keys.topic(topic): ">"})
    done = world.done.copy()
    await HOLDS[holder](stand)
    await destroy(stand)
    async with stand.running(*STAGES, resources={World: world}):
        await soon(lambda: sum(n for step, n in world.done.items() if "deliver" in step) == 6, 20)
        await at_rest(stand)
    assert done
    assert set(world.done.values()) == {1}, "nothing was done a second time"
    assert sorted(reply.text for reply in await stand.replies()) == sorted((*STEPS[:-1], "inbox"))


async def at_hand(stand: Stand, stages: Any) -> None:
    """Wait until these stages have nothing left to do."""

    async def quiet() -> bool:
        return not any([await stand.pending(one.topic, one.name) for one in stages])

    await soon(quiet)


async def test_what_was_given_up_is_filed_all_the_same(stand: Stand) -> None:
    @stage()
    async def broken(turn: Admitted) -> Answer:
        raise Refused("Not here.")

    async with stand.running(admit, resources={}):
        await stand.ingress().accept(received("t"), "t")
        await soon(lambda: stand.data("route"))
    runtime = stand.runtime(broken)
    runtime._rounds._watch = None  # nobody files
    await runtime.start()

    async def buried() -> bool:
        return len(await stand.pending("route", "broken", keys.BURIED)) == 1

    await soon(buried)
    await runtime.drain()
    await stand.tester.xgroup_destroy(keys.topic("route"), "broken")
    async with stand.running(broken):
        (letter,) = await soon(stand.letters)
    assert letter.text == "Not here."


async def test_a_first_start_says_nothing_and_reads_from_the_beginning(stand: Stand) -> None:
    await stand.tester.xadd("nexus:inbox", {"data": '{"text": "hello"}'})
    world = World()
    async with stand.running(*STAGES, resources={World: world}):
        await soon(lambda: sum(world.done.values()) == len(STEPS), 20)
        await at_rest(stand)
    assert set(await told(stand)) <= {"inbox"}
