"""One connection to Redis without a client library: for a program that must start at once.

Loading the client library takes longer than an answer; the command line has no use for most of it.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis

from schemas.errors import Transient
from streams.wire import Said

SECONDS = 8.0
"""How long an answer may take."""


class Away(Transient):
    """No Redis answers at the given address."""

    code = "redis_away"


class Loading(Away):
    """Redis is there, and still reads its data from the disk."""


class Line:
    """Sends one command at a time; connects when it is first used, and again after a break.

    Args:
        url: `unix://`, `redis://` or `rediss://`, credentials included.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._parser = hiredis.Reader()

    @property
    def place(self) -> str:
        """Where it leads, without credentials."""
        if self._url.scheme == "unix":
            return self._url.path
        return f"{self._url.hostname or 'localhost'}:{self._url.port or 6379}"

    async def say(self, *words: str | bytes | int, seconds: float = SECONDS) -> Any:
        """Send a command and return its answer; text is decoded.

        Args:
            *words: the command.
            seconds: how long the answer may take.

        Raises:
            Away: nobody answers, or the connection broke.
            Loading: Redis still reads its data.
            Said: Redis refused.
        """
        try:
            async with asyncio.timeout(seconds):
                if self._writer is None:
                    await self._connect()
                return await self._exchange(words)
        except (OSError, TimeoutError) as error:
            await self.close()
            late = isinstance(error, TimeoutError)
            why = "no answer in time" if late else _plain(error)
            raise Away(f"No Redis server answers at {self.place}: {why}.") from None
        except hiredis.ProtocolError:
            await self.close()
            raise Away(f"What answers at {self.place} is no Redis server.") from None
        except Away:
            # It may have been the login that was not answered.
            await self.close()
            raise
        except asyncio.CancelledError:
            # An answer may still be on its way; it must not be taken for the next one.
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _connect(self) -> None:
        self._parser = hiredis.Reader(encoding="utf-8", errors="replace")
        url = self._url
        if url.scheme == "unix":
            self._reader, self._writer = await asyncio.open_unix_connection(url.path)
        else:
            self._reader, self._writer = await asyncio.open_connection(
                url.hostname or "localhost", url.port or 6379, ssl=url.scheme == "rediss" or None
            )
        asked = parse_qs(url.query)
        password = unquote(url.password or "") or asked.get("password", [""])[0]
        if password:
            await self._exchange(("AUTH", unquote(url.username or "default"), password))
        database = url.path.strip("/") if url.scheme != "unix" else asked.get("db", [""])[0]
        if database not in {"", "0"}:
            await self._exchange(("SELECT", database))

    async def _exchange(self, words: tuple[str | bytes | int, ...]) -> Any:
        assert self._reader is not None
        assert self._writer is not None
        command: Any = words
        self._writer.write(hiredis.pack_command(command))
        while (answer := self._parser.gets()) is False:
            data = await self._reader.read(1 << 16)
            if not data:
                raise ConnectionResetError("it closed the connection")
            self._parser.feed(data)
        if isinstance(answer, hiredis.ReplyError):
            if str(answer).startswith("LOADING"):
                raise Loading(f"The Redis server at {self.place} still reads its data.")
            raise Said(str(answer))
        return answer


def _plain(error: OSError) -> str:
    """Return what the system said, without its number and the address it was said about."""
    number = error.errno or 0
    return os.strerror(number).lower() if number > 0 else str(error.strerror or error)
