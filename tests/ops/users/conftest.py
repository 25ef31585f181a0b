"""A web door for each test of the accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ops.users.home import Home, running
from tests.stand import Stand


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door that nobody has set up yet."""
    async with running(stand, tmp_path) as found:
        yield found
