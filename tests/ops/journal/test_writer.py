"""Everything is written, once, whoever dies in between."""

from __future__ import annotations

import base64
import json
import signal
import stat
import time
from functools import partial
from typing import Any

import pytest

from ops import secrets
from ops.journal import database, rows
from ops.journal.actions import actions
from ops.journal.book import Book
from ops.journal.reader import History
from ops.keyring import keyring
from ops.settings import Settings
from processors.tools.redact import Redactor
from schemas.base import now_ms
from schemas.desk import Happened
from streams import keys, tail
from streams.allowances import TOPICS
from streams.broker import ensure_group
from streams.sign import Keyring
from streams.store import connect, fcall
from streams.voice import HOUSE, Voice
from tests.ops.journal.scene import Scene, kill, until
from tests.processors.tools.test_redact import CANARIES, PHRASES
from tests.streams.library.desk import observed, settle


async def test_every_entry_of_every_topic_is_written(scene: Scene) -> None:
    ids = {topic: await scene.add(topic, session="s", word=topic) for topic in TOPICS}
    async with scene.writing():
        await scene.written(len(TOPICS))
    rows = scene.sql("SELECT topic, entry, data, session FROM journal WHERE topic != 'journal'")
    assert {topic: entry for topic, entry, *_ in rows} == ids
    assert all(json.loads(data)["word"] == topic for topic, _, data, _ in rows)
    assert (await scene.verify()).green
    assert stat.S_IMODE(scene.file.stat().st_mode) == 0o600


async def test_whatever_stands_in_an_entry_can_be_written(scene: Scene) -> None:
    strange = (
        {"data": b"\xff\xfe no text \x00"},
        {"data": b"{" * 2000},
        {"data": b"[" * 500 + b"]" * 500},
        {"data": b'{"turn": 7, "session": {"a": 1}}'},
        {"data": b'{"turn": "' + b"t" * 5000 + b'", "at": 99999999999999999999999}'},
        {"data": b'{"turn": "\\ud800"}'},
        {"other": b"no data"},
        {b"\xff": b"\xff", "data": b"x" * 3_000_000, "n": b"many"},
        {"data": b'{"turn": "a b\\u0000", "n": 1}', "n": b"-5"},
    )
    for fields in strange:
        await scene.core.xadd("nexus:inbox", fields)
        await scene.core.xadd("nexus:dead", fields)
    await scene.core.set("nexus:turn:odd", "no list")
    await scene.add("think", turn="odd", session="s", n=3)
    async with scene.writing():
        await scene.written(2 * len(strange) + 1)
    assert (await scene.verify()).green
    assert max(scene.sql("SELECT length(data) FROM journal"))[0] < 1_100_000


async def test_the_record_of_a_turn_is_written_with_its_messages(scene: Scene) -> None:
    async with scene.writing():
        await scene.turn("t1", "what is the time?", "noon")
        await scene.written(2)
        await scene.core.delete(keys.turn("t1"))
        engine = database.connect(scene.where)
        history = History(engine)
        entries = await history.turn("t1")
        assert [entry.kind for entry in entries] == ["asked", "said"]
        (turn,) = await history.turns()
        assert (turn.question, turn.answer, turn.outcome) == (
            "what is the time?",
            "noon",
            "answered",
        )
        assert [topic for topic, *_ in await history.messages("t1")] == ["route", "outbox"]
        await engine.dispose()


async def test_a_record_that_is_gone_leaves_a_note(scene: Scene) -> None:
    await scene.add("outbox", turn="t1", session="s", n=3)
    async with scene.writing():
        await scene.written(1)
    ((data,),) = scene.sql("SELECT data FROM journal WHERE kind = 'gap'")
    assert json.loads(data) == {"turn": "t1", "found": 0, "of": 3}


async def test_what_a_producer_says_of_a_turn_is_not_believed(scene: Scene) -> None:
    asked = '{"kind": "asked", "at": 1, "text": "mine", "person": "p", "channel": "c"}'
    await scene.core.rpush(keys.turn("t1"), asked)
    await scene.add("inbox", turn="t1", session="theirs", n=1)
    await scene.add("events", turn="t1", session="theirs", n=1)
    async with scene.writing():
        await scene.written(2)
        assert not scene.sql("SELECT * FROM journal WHERE topic = 'record'")
        await scene.add("route", turn="t1", session="mine", n=1)
        await scene.written(3)
    assert scene.sql("SELECT session FROM journal WHERE topic = 'record'") == [("mine",)]


