"""`nexus channels`: the messengers, how they are, and whether they should be."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops import meant
from ops.meant import AsJson, Root

if TYPE_CHECKING:
    from ops.settings import Settings
    from schemas.channels import ChannelState

Kind = Annotated[str, typer.Argument(metavar="CHANNEL", help="Such as telegram.")]

words = typer.Typer(
    help="Messengers through which people reach the server.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@words.command("list")
def show(as_json: AsJson = False, _root: Root = None) -> None:
    """Show the messengers, and how each is."""
    from ops.channels.kinds import ELSEWHERE
    from ops.channels.wanted import how, wanted

    here = meant.settings()
    found: list[dict[str, Any]] = []
    for name, wish in wanted(here).items():
        state = asyncio.run(_state(here, name))
        given = not wish.missing and not wish.closed
        row = {"type": name, "enabled": wish.enabled, "configured": given, "lacks": wish.missing}
        found.append({**row, **state.model_dump(), "why": wish.closed or state.why})
    if as_json:
        _say(json.dumps({"channels": found, "elsewhere": dict(ELSEWHERE)}))
        return
    for one in found:
        if not one["configured"] and not one["lacks"]:
            about = f"is off: {one['why']}"
        elif not one["configured"]:
            wanting = one["lacks"][0]
            about = meant.hint(f"lacks {wanting}; `{how(wanting)}`")
        elif not one["enabled"]:
            about = "is disabled"
        else:
            account = f" as {_named(one['account'])}" if one["account"] else ""
            about = one["state"] + account + (f": {one['why']}" if one["why"] else "")
        _say(f"{one['type']:<10} {about}")
    for name, why in ELSEWHERE.items():
        _say(f"{name:<10} {why}")


@words.command("test")
def ask(channel: Kind, as_json: AsJson = False, _root: Root = None) -> None:
    """Ask a messenger's server who we are: whether it is reached, and the token is right.

    \b
    Examples:
      nexus channels test telegram
    """
    from schemas.errors import Refused

    here = meant.settings()
    # In a process of its own: the vendor's library is loaded there alone.
    ran = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-m", "ops.channels", f"--root={here.root}", f"--test={channel}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if ran.returncode != 0:
        # What is wrong is said last; above it stands what was logged.
        raise Refused((ran.stderr.strip().splitlines() or ["The test failed."])[-1])
    found = json.loads(ran.stdout)
    if as_json:
        _say(json.dumps(found))
    elif found["ok"]:
        _say(f"{channel} knows us as {_named(found['account'])} ({found['ms']} ms).")
    else:
        _say(f"{channel} does not know us: {found['why']}")
    if not found["ok"]:
        raise typer.Exit(1)


@words.command()
def enable(channel: Kind, as_json: AsJson = False, _root: Root = None) -> None:
    """Let a messenger be on; a running server does so within two seconds."""
    _turn(meant.settings(made=True), channel, on=True, as_json=as_json)


@words.command()
def disable(channel: Kind, as_json: AsJson = False, _root: Root = None) -> None:
    """Let a messenger be off. What is to be handed over there waits for up to seven days."""
    _turn(meant.settings(made=True), channel, on=False, as_json=as_json)


def _turn(here: Settings, channel: str, *, on: bool, as_json: bool) -> None:
    from ops import config_file
    from ops.channels.kinds import ELSEWHERE, KINDS
    from ops.channels.wanted import how, wanted
    from schemas.errors import NotFound

    if channel in ELSEWHERE:
        raise NotFound(f"{channel} {ELSEWHERE[channel]}.")
    if channel not in KINDS:
        raise NotFound(f"There is no channel {channel}; there are: {', '.join(KINDS)}.")
    config_file.put(here.root, f"channels.{channel}.enabled", str(on).lower())
    wish = wanted(here)[channel]
    lacks, given = wish.missing, not wish.missing and not wish.closed
    if as_json:
        _say(json.dumps({"type": channel, "enabled": on, "configured": given}))
    elif on and wish.closed:
        _say(f"{channel} is enabled, and stays off: {wish.closed}")
    elif on and lacks:
        _say(meant.hint(f"{channel} is enabled, and lacks {lacks[0]}: `{how(lacks[0])}`"))
    else:
        _say(f"{channel} is {'enabled' if on else 'disabled'}.")


async def _state(here: Settings, name: str) -> ChannelState:
    from ops import runstate
    from ops.addresses import url
    from schemas.channels import ChannelState
    from streams.channels import States
    from streams.line import Line

    if here.redis_url is None and runstate.running(here.root) is None:
        return ChannelState(state="off")
    line = Line(url(here, "durable", "desk"))
    try:
        return await States(line.say).of(name)
    finally:
        await line.close()


def _named(account: str) -> str:
    """Return an account as people write it: a bot's name begins with its mark."""
    return f"@{account}" if re.fullmatch(r"\w+", account) else account


def _say(text: str) -> None:
    safe = re.sub(r"[^ -~\u00a1-\ud7ff]", "?", text)
    sys.stdout.write(f"{safe}\n")
