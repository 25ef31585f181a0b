"""A whole state folder with its real Redis servers, which a backup sees as a running Nexus."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from ops import config, runstate, secrets, servers
from ops.keyring import gateway
from ops.process import start_ticks
from ops.settings import Settings
from processors.pipeline import MET, STAGES
from schemas.chat import Admitted, Call, Reply
from schemas.desk import DeadLetter
from schemas.record import Asked, Routed, ToolCall
from streams import functions, keys
from streams.line import Line
from streams.redrive import Sending, redrive
from tests.redis_server import RedisServer
from tests.stand import received

CONFIG = "agent:\n  max_steps: 7\n"


class Home:
    """One state folder.

    Attributes:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._running: list[RedisServer] = []
        self._calls = 0

    @property
    def settings(self) -> Settings:
        return config.load(self.root)

    def furnish(self) -> None:
        """Put in what an owner has."""
        (self.root / "config.yaml").write_text(CONFIG)
        notes = self.root / "workspace" / "notes"
        notes.mkdir(parents=True)
        (notes / "shopping.md").write_text("bread\n")
        (notes / ("long " * 40 + "näme.txt")).write_text("ä")
        (self.root / "workspace" / "empty").mkdir()
        script = self.root / "workspace" / "run.sh"
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        for name in ("logs", "boxes"):
            (self.root / name).mkdir()
            (self.root / name / "core").write_text("of this machine")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the servers, and look like a Nexus that runs."""
        lock = runstate.lock(self.root)
        pair = servers.private_servers(self.root, self.settings.streams)
        self._running = [RedisServer(pair.durable), RedisServer(pair.live)]
        try:
            for server in self._running:
                server.start()
            runstate.write(self.root, {"pid": os.getpid(), "ticks": start_ticks(os.getpid())})
            with self.client("boot") as boot:
                boot.function_load(functions.source(), replace=True)
            with self.client("core") as core:
                for stage in STAGES:
                    self._group(core, stage.topic, stage.name)
                for topic in ("dead", "events"):
                    self._group(core, topic, keys.JOURNAL)
            yield
        finally:
            runstate.run_file(self.root).unlink(missing_ok=True)
            for server in self._running:
                server.stop()
            os.close(lock)

    def _group(self, core: Redis, topic: str, name: str) -> None:
        if not core.exists(keys.topic(topic)) or name.encode() not in {
            group["name"] for group in core.xinfo_groups(keys.topic(topic))
        }:
            core.xgroup_create(keys.topic(topic), name, id="0", mkstream=True)

    def url(self, role: str) -> str:
        spec = self._running[0].spec
        return spec.url(role, secrets.read(secrets.redis_file(self.root, role)))

    def client(self, role: str = "core") -> Redis:
        return Redis.from_url(self.url(role))

    # What happens in it ---------------------------------------------------------------------

    def call(self, function: str, *arguments: Any) -> Any:
        with self.client() as core:
            return core.execute_command("FCALL", function, 0, *arguments)

    def commit(self, function: str, topic: str, group: str, *item: Any) -> str:
        self._calls += 1
        answers = self.call(function, topic, group, "me", f"token-{self._calls}", 1, *item)
        return str(answers[0].decode())

    def say(self, name: str, session: str = "s") -> None:
        """Take a message in, acknowledged."""
        data = received(name, session).model_dump_json()
        signature = gateway(self.settings, "terminal").sign(data.encode())
        item = (data, signature, name, session, 9_999, 100)
        verdict, _ = self.call("accept", "terminal", name, "digest", 600, *item)
        assert verdict == b"OK"

    def read(self, topic: str, group: str) -> str:
        with self.client() as core:
            found: Any = core.xreadgroup(group, "me", {keys.topic(topic): ">"}, count=1)
        return str(found[0][1][0][0].decode())

    def admit(self, name: str, session: str = "s") -> str:
        """Take a message in and let it start, or wait behind its session's turn."""
        self.say(name, session)
        assert self.call("lead", "inbox", "admit", "me", 60_000, 0) == b"me"
        entry = self.read("inbox", "admit")
        asked = Asked(
            text="hello", person="owner", channel="terminal", chat="chat", profile="full"
        ).model_dump_json()
        data = turn_data(name, session)
        item = (entry, "0", "", 60, name, session, 10, 1, asked, 1, "route", data)
        return self.commit("admit", "inbox", "admit", *item)

    def call_tool(self, name: str, session: str) -> None:
        """Let a turn reach its first tool call, whose effect then starts."""
        entry = self.read("route", "route")
        words = turn_words(name, session, "call")
        data = Call(**words, step=0, index=0, tool="notes_append", tier="flash").model_dump_json()
        wish = ToolCall(call_id=words["id"], tool="notes_append", arguments={"text": "once"})
        routed = Routed(way="direct", tier="flash", calls=(wish,)).model_dump_json()
        item = (entry, "0", name, 1, routed, 1, "tool", data, 1, words["id"], 0)
        assert self.commit("hop", "route", "route", *item).startswith("OK")
        entry = self.read("tool", "tool")
        place = ("tool", "tool", "me", entry, "0", name, words["id"], "plain")
        assert self.call("effect_start", *place)[0] == b"GO"

    def reply(self, name: str, session: str) -> None:
        """Lay a reply on the outbox."""
        data = Reply(
            **turn_words(name, session, "reply"),
            chat="chat",
            part=0,
            parts=1,
            text="an old answer",
            outcome="answered",
        ).model_dump_json()
        with self.client() as core:
            core.xadd(keys.topic("outbox"), {"data": data, "n": 0})

    # What is there --------------------------------------------------------------------------

    def letters(self) -> list[DeadLetter]:
        with self.client() as core:
            rows: Any = core.xrange(keys.topic("dead"))
        return [DeadLetter.model_validate_json(fields[b"data"]) for _, fields in rows]

    async def redrive(self, source: str, session: str) -> None:
        """Let go on what the owner chose at the desk."""
        with self.client("desk") as desk:
            rows: Any = desk.xrange(keys.topic("dead"))
        for entry, fields in rows:
            letter = DeadLetter.model_validate_json(fields[b"data"])
            if (letter.source, letter.session) == (source, session):
                data = base64.b64decode(letter.original)
                line = Line(self.url("desk"))
                one = Sending(entry.decode(), letter, data, letter.signature)
                await redrive(line, [one])
                await line.close()
                return
        raise AssertionError(f"no letter of {source} {session}")

    def under_way(self) -> dict[str, int]:
        """Return by topic how much its stage would still take up by itself."""
        found = {}
        with self.client() as core:
            for stage in MET:
                groups: Any = core.xinfo_groups(keys.topic(stage.topic))
                group = next(one for one in groups if one["name"] == stage.name.encode())
                fresh: Any = core.xrange(
                    keys.topic(stage.topic), f"({group['last-delivered-id'].decode()}"
                )
                found[stage.topic] = group["pending"] + len(fresh)
        return {topic: count for topic, count in found.items() if count}

    def ledger(self, turn: str) -> dict[str, Any]:
        with self.client() as core:
            kept: Any = core.hgetall(keys.ledger(turn))
        return {called.decode(): json.loads(known) for called, known in kept.items()}


def turn_words(name: str, session: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"{name}:{kind}",
        "trace": name,
        "session": session,
        "person": "owner",
        "channel": "terminal",
        "turn": name,
    }


def turn_data(name: str, session: str) -> str:
    return Admitted(**turn_words(name, session, "turn")).model_dump_json()


@contextmanager
def homes() -> Iterator[Any]:
    """Return a function that makes state folders; they are gone afterwards."""
    made: list[Path] = []

    def one() -> Home:
        made.append(Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp")))
        return Home(made[-1])

    try:
        yield one
    finally:
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
