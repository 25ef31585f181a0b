"""After a restore nothing goes on by itself, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from ops import config
from ops.backups import opening
from ops.backups.opening import Opener
from ops.backups.restore import restore
from ops.backups.service import create
from ops.boot import boot
from ops.keyring import gateway, keyring
from ops.main import Place, compose
from streams import epoch, keys
from streams.accept import Ingress
from streams.epoch import Epoch
from streams.runtime import Runtime
from streams.store import connect
from streams.voice import HOUSE, provenance
from tests.ops.backups.home import Home
from tests.ops.backups.restore.scene import Homes, in_the_middle
from tests.stand import received, soon


class Writer(threading.Thread):
    """Takes messages in without pause, and remembers each that was acknowledged."""

    def __init__(self, home: Home) -> None:
        super().__init__(daemon=True)
        self.home = home
        self.accepted: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        with self.home.client() as core:
            for number in itertools.count():
                if self.enough.is_set():
                    return
                name = f"load-{number}"
                data = received(name, session=name).model_dump_json()
                place = ("accept", 0, "terminal", name, "d", 600)
                item = (data, "sig", name, name, 1_000_000, 100)
                verdict: Any = core.execute_command("FCALL", *place, *item)
                assert verdict[0] == b"OK"
                self.accepted.append(name)


def test_what_was_acknowledged_before_a_backup_under_load_is_in_it(
    home: Home, new_home: Homes, own: Opener
) -> None:
    other = new_home()
    with home.running():
        writer = Writer(home)
        writer.start()
        while len(writer.accepted) < 300:
            assert writer.is_alive()
        witness = list(writer.accepted)
        made = create(home.settings, opening.with_own_key(home.root))
        after = len(writer.accepted)
        writer.enough.set()
        writer.join()
    assert after > len(witness), "it was written on meanwhile"
    restore(made.path, other.root, own)
    with other.running():
        kept = {letter.original for letter in other.letters()}
        with other.client() as core:
            rows: Any = core.xrange(keys.topic("inbox"))
        found = {json.loads(fields[b"data"])["id"] for _, fields in rows}
    assert set(witness) <= found
    assert len(kept) == len(found), "each waits at the desk, and each once"


def test_nothing_goes_on_by_itself(home: Home, new_home: Homes, own: Opener) -> None:
    other = new_home()
    with home.running():
        in_the_middle(home)
        made = create(home.settings, opening.with_own_key(home.root))
    done = restore(made.path, other.root, own)
    assert done.epoch
    assert done.epoch.number == 1
    assert done.epoch.put_aside == {"inbox": 1, "route": 1, "tool": 1, "outbox": 2}
    assert (done.epoch.turns, done.epoch.waiting) == (2, 1)
    assert (done.epoch.unknown, done.epoch.approvals) == (1, 1)
    with other.running():
        assert other.under_way() == {}
        assert other.ledger("t1")["t1:call"]["s"] == "unknown"
        assert other.ledger("t1")["t1:asked"]["s"] == "void"
        letters = {letter.source + " " + str(letter.session): letter for letter in other.letters()}
        assert set(letters) == {
            *("tool s1", "route s1", "route s3", "inbox s4", "outbox s5", "outbox s6"),
        }
        assert {letter.code for letter in letters.values()} == {"restored"}
        with other.client() as core:
            assert not core.exists(keys.TURNS, keys.BUSY, keys.STOPPING)
            for forgotten in (keys.APPROVAL, keys.CARD, f"*{keys.ASKS}"):
                assert not list(core.scan_iter(f"{forgotten}*"))
            assert not core.exists(keys.APPROVALS, keys.CODES, keys.CLOCK)
            assert not list(core.scan_iter(f"*{keys.MAILBOX}"))
            assert core.lrange(keys.turn("t2"), 0, -1), "what waited has its question on record"
            events: Any = core.xrange(keys.topic("events"))
        told = json.loads(events[-1][1][b"data"])
        assert told["type"] == "backup.restored"
        assert told["data"]["epoch"] == 1
        ring = keyring(config.load(other.root))
        assert provenance(ring, events[-1][1]) == (HOUSE, False)


def test_without_a_new_epoch_it_would_go_on(
    home: Home, new_home: Homes, own: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the test above looks for is there if nobody puts it aside."""

    async def nothing(*_: object) -> Epoch:
        return Epoch()

    other = new_home()
    with home.running():
        in_the_middle(home)
        made = create(home.settings, opening.with_own_key(home.root))
    monkeypatch.setattr(epoch, "begin", nothing)
    restore(made.path, other.root, own)
    with other.running():
        assert other.under_way() == {"inbox": 1, "route": 1, "tool": 1, "outbox": 2}
        assert other.ledger("t1")["t1:call"]["s"] == "started"
        assert other.letters() == []


@asynccontextmanager
async def core_of(home: Home) -> AsyncIterator[tuple[Runtime, Redis]]:
    """Run all stages in this process, as `nexus up` does in its own."""
    await boot(home.settings)
    runtime = compose(home.settings, Place((), "core", "core-test"))
    redis = connect(home.url("core"))
    await runtime.start()
    try:
        yield runtime, redis
    finally:
        await runtime.drain()
        await redis.aclose()


async def answers(redis: Redis) -> dict[str, str]:
    """Return what went to the outbox, by turn."""
    rows: Any = await redis.xrange(keys.topic("outbox"))
    found = [json.loads(fields[b"data"]) for _, fields in rows]
    return {reply["turn"]: reply["text"] for reply in found}


async def test_a_started_system_does_nothing_old_until_the_owner_says_so(
    home: Home, new_home: Homes, own: Opener
) -> None:
    other = new_home()
    with home.running():
        in_the_middle(home)
        sealing = opening.with_own_key(home.root)
        made = await asyncio.to_thread(create, home.settings, sealing)
    await asyncio.to_thread(restore, made.path, other.root, own)
    notes = other.root / "workspace" / "notes.md"
    with other.running():
        before = {letter.id for letter in other.letters()}
        async with core_of(other) as (runtime, redis):
            old = await answers(redis)
            ingress = Ingress(redis, gateway(other.settings, "terminal"), other.settings.streams)
            # The session whose turn was under way is free: what is new does not wait for it.
            await ingress.accept(received("fresh", "s1", "/help"), "fresh")

            async def said(*turns: str) -> bool:
                return (await answers(redis)).keys() == {*old, *turns}

            await soon(lambda: said("fresh"))
            await soon(lambda: not runtime.busy)
            assert other.under_way() == {}
            assert {letter.id for letter in other.letters()} == before

            await other.redrive("inbox", "s4")
            await soon(lambda: said("fresh", "t4"))
            await other.redrive("route", "s1")  # what waited in the mailbox
            await soon(lambda: said("fresh", "t4", "t2"))
            await other.redrive(
                "tool", "s1"
            )  # its effect may have happened: it does not happen again
            await soon(lambda: said("fresh", "t4", "t2", "t1"))
            assert "Unknown outcome" in (await answers(redis))["t1"]
            assert not notes.exists()
            await other.redrive("outbox", "s6")
            await soon(lambda: not other.under_way() and not runtime.busy)
            assert not await redis.exists(keys.TURNS), "nothing seems to run for ever"
        assert {letter.source for letter in other.letters()} == {"route", "outbox"}
