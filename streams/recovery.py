"""Recovery: renew what is ours, take what nobody renews, forget what all are done with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from schemas.base import now_ms
from streams import keys
from streams.blackbox import Pairs, release_words
from streams.entry import Held
from streams.functions import SUSPECT_AFTER
from streams.runner import Runner
from streams.settings import StreamsSettings
from streams.stage import Stage
from streams.store import AWAY, fcall, text

log = structlog.get_logger("streams")

TAKE_OVER = 1_000
"""Entries that a new reader takes over in one call."""
AT_ONCE = 500
"""Entries that are renewed in one call: Redis does nothing else meanwhile."""
COMPANY, LONER = "company", "loner"
"""Suspects that died in a crowd, and those that have died again since."""
TOGETHER = 8
"""As many of a stage's suspects run beside each other as long as none of them has died there."""
LOOK = 0.05
"""Seconds between two looks whether another suspect may be run."""
SILENT_MS = 3_600_000
"""A consumer that holds nothing is forgotten after this silence."""


class Recovery:
    """What one process does for the health of the groups it belongs to.

    Args:
        redis: the durable Redis.
        consumer: this process.
        runners: its stages at work.
        solo: whether this process runs suspects, and nothing else.

    Attributes:
        suspected: in how many of the topics suspects waited, when it was looked last.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str,
        runners: Sequence[Runner],
        settings: StreamsSettings,
        *,
        solo: bool = False,
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self._runners = {runner.stage.topic: runner for runner in runners}
        self._settings = settings
        self._solo = solo
        self._connected_at: float | None = None
        self._seen = 0
        self.suspected = 0
        self._beat_at = 0.0

    def disconnected(self) -> None:
        """After an outage everything looks idle: wait one lease before taking from others."""
        self._connected_at = None

    async def beat(self) -> None:
        """Renew what is held, every few seconds; let go of what is not ours any more."""
        now = time.monotonic()
        if now - self._beat_at < self._settings.beat_seconds:
            return
        for runner in self._runners.values():
            held = runner.held
            for first in range(0, len(held), AT_ONCE):
                await self._renew(runner, held[first : first + AT_ONCE])
        self._beat_at = now

    async def _renew(self, runner: Runner, held: Sequence[Held]) -> None:
        arguments: list[str | int] = []
        for one in held:
            arguments += (one.id, one.generation, one.turn)
        stage = runner.stage
        answers = await self._call(
            "beat", stage.topic, stage.name, self._consumer, len(held), *arguments
        )
        for one, answer in zip(held, answers, strict=True):
            if answer == b"FENCED":
                runner.lost(one)
            elif answer == b"STOPPING":
                runner.stop_turn(one.turn)

    async def reclaim(self, leading: Sequence[str]) -> None:
        """Take over what was given back, and what was not renewed for one lease.

        Nobody is made to wait here: it is only taken what there is room for.

        Args:
            leading: topics with one reader that this process leads.
        """
        if self._connected_at is None:
            self._connected_at = time.monotonic()
        if self._solo:
            await self._run_suspects(leading)
            return
        settled = time.monotonic() - self._connected_at >= self._settings.lease_seconds
        lease = str(int(self._settings.lease_seconds * 1000)) if settled else ""
        wanted = [
            (runner.stage, 0 if self._led_elsewhere(runner.stage, leading) else runner.room)
            for runner in self._runners.values()
        ]
        await self._take(wanted, "", lease=lease)

    async def take_over(self, stage: Stage[..., Any]) -> None:
        """Take everything that is pending on a topic we lead from now on, oldest first."""
        after = ""
        while after := await self._take([(stage, TAKE_OVER)], "+", after=after):
            pass

    async def inherit(self, stage: Stage[..., Any]) -> None:
        """Take what anybody held before us on a topic that nobody else reads, oldest first.

        Call it before anything newer is read: so a chat's order outlives its process.
        """
        after = ""
        while after := await self._take([(stage, TAKE_OVER)], "*", after=after):
            pass

    async def take_suspects(self, stage: Stage[..., Any]) -> None:
        """Take what may have killed a process, where there is none to run it alone."""
        await self._take([(stage, TAKE_OVER)], keys.SUSPECTS)

    async def give_back_strays(self, runner: Runner) -> None:
        """Give back what Redis handed to us in a reply that never arrived.

        Call it while the runner's reader is stopped.
        """
        stage = runner.stage
        stream, known = keys.topic(stage.topic), {held.id for held in runner.held}
        strays: list[Any] = []
        after = "-"
        while after:
            rows: Any = await self._redis.xpending_range(
                stream, stage.name, after, "+", TAKE_OVER, self._consumer
            )
            entries = [text(row["message_id"]) for row in rows]
            strays += [entry for entry in entries if entry not in known]
            after = f"({entries[-1]}" if len(entries) == TAKE_OVER else ""
        if strays:
            log.info("entries.strayed", stage=stage.name, entries=len(strays))
            await self._redis.xclaim(stream, stage.name, keys.RELEASED, 0, strays, justid=True)

    async def _run_suspects(self, leading: Sequence[str]) -> None:
        """Run suspects, and nothing else, for about one round.

        Most of them only stood beside what killed their process, twice; none of these need wait
        for all others. So they run in a small company of their kind, and what dies there runs
        alone from then on.
        """
        until = time.monotonic() + self._settings.reclaim_seconds
        while time.monotonic() < until:
            held = [one for runner in self._runners.values() for one in runner.held]
            if not any(one.crashes > SUSPECT_AFTER for one in held):
                taken = await self._take_suspect(leading, len(held))
                if not taken and not held:
                    return
            await asyncio.sleep(LOOK)

    async def _take_suspect(self, leading: Sequence[str], held: int) -> str:
        """Take what may run beside so many others; return an entry's id, or ''."""
        taken = ""
        for runner in self._runners.values():
            stage = runner.stage
            if stage.sole and stage.topic in leading and not runner.held:
                # Where order counts, an older entry goes first, suspect or not.
                taken = await self._take([(stage, 1)], "*") or taken
        others = [one.stage for one in self._runners.values() if not one.stage.sole]
        if held < TOGETHER:
            wanted = [(stage, TOGETHER - held) for stage in others]
            taken = await self._take(wanted, COMPANY) or taken
        if not (taken or held):
            for stage in others:
                if taken := await self._take([(stage, 1)], LONER):
                    break
        return taken

    @staticmethod
    def _led_elsewhere(stage: Stage[..., Any], leading: Sequence[str]) -> bool:
        return stage.sole and stage.topic not in leading

    async def _take(
        self,
        wanted: Sequence[tuple[Stage[..., Any], int]],
        whose: str,
        *,
        lease: str = "",
        after: str = "",
    ) -> str:
        """Take entries and start on them; return the last one's id, or ''."""
        words: list[str | int] = []
        for stage, most in wanted:
            words += (stage.topic, stage.name, most, after)
        self.suspected, now, rows = await self._call(
            "reclaim", self._consumer, lease, self._seen or "", whose, len(wanted), *words
        )
        if now - self._seen > self._settings.lease_seconds * 1000 / 2:
            self.disconnected()  # the server stood still, or we did
        self._seen = now
        taken: dict[str, list[Held]] = {}
        for topic, entry, _, trouble, fields in rows:
            held = Held(entry.decode(), dict(zip(fields[::2], fields[1::2], strict=True)))
            held.remember(trouble)
            taken.setdefault(topic.decode(), []).append(held)
        last = ""
        for topic, entries in taken.items():
            entries.sort(key=_order)
            last = entries[-1].id
            self._runners[topic].tally.taken += len(entries)
            self._runners[topic].put(entries, late=True)
        return last

    async def _call(self, function: str, *arguments: str | int) -> list[Any]:
        try:
            found: list[Any] = await fcall(self._redis, function, *arguments)
        except AWAY:
            self.disconnected()
            raise
        return found


def _order(held: Held) -> tuple[int, int]:
    moment, _, number = held.id.partition("-")
    return int(moment), int(number)


async def release(redis: Redis, consumer: str, pairs: Pairs, started: Pairs) -> tuple[int, int]:
    """Give back what a process held that is gone.

    Args:
        redis: the durable Redis.
        consumer: its name.
        pairs: (topic, group) it read.
        started: (topic, entry) it was running when it died, from its black box.

    Returns:
        how many entries were freed, and how many of them are suspects now.
    """
    words = release_words(consumer, now_ms(), pairs, started)
    freed, suspects = await fcall(redis, "release", *words)
    if freed:
        log.info("entries.released", consumer=consumer, freed=freed, suspects=suspects)
    return int(freed), int(suspects)


async def tidy(redis: Redis, pairs: Sequence[tuple[str, str]]) -> None:
    """Trim every topic behind its slowest group, and forget silent consumers."""
    await fcall(redis, "trim", *sorted({topic for topic, _ in pairs}))
    await fcall(redis, "retire", SILENT_MS, len(pairs), *(text for pair in pairs for text in pair))
