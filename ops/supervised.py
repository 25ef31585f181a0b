"""The resident process behind `nexus up`: reads its plan from standard input and runs it."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from contextlib import nullcontext

from ops.lean import without

with without("ssl"):  # it never speaks TLS: 4.5 MB less, for as long as the server runs
    import asyncio

from ops.control import Control
from ops.plan import Plan
from ops.supervisor import OnDeath, Supervisor


def _hook(plan: Plan) -> OnDeath | None:
    if not plan.on_death:
        return None
    module, _, name = plan.on_death.partition(":")
    function = getattr(importlib.import_module(module), name)
    return functools.partial(function, plan)


async def supervise(plan: Plan, lock: int) -> int:
    """Run a plan until SIGTERM or SIGINT; return the exit code."""
    supervisor = Supervisor(plan, lock, _hook(plan))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.ask_to_stop)
    async with Control(supervisor) if plan.beside is None else nullcontext():
        return await supervisor.run()


def main(arguments: list[str]) -> int:
    """Run as `python -m ops.supervised LOCK` with the plan on standard input."""
    os.umask(0o077)  # what it and its children write is for their owner alone
    return asyncio.run(supervise(Plan.from_json(sys.stdin.read()), int(arguments[0])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
