"""The runtime with real stages on a real Redis: tries, desk, order, drain, fences, outages."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from redis.exceptions import RedisError

from schemas.chat import Admitted, Answer, Call, Control, Received, Reply, Think
from schemas.errors import Refused, TooMuch, Transient
from schemas.record import Asked, Observed, Said, Thought
from streams import functions, keys
from streams.accept import Closed
from streams.entry import Provenance
from streams.record import History, Records, TurnRecord
from streams.runtime import Runtime
from streams.session import SessionState
from streams.stage import Stage, stage
from tests.redis_server import RedisPair, private_redis
from tests.stand import QUICK, Stand, received, soon

Behaviour = Callable[[str], Any]


class World:
    """What the stages below do, and what was seen of them."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.order: list[str] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.doors: dict[str, asyncio.Event] = {}

    def on(self, text: str, behaviour: Behaviour) -> None:
        self.behaviours[text] = behaviour

    def door(self, text: str) -> asyncio.Event:
        """Whoever thinks about `text` waits at this door."""
        return self.doors.setdefault(text, asyncio.Event())

    async def meet(self, text: str) -> Any:
        self.seen[text] += 1
        self.order.append(text)
        if text in self.doors:
            await self.doors[text].wait()
        behaviour = self.behaviours.get(text)
        return behaviour(text) if behaviour is not None else None


@stage(commit="admit", lane="")
async def admit(received: Received, record: TurnRecord, source: Provenance) -> Admitted:
    record.add(
        Asked(
            text=received.text,
            person=received.person,
            channel=received.channel,
            chat=received.chat,
            profile="full" if source.gateway else "readonly",
        )
    )
    return Admitted.after(received, id=f"{received.id}:turn", turn=received.id)


@stage()
async def think(turn: Admitted, record: TurnRecord, world: World) -> Answer | list[Call]:
    found = await world.meet(record.asked.text)
    if isinstance(found, list):
        return found
    record.add(Said(text=str(found or record.asked.text), outcome="answered"))
    return Answer.after(turn, id=f"{turn.turn}:answer", turn=turn.turn, outcome="answered")


@stage(reads=16, commit="settle", lane="id")
async def tool(call: Call, record: TurnRecord, world: World) -> Think:
    await world.meet(call.tool)
    record.add(
        Observed(step=0, index=call.index, call_id=call.id, tool=call.tool, ok=True, content="x")
    )
    return Think.after(call, id=f"{call.turn}:think:1", turn=call.turn, step=1, tier="flash")


@stage()
async def conclude(due: Think, record: TurnRecord) -> Answer:
    record.add(Said(text=f"{len(record.observed(0))} observed", outcome="answered"))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome="answered")


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord, world: World) -> Reply:
    said = record.said
    text = answer.notice or (said.text if said else "nothing")
    await world.meet(f"respond {text}")
    if said is None:
        record.add(Said(text=text, outcome=answer.outcome))
    return Reply.after(
        answer,
        id=f"{answer.turn}:reply:0",
        turn=answer.turn,
        chat=record.asked.chat,
        part=0,
        parts=1,
        text=text,
        outcome=answer.outcome,
    )


@stage(commit="halt")
async def steer(control: Control, source: Provenance, session: SessionState) -> Answer | None:
    if session.busy is None:
        return None
    return Answer.after(
        control,
        id=f"{session.busy}:answer",
        turn=session.busy,
        outcome="stopped",
        notice="Stopped.",
    )


STAGES: tuple[Stage[..., Any], ...] = (admit, think, tool, conclude, respond, steer)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def running(stand: Stand, world: World) -> AsyncIterator[Any]:
    async with stand.running(*STAGES, resources={World: world}) as runtime:
        yield runtime


async def ask(stand: Stand, text: str, session: str = "s", name: str = "") -> str:
    name = name or f"m-{text.replace(' ', '-')}-{session}"
    return (await stand.ingress().accept(received(name, session, text), name)).id


