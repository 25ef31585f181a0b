"""A Redis of the owner's: waited for while it loads, and named when nobody is there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ops.cli.screen import say

if TYPE_CHECKING:
    from ops.settings import Settings
    from streams.line import Line

PATIENCE = 3.0
"""Seconds in which a server that was just started takes connections."""


def answer(here: Settings) -> None:
    """Wait until the servers answer that the owner named, and show what is waited for.

    One that loads its data is waited for as long as it takes; one that is not there, for
    `PATIENCE` seconds.

    Raises:
        NotRunning: nobody answers; the sentence says where, and what to do.
    """
    import asyncio

    for variable, address in (
        ("REDIS_URL", here.redis_url),
        ("REDIS_LIVE_URL", here.redis_live_url),
    ):
        if address is not None:
            asyncio.run(_answers(variable, address.get_secret_value()))


async def _answers(variable: str, address: str) -> None:
    import asyncio

    from ops.cli.place import NotRunning
    from streams.line import Away, Line, Loading
    from streams.wire import Said

    line = Line(address)
    until = time.monotonic() + PATIENCE
    shown = ""
    try:
        while True:
            try:
                await line.say("PING")
            except Loading:
                now = f"Waiting for your Redis at {line.place}: it loads its data{await _far(line)}"
            except Away as away:
                if time.monotonic() > until:
                    raise NotRunning(
                        f"{away} Start it, or unset {variable} and LivOS runs its own."
                    ) from None
                now = f"Waiting for your Redis at {line.place} ({variable}): nobody answers yet."
            except Said:
                return  # it is there; what else it says is asked about at the start
            else:
                return
            if now != shown:
                say(f"  ..  {now}")
            shown = now
            await asyncio.sleep(0.25)
    finally:
        await line.close()


async def _far(line: Line) -> str:
    """Return the end of the sentence: how far it is, if it says so."""
    from streams.line import Away
    from streams.wire import Said

    try:
        told = str(await line.say("INFO", "persistence"))
    except (Away, Said):
        return "."
    found = dict(row.split(":", 1) for row in told.splitlines() if ":" in row)
    done = found.get("loading_loaded_perc", "").partition(".")[0]
    return f", {done} %." if done else "."
