"""An alarm by the wall clock: it rings at its time, also if the clock is put forward to it.

A sleep of so many seconds would be right only for as long as nobody sets the clock and the machine
is not suspended. Linux keeps timers by the wall clock, and says when it was set (timerfd_create(2),
TFD_TIMER_CANCEL_ON_SET).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import time

_libc = ctypes.CDLL(None, use_errno=True)
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
_ABSOLUTE, _CANCEL_ON_SET = 1, 2
_FAR = 1 << 31
"""Seconds since 1970 that every machine can tell: who waits for longer looks again then."""


class _Moment(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _Moment), ("value", _Moment))


class Alarm:
    """One alarm of the wall clock."""

    def now(self) -> int:
        """Return the wall clock in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    async def until(self, at: int | None) -> None:
        """Wait until a moment, or until somebody sets the clock.

        Args:
            at: milliseconds since 1970; None for no moment, which waits for the clock alone.

        Raises:
            OSError: the system has no such timers.
        """
        seconds, rest = divmod(max(1, _FAR * 1_000 if at is None else at), 1_000)
        timer = _Timer(_Moment(0, 0), _Moment(min(seconds, _FAR), rest * 1_000_000))
        number = _done(_libc.timerfd_create(time.CLOCK_REALTIME, _NONBLOCK | _CLOEXEC))
        try:
            flags = _ABSOLUTE | _CANCEL_ON_SET
            _done(_libc.timerfd_settime(number, flags, ctypes.byref(timer), None))
            await _readable(number)
        finally:
            os.close(number)


async def _readable(number: int) -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(number, rung.set)
    try:
        await rung.wait()
    finally:
        loop.remove_reader(number)


def _done(found: int) -> int:
    if found < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return found
