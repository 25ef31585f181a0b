"""The function library: loaded once at start, checked by version everywhere else."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from schemas.errors import Refused
from streams import keys
from streams.store import fcall, text

NAMES = (
    "accept", "tell", "fire", "command", "admit", "hop", "settle", "ask", "spawn", "decide",
    "expire", "revoke",
    "effect_start", "finish", "halt", "bury",
    "fail", "unfiled", "file", "outlive", "lead", "resign", "beat", "reclaim", "release", "regroup",
    "trim", "retire",
    "redrive", "mend", "wake",
)  # fmt: skip
"""Every function of the library."""

SUSPECT_AFTER = 2
"""Crashes that make an entry a suspect."""

FOLDER = "library"
"""Where they are written, in files that are joined in the order of their names."""


class WrongLibrary(Refused):
    """The functions in Redis are not the ones this version was written for."""

    code = "wrong_library"


def source() -> str:
    """Return the library as Redis loads it: what it shares with us, its version, the functions."""
    files = sorted(Path(__file__).with_name(FOLDER).glob("*.lua"))
    body = f"{keys.lua()}local SUSPECT_AFTER = {SUSPECT_AFTER}\n"
    body += "".join(file.read_text(encoding="utf-8") for file in files)
    version = sha256(body.encode()).hexdigest()[:16]
    tail = (
        "redis.register_function{function_name='version', flags={'no-writes'}, "
        f"callback=function() return '{version}' end}}\n"
    )
    return "#!lua name=nexus\n" + body + tail


def version() -> str:
    """Return the version this process was written for."""
    return source().rsplit("return '", 1)[1].split("'", 1)[0]


async def load(redis: Redis) -> None:
    """Load the library, replacing an older one. Needs the role `boot`."""
    await redis.function_load(source(), replace=True)


async def check(redis: Redis) -> None:
    """Make sure that Redis runs the functions this process expects.

    Raises:
        WrongLibrary: it does not, or it has none.
    """
    try:
        found = text(await fcall(redis, "version"))
    except ResponseError as error:
        raise WrongLibrary(
            f"Redis has no functions of LivOS ({error}); start it with `nexus up`."
        ) from None
    if found != version():
        raise WrongLibrary(
            f"Redis runs the functions of another version ({found}, here {version()}): "
            "restart everything with `nexus down` and `nexus up`."
        )
