"""What the supervisor does when a child dies: its work is free at once.

It runs in the lean resident process, so it speaks to Redis with the few words of streams/wire.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from secrets import token_hex

from ops import runstate, secrets
from ops.control import tell
from ops.plan import Death, Plan
from schemas.errors import Refused
from streams import blackbox, keys, wire
from streams.sign import Gateway

HOUSE = "house"
"""Its key signs what the server tells by itself."""
SOLO = "solo"
"""The child that runs suspects; started when there are any, or may soon be."""
STANDBY = 1.0
"""Seconds after which it is started though there are none yet, so that who died is back first."""
PATIENCE = 30.0
"""Seconds in which a Redis that died too may come back; then the lease frees what was held."""


async def after(plan: Plan, death: Death) -> None:
    """Give back what a dead child held, and have suspects run; tell of one that hung.

    What was running becomes a suspect with the next death. Then it need not wait for a start.

    Args:
        plan: what the supervisor runs.
        death: who died; a graceful end left nothing to give back.
    """
    for box in runstate.boxes(plan.home).glob("*.box"):
        found = blackbox.read(box)
        if found is None or found.pid != death.pid:
            continue
        suspects = await _release(plan, found) if found.pairs else 0
        box.unlink(missing_ok=True)
        if death.hung:
            data = _happened(death, found)
            told = ("data", data, "sig", _signed(plan, data), "n", "0")
            await _ask(plan, "XADD", keys.topic("events"), "*", *told)
        # Also when it was this very child that ended: a suspect may have come meanwhile.
        if found.started and not suspects:
            await asyncio.sleep(STANDBY)
        if found.started or suspects:
            await _run_suspects(plan)


async def _run_suspects(plan: Plan) -> None:
    """Have the server on this host run suspects, whoever of its processes brought them."""
    if any(child.name == SOLO for child in plan.children):
        await tell(plan.sockets, "start", SOLO)
    elif plan.beside is not None:
        with suppress(OSError, Refused):  # on a host of its own the server's is told by the lease
            await tell(plan.sockets, "start", SOLO)


async def _release(plan: Plan, found: blackbox.Found) -> int:
    words = blackbox.release_words(
        found.consumer, time.time_ns() // 1_000_000, found.pairs, found.started
    )
    answer = await _ask(plan, "FCALL", "release", "0", *words)
    if answer is None:
        return 0
    if not isinstance(answer, list) or not isinstance(answer[1], int):
        raise Refused(f"Redis answered {answer!r} to a release.")
    return answer[1]


async def _ask(plan: Plan, *words: str) -> wire.Reply:
    """Ask the durable Redis, also one that is just starting again."""
    if not plan.redis:
        return None  # only TLS leads there, which this lean process does not speak: the lease helps
    password = secrets.read(secrets.redis_file(plan.home, "supervisor"))
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await wire.ask(plan.redis, "supervisor", password, *words)
        except (OSError, TimeoutError, wire.Said) as error:
            loads = not isinstance(error, wire.Said) or str(error).startswith("LOADING")
            if not loads or time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)


def _happened(death: Death, found: blackbox.Found) -> str:
    """Return the event as schemas/desk.py has it, which this lean process does not load."""
    name = token_hex(13)
    running = [f"{topic} {entry}" for topic, entry in found.started[:100]]
    return json.dumps({
        "id": name, "trace": name, "session": "system", "person": "system", "channel": "system",
        "at": time.time_ns() // 1_000_000, "type": "process.hung",
        "data": {
            "process": death.name, "pid": death.pid, "consumer": found.consumer, "text": death.why,
            "running": running,
        },
    })  # fmt: skip


def _signed(plan: Plan, data: str) -> str:
    """Return the signature of the server's own voice, as streams/voice.py makes it."""
    key, *_ = secrets.gateway_keys(plan.home, HOUSE)
    return Gateway(HOUSE, key, frozenset()).sign(data.encode())
