"""Which server is meant: its state folder, its settings, the ways to its Redis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.meant import AsJson, Failed, Misused, Root, choose, hint, option, root, settings

if TYPE_CHECKING:
    from ops.settings import Settings
    from streams.line import Line

__all__ = [
    "AsJson", "Failed", "Misused", "NotRunning", "Root", "choose", "hint", "house", "line",
    "one_redis", "option", "our_version", "reachable", "root", "running_sockets", "settings",
    "sockets",
]  # fmt: skip


class NotRunning(Failed):
    """There is no server to talk to."""

    code = "not_running"
    exit_code = 3


def sockets(here: Settings) -> Path:
    """Return the folder of its sockets."""
    from streams.embedded import socket_folder

    return here.streams.sockets or socket_folder(here.root)


def running_sockets(state: Path) -> Path:
    """Return the folder of the sockets of what runs in a state folder, without its settings."""
    from ops import runstate
    from streams.embedded import socket_folder

    named = runstate.read(state).get("sockets")
    return Path(named) if named else socket_folder(state)


def reachable(here: Settings) -> None:
    """Make sure that somebody could answer.

    Raises:
        NotRunning: nothing runs here, and no Redis of the owner's is named.
    """
    from ops import runstate

    if here.redis_url is None and runstate.running(here.root) is None:
        raise NotRunning(f"LivOS is not running in {here.root}; start it with `nexus up`.")
    one_redis(here)


def one_redis(here: Settings) -> None:
    """Make sure that we ask the Redis that the running server uses.

    Raises:
        NotRunning: it was started with REDIS_URL, which nobody told us.
    """
    from ops import runstate

    if here.redis_url is not None or runstate.running(here.root) is None:
        return
    children = runstate.read(here.root).get("children", {})
    if children and "durable" not in children:
        raise NotRunning(
            "The running server uses a Redis of yours: set REDIS_URL and REDIS_LIVE_URL here as it"
            " has them, or write them down for all commands (`nexus config set redis_url …`)."
        )


def line(here: Settings, server: Any, role: str) -> Line:
    """Return a line to one of the Redis servers, not yet connected.

    Raises:
        NotRunning: this state folder never had one, or what runs in it uses another.
    """
    from ops.addresses import url
    from streams.line import Line

    one_redis(here)
    try:
        return Line(url(here, server, role))
    except FileNotFoundError:
        raise NotRunning(
            f"The state folder {here.root} has no password for {role}; run `nexus up` once."
        ) from None


def house(here: Settings) -> Mapping[type, object]:
    """Return what the stages ask for, by type."""
    from ops.main import resources

    return resources(here)


def our_version() -> str:
    """Return the version of this distribution."""
    from ops import release

    return release.version()