async def answers(stand: Stand, count: int, seconds: float = 10) -> dict[str, str]:
    async def all_in() -> bool:
        return await stand.tester.xlen(keys.topic("outbox")) >= count

    await soon(all_in, seconds)
    return {reply.turn: reply.text for reply in await stand.replies()}


async def at_rest(stand: Stand) -> None:
    """Nothing is pending anywhere, no session is busy, no turn runs."""

    async def quiet() -> bool:
        for one in STAGES:
            if await stand.pending(one.topic, one.name):
                return False
        return not await stand.tester.zcard(keys.TURNS)

    await soon(quiet)
    for kind in (keys.TROUBLE, keys.WAITING):
        assert {key async for key in stand.tester.scan_iter(f"{kind}*")} == set()


# A message's way --------------------------------------------------------------------------


async def test_a_question_is_answered_once(stand: Stand, running: Any) -> None:
    turn = await ask(stand, "hello")
    assert await answers(stand, 1) == {turn: "hello"}
    await at_rest(stand)


async def test_a_repeat_is_the_same_message(stand: Stand, running: Any) -> None:
    found = await asyncio.gather(*(ask(stand, "hello") for _ in range(50)))
    assert len(set(found)) == 1
    await answers(stand, 1)
    await at_rest(stand)
    assert len(await stand.replies()) == 1


async def test_a_session_is_answered_in_its_order(stand: Stand, world: World, running: Any) -> None:
    for n, session in itertools.product(range(10), "abcde"):
        await ask(stand, f"{session}{n}", session)
    await answers(stand, 50)
    for session in "abcde":
        mine = [text for text in world.order if text[0] == session]
        assert mine == [f"{session}{n}" for n in range(10)]
    await at_rest(stand)


async def test_calls_run_side_by_side_and_are_joined_once(
    stand: Stand, world: World, running: Any
) -> None:
    def calls(_: str) -> list[Call]:
        return [
            Call(
                id=f"c{n}", trace="t", session="s", person="p", channel="c",
                turn="m-many-s", step=0, index=n, tool=f"tool {n}", tier="flash",
            )
            for n in range(5)
        ]  # fmt: skip

    world.on("many", calls)
    doors = [world.door(f"tool {n}") for n in range(5)]
    turn = await ask(stand, "many")
    await soon(lambda: all(world.seen[f"tool {n}"] for n in range(5)))
    for door in reversed(doors):
        door.set()
    assert await answers(stand, 1) == {turn: "5 observed"}
    await at_rest(stand)


# Errors -----------------------------------------------------------------------------------


async def test_a_transient_error_is_tried_again(stand: Stand, world: World, running: Any) -> None:
    def twice(text: str) -> str:
        if world.seen[text] < 3:
            raise Transient("not yet")
        return "at last"

    world.on("busy", twice)
    turn = await ask(stand, "busy")
    assert await answers(stand, 1) == {turn: "at last"}
    assert world.seen["busy"] == 3
    await at_rest(stand)


async def test_a_wait_that_was_asked_for_is_kept(stand: Stand, world: World, running: Any) -> None:
    clock = asyncio.get_running_loop().time
    times: list[float] = []

    def later(_: str) -> str:
        times.append(clock())
        if len(times) == 1:
            raise Transient("overloaded", retry_after=0.4)
        return "now"

    world.on("wait", later)
    await ask(stand, "wait")
    await answers(stand, 1)
    assert times[1] - times[0] >= 0.4


async def test_a_bug_is_tried_five_times_and_told(stand: Stand, world: World, running: Any) -> None:
    def broken(_: str) -> None:
        raise ValueError("oh \x00 no \ud800")

    world.on("bug", broken)
    turn = await ask(stand, "bug")
    other = await ask(stand, "fine", "other")
    found = await answers(stand, 2)
    assert found[other] == "fine"
    assert found[turn].startswith("I could not finish this: oh \ufffd no ?")
    assert world.seen["bug"] == 5
    await at_rest(stand)
    (letter,) = await stand.letters()
    assert (letter.stage, letter.code, letter.error) == ("think", "bug", "ValueError")
    assert [attempt.error for attempt in letter.attempts] == ["ValueError"] * 5
    assert json.loads(base64.b64decode(letter.original))["turn"] == turn


