"""A whole server in its own state folder, with a supervisor, to be killed in parts."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import yaml

from ops import config, launch, layout, runstate
from ops.addresses import url
from ops.chaos.checker import Delivered
from ops.chaos.waiting import Late, soon
from ops.keyring import gateway
from ops.plan import Child, Plan
from ops.process import same
from schemas.chat import Reply
from schemas.desk import DeadLetter
from streams import blackbox, keys
from streams.accept import Ingress
from streams.allowances import TOPICS
from streams.broker import ensure_group
from streams.store import AWAY, connect, fcall, text
from streams.sweep import LOST

WITNESS = "witness"
"""A group that reads nothing, so that nothing it might read is trimmed."""


@dataclass(frozen=True)
class Hit:
    """What a process had in its hands.

    Attributes:
        entries: how many it owned.
        turns: whose they were.
    """

    entries: int = 0
    turns: frozenset[str] = frozenset()


class System:
    """A running server.

    Attributes:
        root: its state folder.
        redis: the durable Redis, as `core`.
        ingress: the terminal's door.
    """

    def __init__(
        self,
        root: Path,
        copies: int,
        words: Mapping[str, Any],
        module: str,
        more: Sequence[Child] = (),
    ) -> None:
        self.root = root
        self._more = tuple(more)
        self._answered, self._read = set[str](), "-"
        (root / "config.yaml").write_text(
            yaml.safe_dump({"http": {"port": free_port()}, "log": {"level": "info"}, **words})
        )
        self.settings = config.load(root)
        self._copies = copies
        self._module = module

    def plan(self) -> Plan:
        """What is run; the workers may be another module than the real one."""
        plan = layout.up(self.settings, copies=self._copies)
        children = (
            replace(
                child,
                argv=tuple(self._module if one == "ops.worker" else one for one in child.argv),
            )
            for child in plan.children
        )
        return replace(plan, children=(*children, *self._more))

    async def start(self) -> Self:
        """Start everything and wait until it is ready."""
        lock = await asyncio.to_thread(runstate.lock, self.root)
        plan = self.plan()
        await asyncio.to_thread(launch.behind, plan, lock, lambda _: None)
        self.redis = connect(url(self.settings, "durable", "core"))
        self.ingress = Ingress(
            connect(url(self.settings, "durable", "terminal")),
            gateway(self.settings, "terminal"),
            self.settings.streams,
        )
        for topic in ("outbox", "dead"):
            await ensure_group(self.redis, keys.topic(topic), WITNESS)
        return self

    async def stop(self) -> None:
        """Stop everything."""
        with suppress(AttributeError, *AWAY):  # what did not come up has none
            await self.redis.aclose()
        await asyncio.to_thread(launch.down, self.root, self.plan_sockets(), seconds=20)

    def plan_sockets(self) -> Path:
        """Where the sockets are."""
        return Path(str(runstate.read(self.root).get("sockets", self.root / "run")))

    # Processes ----------------------------------------------------------------------------

    def children(self) -> dict[str, dict[str, Any]]:
        """What the supervisor says of its children."""
        found: dict[str, dict[str, Any]] = runstate.read(self.root).get("children", {})
        return found

    def pid(self, name: str) -> int | None:
        """The process of a child, if one runs."""
        child = self.children().get(name, {})
        pid, ticks = child.get("pid"), child.get("ticks")
        return pid if pid is not None and ticks is not None and same(pid, ticks) else None

    def workers(self) -> list[str]:
        """The names of the processes that run all stages."""
        return [name for name in self.children() if name.startswith("core")]

    def consumer(self, pid: int) -> blackbox.Found | None:
        """What the black box of a process says."""
        for box in (self.root / "boxes").glob("*.box"):
            found = blackbox.read(box)
            if found is not None and found.pid == pid:
                return found
        return None

    async def holds(self, pid: int) -> Hit:
        """Return what a process owns; nothing while Redis is away."""
        found, count, turns = self.consumer(pid), 0, set[str]()
        with suppress(*AWAY):
            for topic, group in found.pairs if found else ():
                stream = keys.topic(topic)
                rows: Any = await self.redis.xpending_range(
                    stream, group, "-", "+", 1_000, found.consumer if found else None
                )
                count += len(rows)
                async with self.redis.pipeline(transaction=False) as asked:
                    for row in rows:
                        asked.xrange(stream, row["message_id"], row["message_id"])
                    found_there = await asked.execute()
                # A card is shown beside its turn, which does not wait for that.
                for entry in found_there if topic != "cards" else ():
                    said = json.loads(entry[0][1][b"data"]) if entry else {}
                    session = str(said.get("session", ""))
                    if topic == "inbox" and await self.redis.hget(keys.BUSY, session):
                        continue  # it only comes to wait behind another
                    turns.add(str(said.get("turn") or said.get("id", "")))
        return Hit(count, frozenset(turns))

    async def busy(self, name: str) -> int:
        """How many entries a child owns; 0 while it does not run."""
        pid = self.pid(name)
        return (await self.holds(pid)).entries if pid is not None else 0

    async def kill(self, name: str) -> int:
        """Kill a child as a crash would; return how many entries it owned in that moment."""
        return (await self.strike(name)).entries

    async def strike(self, name: str) -> Hit:
        """Kill a child as a crash would; return what it owned in that moment."""
        pid = await soon(lambda: self.pid(name), 30)
        os.kill(pid, signal.SIGSTOP)
        try:
            held = await self.holds(pid)
        finally:
            os.kill(pid, signal.SIGKILL)
        await soon(lambda: self.pid(name) != pid)
        return held

    async def pause(self, name: str, seconds: float) -> Hit:
        """Stop a child for a while, as an overloaded host would; return what it owned."""
        pid = await soon(lambda: self.pid(name), 30)
        os.kill(pid, signal.SIGSTOP)
        try:
            held = await self.holds(pid)
            await asyncio.sleep(seconds)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        return held

    async def kill_supervisor(self) -> None:
        """Kill the supervisor; the kernel takes its children along."""
        found = runstate.read(self.root)
        os.kill(int(found["pid"]), signal.SIGKILL)
        await soon(lambda: not any(self.pid(name) for name in self.children()), 20)

    # What it kept -------------------------------------------------------------------------

    async def outbox(self) -> list[Delivered]:
        """Every reply that went out, in order."""
        rows: Any = await self.redis.xrange(keys.topic("outbox"))
        replies = [Reply.model_validate_json(fields[b"data"]) for _, fields in rows]
        return [
            Delivered(
                one.session,
                one.turn,
                one.part,
                one.parts,
                mended=LOST in one.text,
                said=one.text if one.outcome == "answered" else "",
            )
            for one in replies
        ]

    async def replies(self) -> dict[str, str]:
        """Return the text of every reply, by its turn."""
        rows: Any = await self.redis.xrange(keys.topic("outbox"))
        found: dict[str, str] = {}
        for _, fields in rows:
            one = Reply.model_validate_json(fields[b"data"])
            found[one.turn] = found.get(one.turn, "") + one.text
        return found

    async def answered(self) -> set[str]:
        """Return what was replied to, turns and presses; while Redis is away, what it was last."""
        with suppress(*AWAY):
            rows: Any = await self.redis.xrange(keys.topic("outbox"), self._read)
            for entry, fields in rows:
                self._answered.add(Reply.model_validate_json(fields[b"data"]).turn)
                self._read = f"({entry.decode()}"
        return self._answered

    async def letters(self) -> list[DeadLetter]:
        """What lies at the desk, once the clerk has filed what was given up."""

        async def filed() -> bool:
            return not await fcall(self.redis, "unfiled", 1, *TOPICS)

        with suppress(Late):
            await soon(filed)
        rows: Any = await self.redis.xrange(keys.topic("dead"))
        return [DeadLetter.model_validate_json(fields[b"data"]) for _, fields in rows]

    async def handed_on(self) -> bool:
        """Whether `deliver` is done with every reply."""
        topic = keys.topic("outbox")
        groups: Any = await self.redis.xinfo_groups(topic)
        last: Any = await self.redis.xrevrange(topic, count=1)
        (read,) = (one for one in groups if text(one["name"]) == "deliver")
        return not read["pending"] and all(row == read["last-delivered-id"] for row, _ in last)

    async def running(self) -> int:
        """How many turns are not over."""
        return int(await self.redis.zcard(keys.TURNS))

    def log(self) -> str:
        """The last lines of every child."""
        tails = []
        for path in sorted((self.root / "logs").glob("*.log")):
            lines = path.read_text("utf-8", "replace").splitlines()[-15:]
            tails.append("\n".join([f"== {path.name}", *lines]))
        return "\n".join(tails)


@asynccontextmanager
async def system(
    *,
    copies: int = 1,
    module: str = "ops.worker",
    more: Callable[[Path], Sequence[Child]] = lambda _: (),
    within: str = "/tmp",  # noqa: S108 - a folder of its own is made in it
    **words: Any,
) -> AsyncIterator[System]:
    """Run a server until the end of the block.

    Args:
        copies: how many processes run all stages.
        module: what the workers are.
        more: says what else is run in the state folder.
        within: where the state folder is made; the path is short, for the sockets in it.
        **words: sections of `config.yaml`; `{root}` in a model's name is the state folder.
    """
    root = Path(tempfile.mkdtemp(prefix="nx-", dir=within))
    models = {
        name: value.format(root=root) if isinstance(value, str) else value
        for name, value in words.pop("models", {}).items()
    }
    found = System(root, copies, {**words, "models": models}, module, more(root))
    starting = asyncio.create_task(found.start())
    try:
        yield await asyncio.shield(starting)
    except asyncio.CancelledError:
        raise
    except BaseException:
        sys.stderr.write(found.log())
        raise
    finally:
        # What is half started could not be stopped.
        await asyncio.wait((starting,))
        await found.stop()
        shutil.rmtree(root, ignore_errors=True)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
