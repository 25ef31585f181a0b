"""The server functions, each against a real Redis: who may commit what, and what it leaves."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from typing import Any

import pytest
from redis.exceptions import ResponseError

from schemas.base import new_id
from schemas.record import Observed
from streams import functions, keys
from streams.broker import ensure_group
from streams.functions import WrongLibrary
from streams.recovery import release
from streams.store import Argument, connect, fcall
from tests.redis_server import TESTER, private_redis
from tests.stand import Stand, soon

Item = list[Argument]
PAIRS = {
    "inbox": "admit", "route": "route", "think": "think", "tool": "tool",
    "respond": "respond", "outbox": "deliver", "control": "steer",
}  # fmt: skip


class Desk(Stand):
    """Speaks to the functions as a committer does, item by item."""

    async def open(self) -> None:
        for topic, group in PAIRS.items():
            await ensure_group(self.redis, keys.topic(topic), group)

    async def put(self, topic: str, data: str = "{}") -> str:
        entry: Any = await self.tester.xadd(keys.topic(topic), {"data": data})
        return str(entry.decode())

    async def read(self, topic: str, consumer: str = "a", count: int = 100) -> list[str]:
        found: Any = await self.redis.xreadgroup(
            PAIRS[topic], consumer, {keys.topic(topic): ">"}, count=count
        )
        return [row.decode() for _, rows in found for row, _ in rows]

    async def held(self, topic: str, consumer: str = "a") -> str:
        """One entry that `consumer` owns."""
        await self.put(topic)
        return (await self.read(topic, consumer))[-1]

    async def commit(
        self, function: str, topic: str, *items: Item, consumer: str = "a", token: str = ""
    ) -> list[str]:
        answers = await fcall(
            self.redis,
            function,
            *(topic, PAIRS[topic], consumer, token or new_id(), len(items)),
            *itertools.chain(*items),
            key=keys.topic(topic),
        )
        return [answer.decode() for answer in answers]

    async def begin(self, turn: str = "t", session: str = "s", consumer: str = "a") -> str:
        """Admit a turn; return the entry of `route` that starts it, read by `consumer`."""
        await self.lead(consumer)
        entry = await self.held("inbox", consumer)
        item = admit(entry, turn, session)
        (answer,) = await self.commit("admit", "inbox", item, consumer=consumer)
        assert answer.startswith("OK ")
        return (await self.read("route", consumer))[0]

    async def lead(self, consumer: str = "a", *, life: int = 5_000, alone: int = 0) -> str:
        found = await fcall(self.redis, "lead", "inbox", "admit", consumer, life, alone)
        return str(found.decode())

    async def reclaim(
        self,
        topic: str,
        consumer: str = "b",
        lease: str = "",
        most: int = 100,
        source: str = "",
        after: str = "",
        ago: int = 0,
    ) -> list[tuple[str, str]]:
        """Return (entry, generation) of what was taken.

        Args:
            ago: the time since the caller's last round, in ms.
        """
        seconds, micros = await self.tester.time()
        seen = seconds * 1000 + micros // 1000 - ago if ago else 1 << 50
        _, _, rows = await fcall(
            *(self.redis, "reclaim", consumer, lease, seen, source),
            *(1, topic, PAIRS[topic], most, after),
        )
        return [(row[1].decode(), row[2].decode()) for row in rows]

    async def age(self, topic: str, entry: str, consumer: str, ms: int = 60_000) -> None:
        """Make an entry look as if its owner had been silent for long."""
        await self.tester.xclaim(
            keys.topic(topic), PAIRS[topic], consumer, 0, [entry], idle=ms, justid=True
        )

    async def release(self, topic: str, consumer: str, *started: str) -> tuple[int, int]:
        return await release(
            self.redis, consumer, [(topic, PAIRS[topic])], [(topic, entry) for entry in started]
        )

    async def record(self, turn: str = "t") -> list[str]:
        rows: Any = await self.tester.lrange(keys.turn(turn), 0, -1)
        return [row.decode() for row in rows]


@pytest.fixture
async def desk(stand: Stand) -> Any:
    async with Desk(stand.servers) as found:
        await found.open()
        yield found


def hop(
    entry: str,
    turn: str = "",
    *,
    generation: int | str = 0,
    facts: tuple[str, ...] = (),
    sent: tuple[tuple[str, str], ...] = (),
    opened: tuple[str, ...] = (),
    spent: tuple[Argument, ...] = (),
) -> Item:
    head = [entry, generation, turn, len(facts), *facts, *_sent(sent)]
    return [*head, len(opened), *opened, len(spent), *spent]


def settle(
    entry: str,
    called: str,
    *,
    turn: str = "t",
    facts: tuple[str, ...] = (),
    sent: tuple[tuple[str, str], ...] = (),
    state: str = "",
    spent: tuple[Argument, ...] = (),
) -> Item:
    return [entry, 0, turn, len(facts), *facts, *_sent(sent), called, state, len(spent), *spent]


def redriven(
    letter: str, topic: str, data: str, *, turn: str = "", length: int = 0, called: str = ""
) -> Item:
    facts = ("sent on",) if turn else ()
    return [topic, turn, length, "", len(facts), *facts, 1, letter, data, "", "", called]


def admit(
    entry: str,
    turn: str = "",
    session: str = "s",
    *,
    once: str = "",
    room: int = 100,
    generation: int = 0,
    sent: tuple[tuple[str, str], ...] | None = None,
) -> Item:
    sent = (("route", f"start {turn}"),) if sent is None else sent
    return [entry, generation, once, 60, turn, session, room, 1, f"asked {turn}", *_sent(sent)]


def finish(
    entry: str, turn: str = "t", session: str = "s", *, chosen: str = "", fresh: str = "0"
) -> Item:
    sent = (("outbox", f"reply {turn}"),)
    return [entry, 0, turn, session, 1, f"said {turn}", *_sent(sent), chosen, fresh]


def _sent(sent: tuple[tuple[str, str], ...]) -> list[Argument]:
    return [len(sent), *itertools.chain(*sent)]


THINK = (("think", "go on"),)


# The fence -------------------------------------------------------------------------------


async def test_a_hop_publishes_records_and_acknowledges(desk: Desk) -> None:
    entry = await desk.begin()
    assert await desk.commit("hop", "route", hop(entry, "t", facts=("f",), sent=THINK)) == ["OK 2"]
    assert await desk.entries("think") == [{"data": "go on", "n": "2"}]
    assert await desk.record() == ["asked t", "f"]
    assert await desk.pending("route", "route") == []


async def test_only_the_owner_commits(desk: Desk) -> None:
    entry = await desk.begin()
    answers = await desk.commit("hop", "route", hop(entry, "t", sent=THINK), consumer="b")
    assert answers == ["FENCED"]
    assert await desk.data("think") == []
    assert await desk.pending("route", "route", "a") == [entry]


async def test_the_owner_of_an_earlier_generation_does_not_commit(desk: Desk) -> None:
    """It lost the entry and has it again: its old run is somebody else's by now."""
    entry = await desk.begin()
    await desk.release("route", "a")
    assert await desk.reclaim("route", "a") == [(entry, "2")]
    old, new = hop(entry, "t", sent=THINK), hop(entry, "t", sent=THINK, generation=2)
    assert await desk.commit("hop", "route", old) == ["FENCED"]
    assert await desk.commit("hop", "route", new) == ["OK 1"]
    assert await desk.data("think") == ["go on"]


