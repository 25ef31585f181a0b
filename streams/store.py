"""The connection to Redis, and the one way to call a server function."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import hiredis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import BusyLoadingError, RedisError, ResponseError
from redis.exceptions import ConnectionError as Unconnected
from redis.exceptions import TimeoutError as Unanswered

from streams.line import Away

TIMEOUT = 8.0
"""Seconds: a stalled server must not stall us for ever; a call is sent again with its token."""

AWAY = (RedisError, OSError)
"""What it looks like when Redis does not answer, or says no."""

CUT_OFF = (Unconnected, Unanswered)
"""What it looks like when the way to Redis is broken, and nothing that was asked is at fault."""

LOADING = BusyLoadingError
"""What it looks like when Redis is there, and reads its data from the disk."""

Argument = str | bytes | int


class Groupless(Unconnected):
    """The stage's group is gone; what asked goes on when it is made again."""


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Give what happens inside the usual time; beyond it Redis counts as away.

    Raises:
        redis.exceptions.TimeoutError: it took longer.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            yield
    except TimeoutError as error:
        raise Unanswered("Redis did not answer in time") from error


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Give what happens inside the usual time, for whoever knows nothing of Redis.

    Raises:
        Away: Redis does not answer.
    """
    try:
        async with in_time():
            yield
    except AWAY as error:
        raise Away(
            f"Redis does not answer: {error or type(error).__name__}", retry_after=2
        ) from None


def connect(url: str) -> Redis:
    """Return a client for `url`, credentials included; nothing is sent yet.

    redis-py's own socket timeout starts a task for each read and write, so time is kept once
    per call, by the callers.
    """
    return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=5)


def waiting_room(url: str, connections: int) -> Redis:
    """Return a client with few connections: whoever comes when all are in use waits for one.

    Args:
        url: credentials included.
        connections: how many at most.
    """
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=TIMEOUT, socket_timeout=None,
        socket_connect_timeout=5,
    )  # fmt: skip
    return Redis(connection_pool=pool)


def pairs(found: Any) -> list[tuple[bytes, Any]]:
    """Return what XREAD found, stream by stream, whichever protocol it was said in."""
    if isinstance(found, dict):
        return [(stream, entries[0] if entries else []) for stream, entries in found.items()]
    return [(stream, entries) for stream, entries in found or []]


async def fcall(redis: Redis, function: str, *arguments: Argument, key: str = "") -> Any:
    """Call a server function.

    Args:
        redis: the durable Redis.
        function: its name.
        *arguments: its arguments, as streams/library/ lists them.
        key: the stream it works on, where an access list should see it.

    Raises:
        redis.exceptions.RedisError, OSError: what the server or the way there said; a server
            that says nothing in time is one that cannot be reached.
    """
    named: tuple[Argument, ...] = (1, key) if key else (0,)
    (answer,) = await told(redis, [("FCALL", function, *named, *arguments)])
    return answer


async def told(redis: Redis, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
    """Send commands in one go and return their answers, as Redis gives them.

    redis-py packs each word in Python, which takes several times as long as all the rest. What else
    it does is done here too: a broken line is made again, and then all of it is sent again.

    Args:
        redis: whose connections to use.
        commands: the commands, word by word.

    Raises:
        redis.exceptions.RedisError, OSError: the line broke, or one of them was refused.
    """
    words: Sequence[Any] = commands  # its stub knows of one word only
    packed = b"".join(hiredis.pack_command(command) for command in words)
    pool = redis.connection_pool
    async with in_time():
        connection: Any = await pool.get_connection()  # type: ignore[no-untyped-call]

        async def ask() -> list[Any]:
            await connection.send_packed_command([packed], check_health=False)
            return [await _answer(connection) for _ in commands]

        async def again(_: Exception) -> None:
            await connection.disconnect()

        answers: list[Any] | None = None
        try:
            answers = await connection.retry.call_with_retry(ask, again)
        finally:
            if answers is None:
                # Replies may still be on their way; they must not be taken for others'.
                await connection.disconnect(nowait=True)
            await pool.release(connection)
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
    return answers


async def _answer(connection: Any) -> Any:
    """Return the next answer, a refusal too: those behind it are to be read all the same."""
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


class Wire:
    """One connection for one caller that makes one call at a time.

    It packs a call in C and skips the pool, which for a group commit of 64 results is most of
    the client's cost.

    Args:
        redis: whose server and credentials to use.
    """

    def __init__(self, redis: Redis) -> None:
        self._connection: Any = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]

    async def fcall(self, function: str, key: str, arguments: list[Argument]) -> Any:
        """Call a server function; see `fcall`."""
        call: Any = ("FCALL", function, 1, key, *arguments)
        packed = hiredis.pack_command(call)
        connection = self._connection
        try:
            async with asyncio.timeout(TIMEOUT):
                if not connection.is_connected:
                    await connection.connect()
                await connection.send_packed_command([packed], check_health=False)
                return await connection.read_response()
        except (OSError, asyncio.CancelledError):
            # A reply may still be on its way; it must not be taken for the next call's.
            await connection.disconnect(nowait=True)
            raise

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.disconnect(nowait=True)


def text(answer: bytes | str) -> str:
    """Return an answer of the server as text."""
    return answer.decode() if isinstance(answer, bytes) else answer