async def test_a_refusal_is_not_tried_again(stand: Stand, world: World, running: Any) -> None:
    def refused(_: str) -> None:
        raise Refused("This is not done here.")

    world.on("never", refused)
    turn = await ask(stand, "never")
    assert "This is not done here." in (await answers(stand, 1))[turn]
    assert world.seen["never"] == 1
    await at_rest(stand)
    assert [letter.code for letter in await stand.letters()] == ["refused"]


async def test_a_result_that_cannot_be_written_is_the_stages_fault(
    stand: Stand, world: World, running: Any
) -> None:
    def unwritable(_: str) -> list[Call]:
        call = Call.model_construct(
            id="c", trace="t", session="s", person="p", channel="c", turn="m", step=0, index=0,
            tool="\ud800", tier="flash",
        )  # fmt: skip
        return [call]

    world.on("surrogate", unwritable)
    turn = await ask(stand, "surrogate")
    others = [await ask(stand, f"fine {n}", f"s{n}") for n in range(20)]
    found = await answers(stand, 21)
    assert "I could not finish this" in found[turn]
    assert all(other in found for other in others)
    assert world.seen["surrogate"] == 5
    await at_rest(stand)


async def test_a_result_too_large_to_go_on_is_told(
    stand: Stand, world: World, running: Any
) -> None:
    def large(_: str) -> list[Call]:
        return [
            Call.model_construct(
                id="c" * 20_000, trace="t", session="s", person="p", channel="c",
                turn="m-large-s", step=0, index=0, tool="t", tier="flash",
            )
        ]  # fmt: skip

    world.on("large", large)
    turn = await ask(stand, "large")
    assert "larger than 16384 bytes" in (await answers(stand, 1))[turn]
    await at_rest(stand)


async def test_who_cannot_end_a_turn_tells_it_directly(
    stand: Stand, world: World, running: Any
) -> None:
    def broken(_: str) -> None:
        raise ValueError("no words")

    world.on("respond bad", broken)
    turn, after = await ask(stand, "bad"), await ask(stand, "good")
    found = await answers(stand, 2)
    assert found == {turn: "I could not finish this: no words", after: "good"}
    await at_rest(stand)


async def test_a_record_that_cannot_be_read_keeps_no_turn_from_ending(
    stand: Stand, world: World
) -> None:
    """A newer version may have written it; whoever reads it must not try for ever."""
    await stand.groups(*STAGES)
    await stand.tester.hset(keys.BUSY, "s", "t")
    await stand.tester.zadd(keys.TURNS, {"t": 1})
    await stand.tester.rpush(keys.turn("t"), '{"kind":"of tomorrow"}')
    answer = Answer(
        id="t:answer", trace="t", session="s", person="owner", channel="terminal", turn="t",
        outcome="answered",
    )  # fmt: skip
    await stand.tester.xadd(keys.topic("respond"), {"data": answer.model_dump_json(), "n": 1})
    async with stand.running(*STAGES, resources={World: world}):
        await at_rest(stand)
        after = await ask(stand, "after")
        assert await answers(stand, 1) == {after: "after"}
    assert [letter.turn for letter in await stand.letters()] == ["t"]


async def test_what_was_accepted_is_not_refused_later(stand: Stand, world: World) -> None:
    """More came in before anybody read than may wait: new ones are refused, these are kept."""
    settings = QUICK.model_copy(update={"mailbox": 3})
    door = world.door("0")
    await stand.groups(*STAGES)
    for n in range(8):
        await ask(stand, str(n))
    async with stand.running(*STAGES, resources={World: world}, settings=settings):

        async def waiting() -> bool:
            return await stand.tester.llen(keys.mailbox("s")) == 7

        await soon(waiting)
        with pytest.raises(TooMuch, match="7 of your messages wait"):
            await stand.ingress(settings).accept(received("more"), "more")
        door.set()
        await answers(stand, 8)
        assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(8)]
        await at_rest(stand)
    assert await stand.letters() == []


