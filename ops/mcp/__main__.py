"""The process that speaks with foreign servers: `python -m ops.mcp --root=FOLDER`.

It has no Redis user: it knows neither what is said here nor anybody's rights. It is handed a call,
and hands back what came of it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

import uvloop
from pydantic import ValidationError

from ops import config, logs, runstate
from ops.foreign_servers import Book
from ops.mcp.line import LARGEST, door, wanted
from ops.mcp.service import Keepers, Redact
from ops.settings import Settings
from ops.vault import Vault
from ops.withheld import redactor
from schemas.base import new_id
from schemas.errors import Expected
from schemas.foreign import Order
from streams.blackbox import BlackBox
from streams.embedded import socket_folder

LOOK_SECONDS = 0.5


def main(arguments: list[str]) -> int:
    """Run until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.mcp", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the state folder")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        settings = config.load(given.root)
        redact = redactor(settings)
        logs.configure(settings.log.level, redact=redact)
        uvloop.run(run(settings, redact))
    except Expected as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


async def run(settings: Settings, redact: Redact = str) -> None:
    """Serve until SIGTERM; `redact` takes secrets out of what the servers say of themselves."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    consumer, folder = f"mcp-{new_id()}", runstate.boxes(settings.root)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    box = BlackBox(folder / f"{consumer}.box", consumer)
    living = asyncio.create_task(box.live(settings.streams.hung_seconds))
    vault = Vault(settings.root)

    def token(name: str) -> str:
        found = vault.get(name)
        return found.get_secret_value() if found else ""

    keepers = Keepers(Book(settings.root), token, redact)
    path = door(settings.streams.sockets or socket_folder(settings.root))
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            order = Order.model_validate_json(await reader.readline())
            brought = await wanted(reader, keepers.call(order))
            writer.write(brought.model_dump_json().encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError, ValidationError):
            pass  # whoever asked has gone, or asks nothing that can be answered
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, str(path), limit=LARGEST)
    try:
        while not stop.is_set():
            keepers.turn()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await keepers.close()
        living.cancel()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
