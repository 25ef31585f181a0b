"""Which server is meant: its state folder, its settings, the ways to its Redis."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Refused

if TYPE_CHECKING:
    from ops.settings import Settings
    from streams.line import Line

_given: ContextVar[Path | None] = ContextVar("root", default=None)


class Failed(Refused):
    """A command that ends with a status of its own."""

    code = "failed"
    exit_code = 1


class NotRunning(Failed):
    """There is no server to talk to."""

    code = "not_running"
    exit_code = 3


class Misused(Failed):
    """The command line itself is wrong."""

    code = "misused"
    exit_code = 2


def choose(value: Path | None) -> Path | None:
    """Remember the state folder that the command line names."""
    if value is not None:
        _given.set(value)
    return value


Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        "--data-dir",
        metavar="DIR",
        help="The state folder, instead of NEXUS_ROOT or ~/nexus.",
        callback=choose,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]


def root() -> Path:
    """Return the state folder that is meant.

    Raises:
        Misused: something else is in its place.
    """
    from ops.settings import root_of

    state = root_of(given=_given.get())
    for place in (state, *state.parents):
        try:
            if not stat.S_ISDIR(place.stat().st_mode):
                raise Misused(
                    f"{place} is a file, and the state folder cannot be "
                    f"{'there' if place == state else 'in it'}; name a folder with --root."
                )
        except OSError:
            continue  # there is nothing yet, or it is not shown to us: others will say so
        break
    return state


def option() -> str:
    """Return the option that names the same folder in the next command, if this one had it."""
    import shlex

    given = _given.get()
    return f"--root {shlex.quote(str(given))} " if given is not None else ""


def settings(**above: Any) -> Settings:
    """Return its settings.

    Raises:
        BadSetting: one sentence says what is wrong with them.
    """
    from ops import config

    return config.load(root(), **above)


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
        raise NotRunning(
            f"Nexus is not running in {here.root}; start it with `nexus {option()}up`."
        )
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
