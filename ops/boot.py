"""What happens once at each start, before any message is taken in."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from gateways.memory.base import OFF
from ops import logs, runstate, secrets
from ops.addresses import ADMIN, url
from ops.settings import Settings
from processors.pipeline import ELSEWHERE, STAGES
from streams import blackbox, functions, keys, live, policy, tail
from streams.broker import ensure_group
from streams.recovery import release
from streams.roles import ROLES
from streams.store import AWAY, LOADING, connect

log = logs.logger("boot")

PATIENCE = 20.0
"""Seconds a private Redis, started together with us, may take until it takes connections."""
LESS_PATIENCE = 5.0
"""The same for one of the owner's, which is up or it is not."""


async def boot(settings: Settings) -> tuple[str, ...]:
    """Make Redis ready: its policy, our functions, the groups, what the last run left behind.

    Returns:
        what the health page must name.

    Raises:
        Unfit: Redis cannot keep the promises.
        Away: it does not answer.
    """
    durable = url(settings, "durable", ADMIN)
    await _answers(durable, PATIENCE if settings.redis_url is None else LESS_PATIENCE)
    fitness = await policy.inspect(
        durable,
        "durable",
        durability=settings.streams.durability,
        unchecked=settings.streams.unchecked_redis,
    )
    notes = [*fitness.notes, *await _give_roles(settings, search=fitness.search)]
    if not fitness.search:
        notes.append(OFF)
    redis = connect(durable)
    try:
        try:
            await functions.check(redis)
        except functions.WrongLibrary:
            await functions.load(redis)
        for stage in (*STAGES, *ELSEWHERE):
            # Where something stands already, the stage itself finds out what is not finished.
            if not await redis.exists(keys.topic(stage.topic)):
                await ensure_group(redis, keys.topic(stage.topic), stage.name)
        await tail.ensure_groups(redis)  # from now on nothing is trimmed that is not written down
    finally:
        await redis.aclose()
    feed = connect(url(settings, "live", "live"))
    try:
        await live.begin(feed)
    finally:
        await feed.aclose()
    await _bury_the_dead(settings)
    return tuple(notes)


async def _give_roles(settings: Settings, *, search: bool) -> list[str]:
    """Make our users on servers of the owner's; a private one has them in its aclfile."""
    notes: list[str] = []
    given = {"durable": settings.redis_url, "live": settings.redis_live_url}
    for server, address in given.items():
        if address is not None:
            notes += await policy.install_roles(
                address.get_secret_value(),
                server,  # type: ignore[arg-type] # the two keys above
                secrets.redis_passwords(settings.root, ROLES),
                engine=search and server == "durable",
                unchecked=settings.streams.unchecked_redis,
            )
    return notes


async def _answers(address: str, patience: float) -> None:
    """Wait until a server takes connections; one that loads its data is there already."""
    until = time.monotonic() + patience
    loads = False
    while True:
        redis = connect(address)
        try:
            await redis.ping()
        except LOADING:
            if not loads:
                log.info("redis.loading")
            loads = True
        except AWAY:
            if time.monotonic() > until:
                return  # the inspection that follows says what is wrong, in a sentence
        else:
            return
        finally:
            await redis.aclose()
        await asyncio.sleep(0.01)


async def _bury_the_dead(settings: Settings) -> None:
    """Give back what processes of an earlier run held; their end is no evidence against it."""
    redis = connect(url(settings, "durable", "supervisor"))
    try:
        for box, found in _left_behind(settings.root):
            if found is not None:
                await release(redis, found.consumer, found.pairs, ())
            box.unlink(missing_ok=True)
    finally:
        await redis.aclose()


def _left_behind(root: Path) -> list[tuple[Path, blackbox.Found | None]]:
    """Return the black boxes of processes that are gone."""
    found = [(box, blackbox.read(box)) for box in runstate.boxes(root).glob("*.box")]
    return [(box, one) for box, one in found if one is None or _gone(one)]


def _gone(found: blackbox.Found) -> bool:
    # What our own supervisor started, it saw die: it counts that, and must not be overtaken.
    return found.parent != os.getppid() and not Path(f"/proc/{found.pid}").exists()
