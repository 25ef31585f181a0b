"""Each test gets its own state folder and its own Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.ops.journal.scene import Scene
from tests.redis_server import RedisPair, private_redis


@pytest.fixture
def servers() -> Iterator[RedisPair]:
    with private_redis(live=False) as pair:
        yield pair


@pytest.fixture
async def scene(servers: RedisPair, tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(servers, tmp_path)
    await made.boot()
    yield made
    await made.close()
