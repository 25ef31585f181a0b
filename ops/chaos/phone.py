"""The owner's phone in a run of chaos: an authenticator app, and the codes for when it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyotp

from ops.chaos.visitor import OWNER, Visitor

STEP = 30
"""Seconds for which an app shows one code (RFC 6238)."""


class Phone:
    """Shows codes, each of which counts once.

    Args:
        secret: what the app was given.
        recovery: the codes for when it is lost.
        used: the step whose code was used last.
        clock: tells seconds since 1970.
    """

    def __init__(
        self,
        secret: str,
        recovery: tuple[str, ...],
        used: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = pyotp.TOTP(secret)
        self._clock = clock
        self._recovery = list(recovery)
        self._used = used

    def code(self) -> str | None:
        """Return a code that was not shown before; None when there is none now."""
        now = int(self._clock()) // STEP
        # The server takes the code before and the one after too, for clocks differ.
        step = max(self._used + 1, now - 1)
        if step <= now + 1:
            self._used = step
            return str(self._app.generate_otp(step))
        return self._recovery.pop() if self._recovery else None


async def set_up(visitor: Visitor) -> Phone:
    """Give the owner, who is signed in here, an authenticator app.

    Raises:
        Refused: the door said no.
        OSError: there is no door.
    """
    offer = await visitor.ask("POST", "/api/auth/totp", {"password": OWNER["password"]})
    step = int(time.time()) // STEP
    code = pyotp.TOTP(offer["secret"]).generate_otp(step)
    made = await visitor.ask("POST", "/api/auth/totp/confirm", {"code": code})
    return Phone(offer["secret"], tuple(made["recovery"]), step)