async def test_what_claims_to_be_the_servers_own_word_is_marked(scene: Scene) -> None:
    """A stolen password of the role `producer` writes nothing into the history as ours."""
    kinds = ("desk.drop", "settings.changed", "grant.made", "disk.full")
    producer = connect(scene.servers.durable_url("producer"))
    for kind in kinds:
        data = json.dumps({"type": kind, "person": "owner", "channel": "web", "data": {}})
        await producer.xadd(
            keys.topic("events"), {"data": data, "by": HOUSE, "forged": "0", "sig": f"{HOUSE}:0"}
        )
    await producer.aclose()
    event = Happened(
        id="a", trace="a", session="s", person="owner", channel="web", type="desk.drop"
    )
    voice = Voice.of(keyring(Settings(root=scene.root)))
    await scene.core.xadd(keys.topic("events"), voice.fields(event))
    async with scene.writing():
        await scene.written(5)
    rows = scene.sql("SELECT data, fields FROM journal WHERE topic = 'events' ORDER BY seq")
    found = [(json.loads(data)["type"], json.loads(fields)) for data, fields in rows]
    assert [(kind, fields["by"], fields["forged"]) for kind, fields in found] == [
        ("desk.drop", "producer", "1"),
        ("settings.changed", "producer", "1"),
        ("grant.made", "producer", "1"),
        ("disk.full", "producer", "0"),
        ("desk.drop", HOUSE, "0"),
    ]


async def test_a_record_is_kept_until_it_is_written(scene: Scene) -> None:
    """A session forgets its oldest turns; their records wait for the journal."""
    for number in range(3):
        await scene.turn(f"t{number}", "q", "a")
        await scene.core.rpush(keys.PAST, f"t{number} {now_ms()}")
    await scene.core.zadd(keys.TURNS, {"t1": 1})
    await fcall(scene.core, "trim", "respond")
    assert await scene.core.exists(*(keys.turn(f"t{n}") for n in range(3))) == 3
    async with scene.writing():
        await scene.written(6)
    await fcall(scene.core, "trim", "respond")
    # One of them runs again: it keeps its record.
    assert await scene.core.exists(*(keys.turn(f"t{n}") for n in range(3))) == 1
    assert not await scene.core.exists(keys.PAST)


async def settled_late(scene: Scene, turn: str, call: str) -> None:
    """Let a call of a turn that is over come back."""
    await ensure_group(scene.core, "nexus:tool", "tool")
    await scene.add("tool", turn=turn, session="s", n=1)
    found: Any = await scene.core.xreadgroup("tool", "a", {"nexus:tool": ">"})
    item = settle(found[0][1][0][0].decode(), call, turn=turn, facts=(observed(call),))
    words = ("tool", "tool", "a", call, 1, *item)
    assert await fcall(scene.core, "settle", *words, key="nexus:tool") == [b"LATE"]


async def test_what_a_call_brings_back_after_its_turns_end_is_written(scene: Scene) -> None:
    """No message tells of it: neither while the writer works nor while it is away."""
    async with scene.writing():
        await scene.turn("t1", "write it", "You told me to stop.")
        await scene.written(2)
        await settled_late(scene, "t1", "c1")
        await until(lambda: _late(scene, "t1") == [("t1/2", "s", "observed")])
    await scene.core.rpush(keys.LATE, "no length", "gone 3")
    await scene.turn("t2", "write it", "You told me to stop.")
    await settled_late(scene, "t2", "c2")
    async with scene.writing():
        await until(lambda: _late(scene, "t2") == [("t2/2", "s", "observed")])
        engine = database.connect(scene.where)
        assert [one.kind for one in await History(engine).turn("t2")] == [
            "asked",
            "said",
            "observed",
        ]
        assert {one.turn for one in await actions(engine, 9)} == {"t1", "t2"}
        await engine.dispose()
    assert not await scene.core.exists(keys.LATE)
    assert (await scene.verify()).green


