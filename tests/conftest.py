"""Fixtures for all tests: private Redis servers, empty at each test's start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from redis import Redis

from streams import functions
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


@pytest.fixture
async def stand(servers: RedisPair) -> AsyncIterator[Stand]:
    """Empty servers, and what a test needs to work with them."""
    for url in (servers.durable_url(TESTER), servers.live_url(TESTER)):
        with Redis.from_url(url) as tester:
            tester.flushall()
    async with Stand(servers) as found:
        yield found
