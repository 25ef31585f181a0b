"""What the tests of approvals share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.processors.asking import House
from tests.stand import Stand


@pytest.fixture
async def house(stand: Stand) -> AsyncIterator[House]:
    found = House(stand)
    async with found.running():
        yield found