async def test_a_burst_does_not_pass_the_bound_of_its_session(
    stand: Stand, world: World, running: Any
) -> None:
    """What was accepted and is still on its way counts as well as what waits in the mailbox."""
    door = world.door("first")
    await ask(stand, "first")
    await soon(lambda: world.seen["first"])
    refused: list[TooMuch] = []
    connections = asyncio.Semaphore(50)

    async def one(number: int) -> None:
        async with connections:
            try:
                await ask(stand, str(number))
            except TooMuch as error:
                refused.append(error)

    await asyncio.gather(*(one(n) for n in range(300)))
    assert len(refused) == 200
    assert all(error.retry_after for error in refused)

    async def waiting() -> bool:
        return await stand.tester.llen(keys.mailbox("s")) == 100

    await soon(waiting)
    door.set()
    await answers(stand, 101)
    await at_rest(stand)
    assert await stand.letters() == []


async def test_a_stop_is_obeyed_when_memory_is_full(world: World) -> None:
    """It is what gives memory back; all other new work is refused then."""
    with private_redis(tester=True, maxmemory_mb=16) as servers:
        async with Stand(servers) as stand:
            await functions.load(stand.tester)
            async with stand.running(*STAGES, resources={World: world}):
                world.door("long")
                turn = await ask(stand, "long")
                await soon(lambda: world.seen["long"])
                await stand.tester.set("ballast", "x" * (1 << 20))
                await stand.tester.config_set("maxmemory", 1 << 20)
                with pytest.raises(Closed, match="memory is full"):
                    await ask(stand, "more")
                await stop(stand)
                assert await answers(stand, 1) == {turn: "Stopped."}
                await at_rest(stand)


# Bad input, straight onto the stream --------------------------------------------------------