def _late(scene: Scene, turn: str) -> list[tuple[str, ...]]:
    wanted = "SELECT entry, session, kind FROM journal WHERE turn = ? AND position > 1"
    return scene.sql(wanted, turn)


async def test_a_record_is_kept_until_what_came_late_is_written(scene: Scene) -> None:
    async with scene.writing():
        await scene.turn("t1", "q", "a")
        await scene.written(2)
    await settled_late(scene, "t1", "c1")
    await scene.core.rpush(keys.PAST, f"t1 {now_ms()}")
    await fcall(scene.core, "trim", "respond")
    assert await scene.core.exists(keys.turn("t1"))
    async with scene.writing():
        await until(lambda: _late(scene, "t1"))
    await fcall(scene.core, "trim", "respond")
    assert not await scene.core.exists(keys.turn("t1"), keys.PAST)


async def test_a_record_is_kept_although_the_clock_was_moved_back(scene: Scene) -> None:
    """Then entries bear a later time than the turns that ended since."""
    ahead = now_ms() + 600_000
    await scene.core.xadd("nexus:outbox", {"data": "{}"}, id=f"{ahead}-0")
    async with scene.writing():
        await scene.written(1)
    turns = [f"t{number}" for number in range(22)]
    for turn in turns:
        await scene.turn(turn, "q", "a")
        await scene.core.hset(keys.BUSY, "s", turn)
        assert await fcall(scene.core, "mend", "s", turn, "", "{}", "sig") == b"FREED"
    await fcall(scene.core, "trim", "respond")
    assert await scene.core.exists(*map(keys.turn, turns)) == len(turns)
    async with scene.writing():
        await scene.written(1 + 2 * len(turns))
    await fcall(scene.core, "trim", "respond")
    assert await scene.core.exists(*map(keys.turn, turns)) == len(turns) - 2


async def test_a_writer_killed_at_work_loses_and_doubles_nothing(scene: Scene) -> None:
    total = 0
    for _ in range(4):
        process = await scene.start()
        await scene.burst(1_500, total)
        total += 1_500
        least = total - 1_200
        await until(partial(scene.more_than, least), 20, scene.said)
        await kill(process)
    await scene.start()
    await scene.written(total, 20)
    assert scene.rows() == total
    assert scene.sql("SELECT count(DISTINCT topic || entry) FROM journal WHERE topic != 'journal'")[
        0
    ] == (total,)
    assert (await scene.verify()).green


async def test_what_was_committed_and_not_acknowledged_is_recognised(scene: Scene) -> None:
    await scene.burst(50)
    # A writer that dies after its commit and before its acknowledgement.
    hand = tail.Tail(scene.servers.durable_url("journal"), "dying")
    engine = database.connect(scene.where)
    await database.migrate(engine)
    book = Book(engine, secrets.audit_key(scene.root))
    await book.open()
    seen = await hand.fresh(500, 0)
    await book.append([rows.of_entry(one, Redactor(), Keyring({})) for one in seen[:30]])
    await hand.close()
    await engine.dispose()
    assert scene.rows() == 30
    assert await scene.pending() == 50
    async with scene.writing():
        await scene.written(50)
    assert scene.rows() == 50


async def test_topics_made_anew_write_nothing_twice(scene: Scene) -> None:
    async with scene.writing():
        await scene.burst(50)
        await scene.written(50)
        # As if Redis had come back from a copy that knows the entries and not the group.
        for stream in ("nexus:inbox", "nexus:route"):
            entries = await scene.core.xrange(stream)
            async with scene.core.pipeline(transaction=False) as pipe:
                pipe.delete(stream)
                for entry, fields in entries:
                    pipe.xadd(stream, fields, id=entry)
                await pipe.execute()
        await scene.burst(10, 50)
        await scene.written(60)
    assert scene.rows() == 60
    assert (await scene.verify()).green


async def test_only_one_of_two_writers_writes(scene: Scene) -> None:
    first, second = await scene.start(), await scene.start()
    await scene.burst(1_000)
    await scene.written(1_000)
    assert scene.said().count("journal.leads") == 1
    holder = await scene.core.get(keys.LEASE + keys.JOURNAL)
    assert holder
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert await scene.core.get(keys.LEASE + keys.JOURNAL) is None
    assert scene.rows() == 1_000