async def test_nobody_commits_twice(desk: Desk) -> None:
    entry = await desk.begin()
    answers = await desk.commit("hop", "route", *[hop(entry, "t", sent=THINK)] * 3)
    assert answers == ["OK 1", "FENCED", "FENCED"]
    assert len(await desk.data("think")) == 1


async def test_of_many_racing_owners_one_commits(desk: Desk) -> None:
    """The entry is taken from one to the next while all of them try to commit."""
    entry = await desk.begin()

    async def try_all(consumer: str) -> list[str]:
        taken = await desk.reclaim("route", consumer, "0")
        mine = [hop(one, "t", sent=THINK, generation=g) for one, g in taken]
        await asyncio.sleep(random.random() / 100)
        return await desk.commit("hop", "route", *mine, consumer=consumer) if mine else []

    await desk.age("route", entry, "a")
    found = await asyncio.gather(*(try_all(f"w{n}") for n in range(30)))
    assert sum(answers == ["OK 1"] for answers in found) == 1
    assert len(await desk.data("think")) == 1


@pytest.mark.parametrize("function", ["hop", "settle", "finish", "halt", "bury", "fail", "admit"])
async def test_every_commit_is_fenced(desk: Desk, function: str) -> None:
    topic = "inbox" if function == "admit" else "respond"
    await desk.lead("b")
    entry = await desk.held(topic, "a")
    items: dict[str, Item] = {
        "hop": hop(entry),
        "settle": settle(entry, "c0"),
        "halt": hop(entry),
        "finish": finish(entry),
        "bury": [entry, 0, "", "", 0, "", "why", 0],
        "fail": [entry, 0, 1, "Bug", "why"],
        "admit": admit(entry, "t"),
    }
    assert await desk.commit(function, topic, items[function], consumer="b") == ["FENCED"]
    assert await desk.pending(topic, PAIRS[topic]) == [entry]
    assert await desk.data("dead") == await desk.data("outbox") == []


# Group commit ----------------------------------------------------------------------------


async def test_one_bad_item_of_a_hundred_harms_nobody(desk: Desk) -> None:
    for _ in range(100):
        await desk.put("think")
    entries = await desk.read("think")
    items = [hop(entry, sent=(("respond", f"r{n}"),)) for n, entry in enumerate(entries)]
    items[41] = hop(entries[41], sent=(("respond", "x" * 20_000),))
    answers = await desk.commit("hop", "think", *items)
    assert answers.pop(41).startswith("ERR a message for respond is larger than 16384 bytes")
    assert answers == ["OK 0"] * 99
    assert await desk.data("respond") == [f"r{n}" for n in range(100) if n != 41]
    assert await desk.pending("think", "think") == [entries[41]]


@pytest.mark.parametrize(
    ("key", "spoiled"),
    [
        (keys.topic("respond"), "a topic that is no stream"),
        (keys.turn("bad"), "a record that is no list"),
        (keys.turn_open("bad"), "open calls that are no set"),
    ],
)
async def test_a_key_of_the_wrong_kind_harms_nobody_else(
    desk: Desk, key: str, spoiled: str
) -> None:
    await desk.tester.delete(key)
    await desk.tester.zadd(keys.TURNS, {"bad": 1, "good": 1})
    for _ in range(3):
        await desk.put("tool")
    first, bad, last = await desk.read("tool")
    await desk.tester.sadd(keys.turn_open("good"), "c0", "c2")
    await desk.tester.hset(key, "not", spoiled)
    answers = await desk.commit(
        "settle",
        "tool",
        settle(first, "c0", turn="good", facts=("1",)),
        settle(bad, "c1", turn="bad", facts=("f",), sent=(("respond", "x"),)),
        settle(last, "c2", turn="good", facts=("2",), sent=THINK),
    )
    assert [answers[0], answers[2]] == ["OK 1", "OK 2"]
    assert answers[1].startswith(("ERR", "LATE"))
    assert await desk.data("think") == ["go on"]


