"""The supervisor's own door: one line of JSON in, one out, on a socket only its owner can reach."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Self

from ops.supervisor import Supervisor
from schemas.errors import NotFound, Refused


def door(sockets: Path) -> Path:
    """Where the supervisor listens."""
    return sockets / "control.sock"


class Control:
    """Answers `{"do": "status" | "start" | "stop" | "restart", "child": NAME}`."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._path = door(supervisor.plan.sockets)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=4096)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.readline())
            answer = await self._do(str(request["do"]), request.get("child"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            answer = {"error": f"not understood: {error!r}"}
        except OSError:
            return
        writer.write(json.dumps(answer).encode() + b"\n")
        writer.close()

    async def _do(self, what: str, child: str | None) -> dict[str, Any]:
        if what == "status":
            return self._supervisor.status()
        if child not in self._supervisor.keepers:
            return {"error": f"there is no child {child}", "code": NotFound.code}
        if what in {"stop", "restart"}:
            await self._supervisor.stop(child)
        if what in {"start", "restart"}:
            self._supervisor.start(child)
        elif what != "stop":
            return {"error": f"cannot {what}"}
        return self._supervisor.status()["children"][child]  # type: ignore[no-any-return]


async def tell(sockets: Path, do: str, child: str | None = None) -> dict[str, Any]:
    """Ask the running supervisor for something and return its answer.

    Args:
        sockets: the folder of the sockets.
        do: `status`, `start`, `stop` or `restart`.
        child: which child, except for `status`.

    Raises:
        OSError: no supervisor listens there.
        NotFound: there is no such child.
        Refused: it did not understand.
    """
    reader, writer = await asyncio.open_unix_connection(str(door(sockets)))
    try:
        writer.write(json.dumps({"do": do, "child": child}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
    finally:
        writer.close()
    if "error" in answer:
        raise (NotFound if answer.get("code") == NotFound.code else Refused)(answer["error"])
    return answer
