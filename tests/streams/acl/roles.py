"""Servers with the whole table of roles, and what the tests ask them."""

from __future__ import annotations

from typing import Any

from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

from tests.redis_server import RedisPair

GROUPS = {
    "inbox": "admit", "route": "route", "think": "think", "tool": "tool",
    "respond": "respond", "outbox": "deliver", "cards": "show", "control": "steer",
    "parcels": "send",
}  # fmt: skip
"""Who reads each topic."""


READERS = [*(f"stage-{name}" for name in GROUPS.values() if name != "send"), "channels"]
"""Every role that reads one."""


def client(servers: RedisPair, server: str, role: str) -> Redis:
    url = servers.durable_url(role) if server == "durable" else servers.live_url(role)
    return Redis.from_url(url, decode_responses=True)


def run(redis: Any, *words: Any) -> Any:
    return redis.execute_command(*words)


def refused(redis: Redis, *words: Any) -> bool:
    """Whether the access list, and nothing else, says no."""
    try:
        run(redis, *words)
    except NoPermissionError:
        return True
    except ResponseError as error:
        # Inside a function the refusal comes wrapped in the script's error.
        words_of_refusal = ("can't access", "can't run", "command not allowed", "No permissions")
        return any(word in str(error) for word in words_of_refusal)
    return False