async def test_another_takes_over_within_five_seconds(scene: Scene) -> None:
    first = await scene.start()
    await scene.burst(10)
    await scene.written(10)
    await scene.start()
    await until(lambda: "journal.waits" in scene.said(), 10, scene.said)
    await kill(first)
    began = time.monotonic()
    await scene.burst(10, 10)
    await scene.written(20, 8)
    took = time.monotonic() - began
    print(f"taken over after {took:.2f} s")
    assert took < 5


async def test_one_that_wakes_up_too_late_writes_nothing(scene: Scene) -> None:
    first = await scene.start()
    await scene.burst(10)
    await scene.written(10)
    first.send_signal(signal.SIGSTOP)
    second = await scene.start()
    await scene.burst(500, 10)
    await scene.written(510)
    first.send_signal(signal.SIGCONT)
    await scene.burst(500, 510)
    await scene.written(1_010)
    await kill(second)
    await scene.burst(10, 1_010)
    await scene.written(1_020)
    assert scene.rows() == 1_020
    assert (await scene.verify()).green


async def test_nothing_is_trimmed_before_it_is_written(scene: Scene) -> None:
    await scene.core.xgroup_create("nexus:route", "route", id="0")
    await scene.burst(2_000)
    # The stage is done with everything; the journal has seen nothing.
    found = await scene.core.xreadgroup("route", "me", {"nexus:route": ">"}, count=1_000)
    entries = [entry for entry, _ in found[0][1]]
    await scene.core.xack("nexus:route", "route", *entries)
    await fcall(scene.core, "trim", "route")
    assert await scene.core.xlen("nexus:route") == 400
    async with scene.writing():
        await scene.written(2_000)
    await fcall(scene.core, "trim", "route")
    assert await scene.core.xlen("nexus:route") <= 100


async def test_a_redis_that_restarts_is_waited_for(scene: Scene) -> None:
    async with scene.writing():
        await scene.burst(100)
        await scene.written(100)
        scene.servers.durable.kill()
        scene.servers.durable.start()
        await until(scene.answers)
        began = time.monotonic()
        await scene.burst(100, 100)
        await scene.written(200, 10)
        print(f"back after {time.monotonic() - began:.2f} s")
    assert (await scene.verify()).green


@pytest.mark.parametrize("fault", ["folder", "newer"])
async def test_a_database_that_cannot_be_used_is_said_and_tried_again(
    scene: Scene, fault: str
) -> None:
    if fault == "folder":
        scene.file.mkdir()
    else:
        scene.sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        scene.sql("INSERT INTO alembic_version VALUES ('9999')")
    process = await scene.start()
    await until(lambda: "journal.down" in scene.said(), 15, scene.said)
    assert process.lives
    # Nobody has the lease, so the doors know that nobody writes.
    assert not await scene.core.exists(keys.LEASE + keys.JOURNAL)
    if fault == "folder":
        scene.file.rmdir()
    else:
        scene.file.unlink()
    await scene.burst(5)
    await scene.written(5, 20)


async def test_five_thousand_entries(scene: Scene) -> None:
    await scene.burst(5_000)
    began = time.monotonic()
    async with scene.writing():
        await scene.written(5_000, 60)
        took = time.monotonic() - began
    print(f"5,000 entries in {took:.2f} s: {5_000 / took:,.0f} a second")
    assert took < 20


async def test_no_canary_reaches_the_disk(scene: Scene) -> None:
    known = "a-CANARY-of-our-own"
    for number, canary in enumerate((*CANARIES, *PHRASES, known)):
        await scene.turn(f"t{number}", f"keep {canary}", f"I keep {canary}")
        await scene.add("inbox", text=canary, session="s")
        await scene.add("dead", original=base64.b64encode(canary.encode()).decode())
        await scene.core.xadd("nexus:events", {"data": "{}", "sig": canary})
    count = 5 * len((*CANARIES, *PHRASES, known))
    async with scene.writing(redact=Redactor([known])):
        await scene.written(count)
    assert (await scene.verify()).green
    for path in scene.root.glob("journal.db*"):
        assert b"CANARY" not in path.read_bytes()
    for (data,) in scene.sql("SELECT data FROM journal WHERE topic = 'dead'"):
        assert b"CANARY" not in base64.b64decode(json.loads(data)["original"])
