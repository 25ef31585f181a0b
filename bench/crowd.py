"""Many people at one running server, and an eye on everything that leaves it."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ops.chaos.checker import Delivered, Step, Verdict, check
from ops.chaos.system import WITNESS, System, system
from ops.chaos.waiting import soon
from schemas.base import new_id
from schemas.chat import Received, Reply
from schemas.errors import TooMuch
from streams import keys
from streams.accept import Closed
from streams.store import AWAY, text

QUESTION = "what time is it?"
STEPS: list[dict[str, Any]] = [
    {"text": "Let me look.", "calls": [{"tool": "time_now"}]},
    {"text": "Here it is."},
]
"""What the model says: a tool call, then an answer."""
WATCHED = ("outbox", "dead")


class Crowd:
    """Sends messages, and writes down what came of each.

    Args:
        server: a running server.

    Attributes:
        log: what the senders did and heard.
        delivered: every reply that went out, in order.
        offered: message → when it was sent.
        admitted: seconds from each offer to its yes.
        answered: message → seconds from its offer to the last part of its reply.
        refused: offers that heard a polite no.
    """

    def __init__(self, server: System) -> None:
        self._server = server
        self.log: list[Step] = []
        self.delivered: list[Delivered] = []
        self.letters = 0
        self.offered: dict[str, float] = {}
        self.admitted: list[float] = []
        self.answered: dict[str, float] = {}
        self.refused = 0

    async def offer(self, session: str, key: str = "", words: str = QUESTION) -> float:
        """Offer one message once.

        Returns:
            0 when it is in; else the seconds after which the server wants to be asked again.
        """
        key, name = key or new_id(), new_id()
        message = Received(
            id=name, trace=name, session=session, person="owner", channel="terminal",
            chat=session, text=words,
        )  # fmt: skip
        began = time.perf_counter()
        self.log.append(Step("invoke", session, key))
        try:
            accepted = await self._server.ingress.accept(message, key)
        except (Closed, TooMuch) as error:
            if not error.retry_after:
                raise
            self.refused += 1
            return error.retry_after
        self.admitted.append(time.perf_counter() - began)
        self.offered[accepted.id] = began
        self.log.append(Step("ok", session, key, accepted.id))
        return 0.0

    async def watch(self) -> None:
        """Read what leaves the server, and acknowledge it, until cancelled."""
        redis: Any = self._server.redis
        streams = {keys.topic(name): ">" for name in WATCHED}
        while True:
            try:
                found: Any = await redis.xreadgroup(WITNESS, "eye", streams, 500, 1_000)
                for stream, rows in found or []:
                    for _, fields in rows:
                        self._seen(text(stream), fields)
                    await redis.xack(stream, WITNESS, *(row for row, _ in rows))
            except AWAY:
                await asyncio.sleep(0.1)

    @property
    def waiting(self) -> int:
        """How many accepted messages have no end yet."""
        return len(self.offered.keys() - self.answered.keys())

    async def settled(self, seconds: float) -> bool:
        """Wait until every accepted message has its end; return whether that came in time."""
        with suppress(AssertionError):
            await soon(lambda: not self.waiting, seconds)
        return not self.waiting

    def verdict(self) -> Verdict:
        """Judge what was written down."""
        return check(self.log, self.delivered, self.letters)

    def _seen(self, stream: str, fields: dict[bytes, bytes]) -> None:
        if stream == keys.topic("dead"):
            self.letters += 1
            return
        reply = Reply.model_validate_json(fields[b"data"])
        self.delivered.append(Delivered(reply.session, reply.turn, reply.part, reply.parts))
        offered = self.offered.get(reply.turn)
        if offered is not None and reply.part == reply.parts - 1:
            self.answered.setdefault(reply.turn, time.perf_counter() - offered)


@asynccontextmanager
async def crowd(
    *, copies: int = 1, delay: Sequence[float] = (0.0, 0.0), **words: Any
) -> AsyncIterator[tuple[System, Crowd]]:
    """Run a whole server with a scripted model, and a crowd before its door.

    Args:
        copies: how many processes run all stages.
        delay: how long the model thinks at each step, in seconds from and to.
        **words: sections of its `config.yaml`.
    """
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        script = Path(folder) / "script.yaml"
        script.write_text(
            json.dumps([{**step, "delay": [*delay]} for step in STEPS]), encoding="utf-8"
        )  # which is YAML too
        words = {"models": {"flash": f"scripted:{script}"}, "log": {"level": "warning"}} | words
        async with system(copies=copies, **words) as server:
            people = Crowd(server)
            eye = asyncio.create_task(people.watch())
            try:
                yield server, people
            finally:
                eye.cancel()
                with suppress(asyncio.CancelledError):
                    await eye