BAD: dict[str, dict[Any, Any]] = {
    "no JSON": {"data": b"{nothing"},
    "no object": {"data": b"[1,2]"},
    "empty": {"data": b""},
    "no data": {"other": b"x"},
    "unknown version": {"data": b'{"text":"x","v":99}'},
    "wrong types": {"data": b'{"text":7}'},
    "NaN": {"data": b'{"text":"x","v":NaN}'},
    "nested": {"data": b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"},
    "NUL": {"data": b'{"text":"a\\u0000b"}'},
    "raw NUL": {"data": b'{"text":"a\x00b"}'},
    "surrogate": {"data": b'{"text":"\\ud800"}'},
    "no UTF-8": {"data": b'{"text":"\xff\xfe"}'},
    "3 MB": {"data": b'{"text":"' + b"x" * 3_000_000 + b'"}'},
    "3 MB elsewhere": {"data": b"", "x": b"x" * 3_000_000},
    "odd signature": {"data": b"{", "sig": b"\xff\x00terminal:\xf0"},
}


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_read_goes_to_the_desk_at_once(
    stand: Stand, running: Any, name: str
) -> None:
    before = await ask(stand, "before")
    await stand.tester.xadd(keys.topic("inbox"), {**BAD[name]})
    after = await ask(stand, "after", "other")
    assert await answers(stand, 2) == {before: "before", after: "after"}
    (letter,) = await soon(stand.letters)
    assert (letter.code, letter.attempts) == ("invalid", ())
    assert letter.size == len(BAD[name].get("data", b""))
    assert base64.b64decode(letter.original) == BAD[name].get("data", b"")[:262_144]
    assert all(health.reading for health in running.health())
    await at_rest(stand)


async def test_ten_megabytes_do_not_come_through_the_door(stand: Stand, running: Any) -> None:
    for data in (b'{"text":"' + b"x" * 10_000_000 + b'"}', b""):
        with pytest.raises((RedisError, OSError)):
            await stand.tester.xadd(
                keys.topic("inbox"), {"data": data, "x": b"x" * (10_000_000 - len(data) // 2)}
            )
    turn = await ask(stand, "after")
    assert await answers(stand, 1) == {turn: "after"}


@pytest.mark.parametrize("topic", [one.topic for one in STAGES if one is not admit])
async def test_no_reader_minds_what_it_cannot_read(stand: Stand, running: Any, topic: str) -> None:
    for fields in BAD.values():
        await stand.tester.xadd(keys.topic(topic), {**fields})
    turn = await ask(stand, "after")
    assert await answers(stand, 1) == {turn: "after"}
    await soon_letters(stand, len(BAD))
    await at_rest(stand)


async def soon_letters(stand: Stand, count: int) -> None:
    async def there() -> bool:
        return await stand.tester.xlen(keys.topic("dead")) == count

    await soon(there)


async def test_a_producer_can_claim_nothing(stand: Stand, world: World, running: Any) -> None:
    offered = {"text": "hi", "id": "x1", "person": "owner", "session": "s", "channel": "terminal"}
    for _ in range(2):
        await stand.tester.xadd(keys.topic("inbox"), {"data": json.dumps(offered)})
    await answers(stand, 1)
    await at_rest(stand)
    (reply,) = await stand.replies()
    assert (reply.person, reply.channel) == ("producer", "producer")
    assert reply.session.startswith("producer-")


# Stop -------------------------------------------------------------------------------------


async def stop(stand: Stand, session: str = "s") -> None:
    control = Control(
        id="stop", trace="stop", session=session, person="owner", channel="terminal",
        action="stop", chat="chat",
    )  # fmt: skip
    await stand.ingress().accept(control, "stop")


async def test_a_stop_is_felt_at_once_and_answered(
    stand: Stand, world: World, running: Any
) -> None:
    world.door("long")
    turn, waiting = await ask(stand, "long"), await ask(stand, "next")
    await soon(lambda: world.seen["long"])
    await stop(stand)
    assert await answers(stand, 2) == {turn: "Stopped.", waiting: "next"}
    await at_rest(stand)


async def test_a_stop_that_comes_with_the_answer_loses_neither(
    stand: Stand, world: World, running: Any
) -> None:
    """The turn is at its last stage: the answer goes out as if nobody had said stop."""
    world.door("respond done")
    turn = await ask(stand, "done")
    await soon(lambda: world.seen["respond done"])
    await stop(stand)
    await soon(lambda: stand.tester.hexists(keys.STOPPING, turn))
    world.doors["respond done"].set()
    assert await answers(stand, 1) == {turn: "done"}
    await at_rest(stand)


# Drain, and what is left behind --------------------------------------------------------------


async def test_a_drain_finishes_what_is_in_hand_and_reads_no_more(
    stand: Stand, world: World
) -> None:
    runtime = stand.runtime(*STAGES, resources={World: world}, consumer="drained")
    await runtime.start()
    door = world.door("slow")
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    draining = asyncio.create_task(runtime.drain())
    await soon(lambda: not any(health.reading for health in runtime.health()[1:]))
    await ask(stand, "later", "other")
    async with asyncio.timeout(30):
        for _ in range(20):  # rounds in which the readers must stay silent
            await asyncio.sleep(QUICK.reclaim_seconds)
    assert world.seen["later"] == 0
    door.set()
    await draining
    for one in STAGES:
        # A read that was under way may still bring something; that is given back.
        assert await stand.pending(one.topic, one.name, "drained") == []
    async with stand.running(*STAGES, resources={World: world}):
        assert set(await answers(stand, 2)) == {turn, "m-later-other"}
    assert world.seen["slow"] == 1


async def test_what_a_drain_cannot_finish_is_given_back_without_blame(
    stand: Stand, world: World
) -> None:
    hasty = QUICK.model_copy(update={"drain_seconds": 0.2})
    world.door("slow")
    runtime = stand.runtime(*STAGES, resources={World: world}, settings=hasty)
    await runtime.start()
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    await runtime.drain()
    assert len(await stand.pending("route", "think", keys.RELEASED)) == 1
    trouble = await stand.tester.hgetall(keys.trouble("route", "think"))
    assert [json.loads(kept) for kept in trouble.values()] == [{"g": 1, "c": 0}]
    world.doors["slow"].set()
    async with stand.running(*STAGES, resources={World: world}):
        assert await answers(stand, 1) == {turn: "slow"}
        await at_rest(stand)


def stall(runtime: Runtime) -> None:
    """End its beats and rounds, as if the process hung; what it has begun goes on."""
    for task in runtime._tasks:
        task.cancel()


# Fences -----------------------------------------------------------------------------------


async def test_a_stalled_owner_is_fenced_and_the_new_one_commits(
    stand: Stand, world: World, running: Any
) -> None:
    """Its entry is taken while it works; it comes back while the new owner still works."""
    elsewhere = World()
    mine, theirs = world.door("slow"), elsewhere.door("slow")
    elsewhere.on("slow", lambda _: "from the new owner")
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    stall(running)
    async with stand.running(think, respond, resources={World: elsewhere}):
        await soon(lambda: elsewhere.seen["slow"])
        mine.set()
        theirs.set()
        assert await answers(stand, 1) == {turn: "from the new owner"}
        await at_rest(stand)
    assert len(await stand.replies()) == 1


async def test_what_was_taken_away_and_comes_back_runs_anew(
    stand: Stand, world: World, running: Any
) -> None:
    door = world.door("slow")
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    (entry,) = await stand.pending("route", "think")
    await stand.tester.xclaim(keys.topic("route"), "think", keys.RELEASED, 0, [entry], justid=True)
    await soon(lambda: world.seen["slow"] == 2)
    door.set()
    assert await answers(stand, 1) == {turn: "slow"}
    await at_rest(stand)
    await soon(lambda: not running.busy)


async def test_a_full_process_still_renews_what_it_holds(stand: Stand, world: World) -> None:
    """More was given back than it has room for: it goes on beating, and nothing runs twice."""
    names = [f"slow {n}" for n in range(150)]
    doors = [world.door(name) for name in names]
    await stand.groups(*STAGES)
    async with stand.running(
        *(one for one in STAGES if one is not think), resources={World: world}
    ):
        for n, name in enumerate(names):
            await ask(stand, name, f"s{n}")

        async def routed() -> bool:
            return await stand.tester.xlen(keys.topic("route")) == 150

        await soon(routed)
        await stand.redis.xreadgroup("think", "dead", {keys.topic("route"): ">"}, count=150)
        await stand.tester.xclaim(
            keys.topic("route"), "think", keys.RELEASED, 0,
            await stand.pending("route", "think"), justid=True,
        )  # fmt: skip
        async with stand.running(think, resources={World: world}) as runtime:
            await soon(lambda: len(world.seen) >= 128)
            beats = runtime._recovery._beat_at
            await soon(lambda: runtime._recovery._beat_at > beats + 3)
            for door in doors:
                door.set()
            await answers(stand, 150)
    assert {world.seen[name] for name in names} == {1}


async def test_nothing_leaks_from_the_accounts_of_a_reader(
    stand: Stand, world: World, running: Any
) -> None:
    """After all that can go wrong with an entry, a reader has all its room again."""

    def odd(text: str) -> str:
        match int(text) % 4:
            case 0:
                raise Refused("no")
            case 1 if world.seen[text] < 2:
                raise Transient("later")
            case 2 if world.seen[text] < 3:
                raise ValueError("bug")
        return text

    for n in range(300):
        world.on(str(n), odd)
        await ask(stand, str(n), f"s{n}")
    for _ in range(10):
        for entry in (await stand.pending("route", "think"))[:5]:
            await stand.tester.xclaim(
                keys.topic("route"), "think", keys.RELEASED, 0, [entry], justid=True
            )
        await asyncio.sleep(0)
    await answers(stand, 300, seconds=30)
    await at_rest(stand)
    for runner in running._runners:
        assert (runner.held, runner._hands._lanes.held) == ([], 0)
        assert not runner._hands._lanes._waiting
    assert len(await stand.replies()) == 300


# One reader of the inbox ---------------------------------------------------------------------


async def test_two_replicas_keep_the_order_of_a_session(stand: Stand, world: World) -> None:
    async with (
        stand.running(*STAGES, resources={World: world}),
        stand.running(*STAGES, resources={World: world}),
    ):
        for n, session in itertools.product(range(20), "abc"):
            await ask(stand, f"{session}{n}", session)
        await answers(stand, 60)
    for session in "abc":
        mine = [text for text in world.order if text[0] == session]
        assert mine == [f"{session}{n}" for n in range(20)]


async def test_what_went_to_another_reader_is_not_overtaken(
    stand: Stand, world: World, running: Any
) -> None:
    """A stalled reader still gets entries; the leader waits for none of them, and passes none."""
    await soon(lambda: running._readers["inbox"].alive)
    await running._readers["inbox"].stop()
    await ask(stand, "0")
    await stand.redis.xreadgroup("admit", "stalled", {keys.topic("inbox"): ">"}, count=10)
    for n in range(1, 10):
        await ask(stand, str(n))
    await answers(stand, 10)
    assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(10)]
    await at_rest(stand)


async def test_the_lead_goes_over_when_a_leader_falls_silent(stand: Stand, world: World) -> None:
    async with stand.running(*STAGES, resources={World: world}) as first:
        await soon(lambda: first._leading.topics)
        async with stand.running(*STAGES, resources={World: world}) as second:
            stall(first)
            await soon(lambda: second._leading.topics)
            for n in range(10):
                await ask(stand, str(n))
            await answers(stand, 10)
    assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(10)]


# Suspects ---------------------------------------------------------------------------------


async def test_suspects_run_one_at_a_time_and_are_acquitted(stand: Stand, world: World) -> None:
    together = 0
    most = 0

    class Counting(World):
        async def meet(self, text: str) -> Any:
            nonlocal together, most
            together += 1
            most = max(most, together)
            try:
                return await super().meet(text)
            finally:
                together -= 1

    alone = Counting()
    await stand.groups(*STAGES)
    calls: list[int] = []

    async def called() -> None:
        calls.append(1)

    names = [f"suspect {n}" for n in range(30)]
    for n, name in enumerate(names):
        await ask(stand, name, f"s{n}")
    helpers = [one for one in STAGES if one is not think]
    async with stand.running(*helpers, resources={World: world}):

        async def routed() -> bool:
            return await stand.tester.xlen(keys.topic("route")) == 30

        await soon(routed)
        await stand.redis.xreadgroup("think", keys.SUSPECTS, {keys.topic("route"): ">"}, count=30)
    runtime = stand.runtime(*STAGES, resources={World: world})
    runtime._call_for_help = called
    await runtime.start()
    await soon(lambda: calls)
    assert world.seen["suspect 0"] == 0
    async with stand.running(*STAGES, resources={World: alone}, solo=True):
        await answers(stand, 30)
        await at_rest(stand)
    await runtime.drain()
    assert most == 1
    assert await stand.letters() == []


async def test_a_suspect_of_the_inbox_keeps_its_place(stand: Stand, world: World) -> None:
    await stand.groups(*STAGES)
    for n in range(10):
        await ask(stand, str(n))
    await stand.redis.xreadgroup("admit", "gone", {keys.topic("inbox"): ">"}, count=5)
    entries = await stand.pending("inbox", "admit")
    await stand.tester.xclaim(
        keys.topic("inbox"), "admit", keys.SUSPECTS, 0, entries[2:3], justid=True
    )
    async with (
        stand.running(*STAGES, resources={World: world}),
        stand.running(*STAGES, resources={World: world}, solo=True),
    ):
        await answers(stand, 10)
        await at_rest(stand)
    assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(10)]


