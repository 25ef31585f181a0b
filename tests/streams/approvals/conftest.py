"""What the tests of approvals share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.stand import Stand
from tests.streams.approvals.room import Room


@pytest.fixture
async def room(stand: Stand) -> AsyncIterator[Room]:
    async with Room(stand.servers) as found:
        await found.open()
        yield found
