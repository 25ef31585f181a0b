"""The way to what is remembered: nothing is connected before somebody asks."""

from __future__ import annotations

from gateways.memory.base import MemoryOff
from gateways.memory.engine import Engine
from ops.addresses import url
from ops.settings import Settings

ROLE = "memory"
"""The Redis user who may keep facts and search them, and nothing else."""


def facts(settings: Settings) -> Engine:
    """Return where facts are kept.

    Args:
        settings: where Redis is.
    """

    def address() -> str:
        try:
            return url(settings, "durable", ROLE)
        except FileNotFoundError:
            raise MemoryOff(
                f"There is no password for the Redis user {ROLE} here; `nexus up` makes one."
            ) from None

    return Engine(address)
