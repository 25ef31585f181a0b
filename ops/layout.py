"""What `nexus up` runs: which processes, in which order, and how each is known to work."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ops import secrets
from ops.main import GATEWAYS, gateway
from ops.plan import Child, Plan, Ready
from ops.settings import Settings
from streams.embedded import Pair, private_pair, socket_folder
from streams.roles import ROLES


def up(settings: Settings, *, echo: bool = False) -> Plan:
    """Return the plan of the whole server.

    Args:
        settings: all settings.
        echo: whether the output of all is shown here too.

    Raises:
        Unfit: no usable Redis, or no private folder for its sockets.
    """
    pair = _private(settings)
    port = settings.http.port
    core = Child(
        name="core",
        argv=_worker(settings, "--name=core", "--boot", f"--http={port}"),
        ready=Ready(kind="http", host=settings.http.host, port=port),
        stop_seconds=settings.streams.drain_seconds + 5,
    )
    solo = Child(name="solo", argv=_worker(settings, "--name=solo", "--solo"), on_demand=True)
    children = (*_servers(settings, pair), core, solo)
    return _plan(settings, children, echo)


def run(settings: Settings, stages: Sequence[str], *, copies: int = 1, echo: bool = True) -> Plan:
    """Return the plan of some stages in processes of their own.

    Args:
        settings: all settings; Redis runs already.
        stages: their names.
        copies: how many processes of each.
        echo: whether their output is shown here too.
    """
    children = tuple(
        Child(
            name=stage if copies == 1 else f"{stage}-{number}",
            argv=_worker(settings, f"--name={stage}", f"--stages={stage}", f"--role=stage-{stage}"),
            stop_seconds=settings.streams.drain_seconds + 5,
        )
        for stage in stages
        for number in range(copies)
    )
    return _plan(settings, children, echo)


def _plan(settings: Settings, children: tuple[Child, ...], echo: bool) -> Plan:
    for name in GATEWAYS:
        gateway(settings, name)
    sockets = settings.streams.sockets or socket_folder(settings.root)
    return Plan(
        state=settings.root,
        sockets=sockets,
        children=children,
        on_death="ops.aftermath:after",
        echo=echo,
    )


def _worker(settings: Settings, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "ops.worker", f"--root={settings.root}", *arguments)


def _private(settings: Settings) -> Pair | None:
    if settings.redis_url is not None:
        return None
    streams = settings.streams
    return private_pair(
        settings.root,
        secrets.redis_passwords(settings.root, ROLES),
        sockets=streams.sockets,
        maxmemory_mb=streams.redis_memory_mb,
        live_maxmemory_mb=streams.live_memory_mb,
        fsync=streams.durability,
    )


def _servers(settings: Settings, pair: Pair | None) -> tuple[Child, ...]:
    if pair is None:
        return ()
    pair.prepare()
    return tuple(
        Child(
            name=name,
            argv=spec.argv,
            ready=Ready(
                kind="redis",
                socket=str(spec.socket),
                role=role,
                password_file=str(secrets.redis_file(settings.root, role)),
            ),
            keeps_lock=True,
        )
        for name, spec, role in (
            ("durable", pair.durable, "core"),
            ("live", pair.live, "live"),
        )
    )
