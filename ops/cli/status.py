"""`nexus status`: what runs, how much waits, how much it takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ops.cli.place import AsJson, Root
from ops.cli.screen import age, one_line, say, say_json, size
from ops.meant import hint

if TYPE_CHECKING:
    from ops.settings import Settings


def status(as_json: AsJson = False, _root: Root = None) -> None:
    """Show what runs, what waits, and how much memory it takes.

    \b
    Examples:
      nexus status
      nexus status --json | jq .topics.inbox.waiting

    Status: 0 it runs, 3 it does not.
    """
    import asyncio
    import sys

    from ops.cli import place

    here = place.settings()
    found = asyncio.run(gather(here))
    if as_json:
        say_json(found)
    else:
        _show(found)
    if not found["running"]:
        sys.exit(3)


async def gather(here: Settings) -> dict[str, Any]:
    """Return everything, as `--json` prints it; what cannot be asked is left out."""
    from gateways.llm import local
    from ops import runstate
    from ops.cli import place, servers
    from ops.cli.run import folders
    from schemas.errors import Expected

    pid = runstate.running(here.root)
    offered = None if here.openai_base_url else local.find()
    state = runstate.read(here.root) if pid else {}
    found: dict[str, Any] = {
        "running": pid is not None,
        "state": state.get("state", "stopped"),
        "pid": pid,
        "version": place.our_version(),
        "root": str(here.root),
        "uptime_s": round(time.time() - state["started"], 1) if state else None,
        "listens": None,
        "children": {},
        "runs": [],
        "redis": {},
        "topics": {},
        "notes": [offered.offer] if offered else [],
    }
    for name, child in state.get("children", {}).items():
        found["children"][name] = _child(child)
        if child.get("listens"):
            found["listens"] = f"http://{child['listens']}"
    for folder in folders(here.root):
        beside = runstate.running(folder)
        if beside is not None:
            children = runstate.read(folder).get("children", {})
            found["runs"].append(
                {"pid": beside, "children": {n: _child(c) for n, c in children.items()}}
            )
    if pid is None and here.redis_url is None:
        return found
    try:
        found |= await servers.gather(here)
        if found["journal"]["notice"]:
            found["notes"].append(found["journal"]["notice"])
    except Expected as error:
        found["notes"].append(hint(str(error)))
    if found["listens"]:
        found["notes"] += await servers.notes(found["listens"])
    return found


def _child(child: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": child["state"],
        "pid": child["pid"],
        "restarts": child["restarts"],
        "last_status": child["last_status"],
        "rss_bytes": _resident(child["pid"]) if child["pid"] else 0,
    }


def _resident(pid: int) -> int:
    from pathlib import Path

    try:
        text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except OSError:
        return 0
    import resource

    return int(text.split()[1]) * resource.getpagesize()


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from ops.cli.screen import console

    if not found["running"]:
        where = f"LivOS {found['version']} is not running in {found['root']}"
        say(hint(f"{where}; start it with `nexus up --detach`."))
    else:
        say(
            f"LivOS {found['version']} is {found['state']} for {age(found['uptime_s'])} "
            f"(pid {found['pid']}), listens on {found['listens']}"
        )
    screen = console()
    children = [*found["children"].items()]
    for run in found["runs"]:
        children += [(f"+ {name}", child) for name, child in run["children"].items()]
    if children:
        say()
        table = Table("process", "state", box=None, pad_edge=False, header_style="dim")
        for column in ("restarts", "memory"):
            table.add_column(column, justify="right")
        for name, child in children:
            state = "on demand" if child["state"] == "idle" else child["state"]
            style = {"ready": "green", "waiting": "red"}.get(child["state"], "dim")
            memory = size(child["rss_bytes"]) if child["pid"] else "–"
            table.add_row(name, Text(state, style), str(child["restarts"]), memory)
        screen.print(table)
    if found["redis"]:
        say()
        screen.print(_servers(found["redis"]))
    if found["topics"]:
        say()
        screen.print(topics(found["topics"]))
        turns, dead = found["running_turns"], found["dead_letters"]
        say(f"\n{turns} turn{'' if turns == 1 else 's'} running, ", end="")
        look = hint("; look with `nexus dead list`") if dead else ""
        screen.print(
            Text(f"{dead or 'no'} dead letter{'' if dead == 1 else 's'}{look}.", "red" * bool(dead))
        )
    for note in found["notes"]:
        screen.print(Text(f"! {one_line(note)}", "yellow"), soft_wrap=True)


def _servers(servers: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table("redis", "version", "keeps", box=None, pad_edge=False, header_style="dim")
    table.add_column("memory", justify="right")
    table.add_column("", style="dim")
    for name, one in servers.items():
        limit = f"of {size(one['maxmemory_bytes'])}" if one["maxmemory_bytes"] else "no limit"
        table.add_row(name, one["version"], one["keeps"], size(one["used_bytes"]), limit)
    return table


def topics(found: dict[str, Any]) -> Any:
    """Return a table of the topics and who reads them."""
    from rich.table import Table
    from rich.text import Text

    from schemas.chat import Parcel

    table = Table("topic", "stage", box=None, pad_edge=False, header_style="dim")
    for column in ("waiting", "in hand", "oldest", "readers"):
        table.add_column(column, justify="right")
    for name, one in found.items():
        waiting, pending = one["waiting"], one["pending"]
        oldest = age(one["oldest_s"]) if one["oldest_s"] is not None else "–"
        # Nobody reads parcels while no messenger is on, and then there are none.
        unread = "dim" if name == Parcel.topic and not waiting else "red"
        table.add_row(
            name,
            one["stage"],
            Text(str(waiting), "yellow" if waiting else "dim"),
            Text(str(pending), "cyan" if pending else "dim"),
            Text(oldest, "dim" if oldest == "–" else ""),
            Text(str(one["consumers"]), "" if one["consumers"] else unread),
        )
    return table
