"""A few words of the Redis protocol without a client library: for a lean process that waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

Reply = str | int | list["Reply"] | None
"""What Redis answers: text, a number, a list of answers, or nothing."""


class Said(Exception):
    """Redis answered with an error; the text is its own."""


def encode(*words: str | bytes) -> bytes:
    """Return one command as Redis reads it."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word.encode() if isinstance(word, str) else word
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


async def _read(reader: asyncio.StreamReader) -> Reply:
    line = (await reader.readuntil(b"\r\n"))[:-2]
    kind, rest = line[:1], line[1:].decode(errors="replace")
    if kind == b"+":
        return rest
    if kind == b"-":
        raise Said(rest)
    if kind == b":":
        return int(rest)
    size = int(rest)
    if size < 0:
        return None
    if kind == b"$":
        return (await reader.readexactly(size + 2))[:-2].decode(errors="replace")
    return [await _read(reader) for _ in range(size)]


async def _open(place: Path | str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, colon, port = str(place).rpartition(":")
    if str(place).startswith("/") or not colon:
        return await asyncio.open_unix_connection(str(place))
    return await asyncio.open_connection(host, int(port))


async def ask(
    place: Path | str, role: str, password: str, *words: str | bytes, seconds: float = 2.0
) -> Reply:
    """Open a connection, log in, send one command, return its answer.

    Args:
        place: the server's unix socket, or its host:port.
        role: the Redis user.
        password: its password.
        *words: the command.
        seconds: how long all of it may take.

    Raises:
        OSError: nobody listens there, or the connection broke.
        TimeoutError: it took too long.
        Said: Redis refused.
    """
    async with asyncio.timeout(seconds):
        reader, writer = await _open(place)
        try:
            writer.write(encode("AUTH", role, password) + encode(*words))
            await _read(reader)
            return await _read(reader)
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("Redis closed the connection") from error
        finally:
            writer.close()
