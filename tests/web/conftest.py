"""A web door, or a whole server, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.stand import Stand
from tests.web.door import running
from tests.web.house import House, house


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a web door, who is nobody."""
    async with running() as found:
        yield found


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[House]:
    """A server whose model does what the question says."""
    async with house(stand, tmp_path) as found:
        yield found
