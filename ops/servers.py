"""The private Redis servers as the supervisor's children."""

from __future__ import annotations

from pathlib import Path

from ops import secrets
from ops.plan import Child, Ready
from streams.embedded import Pair, find_engine, private_pair
from streams.roles import ROLES
from streams.servers import ServerSpec
from streams.settings import StreamsSettings

PROBES = {"durable": "supervisor", "live": "boot"}
"""The role that asks whether a server answers."""


def private_servers(state: Path, settings: StreamsSettings) -> Pair:
    """Describe the servers of a state folder and write their files; passwords are made if need be.

    Call it with the state folder's lock in hand: it replaces the files of a running server.

    Args:
        state: the state folder.
        settings: bounds, durability, the program and the sockets' folder where the owner chose.

    Raises:
        Unfit: no usable Redis program, or no private folder with a short path.
        Unsafe: a password file that others can read.
    """
    pair = private_pair(
        state,
        secrets.redis_passwords(state, ROLES),
        engine=find_engine(binary=settings.redis_server),
        sockets=settings.sockets,
        maxmemory_mb=settings.redis_memory_mb,
        live_maxmemory_mb=settings.live_memory_mb,
        fsync=settings.durability,
    )
    pair.prepare()
    return pair


def children(state: Path, pair: Pair) -> tuple[Child, ...]:
    """Return both servers as children: the state folder counts as in use while they live."""
    return tuple(_child(state, spec) for spec in (pair.durable, pair.live))


def _child(state: Path, spec: ServerSpec) -> Child:
    role = PROBES[spec.name]
    password = str(secrets.redis_file(state, role))
    return Child(
        spec.name,
        spec.argv,
        Ready("redis", socket=str(spec.socket), role=role, password_file=password),
        keeps_lock=True,
        stops_last=True,
        stop_seconds=10.0,
    )
