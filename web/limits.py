"""Slows down whoever guesses: per account and per address, on the live Redis."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import time
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from schemas.errors import TooMuch, Transient

PREFIX = "nexus:limits"
SECONDS = 5.0
"""How long the live Redis may take to answer."""

ACCOUNT = ("5/1 minute", "12/15 minute", "30/1 hour")
"""Tries for one name, from browsers that never signed in with it. Each window is over in an hour
at most, so nobody is locked out for good, and a browser that is known has windows of its own."""
ADDRESS = ("20/1 minute", "100/1 hour")
"""Tries from one address, for whichever names."""
DEVICE = ("10/1 minute", "60/1 hour")
"""Tries from a browser that signed in with this name before."""


class LimitsAway(Transient):
    """Nobody can count tries at the moment, so none is let through."""

    code = "limits_away"


class Brakes:
    """Counts tries, and says when the next one may come.

    Args:
        url: the live Redis as the role `web-limits`.
    """

    def __init__(self, url: str) -> None:
        storage = RedisStorage(
            f"async+{url.replace('unix://', 'redis+unix://', 1)}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=PREFIX,
        )
        self._storage = storage
        self._limiter = FixedWindowRateLimiter(storage)
        self._account, self._address, self._device = (
            tuple(map(parse, windows)) for windows in (ACCOUNT, ADDRESS, DEVICE)
        )

    async def attempt(self, name: str, address: str, device: str = "") -> None:
        """Count one try, before it is known whether it succeeds.

        Args:
            name: who it is for; empty where it is for nobody in particular.
            address: where it comes from, as our own proxies vouch for it.
            device: the id of a browser that is known to this account; it is not held up by what
                others try.

        Raises:
            TooMuch: it comes too early; the error says when there is room again.
            LimitsAway: nobody can count.
        """
        try:
            async with asyncio.timeout(SECONDS):
                if device:
                    await self._hit(self._device, "device", device)
                    return
                await self._hit(self._address, "address", block(address))
                if name:
                    await self._hit(self._account, "account", name)
        except (StorageError, TimeoutError):
            raise LimitsAway("Signing in is not possible just now; try again soon.") from None

    async def forgive(self, name: str, device: str = "") -> None:
        """Forget the tries of an account: its own person was here."""
        try:
            async with asyncio.timeout(SECONDS):
                for item in self._account:
                    await self._limiter.clear(item, "account", _hidden(name))
                for item in self._device if device else ():
                    await self._limiter.clear(item, "device", _hidden(device))
        except (StorageError, TimeoutError):
            return  # the windows end by themselves

    async def _hit(self, windows: tuple[RateLimitItem, ...], kind: str, whose: str) -> None:
        full = [w for w in windows if not await self._limiter.hit(w, kind, _hidden(whose))]
        if full:
            stats = [
                await self._limiter.get_window_stats(one, kind, _hidden(whose)) for one in full
            ]
            wait = max(1.0, max(one.reset_time for one in stats) - time.time())
            raise TooMuch("Too many tries; wait before the next one.", retry_after=wait)

    async def close(self) -> None:
        """Close the connection."""
        bridge: Any = self._storage.bridge
        await bridge.storage.aclose()


def block(address: str) -> str:
    """Return what counts as one address: of IPv6 the network that one household has (/64)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _hidden(whose: str) -> str:
    # Any text may be tried as a name; a key of Redis has one form.
    return hashlib.sha256(whose.encode("utf-8", "surrogatepass")).hexdigest()[:32]
