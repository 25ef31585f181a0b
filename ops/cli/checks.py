"""The doctor's questions, each a function in a list."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import socket
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ops import runstate, secrets
from ops.cli import place, servers
from ops.cli.machine import Finding, bubblewrap, docker
from ops.cli.screen import size
from ops.meant import hint
from ops.settings import Settings
from schemas.errors import Expected
from streams import functions, policy
from streams.embedded import find_engine
from streams.wire import Said

FREE_WARN, FREE_FAIL = 5_000_000_000, 500_000_000
"""Bytes of free disk below which it is time to do something, and below which nothing is safe."""


Check = Callable[[Settings], Finding]


def python(_: Settings) -> Finding:
    """Which Python runs this? An older one than we need would not have come so far."""
    return Finding("python", "ok", f"{platform.python_version()} in {sys.prefix}")


def redis(here: Settings) -> Finding:
    """Is there a Redis that can do what is needed?"""
    try:
        place.one_redis(here)
    except Expected as error:
        return Finding("redis", "fail", str(error))
    if here.redis_url is not None:
        where = policy.place(here.redis_url.get_secret_value())
        return Finding("redis", "ok", f"yours, at {where}")
    try:
        engine = find_engine(binary=here.streams.redis_server)
    except Expected as error:
        return Finding("redis", "fail", str(error), "Install redis-server 7 or newer.")
    text = f"{'.'.join(map(str, engine.version))} at {engine.binary}"
    if not engine.can_search:
        return Finding("redis", "warn", f"{text}, without the query engine: memory is off",
                       "Install redis-server 8, or run ./install.sh again.")  # fmt: skip
    return Finding("redis", "ok", f"{text}, with the query engine")


def state_folder(here: Settings) -> Finding:
    """Is the state folder ours, and closed to others?"""
    root = here.root
    if not root.is_dir():
        return Finding("state folder", "warn", f"{root} does not exist yet", "Run `nexus init`.")
    found = root.stat()
    if found.st_uid != os.geteuid():
        return Finding("state folder", "fail", f"{root} belongs to another user",
                       f"Run nexus as that user, or: chown -R $USER {root}")  # fmt: skip
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        return Finding("state folder", "fail", f"{root} has mode {mode:04o}: others may look in",
                       f"Run: chmod 700 {root}")  # fmt: skip
    return Finding("state folder", "ok", str(root))


def secret_files(here: Settings) -> Finding:
    """Can nobody else read the secrets?"""
    folder = secrets.folder(here.root)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        try:
            secrets.read(path)
        except (Expected, OSError) as error:
            return Finding("secrets", "fail", str(error), f"Look at {path}.")
    if not files:
        return Finding("secrets", "warn", "none yet", "Run `nexus init`.")
    return Finding("secrets", "ok", f"{len(files)} files, readable by you alone")


def disk(here: Settings) -> Finding:
    """Is there room?"""
    there = here.root if here.root.is_dir() else Path.home()
    free = shutil.disk_usage(there).free
    text = f"{size(free)} free at {there}"
    if free < FREE_FAIL:
        return Finding("disk", "fail", text, "Free some: a full disk stops everything.")
    if free < FREE_WARN:
        return Finding("disk", "warn", text, "Free some before it is full.")
    return Finding("disk", "ok", text)


def open_folders(here: Settings) -> Finding:
    """Are the folders there that the agent may read?"""
    missing = [str(one) for one in here.files.roots if not one.is_dir()]
    if missing:
        return Finding("open folders", "warn", f"not there: {', '.join(missing)}",
                       "Set them, as by `nexus config set files.roots '[/srv]'`.")  # fmt: skip
    return Finding("open folders", "ok", ", ".join(map(str, here.files.roots)) or "none")


def page(_: Settings) -> Finding:
    """Is the page built that people see in a browser?"""
    from web.static import FOLDER, INDEX

    if (FOLDER / INDEX).is_file():
        return Finding("page", "ok", "built")
    return Finding("page", "warn", "not built: there is nothing to see in a browser",
                   "Run ./install.sh again, on a machine with a network.")  # fmt: skip


def port(here: Settings) -> Finding:
    """Can the HTTP listener have its port?"""
    where = f"{here.http.host}:{here.http.port}"
    if runstate.running(here.root) is not None:
        return Finding("port", "ok", "the running server has its own")
    try:
        socket.create_server((here.http.host, here.http.port)).close()
    except OSError as error:
        return Finding("port", "fail", f"{where}: {os.strerror(error.errno or 0)}",
                       "Choose another, as by `nexus config set http.port 8081`.")  # fmt: skip
    return Finding("port", "ok", f"{where} is free")


def server(here: Settings) -> Finding:
    """Is the running server healthy?"""
    pid = runstate.running(here.root)
    if pid is None:
        return Finding("server", "warn", "not running", "Run `nexus up --detach`.")
    state = runstate.read(here.root)
    well = {"ready", "idle", "stopped"}
    sick = [n for n, c in state["children"].items() if c["state"] not in well]
    restarts = sum(child["restarts"] for child in state["children"].values())
    listens = [c["listens"] for c in state["children"].values() if c.get("listens")]
    try:
        ready = asyncio.run(servers.get(f"http://{listens[0]}", "/readyz"))
    except (OSError, TimeoutError, ValueError, IndexError):
        return Finding("server", "fail", f"runs (pid {pid}), but its listener does not answer",
                       "Look at `nexus logs core`.")  # fmt: skip
    still = [stage for stage, reading in ready["stages"].items() if not reading]
    if sick or still:
        return Finding("server", "fail", f"not ready: {', '.join(sick + still)}",
                       "Look at `nexus logs`.")  # fmt: skip
    note = "; ".join(ready["notes"])
    if restarts or note:
        text = f"ready (pid {pid}), {restarts} restarts" + (f"; {note}" if note else "")
        return Finding("server", "warn", text, "Look at `nexus logs supervisor`." * bool(restarts))
    return Finding("server", "ok", f"ready (pid {pid})")


def _about_redis(here: Settings) -> str:
    """Return what to do when the durable Redis does not answer: ours can be looked at."""
    if "durable" in runstate.read(here.root).get("children", {}):
        return "Look at `nexus logs durable`."
    return "Look at your own Redis."


def library(here: Settings) -> Finding:
    """Does Redis run the functions of this version?"""
    if here.redis_url is None and runstate.running(here.root) is None:
        return Finding("functions", "ok", "loaded at the next start")

    async def ask() -> str:
        line = place.line(here, "durable", "desk")
        try:
            return str(await line.say("FCALL", "version", 0))
        finally:
            await line.close()

    try:
        found = asyncio.run(ask())
    except (Expected, Said) as error:
        return Finding("functions", "fail", str(error), _about_redis(here))
    if found != functions.version():
        return Finding("functions", "fail", f"Redis runs {found}, this is {functions.version()}",
                       "Run `nexus down`, then `nexus up --detach`.")  # fmt: skip
    return Finding("functions", "ok", f"version {found}")


def journal(here: Settings) -> Finding:
    """Is what happens written down?"""
    if runstate.running(here.root) is None:
        return Finding("journal", "ok", "written once it runs")
    try:
        found = asyncio.run(servers.gather(here))["journal"]
    except (Expected, Said) as error:
        return Finding("journal", "fail", str(error), _about_redis(here))
    if found["notice"]:
        return Finding("journal", "warn", found["notice"], "Look at `nexus logs journal`.")
    entries = "entry waits" if found["waiting"] == 1 else "entries wait"
    waits = f", {found['waiting']} {entries}" if found["waiting"] else ""
    return Finding("journal", "ok", f"written{waits}")


def keeps(here: Settings) -> Finding:
    """Does Redis keep what it acknowledged?"""
    if here.redis_url is None and runstate.running(here.root) is None:
        return Finding("policy", "ok", f"appendfsync {here.streams.durability}, once it runs")
    from ops.addresses import url

    try:
        place.one_redis(here)
        fit = asyncio.run(
            policy.inspect(
                url(here, "durable", "boot"), "durable",
                durability=here.streams.durability, unchecked=here.streams.unchecked_redis,
            )
        )  # fmt: skip
    except (Expected, OSError) as error:
        return Finding("policy", "fail", str(error))
    if fit.notes:
        return Finding("policy", "warn", " ".join(fit.notes))
    return Finding("policy", "ok", f"appendfsync {here.streams.durability}, noeviction")


def models(here: Settings) -> Finding:
    """Which models would answer?"""
    from gateways.llm import local
    from ops.minds import mind
    from ops.vault import Vault
    from streams.crash import NOWHERE

    try:
        Vault(here.root).values()  # where the keys are
        tiers = mind(here, NOWHERE).overview()
    except (Expected, OSError) as error:
        return Finding("models", "fail", str(error))
    now = next(one for one in tiers if one.tier == here.models.default)
    ready = [one.model for one in now.models if one.state == "ready"]
    found = None if here.openai_base_url else local.find()
    offer = found.offer if found else ""
    if not ready:
        names = ", ".join(f"{one.provider}:{one.model}" for one in now.models)
        return Finding("models", "warn", f"no key for {names}", offer or "Set its key.")
    failing = _failing(here)
    if failing:
        text = f"{', '.join(ready)} (tier {now.tier}); when last asked, {'; '.join(failing)}"
        return Finding("models", "warn", text, "Look at its key, its account and its address.")
    return Finding("models", "ok", f"{', '.join(ready)} (tier {now.tier})", offer)


def _failing(here: Settings) -> list[str]:
    """Return which models failed the running server when it last asked them."""
    if runstate.running(here.root) is None:
        return []
    children = runstate.read(here.root)["children"].values()
    listens = [child["listens"] for child in children if child.get("listens")]
    try:
        ready = asyncio.run(servers.get(f"http://{listens[0]}", "/readyz"))
    except (OSError, TimeoutError, ValueError, IndexError):
        return []  # `server` says so
    return list(map(str, ready.get("failing", ())))


CHECKS: tuple[Check, ...] = (
    python, redis, bubblewrap, docker, state_folder, secret_files, disk, open_folders, port, page,
    server, library, keeps, journal, models,
)  # fmt: skip
"""All questions, in the order in which a person would ask them."""


def examine() -> list[Finding]:
    """Ask them all; settings that cannot be read are the first finding, and the last."""
    try:
        here = place.settings()
    except Expected as error:
        return [Finding("settings", "fail", hint(str(error)), "Mend it; nothing starts before.")]
    found = [Finding("settings", "ok", str(here.root / "config.yaml")), *(c(here) for c in CHECKS)]
    return [replace(one, text=hint(one.text), advice=hint(one.advice)) for one in found]
