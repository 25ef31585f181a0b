"""A web door for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.door import running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a web door, who is nobody."""
    async with running() as found:
        yield found
