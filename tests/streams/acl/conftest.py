"""What the tests of the rights share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from streams import functions
from streams.allowances import TOPICS
from tests.redis_server import RedisPair, private_redis
from tests.streams.acl.roles import GROUPS, client, run


@pytest.fixture(scope="module")
def servers() -> Iterator[RedisPair]:
    with private_redis() as pair:
        with Redis.from_url(pair.durable_url("boot")) as boot:
            boot.function_load(functions.source(), replace=True)
        with Redis.from_url(pair.durable_url("core")) as core:
            for topic in TOPICS:
                core.xgroup_create(
                    f"nexus:{topic}", GROUPS.get(topic, "desk"), id="0", mkstream=True
                )
            core.rpush("nexus:turn:t", "a secret")
        yield pair


@pytest.fixture
def asked(servers: RedisPair) -> str:
    """A call that waits for a person, with the cards of three places; its approval's id."""
    with client(servers, "durable", "core") as core:
        core.zadd("nexus:turns", {"t7": 1})
        core.sadd("nexus:turn:t7 open", "c1")
        entry = core.xadd("nexus:tool", {"data": "{}"})
        core.xreadgroup("tool", "me", {"nexus:tool": ">"})
        places = [w for p in ("home:web", "home:terminal", "away:wire") for w in (p, f"t-{p}", p)]
        asking = f"a{entry}"
        bounds = (60_000, 5, 20, 6)
        item = (entry, "0", "t7", f"s{entry}", 0, 0, "c1", asking, *bounds, "ORANGE", "asked")
        words = (*item, '{"approval": 1}', '{"state": "pending"}', 1, "owner", 3, *places)
        redis = client(servers, "durable", "stage-tool")
        call = ("tool", "tool", "me", f"ask-{entry}", 1, *words)
        found: Any = run(redis, "FCALL", "ask", 1, "nexus:tool", *call)
        assert found[0].startswith("ASKED"), found
        core.delete("nexus:turn:t7 calls")
    return asking
