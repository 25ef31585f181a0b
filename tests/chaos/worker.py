"""A worker whose model does what the message says: `python -m tests.chaos.worker`.

die                kill this process, as a crash would
die 2              kill it, but only twice; then answer
sleep 60           think for so many seconds
think 0.05 2       think for a time between the two
say one two        say it word by word, with a second between the words
hang               never let go of the loop again
wait               think until there is a file `go`; refuse when this process stood still meanwhile
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from gateways.llm.base import Delta, Request
from gateways.llm.scripted import Scripted, Step, question
from ops import minds, worker
from schemas.errors import Refused

STOOD_STILL = 3.0
"""Seconds."""


class Script:
    """Decides each step from the message's words.

    Args:
        notes: a folder in which deaths and runs are written down; it outlives this process.
    """

    def __init__(self, notes: Path) -> None:
        self._notes = notes

    def __call__(self, request: Request) -> Step:
        asked = question(request)
        self._write("runs", asked)
        word, *rest = asked.split()
        match word, rest:
            case "die", []:
                self._die(asked)
            case "die", [times] if self._deaths(asked) < int(times):
                self._die(asked)
            case "hang", []:
                while True:
                    pass
            case "say", words:
                return Step(text=tuple(f"{one} " for one in words), pause=1.0)
            case "sleep", [seconds]:
                return Step(text=asked, delay=float(seconds))
            case "think", [least, most, *_]:
                return Step(text=asked, delay=random.uniform(float(least), float(most)))
        return Step(text=asked)

    def _die(self, asked: str) -> None:
        self._write("deaths", asked)
        os.kill(os.getpid(), signal.SIGKILL)

    def _deaths(self, asked: str) -> int:
        path = self._notes / "deaths"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return sum(line.partition(" ")[2] == asked for line in lines)

    def _write(self, name: str, asked: str) -> None:
        where = "solo" if "--solo" in sys.argv else "crowd"
        with (self._notes / name).open("a", encoding="utf-8") as file:
            file.write(f"{where} {asked}\n")


class Patient(Scripted):
    """Says what its script says, and knows how to wait.

    Args:
        notes: the folder in which there may be a file `go`.
    """

    def __init__(self, notes: Path) -> None:
        super().__init__(Script(notes))
        self._go = notes / "go"

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Say one step."""
        async for delta in super().stream(request):
            while question(request) == "wait" and not self._go.exists():
                before = time.monotonic()
                await asyncio.sleep(0.05)
                if time.monotonic() - before > STOOD_STILL:
                    raise Refused("I stood still, and what I know is old.")
            yield delta


if __name__ == "__main__":
    root = next(Path(one.partition("=")[2]) for one in sys.argv if one.startswith("--root="))
    setattr(minds, "Rules", lambda *_: Patient(root))  # noqa: B010 - not its to export
    sys.exit(worker.main(sys.argv[1:]))