# Outages ----------------------------------------------------------------------------------


async def test_readers_come_back_when_redis_was_emptied(
    stand: Stand, world: World, running: Any
) -> None:
    await ask(stand, "before")
    await answers(stand, 1)
    await stand.tester.flushall()

    async def open_again() -> bool:
        try:
            await ask(stand, "after", "other")
        except Closed:
            return False
        return True

    await soon(open_again)
    assert (await answers(stand, 1, seconds=15))["m-after-other"] == "after"
    await soon(lambda: running.ready)


async def test_readers_come_back_when_their_groups_are_gone(
    stand: Stand, world: World, running: Any
) -> None:
    first = await ask(stand, "before")
    await answers(stand, 1)
    for one in STAGES:
        await stand.tester.xgroup_destroy(keys.topic(one.topic), one.name)
    second = await ask(stand, "after", "other")
    assert await answers(stand, 2, seconds=15) == {first: "before", second: "after"}
    await at_rest(stand)
    assert len(await stand.replies()) == 2


@pytest.fixture
def fragile() -> Iterator[RedisPair]:
    """Servers of our own, to be killed."""
    with private_redis(tester=True) as pair:
        yield pair


async def test_a_killed_redis_loses_nothing_and_blames_nobody(
    fragile: RedisPair, world: World
) -> None:
    async with Stand(fragile) as stand:
        await functions.load(stand.tester)
        asked: list[str] = []
        stopped = asyncio.Event()

        async def client(session: str) -> None:
            for n in itertools.count():
                if stopped.is_set():
                    return
                name = f"{session}-{n}"
                while True:
                    try:
                        await ask(stand, name, session, name)
                    except (Closed, TooMuch):
                        await asyncio.sleep(0.02)
                    else:
                        break
                asked.append(name)
                await asyncio.sleep(0.01)

        async with stand.running(*STAGES, resources={World: world}):
            clients = [asyncio.create_task(client(f"s{n}")) for n in range(8)]
            for _ in range(5):
                goal = len(asked) + 40
                await soon(partial(more_than, asked, goal))
                fragile.durable.kill()
                fragile.durable.start()
                # Readers back within 10 s: what is asked now is answered.
                name = await _patiently(stand, f"probe {len(asked)}")
                await soon(partial(_answered, stand, name))
                asked.append(name)
            stopped.set()
            await asyncio.gather(*clients)
            await answers(stand, len(asked), seconds=20)
            await at_rest(stand)
        turns = Counter(reply.turn for reply in await stand.replies())
        assert set(turns) == set(asked)
        assert set(turns.values()) == {1}
        assert await stand.letters() == []
        for n in range(8):
            mine = [text for text in world.order if text.startswith(f"s{n}-")]
            firsts = list(dict.fromkeys(mine))
            assert firsts == [f"s{n}-{i}" for i in range(len(firsts))]


