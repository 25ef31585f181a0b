"""A gateway process that accepts, and writes down what it heard: `python -m ops.chaos.client`.

It sends its share of a run's messages, one after the other in each session. Killed and started
again, it finds in its log what it was never answered, and sends that again under the same key.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import uvloop

from ops import config
from ops.addresses import url
from ops.chaos import wired
from ops.chaos.checker import read_log
from ops.keyring import gateway
from ops.main import crash_of
from ops.settings import Settings
from schemas.base import new_id
from schemas.chat import Received
from schemas.errors import TooMuch
from streams.accept import Closed, Ingress
from streams.store import connect

Say = tuple[str, str, str]
"""Session, key, text."""


def messages(turns: int, sessions: int, text: str) -> list[Say]:
    """Return the messages of a run, in the order in which they are sent."""
    return [
        (f"s{n % sessions}", f"s{n % sessions}-{n // sessions}", text.replace("#", str(n)))
        for n in range(turns)
    ]


class Client:
    """Sends a list of messages.

    Args:
        settings: of the system it speaks to.
        log: its log.
    """

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._crash = crash_of(settings)
        self._known = {step.key for step in read_log(log) if step.what == "ok"}
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        terminal = connect(url(settings, "durable", "terminal"))
        self._doors = {
            "terminal": Ingress(terminal, gateway(settings, "terminal"), settings.streams),
            wired.NAME: wired.ingress(settings),
        }

    async def send(self, wanted: list[Say], rate: float) -> None:
        """Send what is not in yet, at most `rate` a second."""
        began, gates = time.monotonic(), defaultdict[str, asyncio.Lock](asyncio.Lock)
        async with asyncio.TaskGroup() as group:
            left = [one for one in wanted if one[1] not in self._known]
            for number, one in enumerate(left):
                await asyncio.sleep(began + number / rate - time.monotonic())
                group.create_task(self._in_turn(gates[one[0]], *one))

    async def _in_turn(self, gate: asyncio.Lock, session: str, key: str, text: str) -> None:
        async with gate:  # first come, first served: a session's messages keep their order
            await self._say(session, key, text)

    async def _say(self, session: str, key: str, text: str) -> None:
        self._note("invoke", session, key)
        self._crash.at("accept.before_send")
        channel = wired.NAME if wired.here(session) else "terminal"
        while True:
            name = new_id()
            message = Received(
                id=name, trace=name, session=session, person="owner", channel=channel,
                chat=session, text=text,
            )  # fmt: skip
            try:
                accepted = await self._doors[channel].accept(message, key)
            except (Closed, TooMuch):
                await asyncio.sleep(0.05)
                continue
            # Redis has it, and nothing that lives knows.
            self._crash.at("accept.before_reply")
            self._note("ok", session, key, accepted.id)
            self._crash.at("accept.after_reply")
            return

    def _note(self, *words: str) -> None:
        os.write(self._log, (" ".join(words) + "\n").encode())


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    log = settings.root / "clients" / f"{given.index}.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    wanted = messages(given.turns, given.sessions, given.text)
    mine = [one for one in wanted if int(one[0][1:]) % given.of == given.index]
    await Client(settings, log).send(mine, given.rate / given.of)
    await asyncio.Event().wait()
    return 0


def main(arguments: list[str]) -> int:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    for name in ("index", "of", "turns", "sessions"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--text", default="turn #")
    given = parser.parse_args(arguments)
    return uvloop.run(_run(config.load(given.root), given))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
