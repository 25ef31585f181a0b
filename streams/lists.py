"""Reads lists of Redis, over one connection however many want one."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from streams.store import AWAY, in_time


class Lists:
    """Reads lists; those that are wanted during a round trip travel together in the next.

    A connection for each reader would stay in the pool, here and in Redis, for as long as the
    process lives.

    Args:
        redis: the durable Redis.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._wanted: dict[str, asyncio.Future[list[bytes]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, key: str) -> list[bytes]:
        """Return all of a list; nothing where there is none.

        Raises:
            redis.exceptions.RedisError, OSError: Redis does not answer, or it is no list.
        """
        wanted = self._wanted.get(key)
        if wanted is None:
            loop = asyncio.get_running_loop()
            wanted = self._wanted[key] = loop.create_future()
            if self._task is None or self._task.done():
                self._task = loop.create_task(self._read())
        # Others may wait for the same list: who is cancelled does not take it from them.
        return await asyncio.shield(wanted)

    async def _read(self) -> None:
        await asyncio.sleep(0)  # whoever runs now is still in time
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            for (_, future), found in zip(
                wanted.items(), await self._ask(list(wanted)), strict=True
            ):
                if future.done():
                    continue
                if isinstance(found, Exception):
                    # Nobody suffers for another's list, and nobody waits for ever.
                    future.set_exception(found)
                else:
                    future.set_result(found)

    async def _ask(self, keys: list[str]) -> list[list[bytes] | Exception]:
        try:
            async with in_time(), self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.lrange(key, 0, -1)
                found: list[list[bytes] | Exception] = await pipe.execute(raise_on_error=False)
        except AWAY as error:
            return [error] * len(keys)
        return found
