"""`nexus up` and `nexus down`: the whole server, in front or behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ops.cli.init import Port
from ops.cli.place import Root
from ops.cli.screen import colors, is_terminal, say

if TYPE_CHECKING:
    from ops.plan import Plan
    from ops.settings import Settings

Level = Literal["debug", "info", "warning", "error"]


def up(
    _root: Root = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Run behind; return when it is ready.")
    ] = False,
    port: Port = None,
    log_level: Annotated[
        Level | None, typer.Option("--log-level", help="The least important that is logged.")
    ] = None,
) -> None:
    """Start the server. In front it shows its logs until Ctrl-C; with --detach it stays behind.

    --port and --log-level count for this run; `nexus config set` keeps them.

    \b
    Examples:
      nexus up --detach
      nexus up --port 8081 --log-level debug
    """
    import os
    from dataclasses import replace

    from ops import launch, layout, runstate
    from ops.cli import given, place
    from ops.cli.init import make_folder
    from ops.vacancy import Vacancy

    began = time.monotonic()
    above: dict[str, Any] = {"http": {"port": port}} if port is not None else {}
    here = place.settings(**above)
    if detach and (running := runstate.running(here.root)) is not None:
        _is_running(running, runstate.read(here.root), here, port)
        _say_setup(here)
        return
    given.answer(here)
    before = Vacancy.of(here.root)
    make_folder(here.root)
    lock = runstate.lock(here.root, seconds=5)
    before = before.under_lock()
    try:
        _can_listen(here.http.host, here.http.port)
        plan = _leveled(layout.up(here, echo=not detach), log_level)
    except BaseException:
        before.leave()
        os.close(lock)
        raise
    address = f"http://{here.http.host}:{here.http.port}"
    if not detach:
        if is_terminal():
            say(f"Starting; it will listen on {address}. Ctrl-C stops it.")
            _say_setup(here)
        launch.in_front(replace(plan, color=colors()), lock)
    progress = Progress(began)
    pid = launch.behind(plan, lock, progress)
    say(f"Ready in {time.monotonic() - began:.1f} s (pid {pid}).")
    say(f'Ask it:  nexus {place.option()}ask "how much disk space is free?"')
    say(f"Listens on {address}")
    _say_setup(here)


def _say_setup(here: Settings) -> None:
    """Say how somebody becomes the owner, while nobody is."""
    from ops import ownership

    link = ownership.link(here)
    if link is not None:
        say(f"Open this once, to become the owner:  {link}")


def _is_running(pid: int, state: dict[str, Any], here: Settings, port: int | None) -> None:
    """Say that it runs already, and where.

    Raises:
        Conflict: it was asked for on another port, and stays where it is.
    """
    from schemas.errors import Conflict

    at = [child["listens"] for child in state["children"].values() if child.get("listens")]
    where = f"LivOS is already running in {here.root} (pid {pid})"
    if port is not None and at and not at[0].endswith(f":{port}"):
        raise Conflict(
            f"{where} and listens on http://{at[0]}, not on port {port}. To move it:"
            f" `nexus down`, then `nexus up --detach --port {port}`."
        )
    say(f"{where}.")
    for address in at:
        say(f"Listens on http://{address}")


def _can_listen(host: str, port: int) -> None:
    """Make sure that nobody else has the port: he might even answer that we are ready.

    Raises:
        Refused: it is taken, or the address is not ours.
    """
    import os
    import socket

    from schemas.errors import Refused

    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise Refused(
            f"Nothing can listen on {host}:{port} ({os.strerror(error.errno or 0)}); choose another"
            " port with --port, or for good with `nexus config set http.port`."
        ) from None


def _leveled(plan: Plan, level: str | None) -> Plan:
    if level is None:
        return plan
    from dataclasses import replace

    children = (replace(c, env={**c.env, "NEXUS_LOG__LEVEL": level}) for c in plan.children)
    return replace(plan, children=tuple(children))


class Progress:
    """Shows each child once it is ready.

    Args:
        began: when the command did, on the monotonic clock.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._told: set[str] = set()

    def __call__(self, found: dict[str, Any]) -> None:
        """Look at what `run.json` says now."""
        for name, child in found["children"].items():
            if child["state"] == "ready" and name not in self._told:
                self._told.add(name)
                say(f"  ok  {name:<10}{time.monotonic() - self._began:6.1f} s")


def down(_root: Root = None) -> None:
    """Stop the server, and what `nexus run` runs beside it. Nothing accepted is lost.

    \b
    Examples:
      nexus down
      nexus down --root /srv/nexus
    """
    from ops import launch
    from ops.cli import place
    from ops.cli.run import stop_all

    began = time.monotonic()
    # Settings that were broken meanwhile must not keep a server running.
    state = place.root()
    others = stop_all(state)
    pid = launch.down(state, place.running_sockets(state))
    others += stop_all(state)  # what began in the meantime
    if pid is None and not others:
        say(f"Nothing was running in {state}.")
        return
    what = [f"pid {pid}"] if pid is not None else []
    what += [f"{others} run{'s' if others > 1 else ''} of stages"] if others else []
    say(f"Stopped in {time.monotonic() - began:.1f} s ({' and '.join(what)}).")
