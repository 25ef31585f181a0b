"""A channel for tests, as a gateway process of its own: `python -m tests.gateways.channels.wire`.

It runs what the process of the messengers runs, as the Redis user `channels` and with a key of its
own. Its protocol is ours: a line of JSON for what somebody did there, a line for how that was
taken; what goes out is appended to a file.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateways.channels.base import (
    Capabilities,
    Channels,
    Heard,
    Pressed,
    Receive,
    Shown,
    State,
)
from gateways.channels.cards import worded
from gateways.channels.door import Door
from gateways.channels.send import send
from schemas.base import new_id
from schemas.chat import Parcel
from schemas.errors import Expected
from streams.accept import Ingress
from streams.runtime import Runtime
from streams.sign import Gateway, Keyring
from streams.store import connect
from tests.stand import QUICK

NAME = "wire"


class Wire:
    """The channel.

    Args:
        folder: where its socket and its file are.
    """

    name = NAME
    can = Capabilities(buttons=True, edits=True)
    state: State = "running"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: asyncio.Server | None = None

    async def start(self, receive: Receive) -> None:
        """Begin to listen."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                writer.write(await self._take(json.loads(line), receive) + b"\n")
            writer.close()

        self._server = await asyncio.start_unix_server(serve, self._folder / "wire.sock")

    async def _take(self, said: dict[str, Any], receive: Receive) -> bytes:
        try:
            await receive(Pressed(**said) if "token" in said else Heard(**said))
        except Expected as error:
            return error.code.encode()
        return b"ok"

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer."""
        self._put({"reply": part.id, "chat": part.chat, "text": part.text})

    async def show(self, card: Shown) -> None:
        """Show a card, or show it otherwise."""
        about = {"card": card.view.id, "state": card.view.state, "text": worded(card)}
        found = asdict(card)
        self._put({**about, "chat": card.chat, "token": found["token"], "code": found["code"]})

    def _put(self, what: dict[str, Any]) -> None:
        with (self._folder / "sent").open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")


async def main(folder: Path, given: dict[str, Any]) -> None:
    """Serve until told to stop."""
    channel = Wire(folder)
    own = Gateway("channel-wire", bytes.fromhex(given["key"]), frozenset({NAME}))
    redis = connect(given["durable"])
    door = Door(NAME, Ingress(redis, own, QUICK), given["people"].get)
    runtime = Runtime(
        (send,),
        url=given["durable"],
        live_url=given["live"],
        consumer=f"wire-{new_id()}",
        settings=QUICK,
        keyring=Keyring({}),
        resources={Channels: Channels([channel])},
    )
    await runtime.start()
    await channel.start(door.receive)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await channel.stop()
    await runtime.drain()
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.stdin.readline())))
