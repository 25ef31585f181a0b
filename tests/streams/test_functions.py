"""The library itself: its version, its list, its memory, and what a kill leaves of it."""

from __future__ import annotations

import pytest
from redis.exceptions import ResponseError

from streams import functions
from streams.functions import WrongLibrary
from streams.store import fcall
from tests.redis_server import TESTER, private_redis
from tests.stand import Stand, soon
from tests.streams.library.desk import (
    THINK,
    Desk,
    accept,
    beat,
    bury,
    command,
    finish,
    hop,
)


async def test_without_memory_only_new_work_is_refused() -> None:
    with private_redis(live=False, tester=True, maxmemory_mb=16) as servers:
        async with Desk(servers) as desk:
            await functions.load(desk.tester)
            await desk.open()
            thought = [await desk.held("think") for _ in range(2)]
            entry = await desk.begin()
            await desk.tester.set("ballast", "x" * (1 << 20))
            await desk.tester.config_set("maxmemory", 1 << 20)
            with pytest.raises(ResponseError, match="maxmemory"):
                await fcall(desk.redis, "accept", *accept("k", "i"))
            assert await fcall(desk.redis, "command", *command("stop")) == [b"OK", b"stop"]
            assert await desk.commit("hop", "route", hop(entry, "t", sent=THINK)) == ["OK 1"]
            assert await beat(desk, "think", (thought[0], 0, "")) == ["OK"]
            assert await desk.commit("bury", "think", bury(thought[0], "")) == ["OK 0"]
            assert await desk.release("think", "a") == (1, 0)
            assert len(await desk.reclaim("think")) == 1
            assert await fcall(desk.redis, "trim", "think", "route") is not None
            await desk.tester.config_set("maxmemory", 64 << 20)
            assert (await fcall(desk.redis, "accept", *accept("k", "i")))[0] == b"OK"


async def test_what_the_functions_did_survives_a_kill() -> None:
    with private_redis(live=False, tester=True) as servers:
        async with Desk(servers) as desk:
            await functions.load(desk.tester)
            await desk.open()
            entry = await desk.begin()
            await desk.commit("hop", "route", hop(entry, "t", facts=("f",), sent=THINK))
            left = await desk.held("respond")
            for n in range(2):
                await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", room=2))
            servers.durable.kill()
            servers.durable.start()
            await soon(desk.tester.ping)
            assert await desk.entries("think") == [{"data": "go on", "n": "2"}]
            assert await desk.record() == ["asked t", "f"]
            assert await desk.pending("respond", "respond", "a") == [left]
            assert await desk.commit("finish", "respond", finish(left)) == ["OK 3"]
            assert (await fcall(desk.redis, "accept", *accept("x", "x", room=2)))[0] == b"BUSY"


async def test_the_functions_of_another_version_are_refused() -> None:
    with private_redis(live=False, tester=True) as servers:
        async with Stand(servers) as stand:
            with pytest.raises(WrongLibrary, match="has no functions of LivOS"):
                await functions.check(stand.redis)
            other = functions.source().replace(functions.version(), "0" * 16)
            await stand.tester.function_load(other)
            with pytest.raises(WrongLibrary, match="another version"):
                await functions.check(stand.redis)
            await functions.load(stand.tester)
            await functions.check(stand.redis)


async def test_every_function_is_listed() -> None:
    listed = {name for name in functions.NAMES if f"'{name}'" in functions.source()}
    assert listed == set(functions.NAMES)
    assert TESTER not in functions.NAMES
