"""One process of the pipeline: `python -m ops.worker`, run by the supervisor."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvloop
from prometheus_client import REGISTRY

from ops import config, logs, runstate
from ops.boot import boot
from ops.children import ChildMetrics
from ops.control import tell
from ops.main import More, Place, compose, running
from ops.minds import first_library
from ops.settings import Settings
from ops.withheld import redactor
from processors.agent.mind import Mind
from schemas.base import new_id
from schemas.errors import Expected
from streams.blackbox import BlackBox
from streams.embedded import socket_folder
from streams.runtime import Runtime
from streams.store import AWAY

log = logs.logger("worker")

SOLO_IDLE = 20.0
"""Seconds without a suspect after which the solo process goes: where one thing dies, more may."""


Extra = Callable[[Settings], More]
"""Says what this deployment has beyond all others."""


def main(arguments: list[str], extra: Extra | None = None) -> int:
    """Run until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.worker", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the state folder")
    parser.add_argument("--name", default="core", help="the process's name")
    parser.add_argument("--stages", default="", help="which stages, by comma; all unless given")
    parser.add_argument("--role", default="core", help="the Redis user")
    parser.add_argument("--boot", action="store_true", help="make Redis ready first")
    parser.add_argument("--http", type=int, default=0, help="a port for health and metrics")
    parser.add_argument("--solo", action="store_true", help="run suspects alone")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    # A server's objects live long; looking through all of them again and again is a sixth of
    # the time of a busy process.
    gc.set_threshold(100_000, 20, 20)
    try:
        settings = config.load(given.root)
        logs.configure(settings.log.level, redact=redactor(settings))
        return uvloop.run(_run(settings, given, extra(settings) if extra else More()))
    except Expected as error:
        sys.stderr.write(f"{error}\n")
        return 3


async def _run(settings: Settings, given: argparse.Namespace, more: More) -> int:
    notes = await boot(settings) if given.boot else ()
    place = Place(
        stages=tuple(filter(None, given.stages.split(","))),
        role=given.role,
        consumer=f"{given.name}-{new_id()}",
        solo=given.solo,
    )
    folder = runstate.boxes(settings.root)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pairs = [(stage.topic, stage.name) for stage in running(place, more)]
    box = BlackBox(folder / f"{place.consumer}.box", place.consumer, pairs)
    living = asyncio.create_task(box.live(settings.streams.hung_seconds))
    runtime = compose(settings, place, box, suspected=lambda: _call_solo(settings), more=more)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = None
    if given.http:
        from ops.modules import WebDoor  # noqa: PLC0415 - only one process of a deployment listens

        REGISTRY.register(ChildMetrics(settings.root))
        server = WebDoor(settings, given.http, runtime, notes)
        await server.start()
    await _start(runtime, stop)
    gc.collect()
    gc.freeze()
    log.info("worker.ready", name=given.name, consumer=place.consumer)
    warming = asyncio.create_task(_warm_up(runtime)) if ("route", "think") in pairs else None
    asking = asyncio.ensure_future(_until_idle(runtime, settings)) if given.solo else None
    broken = asyncio.ensure_future(runtime.broken.wait())
    await asyncio.wait(
        (asyncio.ensure_future(stop.wait()), broken), return_when=asyncio.FIRST_COMPLETED
    )
    for task in (asking, warming):
        if task is not None:
            task.cancel()
    await runtime.drain()
    if server is not None:
        await server.stop()
    living.cancel()
    # The black box stays: the supervisor, told of our end, finds in it what to look after.
    return 1 if broken.done() else 0


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


async def _warm_up(runtime: Runtime) -> None:
    """Load what the first thought will need, while nobody waits for it yet."""
    library = first_library(runtime.resource(Mind))
    if library is not None:
        with suppress(ImportError):
            await asyncio.to_thread(importlib.import_module, library)


async def _until_idle(runtime: Runtime, settings: Settings) -> None:
    """Work until there was no suspect for a while, then ask the supervisor to be stopped."""
    loop = asyncio.get_running_loop()
    last = loop.time()
    while loop.time() - last < SOLO_IDLE:
        if runtime.busy:
            last = loop.time()
        await asyncio.sleep(0.25)
    # Its answer comes when we are gone, so nobody must wait for it here.
    await tell(sockets_of(settings), "stop", "solo")


async def _call_solo(settings: Settings) -> None:
    """Suspects wait: have them run, if this deployment has a process for them."""
    try:
        async with asyncio.timeout(2):
            await tell(sockets_of(settings), "start", "solo")
    except (OSError, Expected) as error:
        log.info("solo.away", error=str(error) or type(error).__name__)


def sockets_of(settings: Settings) -> Path:
    """Return the folder of the sockets."""
    return settings.streams.sockets or socket_folder(settings.root)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
