"""The connection to Redis, and the one way to call a server function."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

TIMEOUT = 8.0
"""Seconds: a stalled server must not stall us for ever; a call is sent again with its token."""


def connect(url: str) -> Redis:
    """Return a client for `url`, credentials included; nothing is sent yet."""
    return Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=5)


async def fcall(redis: Redis, function: str, *arguments: str | bytes | int, key: str = "") -> Any:
    """Call a server function.

    Args:
        redis: the durable Redis.
        function: its name.
        *arguments: its arguments, as functions.lua lists them.
        key: the stream it works on, where an access list should see it.

    Raises:
        redis.exceptions.RedisError: what the server or the way there said.
    """
    named = (1, key) if key else (0,)
    return await redis.execute_command("FCALL", function, *named, *arguments)  # type: ignore[no-untyped-call]


def text(answer: bytes | str) -> str:
    """Return an answer of the server as text."""
    return answer.decode() if isinstance(answer, bytes) else answer
