"""A worker with the tools of the witness and a channel, which also tells what it counts."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from ops import worker
from ops.chaos import tools, wired
from ops.chaos.tools import Bench
from ops.main import More, crash_of
from ops.settings import Settings
from streams.metrics import STAGES

EVERY = 0.1
"""Seconds between two tellings; what was counted since the last one dies with the process."""


def more(settings: Settings) -> More:
    """Return what this deployment has beyond all others."""
    folder = settings.root / "tallies"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{os.getpid()}.json"
    threading.Thread(target=_tell, args=(file,), daemon=True).start()
    bench = Bench(settings.root / "witness.sock", crash_of(settings))
    asks = (tools.witness_ask, tools.witness_danger)
    free = (tools.witness_mark, tools.witness_set, tools.witness_probe)
    return More(
        (*free, *asks),
        {Bench: bench},
        (wired.Wired(settings.root),),
        {wired.GATEWAY: wired.gateway(settings)},
    )


def _tell(file: Path) -> None:
    told = None
    while True:
        found = {
            "redelivered": sum(tally.taken for tally in tuple(STAGES.tallies)),
            "fenced": sum(tally.outcomes["fenced"] for tally in tuple(STAGES.tallies)),
        }
        if found != told:
            draft = file.with_suffix(".part")
            draft.write_text(json.dumps(found), encoding="utf-8")
            draft.replace(file)
            told = found
        threading.Event().wait(EVERY)


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], more))
