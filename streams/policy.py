"""Is this Redis fit to keep the promises: asked at start, refused in one exact sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import (
    NoPermissionError,
    RedisError,
    ResponseError,
)

from schemas.errors import Transient
from streams import acl
from streams.embedded import require
from streams.roles import Server
from streams.servers import SOCKET_LIMIT, Unfit

Durability = Literal["always", "everysec"]


class Away(Transient):
    """No Redis answers at the given address."""

    code = "redis_away"


@dataclass(frozen=True)
class Fitness:
    """What was found.

    Attributes:
        version: of the server, as (major, minor, patch).
        search: whether the query engine is loaded.
        notes: what the health page must name, one sentence each.
    """

    version: tuple[int, ...]
    search: bool
    notes: tuple[str, ...] = ()


def place(url: str) -> str:
    """Return an address without its credentials, fit for a sentence."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def check_url(url: str) -> None:
    """Make sure that a unix socket can be reached at all.

    Raises:
        Unfit: its path is longer than 107 bytes.
    """
    if url.startswith("unix://"):
        length = len(place(url).encode())
        if length > SOCKET_LIMIT:
            raise Unfit(
                f"The Redis socket path {place(url)} has {length} bytes, and Linux allows"
                f" {SOCKET_LIMIT}."
            )


async def inspect(
    url: str,
    server: Server,
    *,
    durability: Durability = "always",
    unchecked: bool = False,
) -> Fitness:
    """Look at a running server, as the user in its address.

    Args:
        url: its address, with a user that may read the configuration.
        server: what it is to be used for; the live one may lose everything.
        durability: what the owner chose.
        unchecked: whether a server that hides its configuration is accepted, with a note.

    Raises:
        Unfit: it cannot keep the promises; the sentence says which and what to change.
        Away: nobody answers.
    """
    check_url(url)
    redis = Redis.from_url(url, decode_responses=True, socket_timeout=8, socket_connect_timeout=5)
    where = place(url)
    try:
        info: dict[str, Any] = await redis.info("server")
        version = tuple(int(part) for part in re.findall(r"\d+", info["redis_version"])[:3])
        require(version, where)
        modules = await _modules(redis)
        found, notes = await _configuration(redis, where, unchecked=unchecked)
        if server == "durable":
            await _replays(redis, where)
    except NoPermissionError as error:
        raise Unfit(
            f"The Redis server at {where} does not let us ask what it is: {error}."
        ) from None
    except (RedisError, OSError) as error:
        # redis-py reports a refused login as a broken connection; only the words tell.
        if "HELLO must be called" in str(error) or "Authentication required" in str(error):
            raise Unfit(f"The Redis server at {where} wants a password, and none is set.") from None
        if "invalid username-password" in str(error):
            raise Unfit(f"The Redis server at {where} wants another user or password.") from None
        raise _unreachable(url, error) from None
    finally:
        await redis.aclose()
    if server == "durable" and found:
        notes += _durable(found, where, durability)
    return Fitness(version, modules, tuple(notes))


def _unreachable(url: str, error: Exception) -> Exception:
    where = place(url)
    if url.startswith("unix://"):
        path = Path(where)
        try:
            if not path.exists():
                return Unfit(f"There is no Redis socket at {where}.")
        except PermissionError:
            return Unfit(f"The Redis socket {where} may not be opened by this user.")
        if "Permission denied" in str(error) or "Error 13" in str(error):
            return Unfit(f"The Redis socket {where} may not be opened by this user.")
    return Away(f"No Redis server answers at {where}: {error}")


async def _replays(redis: Redis, where: str) -> None:
    """Make sure that the server may run what its own log says.

    It reads the log as the user `default`. Many versions ask for each command of a transaction
    whether that user may run it; what a function wrote is a transaction.

    Raises:
        Unfit: what functions write would be gone after a restart.
    """
    try:
        user: Any = await redis.acl_getuser("default")
    except ResponseError:
        return  # not shown to us: our own private server, whose users we wrote ourselves
    if user and "+@all" not in [*user.get("categories", ()), *user.get("commands", ())]:
        raise Unfit(
            f"The Redis server at {where} reads its log as the user default, who may not run"
            " everything: what is written would be lost at a restart; run: ACL SETUSER default"
            " ~* &* +@all (the user may stay off)."
        )


