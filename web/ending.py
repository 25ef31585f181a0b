"""Waits for the end of one turn, for requests that are answered as a whole."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from schemas.web import Turn
from web.aloud import Aloud
from web.outlet import Outlet
from web.sse import gone


async def ended(
    request: Request, outlet: Outlet, name: str, seconds: float | None = None
) -> Turn | None:
    """Return a turn once it is over; None when the client has gone before, or time is over.

    Args:
        request: whose client waits.
        outlet: where the events of the conversation come in.
        name: the turn.
        seconds: how long to wait; for ever unless given.
    """
    ending = asyncio.ensure_future(_over(outlet, name))
    leaving = asyncio.ensure_future(gone(request.receive))
    try:
        await asyncio.wait((ending, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return ending.result() if ending.done() else None
    finally:
        for task in (ending, leaving):
            task.cancel()
        await asyncio.wait((ending, leaving))


async def _over(outlet: Outlet, name: str) -> Turn:
    aloud = Aloud(name)
    while aloud.over is None:
        for frame in await outlet.take():
            aloud.see(frame)
    return aloud.over
