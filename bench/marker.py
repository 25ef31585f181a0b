"""A worker with a tool that writes down when it ran: `python -m bench.marker`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from ops import worker
from ops.main import More
from ops.settings import Settings
from processors.tools.declare import tool
from schemas.tools import Tier, ToolResult


class Marks:
    """The file.

    Args:
        file: a line for each call: its number, and when it ran in nanoseconds.
    """

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def make(self, number: int) -> None:
        """Write one line."""
        os.write(self._file, f"{number} {time.time_ns()}\n".encode())


@tool(tier=Tier.GREEN, timeout=5)
async def bench_mark(marks: Marks, number: int) -> ToolResult:
    """Write down that it ran."""
    marks.make(number)
    return ToolResult(text="Done.")


def more(settings: Settings) -> More:
    """Return what this deployment has beyond all others."""
    return More((bench_mark,), {Marks: Marks(settings.root / "marks")})


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], more))
