"""The floor of the web: what one writes by hand, in a process: `python -m bench.byhand PORT URL`.

A POST that is validated and added to a Redis stream, a reader of that stream, and server-sent
events to everybody who listens. No session, no login, no model, no record, no order, no recovery;
the reader writes to the sockets itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
import uvloop
from pydantic import BaseModel
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

STREAM = "floor:events"


class Note(BaseModel):
    """What is sent."""

    text: str
    session: str | None = None


def app(url: str) -> Starlette:
    """Return the application."""
    redis: Redis = Redis.from_url(url)
    listeners: set[asyncio.Queue[bytes]] = set()

    async def say(request: Request) -> Response:
        note = Note.model_validate_json(await request.body())
        entry: Any = await redis.xadd(STREAM, {"data": note.model_dump_json()})
        return JSONResponse({"turn": entry.decode(), "session": "s"}, 202)

    async def stream(_: Request) -> Response:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        listeners.add(queue)

        async def body() -> AsyncIterator[bytes]:
            yield b"event: snapshot\ndata: {}\n\n"
            try:
                while True:
                    yield await queue.get()
            finally:
                listeners.discard(queue)

        return StreamingResponse(body(), media_type="text/event-stream")

    async def read() -> None:
        last = "$"
        while True:
            found: Any = await redis.xread({STREAM: last}, block=4_000)
            pairs = found.values() if isinstance(found, dict) else [rows for _, rows in found or []]
            for rows in pairs:
                for entry, fields in rows[0] if isinstance(found, dict) else rows:
                    last = entry
                    data = fields.get(b"e") or b'{"turn": "%s"}' % entry
                    frame = b"id: %s\nevent: token\ndata: %s\n\n" % (entry, data)
                    for queue in listeners:
                        queue.put_nowait(frame)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(read())
        yield
        task.cancel()

    return Starlette(
        routes=[
            Route("/api/chat", say, methods=["POST"]),
            Route("/api/chat/{session}/stream", stream),
        ],
        lifespan=lifespan,
    )


def main(port: int, url: str) -> None:
    """Serve until killed."""
    config = uvicorn.Config(
        app(url), port=port, log_config=None, access_log=False, http="httptools"
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
