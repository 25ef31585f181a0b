"""What happens to the containers of this machine, as the Docker daemon tells it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from schemas.errors import Refused, Transient
from schemas.events import CONTAINERS, EventType

LARGEST = 1 << 20
"""Bytes of one event; a larger one, with endless labels, is passed over."""
ANSWER = 10.0
"""Seconds in which the daemon takes a question."""
ASKED = 60_000_000_000
"""Nanoseconds after a signal in which a container that ends was ended by somebody."""
_MILD = frozenset({"1", "10", "12", "17", "18", "28"})
"""Signals that ask for something else than the end: HUP, USR1, USR2, CHLD, CONT, WINCH."""

_WORDS = {
    "create": "created", "start": "started", "die": "died", "pause": "paused",
    "unpause": "unpaused", "destroy": "removed", "oom": "oom", "health_status": "health",
}  # fmt: skip
_BASE = {"container": "string", "id": "string", "image": "string"}
_MORE: dict[str, dict[str, str]] = {
    "docker.container.died": {"exit_code": "integer", "asked": "boolean"},
    "docker.container.health": {"status": "string"},
}


def _type(kind: str, about: str) -> EventType:
    fields = {**_BASE, **_MORE.get(kind, {})}
    form = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }
    return EventType(type=kind, about=about, schema=form)


TYPES: tuple[EventType, ...] = tuple(_type(*one) for one in CONTAINERS.items())
"""What is told of containers."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a container.

    Attributes:
        type: the type of its event.
        data: what is told of it.
        at: when, in nanoseconds since 1970, by the daemon's clock.
        key: names it: the daemon tells it again to whoever asks for that time.
    """

    type: str
    data: dict[str, Any]
    at: int
    key: str


class Reader:
    """Makes changes of what the daemon says, event by event in its order."""

    def __init__(self) -> None:
        self._struck: dict[str, int] = {}

    def read(self, said: bytes) -> Change | None:
        """Return the change that one line tells; None for what is no news, or no event."""
        try:
            event = json.loads(said)
            action, actor, at = event["Action"], event["Actor"], int(event["timeNano"])
            whole, about = str(actor["ID"]), dict(actor.get("Attributes") or {})
        except (ValueError, KeyError, TypeError):
            return None
        if event.get("Type") != "container":
            return None
        if action == "kill" and about.get("signal") not in _MILD:
            self._struck[whole] = at
        name, _, status = str(action).partition(": ")
        word = _WORDS.get(name)
        if word is None:
            return None
        data: dict[str, Any] = {
            "container": str(about.get("name", ""))[:256],
            "id": whole[:12],
            "image": str(about.get("image", ""))[:512],
        }
        if word == "died":
            code = str(about.get("exitCode", ""))
            data["exit_code"] = int(code) if code.isascii() and code.isdigit() else -1
            data["asked"] = at - self._struck.pop(whole, at - ASKED - 1) <= ASKED
        elif word == "health":
            data["status"] = status[:64]
        elif word == "removed":
            self._struck.pop(whole, None)
        key = sha256(f"{whole} {action} {at}".encode()).hexdigest()[:32]
        return Change(f"docker.container.{word}", data, at, key)


class DockerEvents:
    """The daemon's stream of events, from its socket: the SDK takes a thread and 20 MB for that.

    Args:
        url: the daemon's address, `unix:///…`.
    """

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("unix://")

    async def changes(self, since: int) -> AsyncGenerator[Change]:
        """Yield what happened since a moment, and then what happens, until the daemon ends it.

        The daemon remembers its last 256 events; what is older than those is gone.

        Args:
            since: in nanoseconds since 1970.

        Raises:
            Transient: there is no daemon, or it went.
            Refused: we may not ask it.
        """
        lines, writer = await self._asked(since)
        reader = Reader()
        with closing(writer):
            while line := await _line(lines):
                change = reader.read(line)
                if change is not None:
                    yield change
        raise Transient("The Docker daemon ended its stream of events.")

    async def _asked(self, since: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kinds = quote(json.dumps({"type": ["container"]}))
        moment = f"{since // 1_000_000_000}.{since % 1_000_000_000:09d}"
        # In the older version of HTTP an answer without an end is just that, and no chunks.
        ask = f"GET /events?since={moment}&filters={kinds} HTTP/1.0\r\nHost: docker\r\n\r\n"
        try:
            async with asyncio.timeout(ANSWER):
                lines, writer = await asyncio.open_unix_connection(self._path, limit=LARGEST)
        except PermissionError:
            raise Refused(
                f"Docker may not be asked by this server's user ({self._path})."
            ) from None
        except (OSError, TimeoutError) as error:
            raise Transient(f"Docker is not running on this machine ({error}).") from None
        try:
            writer.write(ask.encode())
            # A daemon that stands still is waited for: it tells all once it goes on.
            head = await lines.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.close()
            raise Transient("The Docker daemon went before it answered.") from None
        if head.split(b" ", 2)[1:2] != [b"200"]:
            writer.close()
            raise Transient(f"Docker does not tell: {head[:60].decode(errors='replace')!r}")
        return lines, writer


async def _line(lines: asyncio.StreamReader) -> bytes:
    """Return the next line that is not too long; b"" at the end."""
    cut = False
    while True:
        try:
            found = await lines.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            await lines.readexactly(error.consumed)
            cut = True
            continue
        except (asyncio.IncompleteReadError, OSError):
            return b""
        if not cut:
            return found
        cut = False