async def test_the_same_token_gets_the_same_answers(desk: Desk) -> None:
    entry = await desk.begin()
    items = [hop(entry, "t", sent=THINK), hop("1-1", "t", sent=THINK)]
    first = await desk.commit("hop", "route", *items, token="once")
    assert first == ["OK 1", "FENCED"]
    assert await desk.commit("hop", "route", *items, token="once") == first
    assert len(await desk.data("think")) == 1


async def test_a_token_counts_for_its_owner_only(desk: Desk) -> None:
    entry = await desk.begin()
    await desk.commit("hop", "route", hop(entry, "t"), token="once")
    answers = await desk.commit("hop", "route", hop(entry, "t"), consumer="b", token="once")
    assert answers == ["FENCED"]


# accept and admit ------------------------------------------------------------------------


def accept(
    key: str,
    name: str,
    digest: str = "d",
    *,
    session: str = "s",
    room: int = 100,
    backlog: int = 10_000,
) -> list[Argument]:
    return ["web", key, digest, 60, "data", "sig", name, session, backlog, room]


def command(key: str, name: str = "stop", *, person: str = "owner", size: int = 4) -> Item:
    return ["web", key, "d", 60, "x" * size, "sig", name, person]


async def test_a_hundred_at_once_are_accepted_once(desk: Desk) -> None:
    found = await asyncio.gather(
        *(fcall(desk.redis, "accept", *accept("k", f"id{n}")) for n in range(100))
    )
    verdicts = sorted(verdict.decode() for verdict, _ in found)
    assert verdicts == ["OK"] + ["SAME"] * 99
    assert len({name for _, name in found}) == 1
    assert len(await desk.entries("inbox")) == 1


async def test_another_body_under_the_same_key_is_a_conflict(desk: Desk) -> None:
    await fcall(desk.redis, "accept", *accept("k", "first"))
    found = await fcall(desk.redis, "accept", *accept("k", "second", "other"))
    assert found == [b"CONFLICT", b"first"]
    assert len(await desk.entries("inbox")) == 1


async def test_the_same_key_of_another_gateway_is_another_message(desk: Desk) -> None:
    arguments = accept("k", "first")
    await fcall(desk.redis, "accept", *arguments)
    arguments[0] = "telegram"
    assert (await fcall(desk.redis, "accept", *arguments))[0] == b"OK"


async def test_a_full_backlog_is_refused_and_opens_again(desk: Desk) -> None:
    for n in range(6):
        assert (
            await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", session=f"{n}", backlog=5))
        )[0] == b"OK"
    assert await fcall(desk.redis, "accept", *accept("x", "x", backlog=5)) == [b"FULL", b"6"]
    await desk.lead()
    for entry in await desk.read("inbox"):
        await desk.commit("admit", "inbox", admit(entry, entry, entry))
    assert (await fcall(desk.redis, "accept", *accept("x", "x", backlog=5)))[0] == b"OK"


async def test_nothing_is_accepted_before_the_groups_exist(desk: Desk) -> None:
    await desk.tester.delete(keys.topic("inbox"))
    assert await fcall(desk.redis, "accept", *accept("k", "i")) == [b"CLOSED", b""]


async def test_a_session_runs_one_turn_and_the_rest_waits_in_order(desk: Desk) -> None:
    await desk.lead()
    for _ in range(4):
        await desk.put("inbox")
    items = [admit(entry, f"t{n}") for n, entry in enumerate(await desk.read("inbox"))]
    assert await desk.commit("admit", "inbox", *items) == [
        "OK 1", "QUEUED 1", "QUEUED 2", "QUEUED 3",
    ]  # fmt: skip
    for n in range(4):
        assert await desk.data("route") == [f"start t{i}" for i in range(n + 1)]
        assert await desk.record(f"t{n}") == [f"asked t{n}"]
        entry = await desk.held("respond")
        assert await desk.commit("finish", "respond", finish(entry, f"t{n}")) == ["OK 2"]
    assert await desk.data("outbox") == [f"reply t{n}" for n in range(4)]
    assert await desk.tester.hget(keys.BUSY, "s") is None
    assert await desk.tester.zcard(keys.TURNS) == 0


async def test_sessions_do_not_wait_for_each_other(desk: Desk) -> None:
    await desk.lead()
    for _ in range(3):
        await desk.put("inbox")
    items = [admit(entry, f"t{n}", f"s{n}") for n, entry in enumerate(await desk.read("inbox"))]
    assert await desk.commit("admit", "inbox", *items) == ["OK 1"] * 3
    assert len(await desk.data("route")) == 3


async def test_a_full_mailbox_takes_no_more(desk: Desk) -> None:
    await desk.lead()
    for _ in range(4):
        await desk.put("inbox")
    entries = await desk.read("inbox")
    items = [admit(entry, f"t{n}", room=2) for n, entry in enumerate(entries)]
    assert await desk.commit("admit", "inbox", *items) == ["OK 1", "QUEUED 1", "QUEUED 2", "FULL"]
    assert await desk.pending("inbox", "admit") == entries[3:]
    found = await fcall(desk.redis, "accept", *accept("k", "i", room=2))
    assert found == [b"BUSY", b"2"]
    # A stop and a question for the state wait in no line, so a full one keeps none of them out.
    assert await fcall(desk.redis, "command", *command("stop")) == [b"OK", b"stop"]


