"""The HTTP listener: health, readiness, metrics."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schemas.errors import Refused
from streams.runtime import Runtime


def app(runtime: Runtime, notes: Sequence[str]) -> Starlette:
    """Return the application.

    Args:
        runtime: whose health it tells.
        notes: what an owner must know although it works, one sentence each.
    """

    async def healthz(_: Request) -> Response:
        return JSONResponse({"ok": True, "notes": list(notes)})

    async def readyz(_: Request) -> Response:
        stages = {health.stage: health.reading for health in runtime.health()}
        body = {"ready": runtime.ready, "stages": stages, "notes": list(notes)}
        return JSONResponse(body, status_code=200 if runtime.ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ]
    )


class Listener:
    """Runs the application beside the pipeline, in its loop.

    Args:
        host: the address to listen on.
        port: its port.
        runtime: whose health it tells.
        notes: what an owner must know.
    """

    def __init__(self, host: str, port: int, runtime: Runtime, notes: Sequence[str]) -> None:
        self._host, self._port = host, port
        self._server = _Server(
            uvicorn.Config(
                app(runtime, notes),
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            Refused: the port is taken.
        """
        try:
            door = socket.create_server((self._host, self._port))
        except OSError as error:
            raise Refused(
                f"Nothing can listen on {self._host}:{self._port} ({error.strerror}); choose "
                "another port with --port, or set http.port."
            ) from None
        self._task = asyncio.create_task(self._server.serve(sockets=[door]))
        # uvicorn says in a flag alone that it serves; the socket takes connections already.

    async def stop(self) -> None:
        """Stop listening; connections get a moment to end."""
        self._server.end()
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, for the process has one way to end, and quieter."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to the worker."""
        yield

    async def main_loop(self) -> None:
        """Renew the Date header once a second; uvicorn's own loop wakes ten times for that."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._ending.wait()

    def end(self) -> None:
        """End now."""
        self.should_exit = True
        self._ending.set()
