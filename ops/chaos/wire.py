"""A model server in a process of its own: `python -m ops.chaos.wire PROTOCOL --port 0 ...`.

It speaks a provider's documented protocol over HTTP, so that the provider's own library is what
talks to it; it thinks nothing. It refuses what the provider would refuse: a wrong key, a call
without its result, a tool of a strange name, a signed thought that does not come back unchanged.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ops.chaos.claude_wire import ClaudeWire
from ops.chaos.gemini_wire import GeminiWire
from ops.chaos.openai_wire import OpenAIWire
from ops.chaos.protocol import Asked, Body, Violated, Wire
from ops.chaos.script import Book, Said, Seeded

BAD_KEY = "bad-key"
"""Whoever comes with this one is not let in."""
MODEL = "some-model"
"""The one that it says it has."""
SECONDS_HANGING = 300.0
WIRES: dict[str, Wire] = {
    "gemini": GeminiWire(),
    "anthropic": ClaudeWire(),
    "openai": OpenAIWire(),
}
"""The protocols by their providers."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""How a tool may be called with all of them."""
_STATUS = {"busy": 429, "overloaded": 529, "failed": 500}


class Script(Protocol):
    """Decides what is said."""

    def said(self, question: str, place: int, attempt: int) -> Said:
        """Return an answer."""
        ...


class Server:
    """Answers.

    Args:
        wire: in which protocol.
        script: what.
        log: gets a line for each request, as JSON.
        whole: whether the request's body stands there too.
    """

    def __init__(self, wire: Wire, script: Script, log: Path, *, whole: bool) -> None:
        self._wire = wire
        self._script = script
        self._log = log
        self._whole = whole
        self._tries: Counter[Asked] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; the connection is used once."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:])
            }
            raw = await reader.readexactly(int(headers.get("content-length", 0)))
            await self._answer(head[0], headers, raw, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # whoever asked is dead, or does not want to know any more
        finally:
            writer.close()

    async def _answer(
        self, line: str, headers: dict[str, str], raw: bytes, writer: asyncio.StreamWriter
    ) -> None:
        if line.startswith("GET "):
            await self._list(line.split()[1], headers, writer)
            return
        body: Body = json.loads(raw) if raw else {}
        try:
            asked = self._wire.asked(body)
            for name in _names(body):
                if not NAME.fullmatch(name):
                    raise Violated(f"Invalid tool name: {name[:80]!r}.")
        except Violated as error:
            self._note({"line": line, "refused": str(error), "body": body})
            await self._refuse(Said(status=400, message=str(error)), writer)
            return
        self._tries[asked] += 1
        attempt = self._tries[asked]
        self._note(
            {"place": asked.place, "question": asked.question, "try": attempt, "line": line,
             "body": body}
        )  # fmt: skip
        if self._wire.key(headers) == BAD_KEY:
            await self._refuse(Said(status=401, message="API key not valid."), writer)
            return
        said = self._script.said(asked.question, asked.place, attempt)
        await asyncio.sleep(said.delay)
        status = _STATUS.get(said.trouble, said.status)
        if status != 200:
            await self._refuse(Said(**{**vars(said), "status": status}), writer)
        elif said.trouble == "hang":
            await asyncio.sleep(SECONDS_HANGING)
        else:
            await self._send(said, body, writer)

    async def _list(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        """Say which models there are; no question was asked, so the log does not say it."""
        if self._wire.key(headers) == BAD_KEY:
            await self._refuse(Said(status=401, message="API key not valid."), writer)
        elif not path.partition("?")[0].endswith("/models"):
            await self._refuse(Said(status=404, message="Not found."), writer)
        else:
            await _whole("200 OK", {"data": [{"id": MODEL}]}, writer)

    async def _refuse(self, said: Said, writer: asyncio.StreamWriter) -> None:
        wait = "" if said.retry_after is None else f"Retry-After: {said.retry_after:g}\r\n"
        await _whole(f"{said.status} Error", self._wire.error(said), writer, wait)

    async def _send(self, said: Said, body: Body, writer: asyncio.StreamWriter) -> None:
        frames = self._wire.frames(said, body)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        if said.trouble == "error":
            frames = [*frames[: max(1, len(frames) // 2)], self._wire.broken()]
        if said.trouble == "garbled":
            middle = len(frames) // 2
            frames[middle] = frames[middle].replace(b"{", b'{"', 1)
        if said.trouble in {"cut", "cut_call"}:
            data = b"".join(frames)
            end = said.cut or len(data) // 2
            if said.trouble == "cut_call":
                end = data.rindex(b"note" if b"note" in data else b"{") + 6
            await _chunk(data[: min(end, len(data) - 2)], writer)
            assert writer.transport is not None
            await asyncio.sleep(0.01)  # what was written is on its way
            writer.transport.abort()
            return
        for frame in frames:
            await _chunk(frame, writer)
            if said.trouble == "drip":
                await asyncio.sleep(said.pause)
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def _note(self, row: Body) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            kept = {name: value for name, value in row.items() if self._whole or name != "body"}
            log.write(json.dumps(kept) + "\n")


def _names(body: Body) -> Iterator[str]:
    """Yield what the tools of a request are called, whichever protocol it has."""
    for tool in body.get("tools", ()):
        declared = tool.get("functionDeclarations", (tool.get("function", tool),))
        yield from (one["name"] for one in declared)


async def _whole(status: str, body: Body, writer: asyncio.StreamWriter, headers: str = "") -> None:
    data = json.dumps(body).encode()
    writer.write(
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}"
        f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode()
        + data
    )
    await writer.drain()


async def _chunk(data: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def _run(given: argparse.Namespace) -> None:
    script: Script = Book(given.book) if given.book else Seeded(given.seed)
    server = Server(WIRES[given.protocol], script, given.log, whole=given.book is not None)
    door = await asyncio.start_server(server.serve, "127.0.0.1", given.port, limit=1 << 26)
    port = door.sockets[0].getsockname()[1]
    draft = given.log.with_suffix(".draft")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(given.log.with_suffix(".port"))
    await door.serve_forever()


def main(arguments: Sequence[str]) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", choices=tuple(WIRES))
    parser.add_argument("--port", type=int, default=0, help="on loopback; a free one unless given")
    parser.add_argument("--log", type=Path, required=True, help="beside it stands the port")
    parser.add_argument("--seed", default="", help="of troubles and calls")
    parser.add_argument("--book", type=Path, help="answers that somebody wrote down")
    asyncio.run(_run(parser.parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