async def test_what_is_still_on_its_way_to_the_mailbox_counts(desk: Desk) -> None:
    """A burst comes in faster than it is admitted; the bound of the session holds all the same."""

    async def knock(key: str) -> list[bytes]:
        found: list[bytes] = await fcall(desk.redis, "accept", *accept(key, key, room=3))
        return found

    assert [(await knock(f"{n}"))[0] for n in range(4)] == [b"OK"] * 3 + [b"BUSY"]
    assert (await knock("1"))[0] == b"SAME", "a repeat is not turned away"
    assert (await fcall(desk.redis, "accept", *accept("o", "o", session="o", room=3)))[0] == b"OK"
    await desk.lead()
    one, two, three, _ = await desk.read("inbox")
    assert await desk.commit("admit", "inbox", admit(one, "t1")) == ["OK 1"]
    assert await desk.commit("admit", "inbox", admit(two, "t2")) == ["QUEUED 1"]
    # One runs, one is in the mailbox, one on its way: there is room for one.
    assert [(await knock(f"later {n}"))[0] for n in range(2)] == [b"OK", b"BUSY"]
    bury_it: Item = [three, 0, "", "s", 0, "s", "why", 0]
    assert await desk.commit("bury", "inbox", bury_it) == ["OK 0"]
    assert (await knock("last"))[0] == b"OK", "what is given up waits no more"
    assert await knock("no room") == [b"BUSY", b"3"]


async def test_what_was_never_accepted_counts_nowhere(desk: Desk) -> None:
    """Plain entries, and the same commit once more, take nothing from anybody's count."""
    await desk.lead()
    await desk.put("inbox")
    await fcall(desk.redis, "accept", *accept("k", "k"))
    plain, accepted = await desk.read("inbox")
    counted = keys.waiting("inbox", "s")
    assert await desk.commit("admit", "inbox", admit(plain, "t1")) == ["OK 1"]
    assert await desk.tester.zcard(counted) == 1
    for _ in range(2):
        await desk.commit("admit", "inbox", admit(accepted, "t2"), token="once")
    assert await desk.tester.exists(counted) == 0, "nothing is left where nothing waits"


async def test_what_was_removed_by_hand_is_not_counted_for_ever(desk: Desk) -> None:
    for n in range(3):
        await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", room=3))
    assert (await fcall(desk.redis, "accept", *accept("x", "x", room=3)))[0] == b"BUSY"
    await desk.tester.xtrim(keys.topic("inbox"), maxlen=0)
    assert 0 < await desk.tester.ttl(keys.waiting("inbox", "s")) <= 60
    await asyncio.sleep(0.002)  # entries of one millisecond are told apart no further
    await desk.put("inbox")
    await desk.read("inbox")
    assert (await fcall(desk.redis, "accept", *accept("x", "x", room=3)))[0] == b"OK"


async def test_what_was_never_said_keeps_nobody_out(desk: Desk) -> None:
    """A gateway that was taken over may count; what it makes up is forgotten by itself."""
    await desk.tester.zadd(keys.waiting("inbox", "s"), {f"{n}": 1 << 50 for n in range(9)})
    assert (await fcall(desk.redis, "accept", *accept("k", "k", room=3)))[0] == b"OK"
    assert await desk.tester.zcard(keys.waiting("inbox", "s")) == 1


async def test_commands_have_bounds_of_their_own(desk: Desk) -> None:
    """Their sender cannot choose them, for memory that is full does not stop them."""

    async def send(*words: Argument) -> list[bytes]:
        found: list[bytes] = await fcall(desk.redis, "command", *words)
        return found

    with pytest.raises(ResponseError, match="a command is larger than 4096 bytes"):
        await send(*command("large", size=4_097))
    with pytest.raises(ResponseError, match="a command is larger"):
        await send(*command("k" * 1_024))
    assert {(await send(*command(f"{n}")))[0] for n in range(16)} == {b"OK"}
    assert await send(*command("16")) == [b"BUSY", b"16"]
    assert await send(*command("3")) == [b"SAME", b"stop"]
    others = [(await send(*command(f"p{n}", person=f"p{n}")))[0] for n in range(241)]
    assert others == [b"OK"] * 240 + [b"FULL"]
    first = (await desk.read("control", count=1))[0]
    halted = [*hop(first, "gone")[:-2], "owner"]
    assert await desk.commit("halt", "control", halted) == ["OK 0"]
    assert await send(*command("again")) == [b"OK", b"stop"]
    assert await send(*command("and again")) == [b"BUSY", b"16"]


async def test_what_came_twice_by_plain_xadd_is_admitted_once(desk: Desk) -> None:
    await desk.lead()
    for _ in range(2):
        await desk.put("inbox")
    items = [
        admit(entry, f"t{n}", f"s{n}", once="producer:x")
        for n, entry in enumerate(await desk.read("inbox"))
    ]
    assert await desk.commit("admit", "inbox", *items) == ["OK 1", "SAME"]
    assert await desk.data("route") == ["start t0"]
    assert await desk.pending("inbox", "admit") == []


async def test_only_the_leader_admits(desk: Desk) -> None:
    assert await desk.lead("a", life=60_000) == "a"
    assert await desk.lead("b") == "a"
    entry = await desk.held("inbox", "b")
    assert await desk.commit("admit", "inbox", admit(entry, "t"), consumer="b") == ["FENCED"]
    await fcall(desk.redis, "resign", "inbox", "b")
    assert await desk.lead("b") == "a", "nobody gives back what another holds"
    await fcall(desk.redis, "resign", "inbox", "a")
    assert await desk.lead("b") == "b"
    assert await desk.commit("admit", "inbox", admit(entry, "t"), consumer="b") == ["OK 1"]


