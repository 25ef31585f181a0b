"""The benchmark of a call runs, and a ping stays small beside sixty tools."""

from __future__ import annotations

import uvloop

from bench import tools
from bench.private import durable_redis
from processors.agent.sizes import tokens_of_tool


def test_a_call_is_measured_beside_its_floor() -> None:
    with durable_redis(live=True) as urls:
        found = uvloop.run(tools.run(urls, calls=10, rounds=1))
    assert {"call_ms", "floor_ms", "ratio", "ping_prompt_tokens", "tools"} <= set(found)
    assert found["call_ms"] > 0
    assert found["floor_ms"] > 0


def test_a_ping_does_not_carry_sixty_tools() -> None:
    registry = tools.registry()
    assert len(registry.specs("full")) == tools.TOOLS
    assert tools.ping(registry) <= 2_000
    assert sum(map(tokens_of_tool, registry.specs("full"))) > 4_000
