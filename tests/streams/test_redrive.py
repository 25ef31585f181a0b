"""A letter that is sent again joins its turn once, with everything, and repeats nothing."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from schemas.chat import Admitted, Answer, Call, Received, Reply, Think
from schemas.desk import DeadLetter
from schemas.errors import Conflict, NotFound, Refused
from schemas.record import Asked, Observed, Redriven, Routed, Said, ToolCall
from streams import keys
from streams.conversation import Conversations
from streams.effects import Effects
from streams.line import Line
from streams.record import Records, TurnRecord
from streams.redrive import Sending, redrive, together
from streams.session import SessionState, state_of
from streams.stage import stage
from tests.stand import Stand, received, soon


class World:
    """What the calls below do: refuse, wait, or change something that is counted."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.doors: dict[str, asyncio.Event] = {}
        self.begun: set[str] = set()
        self.done: Counter[str] = Counter()


@stage(commit="admit", lane="")
async def admit(received: Received, record: TurnRecord) -> Admitted:
    record.add(
        Asked(text=received.text, person="owner", channel="terminal", chat="c", profile="full")
    )
    return Admitted.after(received, id=f"{received.id}:turn", turn=received.id)


@stage()
async def route(turn: Admitted, record: TurnRecord) -> list[Call]:
    wishes = [
        ToolCall(call_id=f"{turn.turn}-{name}", tool=name, arguments={})
        for name in record.asked.text.split()
    ]
    record.add(Routed(way="direct", tier="flash", calls=tuple(wishes)))
    return [
        Call.after(
            turn, id=one.call_id, turn=turn.turn, step=0, index=n, tool=one.tool, tier="flash"
        )
        for n, one in enumerate(wishes)
    ]


@stage(reads=16, commit="settle", lane="id")
async def tool(call: Call, record: TurnRecord, effects: Effects, world: World) -> Think:
    name = call.tool
    if name.startswith("slow"):
        world.begun.add(name)
        await world.doors[name].wait()
    if name in world.broken:
        raise Refused(f"{name} is broken.")
    kept = None
    if name.startswith("late"):
        await world.doors[name].wait()
    if not name.startswith("look"):
        kept = (await effects.begin(call.id, "plain")).kept
    if kept is None:
        world.done[name] += 1
    record.add(
        kept
        or Observed(
            step=0,
            index=call.index,
            call_id=call.id,
            tool=name,
            ok=True,
            content=f"{name} done",
            effect=None if name.startswith("look") else "done",
        )
    )
    return Think.after(call, id=f"{call.turn}:think:1", turn=call.turn, step=1, tier="flash")


@stage()
async def think(due: Think, record: TurnRecord) -> Answer:
    text = "; ".join(one.content for one in record.observed(0))
    record.add(Said(text=text, outcome="answered"))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome="answered")


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord) -> Reply:
    text = answer.notice or (record.said.text if record.said else "nothing")
    if answer.notice:
        record.add(Said(text=text, outcome=answer.outcome))
    return Reply.after(
        answer, id=f"{answer.turn}:reply:0", turn=answer.turn, chat="c", part=0, parts=1,
        text=text, outcome=answer.outcome,
    )  # fmt: skip


STAGES = (admit, route, tool, think, respond)


class Owner:
    """The owner at the desk."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.line = Line(stand.servers.durable_url("desk"))

    async def letters(self) -> list[Sending]:
        rows: Any = await self.stand.tester.xrange("nexus:dead")
        found = []
        for entry, fields in rows:
            letter = DeadLetter.model_validate_json(fields[b"data"])
            data = base64.b64decode(letter.original)
            found.append(Sending(entry.decode(), letter, data, letter.signature))
        return found

    async def lost(self, *names: str) -> list[Sending]:
        """Wait until the letters of these calls lie at the desk; return them in that order."""

        async def filed() -> bool:
            return len(await self.letters()) == len(names) and not await self.running()

        await soon(filed)
        by_name = {one.call.tool: one for one in await self.letters() if one.call}
        return [by_name[name] for name in names]

    async def running(self) -> int:
        return int(await self.stand.tester.zcard(keys.TURNS))

    async def send(self, *letters: Sending) -> None:
        others = [one for one in await self.letters() if one not in letters]
        for group in together(letters):
            await redrive(self.line, group, others)

    async def told(self, count: int) -> str:
        """Wait until there are so many replies and nothing runs; return the last one."""

        async def enough() -> bool:
            return len(await self.stand.replies()) >= count and not await self.running()

        await soon(enough)
        replies = await self.stand.replies()
        assert len(replies) == count
        return replies[-1].text

    async def on_record(self, results: int) -> bool:
        return len((await self.record()).observed(0)) == results

    async def record(self) -> TurnRecord:
        return await Records(self.stand.redis).load("t", 1)


@asynccontextmanager
async def asked(stand: Stand, text: str, **world: Any) -> AsyncIterator[tuple[Owner, World]]:
    """Ask for some calls; the block's end waits for nothing."""
    around = World()
    around.broken = set(world.get("broken", ()))
    around.doors = {name: asyncio.Event() for name in world.get("doors", ())}
    async with stand.running(*STAGES, resources={World: around}):
        await stand.ingress().accept(received("t", text=text), "t")
        owner = Owner(stand)
        yield owner, around
        for door in around.doors.values():
            door.set()
        await owner.line.close()


