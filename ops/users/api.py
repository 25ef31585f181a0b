"""The web door's side of the accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ops.slice import House
from web.app import Endpoint
from web.auth import Caller, Unauthorized


class Users:
    """Knows who is who; until somebody is registered, nobody.

    Args:
        house: what every slice is handed.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """What it adds to the web door."""
        return ()

    async def by_cookie(self, token: str) -> tuple[Caller, str]:
        """Return who has this access cookie."""
        raise Unauthorized("Sign in first.")

    async def by_key(self, key: str) -> Caller:
        """Return whose key this is."""
        raise Unauthorized("This key is not known.")

    @contextmanager
    def watched(self, login: str) -> Iterator[asyncio.Event]:
        """Return an event that is set once a login has ended."""
        yield asyncio.Event()

    async def close(self) -> None:
        """Nothing is open."""
