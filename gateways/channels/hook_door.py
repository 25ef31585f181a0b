"""The way of a webhook from the web process to the process of the messengers, by a unix socket.

The web process hands on bytes and knows no secret of the vendor's. Whether they are signed, and by
whom what they say is taken in, is decided where the channel's own key and Redis user are.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

LARGEST = 1 << 20
"""Bytes of one webhook."""
SECONDS = 20.0
"""Within which it is taken in, or said that it was not."""
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Knock:
    """What came to the web door.

    Attributes:
        size: bytes of the body that follows.
        signature: the header by which the vendor shows that it is the vendor.
        token: the word by which the vendor sets the webhook up; then the body is empty.
        challenge: what it wants to hear back.
    """

    size: int = 0
    signature: str = ""
    token: str = ""
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the vendor is answered.

    Attributes:
        status: the HTTP status.
        text: the body.
    """

    status: int
    text: str = ""


Serve = Callable[[Knock, bytes], Awaitable[Answered]]


def path(sockets: Path, name: str) -> Path:
    """Where the door of a channel is."""
    return sockets / f"{name}.sock"


async def knock(sockets: Path, name: str, said: Knock, body: bytes = b"") -> Answered:
    """Hand on what came; 503 where nobody takes it now, for then the vendor sends it again.

    Args:
        sockets: the private folder.
        name: the channel's.
        said: what came beside the body.
        body: the body.
    """
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_unix_connection(path(sockets, name))
            try:
                writer.write(json.dumps(asdict(said)).encode() + b"\n" + body)
                await writer.drain()
                return Answered(**json.loads(await reader.readline()))
            finally:
                writer.close()
    except (OSError, ValueError, TypeError, TimeoutError):
        return Answered(503)


async def opened(sockets: Path, name: str, serve: Serve) -> asyncio.Server:
    """Open a channel's door; whoever may open the folder may knock, and nobody else."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                said = Knock(**json.loads(await reader.readline()))
                if not 0 <= said.size <= LARGEST:
                    return
                found = await serve(said, await reader.readexactly(said.size))
                writer.write(json.dumps(asdict(found)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, TypeError, TimeoutError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    with suppress(FileNotFoundError):
        path(sockets, name).unlink()
    return await asyncio.start_unix_server(answer, path(sockets, name))


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing; an empty one is none."""
    return bool(other) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
