"""What people said in a chat to others: context for whoever calls the server there next.

Nothing is kept of a chat in which nobody called it lately. What is kept is bounded in number, size
and time; it stands in the durable Redis, so it is still there after a restart.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import ValidationError
from redis.asyncio import Redis

from schemas.base import now_ms
from schemas.chat import Remark
from streams import keys
from streams.store import answering, text, told

MOST = 50
"""Remarks of one chat; the next one lets the oldest go."""
KEPT_SECONDS = 86_400
"""What was said longer ago is no context any more."""
OPEN_SECONDS = 7 * 86_400
"""So long after a call what is said in its chat is kept."""
LONGEST_NAME, LONGEST = 64, 500
"""Characters; of what is longer, the beginning is kept."""


class Remarks:
    """What was said lately, chat by chat.

    Args:
        redis: the durable Redis, in the role of the messengers.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._last = 0

    async def caller(self, channel: str, chat: str) -> str | None:
        """Return the id of who called the server there last; None where nobody did lately.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            found = await self._redis.get(keys.remarks(channel, chat) + keys.CALLER)
        return None if found is None else text(found)

    async def keep(self, channel: str, chat: str, name: str, remark: Remark) -> None:
        """Keep what was said; the same again is the same one.

        Args:
            channel: where.
            chat: in which chat.
            name: the channel's own id of it.
            remark: what was said.

        Raises:
            Away: Redis does not answer.
        """
        key, now = keys.remarks(channel, chat), now_ms()
        # Of two in one millisecond the later one stands behind the other.
        self._last = max(now, self._last + 1)
        written = orjson.dumps([name, remark.name, remark.text])
        async with answering():
            await told(
                self._redis,
                [
                    ("ZADD", key, "NX", self._last, written),
                    ("ZREMRANGEBYRANK", key, 0, -MOST - 1),
                    ("ZREMRANGEBYSCORE", key, "-inf", now - KEPT_SECONDS * 1_000),
                    ("EXPIRE", key, KEPT_SECONDS),
                ],
            )

    async def called(self, channel: str, chat: str, who: str) -> tuple[Remark, ...]:
        """Note that somebody known calls the server; return what was said there, oldest first.

        Raises:
            Away: Redis does not answer.
        """
        key, since = keys.remarks(channel, chat), now_ms() - KEPT_SECONDS * 1_000
        async with answering():
            _, found = await told(
                self._redis,
                [
                    ("SET", key + keys.CALLER, who, "EX", OPEN_SECONDS),
                    ("ZRANGE", key, since, "+inf", "BYSCORE"),
                ],
            )
        remarks = (_read(one) for one in found[-MOST:])
        return tuple(one for one in remarks if one is not None)

    async def forget(self, channel: str, chat: str) -> None:
        """Let go of all that is known of a chat.

        Raises:
            Away: Redis does not answer.
        """
        key = keys.remarks(channel, chat)
        async with answering():
            await self._redis.delete(key, key + keys.CALLER)


def remark(name: str, said: str) -> Remark | None:
    """Return what somebody said as it is kept, in one line; None where that is nothing."""
    line = _line(said)[:LONGEST]
    return Remark(name=_line(name)[:LONGEST_NAME] or "somebody", text=line) if line else None


def _line(words: str) -> str:
    # Halves of signs are nobody's; what steers a screen or turns a line around is left out.
    whole = words[: 8 * LONGEST].encode("utf-8", "replace").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in whole).split())


def _read(found: bytes) -> Remark | None:
    try:
        said: Any = orjson.loads(found)
        return Remark(name=said[1], text=said[2])
    except (orjson.JSONDecodeError, ValidationError, LookupError, TypeError):
        return None
