"""Group commit: what was finished during the last round trip goes in the next, as one call.

There is no timer. One call is under way per stage and process; while it is, results gather.
One round trip and one fsync then carry many hops.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from streams import keys
from streams.store import AWAY, Argument, Wire

log = structlog.get_logger("streams")

MOST = 128
"""Items in one call."""


@dataclass(slots=True)
class Item:
    """One result on its way.

    Attributes:
        function: the server function.
        arguments: the item's part of the call.
        answered: called with the server's answer, in the order of the items.
    """

    function: str
    arguments: list[Argument]
    answered: Callable[[str], None]


class Committer:
    """Sends the results of one stage, in order, one call at a time.

    Args:
        redis: the durable Redis.
        topic: the topic the stage reads.
        group: its consumer group.
        consumer: this process.
        regroup: makes the group again, should it be gone.
    """

    def __init__(
        self,
        redis: Redis,
        topic: str,
        group: str,
        consumer: str,
        regroup: Callable[[], Awaitable[None]],
    ) -> None:
        self._regroup = regroup
        self._wire = Wire(redis)
        self._head: list[Argument] = [topic, group, consumer]
        self._stream = keys.topic(topic)
        self._queue: deque[Item] = deque()
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._under_way: asyncio.Future[None] | None = None

    def add(self, item: Item) -> None:
        """Send `item` with the next call."""
        self._queue.append(item)
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._send())

    async def ask(self, function: str, arguments: list[Argument]) -> str:
        """Send an item and wait for its answer."""
        answer: asyncio.Future[str] = self._loop.create_future()

        def answered(text: str) -> None:
            if not answer.done():
                answer.set_result(text)

        self.add(Item(function, arguments, answered))
        return await answer

    async def round_trip(self) -> None:
        """Let the lanes run, and wait for the call that carries what they finished."""
        await asyncio.sleep(0)
        if self._queue or self._under_way is not None:
            if self._under_way is None:
                self._under_way = self._loop.create_future()
            await asyncio.wait((self._under_way,))

    async def flush(self) -> None:
        """Wait until all that was added is answered."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Close the connection; what is still on its way is left to whoever owns it then."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._wire.close()

    async def _send(self) -> None:
        while self._queue:
            function = self._queue[0].function
            items: list[Item] = []
            while self._queue and len(items) < MOST and self._queue[0].function == function:
                items.append(self._queue.popleft())
            call: list[Argument] = [*self._head, secrets.token_hex(8), len(items)]
            for item in items:
                call += item.arguments
            answers = await self._call(function, call)
            if self._under_way is not None:
                self._under_way.set_result(None)
                self._under_way = None
            for item, answer in zip(items, answers, strict=True):
                item.answered(answer.decode())

    async def _call(self, function: str, call: list[Argument]) -> list[bytes]:
        pause = 0.02
        while True:
            try:
                answers: list[bytes] = await self._wire.fcall(function, self._stream, call)
            except ResponseError as error:
                if "NOGROUP" not in str(error):
                    log.error("commit.refused", function=function, error=str(error))
                else:
                    # Somebody destroyed the group, or emptied Redis. Where the entry still
                    # stands it is pending again then, and ours as it was.
                    with contextlib.suppress(*AWAY):
                        await self._regroup()
            except AWAY as error:
                log.warning("commit.again", function=function, error=repr(error))
            else:
                if len(answers) == int(call[4]):
                    return answers
                log.error("commit.garbled", function=function, answers=len(answers))
                return [b"FENCED"] * int(call[4])
            # The same token goes again: if the first call did arrive, its answers come back.
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)