def more_than(things: list[str], count: int) -> bool:
    return len(things) > count


async def _patiently(stand: Stand, text: str) -> str:
    async with asyncio.timeout(10):
        while True:
            try:
                return await ask(stand, text, text.replace(" ", "-"))
            except Closed:
                await asyncio.sleep(0.02)


async def _answered(stand: Stand, turn: str) -> bool:
    return any(reply.turn == turn for reply in await stand.replies())


async def test_an_earlier_turn_is_told_whole_whoever_ended_it(stand: Stand) -> None:
    """Another process wrote the end of a turn whose beginning is remembered here."""
    records = Records(stand.redis)
    asked = Asked(text="q", person="p", channel="c", chat="c", profile="full")
    await stand.tester.rpush(keys.turn("t"), asked.model_dump_json())
    await records.load("t", 1)
    for entry in (
        Thought(step=0, model="m", text="a"),
        Said(text="a", outcome="answered"),
    ):
        await stand.tester.rpush(keys.turn("t"), entry.model_dump_json())
    await stand.tester.rpush(keys.session_turns("s"), "t")
    history: History = records.history("s", "other")
    (turn,) = await history.turns()
    assert turn.said is not None


async def test_a_turn_that_stays_in_one_process_is_hardly_ever_read_back(
    stand: Stand, world: World
) -> None:
    """Two of its stages want the record: without a memory it would be read twice a turn.

    A message may be quicker than the answer to the commit that sent it; then its record is read
    once more, which harms nobody.
    """
    turns = 20
    async with stand.running(*STAGES, resources={World: world}):
        before = await stand.tester.info("commandstats")
        for n in range(turns):
            await ask(stand, f"hello {n}", f"k{n}")
            await answers(stand, n + 1)
        after = await stand.tester.info("commandstats")
    was, now = (found.get("cmdstat_lrange", {}).get("calls", 0) for found in (before, after))
    assert now - was < turns
