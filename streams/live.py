"""The live feed: one short stream per session, on the Redis that may forget.

An event's id is `<epoch>.<stream id>`. The epoch is new at each start of the live Redis, so a
reader that comes back with an older cursor knows that it must ask the durable side first.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog
from redis.asyncio import Redis

from schemas.base import new_id
from schemas.feed import FeedEvent, Stepped, Token
from streams import keys
from streams.store import AWAY, Argument, text, told

log = structlog.get_logger("streams")

KEPT_EVENTS = 10_000
"""About so many events of a session are kept: more than the longest step has pieces."""
KEPT_SECONDS = 3_600
"""A session's feed is forgotten so long after its last event."""
WAITING_EVENTS = 10_000
"""Beyond so many unsent events the oldest are dropped: they may be lost."""
STEPS = 256
"""Running steps whose text is remembered, so that it can be told again."""
STEP_SECONDS = 600.0
"""A step that was silent for so long is not told again."""


@dataclass(slots=True)
class _Step:
    """What a running step has said so far."""

    session: str
    begun: Stepped
    text: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    at: float = field(default_factory=time.monotonic)

    def again(self) -> Iterator[FeedEvent]:
        """Begin anew, and say all of it at once."""
        yield self.begun
        for pieces, thinking in ((self.thinking, True), (self.text, False)):
            if pieces:
                turn, step = self.begun.turn, self.begun.step
                yield Token(turn=turn, step=step, text="".join(pieces), thinking=thinking)


class LiveFeed:
    """Sends events without making anybody wait.

    What a running step has said is remembered here: when the live Redis has forgotten it, or
    some of it never arrived, the step is told anew, so that no reader glues halves together.

    Args:
        redis: the live Redis.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[tuple[str, FeedEvent]] = deque(maxlen=WAITING_EVENTS)
        self._steps: OrderedDict[str, _Step] = OrderedDict()
        self._epoch = ""
        self._lost = False
        self._task: asyncio.Task[None] | None = None

    def send(self, session: str, event: FeedEvent) -> None:
        """Send `event` to whoever watches `session`; it may be lost."""
        self._lost = self._lost or len(self._waiting) == WAITING_EVENTS
        self._waiting.append((session, event))
        self._remember(session, event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._flush())

    async def flush(self) -> None:
        """Wait until what was sent is gone."""
        if self._task is not None:
            await asyncio.shield(self._task)

    def _remember(self, session: str, event: FeedEvent) -> None:
        if isinstance(event, Token):
            step = self._steps.get(event.turn)
            if step is not None and step.begun.step == event.step:
                (step.thinking if event.thinking else step.text).append(event.text)
                step.at = time.monotonic()
        elif isinstance(event, Stepped):
            self._steps.pop(event.turn, None)
            self._steps[event.turn] = _Step(session, event)
            if len(self._steps) > STEPS:
                self._steps.popitem(last=False)

    async def _flush(self) -> None:
        await asyncio.sleep(0)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), 256))]
            try:
                epoch = await self._send(batch)
            except AWAY as error:
                self._lost = True
                log.info("live.lost", events=len(batch), error=type(error).__name__)
                continue
            if self._lost or (self._epoch and epoch != self._epoch):
                self._tell_again()
            self._epoch, self._lost = epoch, False

    async def _send(self, batch: list[tuple[str, FeedEvent]]) -> str:
        """Send events; return the epoch in which they arrived."""
        mine = new_id()
        # A live Redis that was started anew has forgotten even its epoch.
        commands: list[tuple[Argument, ...]] = [("SET", keys.LIVE_EPOCH, mine, "NX", "GET")]
        for session, event in batch:
            said = event.encoded()
            stream = keys.live(session)
            commands.append(("XADD", stream, "MAXLEN", "~", KEPT_EVENTS, "*", "e", said))
        sessions = {session for session, _ in batch}
        commands += [("EXPIRE", keys.live(session), KEPT_SECONDS) for session in sessions]
        before = (await told(self._redis, commands))[0]
        return text(before) if before else mine

    def _tell_again(self) -> None:
        now = time.monotonic()
        for step in self._steps.values():
            if now - step.at < STEP_SECONDS:
                self._waiting.extend((step.session, event) for event in step.again())


async def begin(redis: Redis) -> None:
    """Begin an epoch where the live Redis has none, because it was started anew."""
    await redis.set(keys.LIVE_EPOCH, new_id(), nx=True)


async def epoch(redis: Redis) -> str:
    """Return the live Redis's epoch; '' before the first event after its start."""
    found = await redis.get(keys.LIVE_EPOCH)
    return text(found or b"")
