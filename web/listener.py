"""The HTTP listener: uvicorn beside the pipeline, in its loop."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from schemas.errors import Refused

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from its first byte or the connection's beginning."""
HEAD_BYTES = 64 << 10
STOP_SECONDS = 3
"""How long answers under way get when the server stops."""
DEAF_SECONDS = 30
"""How long a client may take nothing of what was sent to it."""
SOCKET_BYTES = 1 << 20
"""The largest message a WebSocket takes."""
CONNECTIONS = 4_096
"""Beyond so many at once, requests are answered with 503."""


class Listener:
    """Runs the application beside the pipeline, in its loop.

    Args:
        host: the address to listen on.
        port: its port.
        app: what is served.
        ending: set when it stops: whoever answers for long ends then.
    """

    def __init__(self, host: str, port: int, app: ASGIApp, ending: asyncio.Event) -> None:
        self._host, self._port, self._ending = host, port, ending
        self._server = _Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=Patient,
                ws="web.bounded:Bounded",
                ws_max_size=SOCKET_BYTES,
                ws_per_message_deflate=False,
                log_config=None,
                access_log=False,
                lifespan="off",
                # Whom to believe about addresses is a setting of ours (`web.guard.Site`).
                proxy_headers=False,
                server_header=False,
                limit_concurrency=CONNECTIONS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            Refused: the port is taken.
        """
        try:
            door = socket.create_server((self._host, self._port), family=_family(self._host))
        except OSError as error:
            raise Refused(
                f"Nothing can listen on {self._host}:{self._port} ({error.strerror}); choose "
                "another port with --port, or set http.port."
            ) from None
        self._task = asyncio.create_task(self._server.serve(sockets=[door]))
        # The kernel ends a connection whose client takes nothing, also one that we closed already.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAF_SECONDS * 1000)
        _room()
        # uvicorn says in a flag alone that it serves; the socket takes connections already.

    async def stop(self) -> None:
        """Stop listening; connections get a moment to end."""
        self._ending.set()
        self._server.end()
        if self._task is not None:
            await self._task


def _room() -> None:
    """Have room for as many connections as the system lets us: each is an open file."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


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


class Patient(HttpToolsProtocol):
    """Waits for the head of a request, but not for ever and not for any number of bytes.

    uvicorn waits between two requests only; a client that sends a byte now and then, or nothing at
    all, would keep its connection for as long as it likes.
    """

    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._in_head:
            self._wait()
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True
        self._wait()

    def on_headers_complete(self) -> None:
        """A head is there."""
        self._forget()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is there; what comes next is the head of another."""
        super().on_message_complete()
        self._in_head = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._forget()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _forget(self) -> None:
        self._in_head, self._head = False, 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