@pytest.mark.parametrize("session", ["s:turns", "s:mailbox", "s:open"])
async def test_no_name_of_a_session_or_turn_reaches_into_another(desk: Desk, session: str) -> None:
    """Names come from outside, and may hold a colon."""
    await desk.lead()
    for _ in range(3):
        await desk.put("inbox")
    one, two, three = await desk.read("inbox")
    answers = await desk.commit(
        "admit", "inbox", admit(one, "s"), admit(two, session, session), admit(three, "u")
    )
    assert answers == ["OK 1", "OK 1", "QUEUED 1"]
    entry = await desk.held("respond")
    assert await desk.commit("finish", "respond", finish(entry, session, session)) == ["OK 2"]
    entry = await desk.held("respond")
    assert await desk.commit("finish", "respond", finish(entry, "s")) == ["OK 2"]
    assert await desk.data("route") == ["start s", f"start {session}", "start u"]


# settle, finish --------------------------------------------------------------------------


async def opened(desk: Desk, calls: int, turn: str = "t") -> list[str]:
    """Begin a turn and open `calls` calls; return their entries on `tool`."""
    entry = await desk.begin(turn, session=f"s-{turn}")
    sent = tuple(("tool", f"call {n}") for n in range(calls))
    names = tuple(f"c{n}" for n in range(calls))
    await desk.commit("hop", "route", hop(entry, turn, sent=sent, opened=names))
    return await desk.read("tool")


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


def observed(called: str) -> str:
    """What a call brought back, as a record has it."""
    return Observed(
        at=1, step=0, index=0, call_id=called, tool="t", ok=True, content="x"
    ).model_dump_json()


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
    assert await desk.data("think") == []
    forgotten = await desk.held("tool")
    item = settle(forgotten, "c0", turn="forgotten", facts=(observed("c0"),))
    assert await desk.commit("settle", "tool", item) == ["LATE"]
    assert await desk.record("forgotten") == [], "no record begins with its end"


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


# halt ------------------------------------------------------------------------------------


async def halt(desk: Desk, turn: str = "t") -> list[str]:
    entry = await desk.held("control")
    return await desk.commit("halt", "control", hop(entry, turn, sent=(("respond", "stopped"),)))


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


# bury, fail ------------------------------------------------------------------------------


def bury(entry: str, turn: str = "t", *, ends: int = 0, told: str = "respond") -> Item:
    return [entry, 0, turn, "s", ends, "", "why", 1, told, "told"]


async def test_what_is_buried_is_told(desk: Desk) -> None:
    entry = await desk.begin()
    assert await desk.commit("bury", "route", bury(entry)) == ["OK 0"]
    assert await desk.entries("respond") == [{"data": "told", "n": "1"}]
    assert await desk.pending("route", "route", keys.BURIED) == [entry]
    assert await file(desk) == [("route", "route", entry, "start t")]
    assert await desk.entries("dead") == [{"data": "letter", "n": "1"}]
    assert await desk.pending("route", "route") == []
    assert await desk.tester.exists(keys.trouble("route", "route")) == 0


async def test_nobody_is_told_twice_about_a_turn_that_is_over(desk: Desk) -> None:
    entry = await desk.held("route")
    assert await desk.commit("bury", "route", bury(entry, "gone")) == ["OK 0"]
    assert len(await file(desk)) == 1
    assert await desk.data("respond") == []


async def test_a_turn_that_ends_at_the_desk_frees_its_session(desk: Desk) -> None:
    await desk.begin("t")
    waiting = await desk.held("inbox")
    assert await desk.commit("admit", "inbox", admit(waiting, "next")) == ["QUEUED 1"]
    entry = await desk.held("respond")
    item = bury(entry, ends=1, told="outbox")
    assert await desk.commit("bury", "respond", item) == ["OK 0"]
    assert await desk.data("outbox") == ["told"]
    assert (await desk.data("route"))[-1] == "start next"


async def test_what_is_buried_is_filed_once_and_nobody_takes_it_up(desk: Desk) -> None:
    """Not even who takes over all that is pending; and what is not buried is not filed."""
    entry, other = await desk.held("think"), await desk.held("think")
    assert await desk.commit("bury", "think", bury(entry, "")) == ["OK 0"]
    assert await desk.commit("hop", "think", hop(entry)) == ["FENCED"]
    await desk.age("think", entry, keys.BURIED)
    for source in ("*", "+", ""):
        taken = await desk.reclaim("think", "b", "30000" if not source else "", source=source)
        assert entry not in dict(taken)
    assert other in dict(taken) or await desk.pending("think", "think", "b") == [other]
    words = ("think", "think", entry, "", "letter")
    assert await fcall(desk.redis, "file", 2, *words, *words) == 1
    assert await fcall(desk.redis, "file", 1, "think", "think", other, "", "forged") == 0
    assert await desk.data("dead") == ["letter"]
    assert await desk.pending("think", "think") == [other]


async def test_what_waits_for_the_clerk_holds_up_nobody(desk: Desk) -> None:
    """However much was given up before it, the next message of the inbox is admitted."""
    await desk.lead()
    for _ in range(250):
        await desk.put("inbox")
    entries = await desk.read("inbox", count=300)
    await desk.commit("bury", "inbox", *[bury(entry, "") for entry in entries[:-1]])
    assert await desk.commit("admit", "inbox", admit(entries[-1], "t")) == ["OK 1"]
    taken = await desk.reclaim("inbox", "b", most=1, source="*")
    assert taken == []
    last = await desk.held("inbox")
    assert [one for one, _ in await desk.reclaim("inbox", "b", most=1, source="*")] == [last]


async def file(desk: Desk) -> list[tuple[str, ...]]:
    """Do what the clerk does; return what there was to file."""
    rows = await fcall(desk.redis, "unfiled", 20, *PAIRS)
    found = [tuple(one.decode() for one in (*row[:3], row[4])) for row in rows]
    words = [
        word for topic, group, entry, _ in found for word in (topic, group, entry, "t", "letter")
    ]
    assert await fcall(desk.redis, "file", len(found), *words) == len(found)
    return found