async def test_one_call_of_three_joins_with_every_result(stand: Stand) -> None:
    """The others' results are on record: one came before the turn ended, one after it."""
    doors = ["slow-bad", "late"]
    async with asked(stand, "slow-bad write late", broken=doors[:1], doors=doors) as (owner, world):
        await soon(lambda: owner.on_record(1))
        world.doors["slow-bad"].set()
        (letter,) = await owner.lost("slow-bad")
        assert "slow-bad is broken" in await owner.told(1)
        world.doors["late"].set()
        world.broken.clear()
        await owner.send(letter)
        # The turn ended before `late` could begin, so it never did; and nobody sent it.
        assert await owner.told(2) == (
            "slow-bad done; write done; late was not run: the turn had ended before."
        )
        assert world.done == {"slow-bad": 1, "write": 1}
        assert await owner.letters() == []
        assert [one.letters for one in (await owner.record()).of(Redriven)] == [(letter.letter.id,)]
        with pytest.raises(Conflict, match="has gone on since"):
            await owner.send(letter)


async def test_a_call_that_was_told_as_not_run_does_not_run(stand: Stand) -> None:
    """It was still waiting for its turn when the other one was sent on again."""
    doors = ["slow-bad", "late"]
    async with asked(stand, "slow-bad late", broken=doors[:1], doors=doors) as (owner, world):
        world.doors["slow-bad"].set()
        (letter,) = await owner.lost("slow-bad")
        world.broken.clear()
        world.doors["slow-bad"] = asyncio.Event()
        await owner.send(letter)
        world.doors["late"].set()

        async def late() -> bool:
            return len(await stand.pending("tool", "tool")) == 1

        await soon(late)
        assert await owner.running(), "the turn goes on, and waits for the other call only"
        world.doors["slow-bad"].set()
        text = "slow-bad done; late was not run: the turn had ended before."
        assert await owner.told(2) == text
        assert world.done == {"slow-bad": 1}


async def test_a_result_that_came_after_the_end_is_there(stand: Stand) -> None:
    """Its effect had begun before the turn ended; it is not done a second time."""
    async with asked(stand, "bad slow-look", broken=["bad"], doors=["slow-look"]) as (owner, world):
        await soon(lambda: world.begun)
        (letter,) = await owner.lost("bad")
        world.doors["slow-look"].set()

        async def late() -> bool:
            return not await stand.pending("tool", "tool")

        await soon(late)
        world.broken.clear()
        before = world.done.copy()
        await owner.send(letter)
        text = await owner.told(2)
        assert text.startswith("bad done; slow-look ")
        assert world.done - before == {"bad": 1}


async def test_calls_of_one_step_go_together_or_wait_for_each_other(stand: Stand) -> None:
    doors = ["slow-one", "slow-two"]
    async with asked(stand, "slow-one slow-two look", broken=doors, doors=doors) as (owner, world):
        await soon(lambda: owner.on_record(1))
        for door in world.doors.values():
            door.set()
        one, two = await owner.lost("slow-one", "slow-two")
        world.broken.clear()
        with pytest.raises(Conflict, match=f"there lie here too: {two.letter.id}. Send all"):
            await owner.send(one)
        assert len(await owner.letters()) == 2
        await owner.send(one, two)
        assert await owner.told(2) == "slow-one done; slow-two done; look done"
        assert world.done == {"slow-one": 1, "slow-two": 1, "look": 1}


async def test_what_the_owner_dropped_is_not_done(stand: Stand) -> None:
    async with asked(stand, "one two", broken=["one", "two"]) as (owner, world):
        one, two = await owner.lost("one", "two")
        world.broken.clear()
        await stand.tester.xdel("nexus:dead", two.entry)
        await owner.send(one)
        assert await owner.told(2) == "one done; two was not run: the turn had ended before."
        assert world.done == {"one": 1}


