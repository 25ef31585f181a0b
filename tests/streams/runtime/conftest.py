"""What the tests of the runtime share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.redis_server import RedisPair, private_redis
from tests.stand import Stand
from tests.streams.runtime.scene import STAGES, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def running(stand: Stand, world: World) -> AsyncIterator[Any]:
    async with stand.running(*STAGES, resources={World: world}) as runtime:
        yield runtime


@pytest.fixture
def fragile() -> Iterator[RedisPair]:
    """Servers of our own, to be killed."""
    with private_redis(tester=True) as pair:
        yield pair
