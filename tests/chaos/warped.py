"""A worker with a clock of its own: the file `clock` in the state folder says how far it is off."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
"""What changes the wall clock of one process, and leaves its monotonic clock alone."""


if __name__ == "__main__":
    root = next(one.partition("=")[2] for one in sys.argv if one.startswith("--root="))
    with suppress(FileExistsError), Path(root, "clock").open("x") as file:
        file.write("+0")
    warp = {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": f"{root}/clock",
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    command = (sys.executable, "-P", "-m", "tests.chaos.worker", *sys.argv[1:])
    os.execve(command[0], command, {**os.environ, **warp})
