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
from gateways.llm.faults import Garbled
from gateways.llm.wishes import Wishes
from schemas.errors import Refused, Transient
from schemas.record import Usage

SILENCE = 2.5
"""Seconds without a line after which the model is given up."""
LONGEST = 262_144
"""Bytes of one line."""


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
            wishes = Wishes()
            while (line := await self._line(reader))["kind"] != "end":
                delta = _take(line, wishes)
                if delta is not None:
                    yield delta
            for _, tool, arguments in wishes.whole():
                yield CallDelta(tool, arguments)
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


def _take(line: dict[str, Any], wishes: Wishes) -> Delta | None:
    """Take a line; return what may be shown at once."""
    try:
        match line["kind"]:
            case "text":
                return TextDelta(str(line["text"]))
            case "usage":
                return Spent(Usage(input=line["input"], output=line["output"]))
            case "call":
                wishes.begin(str(line["id"]), str(line["tool"]))
            case "piece":
                wishes.piece(str(line["id"]), str(line["json"]))
            case "error" if line["code"] == "refused":
                raise Refused(str(line["text"]))
            case "error":
                raise Transient(str(line["text"]), retry_after=line.get("retry_after"))
    except (KeyError, TypeError, ValueError) as error:
        raise Garbled(f"The model sent a line that does not fit: {error!r}.") from None
    return None


def _asked(request: Request) -> dict[str, Any]:
    kinds = {UserSaid: "user", ModelSaid: "model", ToolSaid: "tool"}
    exchanges: list[dict[str, Any]] = []
    for one in request.exchanges:
        told = {
            key: value for key, value in asdict(one).items() if key not in ("calls", "material")
        }
        if isinstance(one, UserSaid):
            told["text"] = one.whole
        exchanges.append({"kind": kinds[type(one)], **told})
    return {"exchanges": exchanges, "tools": [tool.name for tool in request.shown]}
