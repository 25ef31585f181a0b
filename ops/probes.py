"""Is a child ready: asked over its own door, never guessed from the time that went by."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ops.plan import Ready
from streams.wire import Said, ask


async def answers(ready: Ready) -> bool:
    """Ask once; whatever is not a plain yes is a no."""
    try:
        if ready.kind == "redis":
            password = _password(ready)
            return await ask(Path(ready.socket), ready.role, password, "PING") == "PONG"
        if ready.kind == "http":
            return await _get(ready.host, ready.port, ready.path)
    except (OSError, TimeoutError, Said):
        return False
    return True


def _password(ready: Ready) -> str:
    return Path(ready.password_file).read_text(encoding="utf-8").strip()


async def _get(host: str, port: int, path: str) -> bool:
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            status = await reader.readline()
            return status.split(b" ")[1:2] == [b"200"]
        finally:
            writer.close()


async def until_ready(ready: Ready) -> None:
    """Ask again and again until the answer is yes."""
    pause = 0.005
    while not await answers(ready):
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.05)