async def test_a_turn_that_has_gone_on_is_said_plainly(stand: Stand) -> None:
    doors = ["slow-one"]
    async with asked(stand, "slow-one two", broken=doors, doors=doors) as (owner, world):
        await soon(lambda: owner.on_record(1))
        world.doors["slow-one"].set()
        (letter,) = await owner.lost("slow-one")
        world.broken.clear()
        await owner.send(letter)
        await owner.told(2)
        again: Any = await stand.tester.xadd(
            "nexus:dead", {"data": letter.letter.model_dump_json()}
        )
        with pytest.raises(Conflict, match="has gone on since with a result of this call"):
            await owner.send(Sending(again.decode(), letter.letter, letter.data))
        assert world.done == {"slow-one": 1, "two": 1}


async def test_a_call_that_fails_again_comes_back_and_can_be_sent_again(stand: Stand) -> None:
    doors = ["slow-one"]
    async with asked(stand, "slow-one look", broken=doors, doors=doors) as (owner, world):
        await soon(lambda: owner.on_record(1))
        world.doors["slow-one"].set()
        (first,) = await owner.lost("slow-one")
        await owner.send(first)
        await owner.told(2)
        (second,) = await owner.lost("slow-one")
        assert second.letter.id != first.letter.id
        world.broken.clear()
        await owner.send(second)
        assert await owner.told(3) == "slow-one done; look done"
        assert world.done == {"slow-one": 1, "look": 1}


async def test_who_is_sent_on_can_be_stopped_and_the_next_waits_behind_it(stand: Stand) -> None:
    """As behind any turn: its conversation is busy with it."""
    doors = ["slow-one"]
    async with asked(stand, "slow-one", broken=doors, doors=doors) as (owner, world):
        world.doors["slow-one"].set()
        (letter,) = await owner.lost("slow-one")
        world.broken.clear()
        world.doors["slow-one"].clear()
        await owner.send(letter)
        await stand.ingress().accept(received("u", text="look"), "u")
        await soon(lambda: stand.tester.llen(keys.mailbox("s")))
        assert await state_of(stand.redis, "s") == SessionState("t", waiting=1)
        told = await Conversations(stand.redis).turns("s")
        assert [(one.turn, one.state) for one in told][:1] == [("t", "running")]
        world.doors["slow-one"].set()
        await owner.told(3)
        assert [one.turn for one in await stand.replies()] == ["t", "t", "u"]
        assert await state_of(stand.redis, "s") == SessionState()


async def test_without_its_record_no_turn_goes_on(stand: Stand) -> None:
    async with asked(stand, "one", broken=["one"]) as (owner, _):
        (letter,) = await owner.lost("one")
        await stand.tester.delete(keys.turn("t"))
        with pytest.raises(NotFound, match=r"The record of the turn of .* is gone"):
            await owner.send(letter)
        assert len(await owner.letters()) == 1


@pytest.mark.parametrize("known", ['"s": "started"', '"s": "void", "was": "started", "a": "q"'])
async def test_an_effect_that_had_begun_is_unknown_to_the_turn(stand: Stand, known: str) -> None:
    """Also where it had begun, and then somebody had to be asked."""
    async with asked(stand, "one two", broken=["one", "two"]) as (owner, world):
        one, two = await owner.lost("one", "two")
        world.broken.clear()
        ledger = keys.ledger("t")
        await stand.tester.hset(ledger, "t-two", f'{{{known}, "n": 1, "k": "plain"}}')
        await stand.tester.xdel("nexus:dead", two.entry)
        await owner.send(one)
        assert "Unknown outcome: two had begun when the turn ended" in await owner.told(2)
        assert world.done == {"one": 1}


async def test_a_turn_that_was_told_to_stop_goes_on_when_it_is_sent_again(stand: Stand) -> None:
    """A process remembers whom it heard to stop; the mark itself went with the turn's end."""
    world, owner = World(), Owner(stand)
    world.broken = {"write"}
    async with stand.running(*STAGES, resources={World: world}) as runtime:
        await stand.ingress().accept(received("t", text="write"), "t")
        (letter,) = await owner.lost("write")
        for runner in runtime._runners:
            runner.stop_turn("t")
        world.broken.clear()
        await owner.send(letter)
        assert await owner.told(2) == "write done"
        assert world.done == {"write": 1}
        await owner.line.close()