async def test_failures_are_counted_with_the_entry(desk: Desk) -> None:
    entry = await desk.begin()
    for n in range(1, 4):
        answers = await desk.commit("fail", "route", [entry, 0, n, "Bug", f"why {n}"])
        assert answers == [f"OK {n}"]
    await desk.release("route", "a")
    _, _, rows = await fcall(desk.redis, "reclaim", "b", "", "", "", 1, "route", "route", 10, "")
    assert b'"why 3"' in rows[0][3]
    assert await desk.commit("hop", "route", hop(entry, "t", generation=2), consumer="b") == [
        "OK 1"
    ]
    assert await desk.tester.exists(keys.trouble("route", "route")) == 0


# beat, reclaim, release, suspects --------------------------------------------------------


async def beat(
    desk: Desk, topic: str, *items: tuple[Argument, ...], consumer: str = "a"
) -> list[str]:
    answers = await fcall(
        desk.redis, "beat", topic, PAIRS[topic], consumer, len(items), *itertools.chain(*items)
    )
    return [answer.decode() for answer in answers]


async def test_a_beat_renews_what_is_owned_and_nothing_else(desk: Desk) -> None:
    mine, theirs = await desk.held("think", "a"), await desk.held("think", "b")
    for entry, owner in ((mine, "a"), (theirs, "b")):
        await desk.age("think", entry, owner)
    assert await beat(desk, "think", (mine, 0, ""), (theirs, 0, "")) == ["OK", "FENCED"]
    assert await desk.reclaim("think", "c", "30000") == [(theirs, "1")]


async def test_what_is_renewed_is_not_taken(desk: Desk) -> None:
    entry = await desk.held("think")
    assert await desk.reclaim("think", "b", "30000") == []
    await desk.age("think", entry, "a")
    assert await desk.reclaim("think", "b", "") == [], "no lease: only what was given back"
    assert await desk.reclaim("think", "b", "30000") == [(entry, "1")]
    assert await beat(desk, "think", (entry, 0, "")) == ["FENCED"]


async def test_after_a_standstill_of_redis_nothing_is_taken_by_the_lease(desk: Desk) -> None:
    """Its clock went on, or jumped: all seem silent, and the caller's own last round is old too."""
    entry = await desk.held("think")
    await desk.age("think", entry, "a")
    assert await desk.reclaim("think", "b", "30000", ago=16_000) == []
    never = ("b", "30000", "", "", 1, "think", "think", 100, "")
    assert (await fcall(desk.redis, "reclaim", *never))[2] == []
    assert await desk.reclaim("think", "b", "30000", ago=14_000) == [(entry, "1")]


async def test_what_a_dead_process_held_is_free_at_once(desk: Desk) -> None:
    entries = [await desk.held("think") for _ in range(3)]
    assert await desk.release("think", "a") == (3, 0)
    assert await desk.pending("think", "think", keys.RELEASED) == entries
    assert [entry for entry, _ in await desk.reclaim("think")] == entries
    assert b"a" not in [
        row["name"] for row in await desk.tester.xinfo_consumers(keys.topic("think"), "think")
    ]


async def test_more_than_fits_one_look_is_released_too(desk: Desk) -> None:
    for _ in range(1_200):
        await desk.put("think")
    await desk.read("think", count=2_000)
    assert await desk.release("think", "a") == (1_200, 0)
    assert len(await desk.pending("think", "think", keys.RELEASED)) == 1_200


async def test_who_was_running_in_two_crashes_is_a_suspect(desk: Desk) -> None:
    entry, innocent = await desk.held("think"), await desk.held("think")
    assert await desk.release("think", "a", entry) == (2, 0)
    taken = dict(await desk.reclaim("think", "b"))
    assert set(taken) == {entry, innocent}
    assert await desk.release("think", "b", entry) == (2, 1)
    assert await desk.pending("think", "think", keys.SUSPECTS) == [entry]
    assert [one for one, _ in await desk.reclaim("think", "c")] == [innocent]
    again = await desk.reclaim("think", "c", "0")
    assert [one for one, _ in again] == [innocent], "a suspect is nobody's by the lease"
    alone = await desk.reclaim("think", "solo", most=1, source=keys.SUSPECTS)
    assert [one for one, _ in alone] == [entry]


async def test_what_others_took_from_a_process_that_hangs_is_evidence_all_the_same(
    desk: Desk,
) -> None:
    """Two processes in turn hang over an entry; each has lost it by its lease when it is ended."""
    entry = await desk.held("think")
    for holder, taker in (("a", "b"), ("b", "c")):
        await desk.age("think", entry, holder)
        assert [one for one, _ in await desk.reclaim("think", taker, "30000")] == [entry]
        for _ in range(2):  # the second time because the first answer was lost
            assert await desk.release("think", holder, entry) == (0, 0)
    assert await desk.pending("think", "think", "c") == [entry], "its owner is left alone"
    await desk.age("think", entry, "c")
    assert await desk.reclaim("think", "d", "30000") == []
    assert await desk.pending("think", "think", keys.SUSPECTS) == [entry]


async def test_what_was_finished_elsewhere_meanwhile_accuses_nobody(desk: Desk) -> None:
    entry = await desk.held("think", "b")
    await desk.tester.xack(keys.topic("think"), "think", entry)
    assert await desk.release("think", "a", entry) == (0, 0)
    assert await desk.tester.exists(keys.TROUBLE + "think") == 0


