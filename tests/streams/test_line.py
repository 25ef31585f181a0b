"""One connection without a library: what is not there now, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from streams.line import Away, Line, Loading
from streams.wire import Said
from tests.stand import Stand

LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"


@asynccontextmanager
async def answering(place: Path, *answers: bytes) -> AsyncIterator[list[int]]:
    """Serve these answers, one a command, as Redis does on the wire; yield the connections made."""
    rest, came = list(answers), list[int]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(len(came))
        while await reader.read(1 << 16):
            writer.write(rest.pop(0))
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, place)
    try:
        yield came
    finally:
        server.close()


async def test_a_redis_that_reads_its_data_is_away(tmp_path: Path) -> None:
    place = tmp_path / "redis"
    line = Line(f"unix://{place}")
    async with answering(place, LOADING, b"+PONG\r\n") as came:
        with pytest.raises(Loading, match="still reads its data"):
            await line.say("PING")
        assert await line.say("PING") == "PONG"
        assert len(came) == 2, "nothing is left of a connection whose login may not have counted"
        await line.close()


async def test_one_whose_login_is_not_answered_logs_in_again(tmp_path: Path) -> None:
    place = tmp_path / "redis"
    line = Line(f"unix://terminal:secret@{place}")
    async with answering(place, LOADING, b"+OK\r\n", b"+PONG\r\n"):
        with pytest.raises(Away):
            await line.say("PING")
        assert await line.say("PING") == "PONG"
        await line.close()


async def test_nobody_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(Away, match="no such file"):
        await Line(f"unix://{tmp_path / 'nothing'}").say("PING")


async def test_what_redis_refuses_is_its_own_word(stand: Stand) -> None:
    line = Line(stand.servers.durable_url())
    with pytest.raises(Said, match="wrong number of arguments"):
        await line.say("GET")
    assert await line.say("PING") == "PONG"
    await line.close()
