"""Server-sent events (WHATWG HTML, 9.2): frames go out as they come, a sign of life in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from web.frames import Frame
from web.outlet import Dropped, Outlet

log = structlog.get_logger("web")

PING_SECONDS = 10.0
"""After this silence a comment is sent: who waits in between must not give the line up."""
EVENTS = "text/event-stream"
RETRY = b"retry: 1000\n\n"
"""How many milliseconds a browser waits before it comes back."""
PING = b": ping\n\n"

Encode = Callable[[Sequence[Frame]], bytes]


def whole(frames: Sequence[Frame]) -> bytes:
    """Return frames as they are."""
    return frames[0].sse if len(frames) == 1 else b"".join([frame.sse for frame in frames])


class EventStream(Response):
    """An answer that goes on until the client, its login or the server ends.

    Args:
        outlet: where its frames come from.
        ended: is called at the end, whatever it was.
        encode: makes bytes of frames; nothing of those that this stream does not show.
        over: says after each frame that went out whether it was the last one.
        hello: what is sent first.
    """

    def __init__(
        self,
        outlet: Outlet,
        ended: Callable[[], None],
        encode: Encode = whole,
        over: Callable[[], bool] = lambda: False,
        hello: bytes = RETRY,
    ) -> None:
        super().__init__(
            headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
            media_type=EVENTS,
        )
        # The length of what goes on is not known.
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        self._outlet, self._ended, self._encode, self._over = outlet, ended, encode, over
        self._hello = hello

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until it ends."""
        pump = asyncio.ensure_future(self._pump(send))
        leaving = asyncio.ensure_future(gone(receive))
        leaving.add_done_callback(lambda _: pump.cancel())
        self._outlet.on_drop = pump.cancel
        try:
            await asyncio.wait((pump,))
        finally:
            self._ended()
            for task in (pump, leaving):
                task.cancel()
            await asyncio.wait((pump, leaving))
        if self._outlet.dropped:
            log.info("web.dropped", reason=str(Dropped()), path=scope["path"])
        elif not pump.cancelled():
            pump.result()

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if self._hello:
            await send(_body(self._hello))
        silence = _Silence(self._outlet.nudge)
        try:
            while not self._over():
                frames = await self._outlet.take()
                # What is not shown here is no sign of life.
                data = self._encode(frames) or (PING if silence.long else b"")
                if data:
                    silence.broken()
                    await send(_body(data))
        finally:
            silence.close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Silence:
    """Watches how long nothing was said, with one timer however often something is.

    Args:
        told: is called when it was `PING_SECONDS`.
    """

    def __init__(self, told: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._told = told
        self._since = self._loop.time()
        self._timer = self._loop.call_later(PING_SECONDS, self._look)

    @property
    def long(self) -> bool:
        """Whether something must be said."""
        return self._loop.time() - self._since >= PING_SECONDS

    def broken(self) -> None:
        """Something was said."""
        self._since = self._loop.time()

    def close(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def _look(self) -> None:
        rest = self._since + PING_SECONDS - self._loop.time()
        if rest <= 0:
            self._told()
        self._timer = self._loop.call_later(rest if rest > 0 else PING_SECONDS / 4, self._look)


def _body(data: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": True}


async def gone(receive: Callable[[], Awaitable[object]]) -> None:
    """Wait until the client has gone."""
    while True:
        message = await receive()
        if isinstance(message, dict) and message.get("type") == "http.disconnect":
            return
