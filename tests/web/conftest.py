"""A server for each test of the web door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stand import Stand
from tests.web.house import House, house


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[House]:
    """A server whose model says the question again."""
    async with house(stand, tmp_path) as found:
        yield found
