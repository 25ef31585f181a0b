"""The watchdog: finds a process that lives and does nothing: its loop is blocked, or it is stopped.

Nobody sees such a process die. Its entries go to others after a lease; but it would stay, and what
blocked it would never be counted.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from streams.blackbox import WATCHED, beats


async def until_hung(boxes: Path, pid: int, patience: float) -> None:
    """Return when a process that has shown that it lives does so no more.

    Only time in which this was looked at counts: while the whole machine was suspended, or this
    process itself stood still, nobody can say who was silent.

    Args:
        boxes: the folder of the black boxes.
        pid: whom to watch; without a black box, as on a full disk, it is never found to hang.
        patience: seconds of silence.
    """
    pause = patience / WATCHED
    silent, last, looked = 0.0, 0, time.monotonic()
    while silent < patience:
        await asyncio.sleep(pause)
        now, found = time.monotonic(), beats(boxes, pid)
        silent = silent + min(now - looked, 2 * pause) if found and found == last else 0.0
        last, looked = found, now
