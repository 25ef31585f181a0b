"""What the supervisor does when a child dies: its work is free at once.

It runs in the lean resident process, so it speaks to Redis with the few words of streams/wire.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from ops import secrets
from ops.control import tell
from ops.plan import Plan
from schemas.errors import Refused
from streams import blackbox, wire

SOLO = "solo"
"""The child that runs suspects alone; started when there are any."""
PATIENCE = 30.0
"""Seconds in which a Redis that died too may come back; then the lease frees what was held."""


async def after(plan: Plan, _name: str, pid: int, _status: int) -> None:
    """Give back what a dead child held, and have suspects run alone.

    Args:
        plan: what the supervisor runs.
        _name: the child's name.
        pid: its process number.
        _status: how it ended; a graceful end left nothing to give back.
    """
    for box in (plan.home / "boxes").glob("*.box"):
        found = blackbox.read(box)
        if found is None or found.pid != pid:
            continue
        suspects = await _release(plan, found)
        box.unlink(missing_ok=True)
        # Also when it was this very child that ended: a suspect may have come meanwhile.
        if suspects:
            await _run_alone(plan)


async def _run_alone(plan: Plan) -> None:
    """Have the server on this host run suspects alone, whoever of its processes brought them."""
    if any(child.name == SOLO for child in plan.children):
        await tell(plan.sockets, "start", SOLO)
    elif plan.beside is not None:
        with suppress(OSError, Refused):  # on a host of its own the server's is told by the lease
            await tell(plan.sockets, "start", SOLO)


async def _release(plan: Plan, found: blackbox.Found) -> int:
    words = blackbox.release_words(
        found.consumer, time.time_ns() // 1_000_000, found.pairs, found.started
    )
    if not plan.redis:
        return 0  # only TLS leads there, which this lean process does not speak: the lease frees it
    password = secrets.read(secrets.redis_file(plan.home, "supervisor"))
    until = time.monotonic() + PATIENCE
    while True:
        try:
            answer = await wire.ask(
                plan.redis, "supervisor", password, "FCALL", "release", "0", *words
            )
            break
        except (OSError, TimeoutError, wire.Said) as error:
            loads = not isinstance(error, wire.Said) or str(error).startswith("LOADING")
            if not loads or time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)
    if not isinstance(answer, list) or not isinstance(answer[1], int):
        raise Refused(f"Redis answered {answer!r} to a release.")
    return answer[1]
