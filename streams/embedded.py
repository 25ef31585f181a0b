"""The two private Redis servers: which program runs them, where their sockets are, who may in."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streams import acl
from streams.roles import ROLES
from streams.servers import MEGABYTE, SOCKET_LIMIT, Engine, ServerSpec, Unfit, durable, live

FLOOR = (7, 0, 0)
"""The oldest Redis with functions and ACL selectors."""
LONGEST_NAME = len("/durable.sock")


@dataclass(frozen=True)
class Pair:
    """The durable server and the live one."""

    durable: ServerSpec
    live: ServerSpec

    def prepare(self) -> None:
        """Write both servers' files."""
        self.durable.prepare()
        self.live.prepare()


def version_of(binary: Path) -> tuple[int, int, int] | None:
    """Ask a program for its version; None if it does not start (a missing library, no Redis)."""
    try:
        answer = subprocess.run(  # noqa: S603 - a path of ours or of the owner's PATH
            [binary, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\bv=(\d+)\.(\d+)\.(\d+)", answer.stdout)
    if answer.returncode or not found:
        return None
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def _modules(*folders: Path) -> tuple[Path, ...]:
    for folder in folders:
        search = folder / "redisearch.so"
        if search.is_file():
            json = folder / "rejson.so"
            return (search, json) if json.is_file() else (search,)
    return ()


def _system() -> Iterator[Engine]:
    stack = Path("/opt/redis-stack")
    for found in (str(stack / "bin/redis-server"), shutil.which("redis-server")):
        if not found or not os.access(found, os.X_OK):
            continue
        # Not resolved: Debian links redis-server to a program that goes by the name it is called.
        binary = Path(found)
        version = version_of(binary)
        if version is None:
            continue
        beside = binary.parent.parent / "lib"
        modules = _modules(beside, beside / "redis/modules", Path("/usr/lib/redis/modules"))
        # Before 8 the engine came only with Redis Stack; what Debian packages beside a plain 7
        # is a search module from 2018 that our queries do not run on.
        if version < (8, 0, 0) and stack not in binary.parents:
            modules = ()
        yield Engine(binary, version, modules)


def _bundled(prefix: Path) -> Engine | None:
    home = prefix / "redis-stack"
    binary = home / "bin/redis-server"
    version = version_of(binary) if binary.is_file() else None
    return Engine(binary, version, _modules(home / "lib")) if version else None


def find_engine(*, prefix: Path | None = None, binary: Path | None = None) -> Engine:
    """Choose the Redis program: a system one with search, the bundled one, a system one without.

    Args:
        prefix: the Python environment to look into; this one unless told.
        binary: the owner's own choice, taken instead of any other; modules beside it are used.

    Raises:
        Unfit: there is none, or the chosen one does not start or is too old.
    """
    if binary is not None:
        version = version_of(binary)
        if version is None:
            raise Unfit(f"{binary} does not start as a Redis server.")
        require(version, str(binary))
        return Engine(binary, version, _modules(binary.parent.parent / "lib"))
    system = list(_system())
    fit = [engine for engine in system if engine.version >= FLOOR]
    for engine in fit:
        if engine.can_search:
            return engine
    bundled = _bundled(prefix or Path(sys.prefix))
    if bundled and bundled.version >= FLOOR:
        return bundled
    if fit:
        return fit[0]
    for engine in system:
        require(engine.version, str(engine.binary))
    raise Unfit("No Redis server was found; ./install.sh brings one, or set REDIS_URL to yours.")


def require(version: tuple[int, ...], where: str) -> None:
    """Refuse a server that is too old.

    Raises:
        Unfit: it is older than 7.0.
    """
    if version < FLOOR:
        words = ".".join(map(str, version))
        raise Unfit(f"The Redis server at {where} is {words}; at least 7.0 is needed.")


def socket_folder(state: Path) -> Path:
    """Return where the sockets of this state folder are: the same answer in every process.

    It is `run` in the state folder, or a short one in /tmp named by user and state folder
    where a socket's path would not fit otherwise.
    """
    state = state.absolute()
    inside = state / "run"
    if len(os.fsencode(inside)) + LONGEST_NAME <= SOCKET_LIMIT:
        return inside
    name = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
    return Path(f"/tmp/nexus-{os.getuid()}-{name}")  # noqa: S108 - private_folder checks it


def private_folder(path: Path) -> Path:
    """Make a folder that is ours alone, or check that it is.

    Raises:
        Unfit: it is a link, somebody else's, open to others, or cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise Unfit(
            f"The folder {path} for the Redis sockets cannot be made: {error.strerror}."
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise Unfit(f"{path} must be a folder of its own for the Redis sockets, and is a link.")
    if found.st_uid != os.getuid():
        raise Unfit(f"The folder {path} for the Redis sockets belongs to another user.")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise Unfit(
            f"The folder {path} for the Redis sockets has mode {mode:04o}; it must be 0700."
        )
    return path


def private_pair(
    state: Path,
    passwords: Mapping[str, str],
    *,
    engine: Engine | None = None,
    sockets: Path | None = None,
    maxmemory_mb: int = 256,
    live_maxmemory_mb: int = 64,
    fsync: Literal["always", "everysec"] = "always",
) -> Pair:
    """Describe both servers of a state folder.

    Args:
        state: the state folder; data goes to `redis/durable` and `redis/live` in it.
        passwords: by role; every role of `streams.roles.ROLES` is needed.
        engine: the program; looked for unless given.
        sockets: the folder for the sockets, unless the usual one.
        maxmemory_mb: the durable server's bound.
        live_maxmemory_mb: the live server's bound.
        fsync: see `streams.servers.durable`.

    Raises:
        Unfit: no usable program, no private folder, or a password missing.
    """
    missing = [role for role in ROLES if role not in passwords]
    if missing:
        raise Unfit(f"The Redis role {missing[0]} has no password.")
    engine = engine or find_engine()
    folder = private_folder(sockets or socket_folder(state))
    home = state / "redis"
    users = acl.render("durable", passwords, engine=engine.can_search)
    return Pair(
        durable(
            engine,
            socket=folder / "durable.sock",
            state=home,
            users=users,
            maxmemory=maxmemory_mb * MEGABYTE,
            fsync=fsync,
        ),
        live(
            engine,
            socket=folder / "live.sock",
            state=home,
            users=acl.render("live", passwords),
            maxmemory=live_maxmemory_mb * MEGABYTE,
        ),
    )