async def _modules(redis: Redis) -> bool:
    try:
        listed: Any = await redis.module_list()
    except ResponseError:
        return False
    return any("search" in str(module) for module in listed)


async def _configuration(
    redis: Redis, where: str, *, unchecked: bool
) -> tuple[dict[str, str], list[str]]:
    try:
        found: Any = await redis.config_get(
            "appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy",
            "maxmemory",
        )  # fmt: skip
    except ResponseError:
        found = {}
    if found:
        return found, []
    if not unchecked:
        raise Unfit(
            f"The Redis server at {where} does not show its configuration; if you know that it"
            " keeps every write, set NEXUS_STREAMS__UNCHECKED_REDIS=true."
        )
    return {}, [f"The persistence of the Redis server at {where} is not checked."]


def _durable(found: Mapping[str, str], where: str, durability: Durability) -> list[str]:
    notes: list[str] = []
    if found["appendonly"] != "yes":
        raise Unfit(
            f"The Redis server at {where} has appendonly {found['appendonly']}; set it yes."
        )
    fsync = found["appendfsync"]
    if fsync == "everysec" and durability == "everysec":
        notes.append("Redis syncs once a second: a power cut may lose the last second.")
    elif fsync != "always":
        raise Unfit(
            f"The Redis server at {where} has appendfsync {fsync}; set it always"
            + (", or set NEXUS_STREAMS__DURABILITY=everysec." if fsync == "everysec" else ".")
        )
    if found.get("no-appendfsync-on-rewrite") == "yes":
        raise Unfit(
            f"The Redis server at {where} has no-appendfsync-on-rewrite yes, so that it syncs"
            " nothing while it rewrites its log or is copied; set it no."
        )
    if found["maxmemory-policy"] != "noeviction":
        policy = found["maxmemory-policy"]
        raise Unfit(
            f"The Redis server at {where} has maxmemory-policy {policy}, which forgets messages;"
            " set it noeviction."
        )
    if found.get("maxmemory") == "0":
        notes.append(f"The Redis server at {where} has no maxmemory: it may fill the memory.")
    return notes


async def install_roles(
    url: str, server: Server, passwords: Mapping[str, str], *, engine: bool, unchecked: bool
) -> tuple[str, ...]:
    """Give our roles to a server of the owner's.

    Without an aclfile of its own the server forgets them when it restarts; they are given again
    at our next start, and the note says so.

    Args:
        url: its address, with a user that may manage users.
        server: which roles.
        passwords: by role.
        engine: whether the query engine is loaded there.
        unchecked: whether a server without our roles is accepted, with a note.

    Returns:
        What the health page must name.

    Raises:
        Unfit: it does not let us, and that was not allowed.
    """
    where = place(url)
    redis = Redis.from_url(url, decode_responses=True, socket_timeout=8, socket_connect_timeout=5)
    try:
        for line in acl.render(server, passwords, engine=engine).splitlines():
            _, role, *rules = acl.words(line)
            if role != "default":
                await redis.execute_command("ACL", "SETUSER", role, "reset", *rules)  # type: ignore[no-untyped-call]
        try:
            await redis.execute_command("ACL", "SAVE")  # type: ignore[no-untyped-call]
        except ResponseError:
            return (
                f"The Redis server at {where} has no aclfile: it forgets our roles on restart.",
            )
    except ResponseError as error:
        if not unchecked:
            raise Unfit(
                f"The Redis server at {where} does not let us add our users ({error}); to work"
                " without them, set NEXUS_STREAMS__UNCHECKED_REDIS=true."
            ) from None
        return (f"All processes use one user on the Redis server at {where}.",)
    finally:
        await redis.aclose()
    return ()
