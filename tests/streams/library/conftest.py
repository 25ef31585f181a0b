"""What the tests of the server functions share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stand import Stand
from tests.streams.library.desk import Desk


@pytest.fixture
async def desk(stand: Stand) -> Any:
    async with Desk(stand.servers) as found:
        await found.open()
        yield found
