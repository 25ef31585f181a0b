"""A worker whose model does what the message says: `python -m tests.chaos.worker`.

die                kill this process, as a crash would
die 2              kill it, but only twice; then answer
sleep 60           think for so many seconds
think 0.05 2       think for a time between the two
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from gateways.llm.base import Request
from gateways.llm.scripted import Scripted, Step, question
from ops import minds, worker


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


if __name__ == "__main__":
    root = next(Path(one.partition("=")[2]) for one in sys.argv if one.startswith("--root="))
    setattr(minds, "Rules", lambda: Scripted(Script(root)))  # noqa: B010 - not its to export
    sys.exit(worker.main(sys.argv[1:]))
