"""A model behind a unix socket that speaks JSON lines: a protocol of our own, no vendor's.

One connection is one step of thought. The client sends one line, {"exchanges": [...], "tools":
[...]}. The server answers with lines, each with a `kind`:

    text   {"text": "a piece"}
    call   {"id": "a", "tool": "time_now"}           a wish begins
    piece  {"id": "a", "json": "{\"zone\""}          a piece of its arguments
    usage  {"input": 10, "output": 5}
    error  {"code": "overloaded" | "failed" | "refused", "text": "...", "retry_after": 2}
    end    {}

Nothing that was wished counts before `end`: a stream that is cut, garbled or contradicts itself
is a failure that a later try may mend, and no incomplete call is ever run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateways.llm.base import (
    CallDelta,
    Delta,
    ModelSaid,
    Request,
    Spent,
    TextDelta,
    ToolSaid,
    UserSaid,
)
from schemas.errors import Refused, Transient
from schemas.record import Usage

SILENCE = 2.5
"""Seconds without a line after which the model is given up."""
LONGEST = 262_144
"""Bytes of one line."""
MOST = 65_536
"""Bytes of one call's arguments."""


class Lines:
    """A model behind a socket.

    Args:
        socket: where it listens.
        silence: seconds without a line after which it is given up.
        name: what people see.
    """

    def __init__(self, socket: Path, *, silence: float = SILENCE, name: str = "lines") -> None:
        self.name = name
        self._socket = socket
        self._silence = silence

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step; see `Model`."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket, limit=LONGEST)
        except OSError as error:
            raise Transient(f"The model cannot be reached: {error.strerror}.") from None
        try:
            writer.write(json.dumps(_asked(request)).encode() + b"\n")
            await writer.drain()
            wishes = _Wishes()
            while (line := await self._line(reader))["kind"] != "end":
                delta = wishes.take(line)
                if delta is not None:
                    yield delta
            for delta in wishes.whole():
                yield delta
        except OSError as error:
            raise Transient(f"The line to the model broke: {error!r}.") from None
        finally:
            writer.close()

    async def _line(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._silence):
                raw = await reader.readline()
        except TimeoutError:
            raise Transient(f"The model was silent for {self._silence:g} s.") from None
        except ValueError:
            raise Transient(f"The model sent a line of more than {LONGEST} bytes.") from None
        if not raw.endswith(b"\n"):
            raise Transient("The model's answer was cut.")
        try:
            line = json.loads(raw)
        except ValueError:
            raise Transient("The model sent what is no JSON.") from None
        if not isinstance(line, dict) or "kind" not in line:
            raise Transient("The model sent a line without a kind.")
        return line


class _Wishes:
    """The calls of one answer, put together from their pieces."""

    def __init__(self) -> None:
        self._tools: dict[str, str] = {}
        self._pieces: dict[str, list[str]] = {}

    def take(self, line: dict[str, Any]) -> Delta | None:
        """Take a line; return what may be shown at once."""
        try:
            return self._take(line)
        except (KeyError, TypeError, ValueError) as error:
            raise Transient(f"The model sent a line that does not fit: {error!r}.") from None

    def _take(self, line: dict[str, Any]) -> Delta | None:
        match line["kind"]:
            case "text":
                return TextDelta(str(line["text"]))
            case "usage":
                return Spent(Usage(input=line["input"], output=line["output"]))
            case "call" if line["id"] in self._tools:
                raise Transient(f"The model named two calls {line['id']}.")
            case "call":
                self._tools[line["id"]] = str(line["tool"])
                self._pieces[line["id"]] = []
            case "piece":
                self._pieces[line["id"]].append(str(line["json"]))
                if sum(map(len, self._pieces[line["id"]])) > MOST:
                    raise Transient(f"A call's arguments are larger than {MOST} bytes.")
            case "error" if line["code"] == "refused":
                raise Refused(str(line["text"]))
            case "error":
                raise Transient(str(line["text"]), retry_after=line.get("retry_after"))
        return None

    def whole(self) -> list[Delta]:
        """Return the calls, all of them whole."""
        found: list[Delta] = []
        for name, tool in self._tools.items():
            try:
                arguments = json.loads("".join(self._pieces[name]) or "{}")
            except ValueError:
                raise Transient(f"The arguments of {tool} are no JSON.") from None
            if not isinstance(arguments, dict):
                raise Transient(f"The arguments of {tool} are no object.")
            found.append(CallDelta(tool, arguments))
        return found


def _asked(request: Request) -> dict[str, Any]:
    kinds = {UserSaid: "user", ModelSaid: "model", ToolSaid: "tool"}
    exchanges = [
        {
            "kind": kinds[type(one)],
            **{key: value for key, value in asdict(one).items() if key != "calls"},
        }
        for one in request.exchanges
    ]
    return {"exchanges": exchanges, "tools": [tool.name for tool in request.tools]}
