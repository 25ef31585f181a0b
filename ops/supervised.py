"""The resident process behind `nexus up`: reads its plan from standard input and runs it."""

from __future__ import annotations

import sys

# It never speaks TLS, and asyncio is content without; not loading it saves 4.5 MB for good.
sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]

import asyncio  # noqa: E402
import functools  # noqa: E402
import importlib  # noqa: E402
import signal  # noqa: E402

from ops.control import Control  # noqa: E402
from ops.plan import Plan  # noqa: E402
from ops.supervisor import OnDeath, Supervisor  # noqa: E402


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
    async with Control(supervisor):
        return await supervisor.run()


def main(arguments: list[str]) -> int:
    """Run as `python -m ops.supervised LOCK` with the plan on standard input."""
    return asyncio.run(supervise(Plan.from_json(sys.stdin.read()), int(arguments[0])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
