"""A web door for each test of the panel, and a provider's server behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops import current
from ops.panel import providers
from tests.ops.users.home import Home, running
from tests.stand import Stand

KEYS = ("GEMINI", "ANTHROPIC", "OPENAI")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "FRESH", 0.0)
    # Loading a provider's library takes its time where others work too.
    monkeypatch.setattr(providers, "SECONDS", 120.0)
    for name in KEYS:
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)
    monkeypatch.delenv("DEFAULT_MODEL", raising=False)


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door that nobody has set up yet."""
    async with running(stand, tmp_path) as found:
        yield found
