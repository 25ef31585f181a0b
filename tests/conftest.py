"""Fixtures for all tests: private Redis servers, empty at each test's start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from redis import Redis

from gateways.memory.engine import Engine
from streams import functions
from streams.embedded import find_engine
from tests.redis_server import TESTER, RedisPair, private_redis
from tests.stand import Stand

# Rendering a trace in colours takes longer than what the tests wait for.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a test can be made larger by."""
    parser.addoption(
        "--events",
        type=int,
        default=2_000,
        help="How many events tests/chaos/test_events.py tells.",
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[RedisPair]:
    """A durable and a live server of this test worker, with the functions loaded."""
    with private_redis(tester=True) as pair:
        with Redis.from_url(pair.durable_url("boot")) as boot:
            boot.function_load(functions.source(), replace=True)
        yield pair


@pytest.fixture(scope="session")
def searching() -> Iterator[RedisPair]:
    """A durable server with the query engine."""
    if not find_engine().can_search:
        pytest.skip("no query engine on this machine")
    with private_redis(live=False, search=True, tester=True) as pair:
        yield pair


@pytest.fixture
async def facts(searching: RedisPair) -> AsyncIterator[Engine]:
    """Where facts are kept; none yet."""
    with Redis.from_url(searching.durable_url(TESTER)) as tester:
        tester.flushall()
    engine = Engine(lambda: searching.durable_url("memory"))
    yield engine
    await engine.close()


@pytest.fixture
async def stand(servers: RedisPair) -> AsyncIterator[Stand]:
    """Empty servers, and what a test needs to work with them."""
    for url in (servers.durable_url(TESTER), servers.live_url(TESTER)):
        with Redis.from_url(url) as tester:
            tester.flushall()
    async with Stand(servers) as found:
        yield found
