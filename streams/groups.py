"""A stage's consumer group: made when it is missing, with what nobody had finished.

Redis forgets with a group what it had pending. A group that somebody destroyed, by a mistake of
theirs or ours, would silently lose it; so what can be known of an entry otherwise decides whether
it is pending again: the troubles it had, whether its turn waits for it, and what this process has
in hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from redis.asyncio import Redis

from schemas.base import new_id
from schemas.desk import Happened
from streams import keys
from streams.entry import Held
from streams.store import Argument, fcall
from streams.sweep import SYSTEM
from streams.voice import SILENT, Voice

log = structlog.get_logger("streams")

NOTHING = "0-0"


class Group:
    """The group of one stage, as one process sees it.

    Args:
        redis: the durable Redis.
        topic: what it reads.
        name: its name.
        consumer: this process.
        held: says what this process has in hand.
        voice: tells of a group that was gone.

    Attributes:
        last: the newest entry that was read here.
    """

    def __init__(
        self,
        redis: Redis,
        topic: str,
        name: str,
        consumer: str,
        held: Callable[[], Sequence[Held]],
        *,
        voice: Voice = SILENT,
    ) -> None:
        self._redis = redis
        self._place = (topic, name, consumer)
        self._held = held
        self._voice = voice
        self.last = NOTHING

    async def ensure(self) -> int:
        """Make the group if there is none; return how many entries are pending again.

        Raises:
            redis.exceptions.RedisError, OSError: Redis does not answer.
        """
        held = self._held()
        words: list[Argument] = [*self._place, self.last, len(held)]
        for one in held:
            words += (one.id, one.generation)
        made = await fcall(self._redis, "regroup", *words)
        if not made:
            return 0
        regained, unsure = (int(one) for one in made)
        if regained or unsure or self.last != NOTHING:
            await self._tell(regained, unsure)
        return regained

    async def _tell(self, regained: int, unsure: int) -> None:
        topic, name, _ = self._place
        log.error("group.lost", topic=topic, group=name, regained=regained, unsure=unsure)
        event = new_id()
        happened = Happened(
            id=event,
            trace=event,
            session=SYSTEM,
            person=SYSTEM,
            channel=SYSTEM,
            type="group.lost",
            data={"topic": topic, "group": name, "regained": regained, "unsure": unsure},
        )
        await self._redis.xadd(keys.topic("events"), self._voice.fields(happened))