async def test_a_suspect_whose_process_hangs_is_a_suspect_again(desk: Desk) -> None:
    entry = await desk.held("think")
    await desk.release("think", "a", entry)
    await desk.reclaim("think", "b")
    await desk.release("think", "b", entry)
    await desk.reclaim("think", "solo", most=1, source=keys.SUSPECTS)
    await desk.age("think", entry, "solo")
    assert await desk.reclaim("think", "c", "30000") == []
    assert await desk.pending("think", "think", keys.SUSPECTS) == [entry]


async def test_two_groups_on_one_topic_have_their_own_troubles(desk: Desk) -> None:
    """What went wrong for the one is nothing the other could be fenced or blamed for."""
    stream = keys.topic("events")
    for group in ("one", "two"):
        await ensure_group(desk.redis, stream, group)
    entry = await desk.put("events")
    for group in ("one", "two"):
        await desk.redis.xreadgroup(group, "a", {stream: ">"})
    assert await release(desk.redis, "a", [("events", "one")], [("events", entry)]) == (1, 0)
    item: Item = [entry, 0, "", 0, 0, 0, 0]
    answers = await fcall(desk.redis, "hop", "events", "two", "a", new_id(), 1, *item, key=stream)
    assert answers == [b"OK 0"]
    _, _, rows = await fcall(desk.redis, "reclaim", "b", "", "", "", 1, "events", "one", 10, "")
    assert json.loads(rows[0][3])["c"] == 1


async def test_a_reader_that_died_twice_without_running_it_accuses_nobody(desk: Desk) -> None:
    entry = await desk.held("think")
    for n in range(20):
        assert await desk.release("think", "a" if n == 0 else f"w{n}") == (1, 0)
        assert [one for one, _ in await desk.reclaim("think", f"w{n + 1}")] == [entry]


async def test_while_suspects_wait_only_the_solitary_reader_leads(desk: Desk) -> None:
    await desk.lead("a", life=60_000)
    entry = await desk.held("inbox", "a")
    await desk.release("inbox", "a", entry)
    await desk.lead("b", life=60_000)
    await desk.reclaim("inbox", "b")
    await desk.release("inbox", "b", entry)
    assert await desk.lead("c") == keys.SUSPECTS
    assert await desk.lead("solo", alone=1) == "solo"
    taken = dict(await desk.reclaim("inbox", "solo", most=1, source=keys.SUSPECTS))
    item = admit(entry, "t", generation=int(taken[entry]))
    assert await desk.commit("admit", "inbox", item, consumer="solo") == ["OK 1"]
    await fcall(desk.redis, "resign", "inbox", "solo")
    assert await desk.lead("c") == "c"


async def test_a_leader_steps_down_for_suspects(desk: Desk) -> None:
    assert await desk.lead("a", life=60_000) == "a"
    await desk.held("inbox", keys.SUSPECTS)
    assert await desk.lead("a") == keys.SUSPECTS
    assert await desk.tester.exists(keys.LEASE + "inbox") == 0


async def test_a_release_ends_the_lead(desk: Desk) -> None:
    await desk.lead("a", life=60_000)
    await desk.release("inbox", "a")
    assert await desk.lead("b") == "b"


async def test_a_release_knows_groups_that_are_gone(desk: Desk) -> None:
    entry = await desk.held("think")
    await desk.tester.delete(keys.topic("route"))
    freed = await release(desk.redis, "a", [("route", "route"), ("think", "think")], [])
    assert freed == (1, 0)
    assert await desk.pending("think", "think", keys.RELEASED) == [entry]


