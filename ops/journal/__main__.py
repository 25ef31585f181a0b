"""The journal's process: `python -m ops.journal --root=FOLDER`, run by the supervisor."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from ops import config, logs, runstate, secrets
from ops.addresses import url
from ops.journal import database
from ops.journal.service import Journal
from ops.keyring import keyring
from ops.settings import Settings
from ops.withheld import redactor
from schemas.base import new_id
from schemas.errors import Expected
from streams.blackbox import BlackBox
from streams.tail import Tail

log = logs.logger("journal")


def main(arguments: list[str]) -> int:
    """Write until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.journal", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the state folder")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        settings = config.load(given.root)
        logs.configure(settings.log.level, redact=redactor(settings))
        asyncio.run(_run(settings))
    except Expected as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    consumer = f"journal-{new_id()}"
    folder = runstate.boxes(settings.root)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    box = BlackBox(folder / f"{consumer}.box", consumer)
    living = asyncio.create_task(box.live(settings.streams.hung_seconds))
    tail = Tail(url(settings, "durable", "journal"), consumer)
    engine = database.connect(database.address(settings))
    try:
        await Journal(
            tail,
            engine,
            secrets.audit_key(settings.root),
            redactor(settings),
            settings.journal,
            keyring=keyring(settings),
        ).run(stop)
    finally:
        living.cancel()
        await engine.dispose()
        await tail.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
