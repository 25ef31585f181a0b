"""The process that speaks with foreign servers: watched as every other process is."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

from ops import config, layout, runstate
from ops.foreign_servers import Book
from ops.mcp.line import Line
from ops.plan import Death, Plan
from ops.supervisor import Supervisor
from schemas.errors import Unavailable
from schemas.foreign import Order
from streams import blackbox
from tests.ops.mcp.test_service import hostile, met
from tests.stand import soon

PATIENCE = 8.0


async def test_one_that_stands_still_is_ended_and_another_speaks_on(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    sockets = tmp_path / "run"
    (tmp_path / "config.yaml").write_text(
        f"streams:\n  sockets: {sockets}\n  hung_seconds: {PATIENCE}\n"
    )
    book = Book(tmp_path)
    book.add("odd", hostile("says"))
    child = layout.foreign(config.load(tmp_path))
    assert child.hung_seconds == PATIENCE
    plan = Plan(tmp_path, sockets, (replace(child, on_demand=False),))
    deaths: list[Death] = []

    async def on_death(death: Death) -> None:
        deaths.append(death)

    lock = runstate.lock(tmp_path)
    supervisor = Supervisor(plan, lock, on_death)
    running = asyncio.create_task(supervisor.run())
    try:
        await soon(lambda: (now := met(book)) is not None and now.state == "up", 100)
        process = supervisor.keepers["mcp"].process
        assert process is not None
        await soon(lambda: blackbox.beats(runstate.boxes(tmp_path), process.pid), 30)
        os.kill(process.pid, signal.SIGSTOP)
        await soon(lambda: deaths, 60)
        assert (deaths[0].name, deaths[0].hung) == ("mcp", True)
        now = met(book)
        assert now is not None
        order = Order(server="odd", tool="do", arguments={}, pin=now.tools[0].pin)

        async def answers() -> bool:
            try:
                return (await Line(sockets).call(order)).ok
            except Unavailable:
                return False

        await soon(answers, 60)
    finally:
        supervisor.ask_to_stop()
        await running
        os.close(lock)
