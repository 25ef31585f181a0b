"""A stage for the journal: private Redis, a state folder, writers in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ops import secrets
from ops.journal import audit, database
from ops.journal.service import Journal
from ops.keyring import keyring
from ops.sections import JournalSettings
from ops.settings import Settings
from processors.tools.redact import Redactor
from schemas.children import Parent
from schemas.record import Entry
from streams import functions, keys, tail
from streams.allowances import STREAMS
from tests.ready import Begun, ready
from tests.redis_server import RedisPair

LOADED = ("ops.journal.__main__", "aiosqlite", "alembic.command", "alembic.config")
"""What a writer loads, at once or when it needs it."""


class Scene:
    """What a test has at hand."""

    def __init__(self, servers: RedisPair, folder: Path) -> None:
        self.servers = servers
        self.root = folder / "state"
        self.root.mkdir()
        self.file = self.root / "journal.db"
        self.where = f"sqlite+aiosqlite:///{self.file}"
        self.core: Any = Redis.from_url(servers.durable_url("core"))
        for role in ("journal", "desk"):
            path = secrets.redis_file(self.root, role)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(servers.passwords[role])
        self.log = (self.root / "writer.log").open("ab")
        self.processes: list[Begun] = []

    async def boot(self) -> None:
        boot = Redis.from_url(self.servers.durable_url("boot"))
        await boot.function_load(functions.source(), replace=True)
        await tail.ensure_groups(boot)
        await boot.aclose()

    async def close(self) -> None:
        await self.core.aclose()
        for process in self.processes:
            await kill(process)
        self.log.close()

    # Writers -----------------------------------------------------------------------------

    async def start(self, **environment: str) -> Begun:
        """Start a writer in a process of its own."""
        sockets = str(self.servers.pair.durable.socket.parent)
        env = {**os.environ, "NEXUS_STREAMS__SOCKETS": sockets, **environment}
        words = ("-m", "ops.journal", f"--root={self.root}")
        process = await ready(*LOADED).begin(*words, env=env, out=(self.log.fileno(),) * 2)
        self.processes.append(process)
        return process

    def said(self) -> str:
        return (self.root / "writer.log").read_text()

    @asynccontextmanager
    async def writing(
        self,
        holder: str = "here",
        keep: JournalSettings | None = None,
        redact: Redactor | None = None,
        where: str = "",
    ) -> AsyncIterator[Journal]:
        """Let a writer work in this process."""
        hand = tail.Tail(self.servers.durable_url("journal"), holder)
        engine = database.connect(where or self.where)
        keep = keep or JournalSettings()
        key = secrets.audit_key(self.root)
        ring = keyring(Settings(root=self.root))
        journal = Journal(hand, engine, key, redact or Redactor(), keep, keyring=ring)
        stop = asyncio.Event()
        task = asyncio.create_task(journal.run(stop))
        try:
            yield journal
        finally:
            stop.set()
            await task
            await engine.dispose()
            await hand.close()

    # What happens --------------------------------------------------------------------------

    async def add(self, topic: str, **fields: Any) -> str:
        """Put a message on a topic, as a stage's commit would."""
        length = fields.pop("n", None)
        entry: dict[Any, Any] = {"data": json.dumps(fields)}
        if length is not None:
            entry["n"] = length
        return (await self.core.xadd(keys.topic(topic), entry)).decode()  # type: ignore[no-any-return]

    async def burst(self, count: int, start: int = 0) -> None:
        """Put many messages on many topics."""
        names = ("inbox", "route", "think", "respond", "outbox")
        async with self.core.pipeline(transaction=False) as pipe:
            for number in range(start, start + count):
                data = json.dumps({"id": f"m{number}", "session": "s", "text": "x" * 200})
                pipe.xadd(keys.topic(names[number % 5]), {"data": data})
            await pipe.execute()

    async def turn(
        self,
        turn: str,
        question: str,
        answer: str,
        session: str = "s",
        between: Sequence[Entry] = (),
        parent: Parent | None = None,
    ) -> None:
        """Let a turn happen: its record grows, and messages tell how long it is."""
        asked: dict[str, Any] = {
            "kind": "asked",
            "at": 1,
            "text": question,
            "person": "p",
            "channel": "c",
        }
        asked |= {"chat": "c", "profile": "full", "session": session}
        if parent is not None:
            asked["parent"] = parent.model_dump(mode="json")
        said = {"kind": "said", "at": 2, "text": answer, "outcome": "answered"}
        await self.core.rpush(keys.turn(turn), json.dumps(asked, ensure_ascii=False))
        await self.add("route", turn=turn, session=session, n=1)
        rows = [one.model_dump_json() for one in between]
        await self.core.rpush(keys.turn(turn), *rows, json.dumps(said, ensure_ascii=False))
        await self.add("outbox", turn=turn, session=session, n=2 + len(rows))

    # What came of it -------------------------------------------------------------------------

    def sql(self, query: str, *values: Any) -> list[Any]:
        """Ask, or change, the database file behind everybody's back."""
        with closing(sqlite3.connect(self.file, timeout=10)) as connection, connection:
            return connection.execute(query, values).fetchall()

    def rows(self) -> int:
        if not self.file.is_file():
            return 0  # asking would make it
        try:
            found = self.sql(
                "SELECT count(*) FROM journal WHERE topic NOT IN ('journal', 'record')"
            )
        except sqlite3.OperationalError:
            return 0
        return int(found[0][0])

    async def answers(self) -> bool:
        """Whether Redis is back, its data loaded."""
        try:
            return bool(await self.core.ping())
        except (RedisError, OSError):
            return False

    def more_than(self, count: int) -> bool:
        return self.rows() > count

    async def pending(self) -> int:
        found = 0
        for topic in ("inbox", "route", "think", "respond", "outbox"):
            found += (await self.core.xpending(keys.topic(topic), keys.JOURNAL))["pending"]
        return found

    async def behind(self) -> int:
        """Entries that are not acknowledged."""
        found = 0
        for stream in STREAMS:
            for group in await self.core.xinfo_groups(stream):
                if group["name"] == b"journal":
                    found += (group["lag"] or 0) + group["pending"]
        return found

    async def behind_nothing(self) -> bool:
        return await self.behind() == 0

    async def written(self, count: int, seconds: float = 15) -> None:
        """Wait until so many entries are in the database and nothing waits."""

        async def done() -> bool:
            return self.rows() >= count and await self.behind() == 0

        def why() -> str:
            return f"{self.rows()} of {count} rows\n{self.said() if self.processes else ''}"

        await until(done, seconds, why)

    async def verify(self) -> audit.Report:
        engine = database.connect(self.where)
        seal = await tail.head(self.servers.durable_url("desk"))
        try:
            return await audit.verify(engine, secrets.audit_key(self.root), seal)
        finally:
            await engine.dispose()


async def until(
    condition: Callable[[], Any], seconds: float = 10, why: Callable[[], str] | None = None
) -> None:
    """Wait for a condition inside a timeout."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        if time.monotonic() > end:
            raise TimeoutError(why() if why else "the condition did not come true")
        await asyncio.sleep(0.01)


async def kill(process: Begun) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()
