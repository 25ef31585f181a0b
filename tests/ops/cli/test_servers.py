"""What `nexus status` counts, on a real server."""

from __future__ import annotations

from ops.cli.servers import topics
from schemas.chat import Answer, Think
from streams import keys
from streams.line import Line
from streams.stage import stage
from tests.redis_server import TESTER
from tests.stand import Stand


@stage()
async def think(asked: Think) -> Answer:
    raise AssertionError(asked)


async def test_a_shelf_is_no_reader(stand: Stand) -> None:
    await stand.groups(think)
    stream = keys.topic("think")
    line = Line(stand.servers.durable_url(TESTER))
    try:
        for shelf in keys.ASIDE:
            await stand.tester.xgroup_createconsumer(stream, "think", shelf)
        assert (await topics(line))["think"]["consumers"] == 0
        await stand.tester.xgroup_createconsumer(stream, "think", "here")
        assert (await topics(line))["think"]["consumers"] == 1
    finally:
        await line.close()
