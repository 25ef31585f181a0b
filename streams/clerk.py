"""The clerk: files what stages gave up, as it stands on the road.

A stage says why it gave up, and no more. What the message was and where it came from, the clerk
reads from the topic itself, and only the clerk may write on the desk. So a letter is what was
really under way, whoever gave it up, and may be sent again.
"""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from schemas.desk import Attempt, DeadLetter, Report
from streams.allowances import TOPICS
from streams.dead import Origin, letter
from streams.entry import formers
from streams.store import Argument, fcall, text

log = structlog.get_logger("streams")

AT_ONCE = 20
"""Letters in one call: each may have a quarter of a megabyte."""
LOOKED_AT = 100
"""Turns with letters that one call looks at."""


class Clerk:
    """Files letters.

    Args:
        redis: the durable Redis, in the role `core`.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._looked = 0

    async def outlive(self) -> None:
        """Let the records of some turns end whose letters are at the desk no more."""
        self._looked = await fcall(self._redis, "outlive", self._looked, LOOKED_AT)

    async def file(self) -> int:
        """File all that waits; return how many letters."""
        filed = 0
        while rows := await fcall(self._redis, "unfiled", AT_ONCE, *TOPICS):
            words: list[Argument] = [len(rows)]
            for topic, group, entry, *rest in rows:
                written = _letter(topic, group, entry, *rest)
                words += (topic, group, entry, written.turn or "", written.encoded())
                log.info("letter.filed", letter=written.id, stage=written.stage, entry=text(entry))
            filed += int(await fcall(self._redis, "file", *words))
        return filed


def _letter(  # noqa: PLR0917 - a row as the server function answers it
    topic: bytes, group: bytes, entry: bytes, known: bytes, data: bytes, size: int, sig: bytes,
    was: bytes,
) -> DeadLetter:  # fmt: skip
    origin = Origin(
        stage=text(group),
        topic=text(topic),
        entry=text(entry),
        data=data,
        size=size,
        signature=sig.decode("ascii", "replace"),
        history=formers(was),
    )
    report, attempts = _why(known)
    return letter(origin, report, attempts)


def _why(known: bytes) -> tuple[Report, list[Attempt]]:
    """Return what the stage said, which is only words, as far as it can be read."""
    try:
        said: Any = orjson.loads(known)
        attempts = [Attempt.model_validate(one) for one in said.get("f") or ()]
        return Report.model_validate_json(said.get("why", "")), attempts
    except (ValueError, ValidationError, TypeError, AttributeError):
        text = "Its stage gave it up and said nothing that could be read."
        return Report(code="unreadable", error="Unreadable", text=text), []
