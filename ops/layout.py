"""What `nexus up` runs: which processes, in which order, and how each is known to work."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gateways.llm.models import LIBRARIES, PROVIDERS
from ops import servers
from ops.addresses import door
from ops.foreign_servers import Book
from ops.keyring import keyring
from ops.plan import Child, Plan, Ready
from ops.settings import Settings
from schemas.base import new_id
from streams import keys
from streams.embedded import private_folder, socket_folder


def up(settings: Settings, *, copies: int = 1, echo: bool = False) -> Plan:
    """Return the plan of the whole server, and write its Redis servers' files.

    Call it with the state folder's lock in hand.

    Args:
        settings: all settings.
        copies: how many processes run all stages; the first one listens, and makes Redis ready.
        echo: whether the output of all is shown here too.

    Raises:
        Unfit: no usable Redis, or no private folder for its sockets.
    """
    port = settings.http.port
    core = Child(
        name="core",
        argv=_worker(settings, "--name=core", "--boot", f"--http={port}"),
        ready=Ready(kind="http", host=settings.http.host, port=port),
        hung_seconds=settings.streams.hung_seconds,
        stop_seconds=settings.streams.drain_seconds + 5,
    )
    more = tuple(
        Child(
            name=f"core-{number}",
            argv=_worker(settings, f"--name=core-{number}"),
            after=("core",),
            hung_seconds=settings.streams.hung_seconds,
            stop_seconds=settings.streams.drain_seconds + 5,
        )
        for number in range(2, copies + 1)
    )
    solo = Child(
        name="solo",
        argv=_worker(settings, "--name=solo", "--solo"),
        on_demand=True,
        hung_seconds=settings.streams.hung_seconds,
    )
    rest = (solo, channels(settings), foreign(settings), journal(settings, after=("core",)))
    children = (*_redis(settings), core, *more, *rest)
    return _plan(settings, children, echo)


def _redis(settings: Settings) -> tuple[Child, ...]:
    """Return the private servers that the owner gives none for; one may be given alone."""
    given = {"durable": settings.redis_url, "live": settings.redis_live_url}
    if all(address is not None for address in given.values()):
        return ()
    pair = servers.private_servers(settings.root, settings.streams)
    return tuple(c for c in servers.children(settings.root, pair) if given[c.name] is None)


def run(settings: Settings, stages: Sequence[str], *, copies: int = 1, echo: bool = True) -> Plan:
    """Return the plan of some stages in processes of their own, beside the server.

    It has a folder of its own in the state folder, so that it runs whether or not the server
    runs on this host too, and as often as one likes.

    Args:
        settings: all settings; Redis runs already.
        stages: their names; `journal` is one as well.
        copies: how many processes of each.
        echo: whether their output is shown here too.
    """
    children = tuple(
        journal(settings, stage if copies == 1 else f"{stage}-{number}")
        if stage == keys.JOURNAL
        else Child(
            name=stage if copies == 1 else f"{stage}-{number}",
            argv=_worker(settings, f"--name={stage}", f"--stages={stage}", f"--role=stage-{stage}"),
            hung_seconds=settings.streams.hung_seconds,
            stop_seconds=settings.streams.drain_seconds + 5,
        )
        for stage in stages
        for number in range(copies)
    )
    plan = _plan(settings, children, echo)
    return replace(plan, state=runs(settings.root) / new_id(), beside=settings.root)


def runs(state: Path) -> Path:
    """Return where each `nexus run` has its folder."""
    return state / "runs"


def journal(settings: Settings, name: str = keys.JOURNAL, after: tuple[str, ...] = ()) -> Child:
    """Return the writer of the journal; a second one waits until the first is gone."""
    return Child(
        name=name,
        argv=(sys.executable, "-P", "-m", "ops.journal", f"--root={settings.root}"),
        after=after,
        hung_seconds=settings.streams.hung_seconds,
    )


def channels(settings: Settings) -> Child:
    """Return the process of the messengers; the core has it started while one is on."""
    return Child(
        name="channels",
        argv=(sys.executable, "-P", "-m", "ops.channels", f"--root={settings.root}"),
        after=("core",),
        on_demand=True,
        hung_seconds=settings.streams.hung_seconds,
        stop_seconds=settings.streams.drain_seconds + 5,
    )


def foreign(settings: Settings) -> Child:
    """Return the process that speaks with foreign MCP servers; it runs while there are any."""
    return Child(
        name="mcp",
        argv=(sys.executable, "-P", "-m", "ops.mcp", f"--root={settings.root}"),
        on_demand=not Book(settings.root).owner().servers,
        hung_seconds=settings.streams.hung_seconds,
    )


def _plan(settings: Settings, children: tuple[Child, ...], echo: bool) -> Plan:
    keyring(settings)
    # Ours too when Redis is the owner's: the supervisor's own door is there.
    sockets = settings.streams.sockets or socket_folder(settings.root)
    return Plan(
        state=settings.root,
        sockets=private_folder(sockets),
        children=children,
        on_death="ops.aftermath:after",
        redis=door(settings),
        later=(*(LIBRARIES[name] for name in PROVIDERS if _is_used(settings, name)), "ops.modules"),
        echo=echo,
    )


def _is_used(settings: Settings, provider: str) -> bool:
    """Whether the settings name a model of a provider, or its key."""
    named = [model for models in settings.models.tiers.values() for model in models]
    key = getattr(settings, f"{provider}_api_key")
    return key is not None or any(model.startswith(f"{provider}:") for model in named)


def _worker(settings: Settings, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "ops.worker", f"--root={settings.root}", *arguments)
