"""The messengers' process: `python -m ops.channels --root=FOLDER`, run by the supervisor."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from functools import partial
from pathlib import Path

import uvloop

from gateways.channels.base import Channels, Heard, Receive
from gateways.channels.door import Door
from gateways.channels.send import send
from ops import config, identities, logs, runstate
from ops.addresses import url
from ops.channels.kinds import ELSEWHERE, KEYS, KINDS, SOCKETS, Around, Messenger
from ops.channels.service import Exchange
from ops.channels.wanted import Wanted, Watched, how, wanted
from ops.keyring import gateway
from ops.settings import Settings
from ops.shelf import KeptFiles
from ops.withheld import redactor
from schemas.base import new_id
from schemas.errors import Expected, Invalid, NotFound
from streams.accept import Ingress
from streams.blackbox import BlackBox
from streams.cards import shown
from streams.channels import States
from streams.crash import Crash
from streams.embedded import socket_folder
from streams.overhear import Overheard
from streams.pairing import Pairing
from streams.remarks import Remarks
from streams.runtime import Runtime
from streams.sent import Sent
from streams.sign import Keyring
from streams.store import AWAY, answering, connect

log = logs.logger("channels")


def main(arguments: list[str]) -> int:
    """Run until SIGTERM, or test one messenger; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.channels", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the state folder")
    parser.add_argument("--test", default="", help="ask this messenger's server who we are")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        settings = config.load(given.root)
        # The answer of a test stands alone on the standard output.
        out = sys.stderr if given.test else None
        logs.configure(settings.log.level, out, redact=redactor(settings))
        if given.test:
            sys.stdout.write(json.dumps(asyncio.run(_test(settings, given.test))) + "\n")
            return 0
        return uvloop.run(_run(settings))
    except Expected as error:
        sys.stderr.write(f"{error}\n")
        return 3


class Greeter:
    """What a stranger is told: a code, which the owner confirms.

    Args:
        pairing: makes the codes.
    """

    def __init__(self, pairing: Pairing) -> None:
        self._pairing = pairing

    async def greet(self, channel: str, heard: Heard) -> str | None:
        """Return what they are told; for what is no text, with a new code alone."""
        async with answering():
            offered = await self._pairing.offer(channel, heard.who, heard.name)
        if offered is None or (heard.unread and not offered[1]):
            return None
        code = shown(offered[0])
        return (
            f"I do not know you. If this is your server, give it the code {code}: in its terminal"
            f" by `nexus people pair {code}`, or on its page. It shows whose code that is: your id"
            f" here is {heard.who}. The code counts for 15 minutes."
        )


async def _run(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    consumer = f"channels-{new_id()}"
    folder = runstate.boxes(settings.root)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    box = BlackBox(folder / f"{consumer}.box", consumer, [(send.topic, send.name)])
    living = asyncio.create_task(box.live(settings.streams.hung_seconds))
    durable = url(settings, "durable", "channels")
    redis = connect(durable)
    live = connect(url(settings, "live", "channels"))
    overheard = Overheard(live)
    channels = Channels()
    runtime = Runtime(
        (send,),
        url=durable,
        live_url=url(settings, "live", "channels"),
        consumer=consumer,
        settings=settings.streams,
        keyring=Keyring({}),
        resources={Channels: channels},
        blackbox=box,
        only=True,
        crash=Crash(settings.crash, settings.root / "crashes"),
    )
    people = identities.Identities(settings.root)
    greeter = Greeter(Pairing(redis.execute_command))

    remarks = Remarks(redis)
    shelves: dict[str, KeptFiles] = {}

    def shelf(name: str) -> KeptFiles:
        own = gateway(settings, f"channel-{name}")
        return shelves.setdefault(name, KeptFiles(settings, own.key))

    def make(name: str, wish: Wanted) -> Messenger:
        return _made(settings, name, wish, Around(Sent(redis), overheard, shelf(name)))

    def door(name: str) -> Receive:
        ingress = Ingress(redis, gateway(settings, f"channel-{name}"), settings.streams)
        known = partial(people.person, name)
        return Door(name, ingress, known, greeter, shelf(name), remarks).receive

    exchange = Exchange(Watched(settings), channels, make, door, States(redis.execute_command))
    await _start(runtime, stop)
    keeping = asyncio.create_task(exchange.run(), name="exchange")
    log.info("channels.ready", consumer=consumer)
    gc.collect()
    waits = [
        asyncio.ensure_future(stop.wait()), asyncio.ensure_future(runtime.broken.wait()), keeping
    ]  # fmt: skip
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    broken = not stop.is_set()
    if keeping.done() and (error := keeping.exception()) is not None:
        log.error("exchange.broken", exc_info=error)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await runtime.drain()
    await redis.aclose()
    await live.aclose()
    people.close()
    for one in shelves.values():
        await one.close()
    living.cancel()
    return 1 if broken else 0


async def _start(runtime: Runtime, stop: asyncio.Event) -> None:
    """Start; a Redis that is still away is waited for."""
    while not stop.is_set():
        try:
            await runtime.start()
        except AWAY as error:
            log.warning("redis.away", error=repr(error))
            await asyncio.sleep(0.2)
        else:
            return


class _Unwritten:
    """A ledger for whoever sends nothing."""

    async def sent(self, channel: str, delivery: str) -> str | None:
        """Nothing was."""
        return None

    async def note(self, channel: str, delivery: str, name: str) -> None:
        """Nothing is."""


async def _test(settings: Settings, name: str) -> dict[str, object]:
    """Ask a messenger's server who we are.

    Raises:
        NotFound: there is no such messenger.
        Invalid: it lacks something.
    """
    if name in ELSEWHERE:
        raise NotFound(f"{name} {ELSEWHERE[name]}.")
    if name not in KINDS:
        raise NotFound(f"There is no channel {name}; there are: {', '.join(KINDS)}.")
    wish = wanted(settings)[name]
    if wish.closed:
        raise Invalid(wish.closed)
    if wish.missing:
        raise Invalid(f"{name} lacks {wish.missing[0]}; `{how(wish.missing[0])}`.")
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(15):
            account = await _made(settings, name, wish, Around(_Unwritten())).test()
    except TimeoutError:
        return {"ok": False, "why": "Its server did not answer in 15 s."}
    except Expected as error:
        return {"ok": False, "why": str(error)}
    return {"ok": True, "account": account, "ms": round(1000 * (loop.time() - began))}


def _made(settings: Settings, name: str, wish: Wanted, house: Around) -> Messenger:
    own = gateway(settings, f"channel-{name}")
    sockets = settings.streams.sockets or socket_folder(settings.root)
    around = {KEYS: " ".join(key.hex() for key in (own.key, *own.older)), SOCKETS: str(sockets)}
    return KINDS[name].make({**wish.given, **around}, house)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
