"""What a whole server costs that nobody asks anything: time to start, memory, CPU."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bench.private import durable_redis
from bench.progress import say
from ops import runstate

ROOT = Path(__file__).resolve().parent.parent
NEXUS = (sys.executable, "-c", "from ops.cli import app; app()")
"""What the command `nexus` is, of this checkout."""
SETTLE_SECONDS = 5.0
"""What a start leaves behind is not rest."""


LIBRARIES = "faststream.redis, pydantic_settings, starlette.applications, typer, uvicorn, uvloop"
"""What we stand on; the floor of a start is a Redis and a bare Python that loads these."""


def floor() -> float:
    """Return the seconds of a start without anything of ours: the best of three."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with durable_redis():
            subprocess.run((sys.executable, "-c", f"import {LIBRARIES}"), check=True)
            took.append(time.perf_counter() - began)
    return min(took)


def nexus(root: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a `nexus` command for a state folder."""
    argv = (*NEXUS, *words)
    # --data-dir would do for `up` alone; the variable does for all.
    env = {"NEXUS_ROOT": str(root), "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(root)}
    return subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)


def measure(seconds: float, settle: float = SETTLE_SECONDS) -> dict[str, Any]:
    """Start a server on an empty folder, let it rest, measure, stop it.

    Args:
        seconds: how long CPU is measured.
        settle: how long to wait before.

    Raises:
        RuntimeError: it was not ready within a minute.
    """
    least = floor()
    root = Path(tempfile.mkdtemp(prefix="nexus-bench-"))
    began = time.perf_counter()
    up = nexus(root, "up", "--detach", "--port", str(_free_port()))
    try:
        ready = _until_ready(root, up) - began
        if up.wait() != 0:
            raise RuntimeError("`nexus up --detach` failed")
        say(f"ready after {ready:.2f} s; resting")
        time.sleep(settle)
        all_of_it = _processes(root)
        before, at = _cpu(all_of_it), time.perf_counter()
        time.sleep(seconds)
        used = {name: now - before[name] for name, now in _cpu(all_of_it).items()}
        took = time.perf_counter() - at
        memory = {name: process.memory_full_info() for name, process in all_of_it.items()}
    finally:
        nexus(root, "down").wait()
        shutil.rmtree(root, ignore_errors=True)
    return {
        "rss_mb": round(sum(each.rss for each in memory.values()) / 1e6, 1),
        "pss_mb": round(sum(each.pss for each in memory.values()) / 1e6, 1),
        "cpu_percent": round(sum(used.values()) / took * 100, 2),
        "ready_s": round(ready, 2),
        "floor_ready_s": round(least, 2),
        "ready_ratio": round(ready / least, 2),
        "seconds": round(took),
        "processes": {
            name: {
                "rss_mb": round(each.rss / 1e6, 1),
                "pss_mb": round(each.pss / 1e6, 1),
                "cpu_percent": round(used[name] / took * 100, 2),
            }
            for name, each in memory.items()
        },
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    return port


def _until_ready(root: Path, up: subprocess.Popen[bytes]) -> float:
    until = time.perf_counter() + 60
    while time.perf_counter() < until and up.poll() in (None, 0):
        if runstate.read(root).get("state") == "ready":
            return time.perf_counter()
        time.sleep(0.02)
    raise RuntimeError(f"not ready: {json.dumps(runstate.read(root))}")


def _processes(root: Path) -> dict[str, psutil.Process]:
    """Return the supervisor and all below it, by what they are."""
    found = runstate.read(root)
    named = {child["pid"]: name for name, child in found["children"].items()}
    supervisor = psutil.Process(runstate.running(root))
    below = {named.get(one.pid, one.name()): one for one in supervisor.children(recursive=True)}
    return {"supervisor": supervisor, **below}


def _cpu(processes: dict[str, psutil.Process]) -> dict[str, float]:
    times = {name: process.cpu_times() for name, process in processes.items()}
    return {name: spent.user + spent.system for name, spent in times.items()}


def main(*, quick: bool) -> dict[str, Any]:
    """Measure for a minute, or for 15 s."""
    return measure(15.0 if quick else 60.0)


ROWS = (
    ("start, from the command to ready", "ready_s", "floor_ready_s", "ready_ratio", "s"),
    ("memory at rest, all processes and Redis", "rss_mb", "", "", "MB"),
    ("the same, shared pages counted once", "pss_mb", "", "", "MB"),
    ("CPU at rest, of one core", "cpu_percent", "", "", "%"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