# trim, retire, redrive -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
async def test_trim_never_takes_what_a_group_still_needs(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    await desk.tester.config_set("stream-node-max-entries", 5)
    stream = keys.topic("think")
    await ensure_group(desk.redis, stream, "slow")
    entries = [await desk.put("think") for _ in range(200)]
    needed = set(entries)
    for group, share in (("think", chance.randint(0, 200)), ("slow", chance.randint(0, 200))):
        read = entries[:share]
        if share:
            await desk.redis.xreadgroup(group, "a", {stream: ">"}, count=share)
        done = chance.sample(read, chance.randint(0, share)) if share else []
        if done:
            await desk.redis.xack(stream, group, *done)
        needs = set(entries[share:]) | (set(read) - set(done))
        needed = needed & needs if group == "think" else needed | needs
        if group == "think":
            thinks = needs
    needed = thinks | needs
    await fcall(desk.redis, "trim", "think")
    rows: Any = await desk.tester.xrange(stream)
    assert needed <= {row.decode() for row, _ in rows}


async def test_trim_takes_what_all_are_done_with(desk: Desk) -> None:
    await desk.tester.config_set("stream-node-max-entries", 5)
    for _ in range(100):
        await desk.put("think")
    entries = await desk.read("think")
    await desk.redis.xack(keys.topic("think"), "think", *entries[:90])
    await fcall(desk.redis, "trim", "think", "nothing")
    assert 10 <= await desk.tester.xlen(keys.topic("think")) <= 20


async def test_who_holds_something_is_not_retired(desk: Desk) -> None:
    await desk.held("think", "holds")
    entry = await desk.held("think", "idle")
    await desk.redis.xack(keys.topic("think"), "think", entry)
    gone = await soon_retired(desk)
    assert gone == 1
    names = [row["name"] for row in await desk.tester.xinfo_consumers(keys.topic("think"), "think")]
    assert names == [b"holds"]


async def soon_retired(desk: Desk) -> int:
    """Retire with the shortest silence; the clock needs a millisecond to show it."""
    async with asyncio.timeout(30):
        while True:
            gone = int(await fcall(desk.redis, "retire", 0, 1, "think", "think"))
            if gone:
                return gone


async def test_a_redrive_goes_back_once(desk: Desk) -> None:
    await desk.tester.rpush(keys.turn("t"), "asked")
    letter = await desk.put("dead", "letter")
    arguments = redriven(letter, "tool", "call", turn="t", length=1, called="c0")
    owner = connect(desk.servers.durable_url("desk"))
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    assert await fcall(owner, "redrive", *arguments) == b"GONE"
    await owner.aclose()
    assert await desk.entries("tool") == [{"data": "call", "n": "2"}]
    call = (await desk.read("tool"))[0]
    item = settle(call, "c0", facts=("o",), sent=THINK)
    assert await desk.commit("settle", "tool", item) == ["OK 3"]
    assert await desk.data("think") == ["go on"]


async def test_a_redrive_does_not_meddle_with_what_runs_or_grew(desk: Desk) -> None:
    await desk.begin()
    letter = await desk.put("dead", "letter")
    arguments = redriven(letter, "think", "step", turn="t", length=1)
    owner = connect(desk.servers.durable_url("desk"))
    assert await fcall(owner, "redrive", *arguments) == b"RUNNING"
    entry = await desk.held("respond")
    await desk.commit("finish", "respond", finish(entry))
    assert await fcall(owner, "redrive", *arguments) == b"CHANGED"
    assert await desk.data("think") == []
    assert await desk.tester.ttl(keys.turn("t")) > 0
    arguments = redriven(letter, "think", "step", turn="t", length=2)
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    assert await desk.tester.ttl(keys.turn("t")) == -1, "it does not vanish while it runs"
    await owner.aclose()
    assert await desk.entries("think") == [{"data": "step", "n": "3"}]
    assert await desk.record() == ["asked t", "said t", "sent on"]


# Memory, and the library itself ----------------------------------------------------------


async def test_without_memory_only_new_work_is_refused() -> None:
    with private_redis(live=False, tester=True, maxmemory_mb=16) as servers:
        async with Desk(servers) as desk:
            await functions.load(desk.tester)
            await desk.open()
            thought = [await desk.held("think") for _ in range(2)]
            entry = await desk.begin()
            await desk.tester.set("ballast", "x" * (1 << 20))
            await desk.tester.config_set("maxmemory", 1 << 20)
            with pytest.raises(ResponseError, match="maxmemory"):
                await fcall(desk.redis, "accept", *accept("k", "i"))
            assert await fcall(desk.redis, "command", *command("stop")) == [b"OK", b"stop"]
            assert await desk.commit("hop", "route", hop(entry, "t", sent=THINK)) == ["OK 1"]
            assert await beat(desk, "think", (thought[0], 0, "")) == ["OK"]
            assert await desk.commit("bury", "think", bury(thought[0], "")) == ["OK 0"]
            assert await desk.release("think", "a") == (1, 0)
            assert len(await desk.reclaim("think")) == 1
            assert await fcall(desk.redis, "trim", "think", "route") is not None
            await desk.tester.config_set("maxmemory", 64 << 20)
            assert (await fcall(desk.redis, "accept", *accept("k", "i")))[0] == b"OK"


async def test_what_the_functions_did_survives_a_kill() -> None:
    with private_redis(live=False, tester=True) as servers:
        async with Desk(servers) as desk:
            await functions.load(desk.tester)
            await desk.open()
            entry = await desk.begin()
            await desk.commit("hop", "route", hop(entry, "t", facts=("f",), sent=THINK))
            left = await desk.held("respond")
            for n in range(2):
                await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", room=2))
            servers.durable.kill()
            servers.durable.start()
            await soon(desk.tester.ping)
            assert await desk.entries("think") == [{"data": "go on", "n": "2"}]
            assert await desk.record() == ["asked t", "f"]
            assert await desk.pending("respond", "respond", "a") == [left]
            assert await desk.commit("finish", "respond", finish(left)) == ["OK 3"]
            assert (await fcall(desk.redis, "accept", *accept("x", "x", room=2)))[0] == b"BUSY"


async def test_the_functions_of_another_version_are_refused() -> None:
    with private_redis(live=False, tester=True) as servers:
        async with Stand(servers) as stand:
            with pytest.raises(WrongLibrary, match="has no Nexus functions"):
                await functions.check(stand.redis)
            other = functions.source().replace(functions.version(), "0" * 16)
            await stand.tester.function_load(other)
            with pytest.raises(WrongLibrary, match="another version"):
                await functions.check(stand.redis)
            await functions.load(stand.tester)
            await functions.check(stand.redis)


async def test_every_function_is_listed() -> None:
    listed = {name for name in functions.NAMES if f"'{name}'" in functions.source()}
    assert listed == set(functions.NAMES)
    assert TESTER not in functions.NAMES


# tell ----------------------------------------------------------------------------------------


def happened(key: str, name: str, digest: str = "d") -> tuple[str | int, ...]:
    """The arguments of `tell`."""
    return ("web", key, digest, 60, "{}", "web:sig", name)


async def test_what_happened_is_told_once_and_another_body_is_a_conflict(desk: Desk) -> None:
    assert await fcall(desk.redis, "tell", *happened("k", "a")) == [b"OK", b"a"]
    assert await fcall(desk.redis, "tell", *happened("k", "b")) == [b"SAME", b"a"]
    assert await fcall(desk.redis, "tell", *happened("k", "b", "other")) == [b"CONFLICT", b"a"]
    assert len(await desk.entries("events")) == 1


async def test_nothing_is_told_while_the_doors_are_closed(desk: Desk) -> None:
    await desk.redis.set(keys.CLOSED, "The disk is full.")
    found = await fcall(desk.redis, "tell", *happened("k", "a"))
    assert found == [b"CLOSED", b"The disk is full."]
    assert await desk.entries("events") == []
