"""`nexus topology`: the pipeline as a picture, still or alive."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import say, say_json
from ops.meant import hint

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.settings import Settings
    from streams.topology import Graph


def topology(
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="With live numbers, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    asyncapi: Annotated[
        bool, typer.Option("--asyncapi", help="As an AsyncAPI 3 document, for other languages.")
    ] = False,
    _root: Root = None,
) -> None:
    """Show the stages, what each reads and what it may write, as their signatures say it.

    \b
    Examples:
      nexus topology --watch
      nexus topology --asyncapi > asyncapi.json
    """
    from ops.cli import place
    from processors.pipeline import ELSEWHERE, STAGES
    from streams import topology as drawing

    drawn = drawing.graph((*STAGES, *ELSEWHERE))
    if asyncapi:
        from ops.event_files import KeptTypes
        from processors.events.types import asyncapi as with_types
        from streams.asyncapi import document

        pipeline = document((*STAGES, *ELSEWHERE), place.our_version())
        described = KeptTypes(place.root()).described()
        say(json.dumps(with_types(pipeline, described), indent=2))
    elif as_json:
        say_json(_plain(drawn))
    elif watch:
        here = place.settings()
        place.reachable(here)
        _watch(here, drawn)
    else:
        from ops.cli.screen import console

        console().print(_picture(drawn, {}, {}))


def _plain(drawn: Graph) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "nodes": [asdict(node) for node in drawn.nodes],
        "edges": [asdict(edge) for edge in drawn.edges],
    }


def _watch(here: Settings, drawn: Graph) -> None:
    import asyncio

    from rich.live import Live

    from ops.cli import place, servers
    from ops.cli.screen import console
    from schemas.errors import Expected

    async def go_on() -> None:
        desk = place.line(here, "durable", "desk")
        before: tuple[float, dict[str, int]] | None = None
        with Live(console=console(), auto_refresh=False, transient=False) as shown:
            while True:
                note = ""
                numbers: dict[str, Any] = {}
                try:
                    numbers = await servers.topics(desk)
                except Expected as error:
                    note = hint(str(error))
                now = time.monotonic()
                read = {topic: one["read"] for topic, one in numbers.items()}
                rates = _rates(before, now, read)
                before = (now, read) if read else None
                shown.update(_picture(drawn, numbers, rates, note), refresh=True)
                await asyncio.sleep(1)

    asyncio.run(go_on())


def _rates(
    before: tuple[float, dict[str, int]] | None, now: float, read: dict[str, int]
) -> dict[str, float]:
    """Return how many messages a second each topic's stage took since the last look."""
    if before is None:
        return {}
    then, was = before
    return {
        topic: max(0, count - was.get(topic, count)) / max(now - then, 0.001)
        for topic, count in read.items()
    }


def _picture(
    drawn: Graph, numbers: dict[str, Any], rates: dict[str, float], note: str = ""
) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table("topic", "stage", "writes", box=None, pad_edge=False, header_style="dim")
    if numbers:
        for column in ("a second", "waiting", "in hand", "readers"):
            table.add_column(column, justify="right")
    for node in drawn.nodes:
        returned = drawn.written(node.stage, "returns")
        added = [t for t in drawn.written(node.stage, "commits") if t not in returned]
        writes = Text("→ " + " ".join(returned) if returned else "")
        if added:
            writes.append((" " if returned else "") + "⇢ " + " ".join(added), "dim")
        row: list[Any] = [Text(node.topic, "bold"), node.stage, writes]
        if numbers:
            row += _numbers(numbers.get(node.topic), rates.get(node.topic, 0.0))
        table.add_row(*row)
    under = [Text("→ its result  ⇢ its commit, when it is told to stop or starts the next", "dim")]
    if note:
        under.append(Text(note, "red"))
    return Group(table, Text(), *under)


def _numbers(one: dict[str, Any] | None, rate: float) -> list[Any]:
    from rich.text import Text

    if one is None:
        return ["", "", "", ""]
    return [
        Text(f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}", "green" if rate else "dim"),
        Text(str(one["waiting"]), "yellow" if one["waiting"] else "dim"),
        Text(str(one["pending"]), "cyan" if one["pending"] else "dim"),
        Text(str(one["consumers"]), "" if one["consumers"] else "red"),
    ]
